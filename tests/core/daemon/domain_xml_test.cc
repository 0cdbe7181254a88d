// That the documents are the very ones of libvirt's test driver is held by the tests with the real virsh; here, what its
// one domain does not show.
#include "core/daemon/domain_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(DomainXmlTest, ADomainThatIsOffHasNoId) {
  Domain domain{.ref = {"web", {0xab}, 3}, .status = {DomainState::kRunning, 0}};
  EXPECT_THAT(DomainXml(domain), StartsWith("<domain type='test' id='3'>\n  <name>web</name>\n"
                                            "  <uuid>ab000000-0000-0000-0000-000000000000</uuid>\n"));
  domain.ref.id = -1;
  EXPECT_THAT(DomainXml(domain), StartsWith("<domain type='test'>\n"));
}

TEST(DomainXmlTest, ADeviceThatIsNotThereIsNotListed) {
  Domain domain{.ref = {"web", {}, 3}, .status = {}};
  domain.hardware.disk_file = "";
  domain.hardware.mac = "";
  EXPECT_THAT(DomainXml(domain), Not(HasSubstr("<disk")));
  EXPECT_THAT(DomainXml(domain), Not(HasSubstr("<interface")));
}

TEST(DomainXmlTest, NamesCannotBeginElementsOrEndAttributes) {
  Domain domain{.ref = {"<a> & 'b'", {}, 3}, .status = {}};
  domain.hardware.disk_file = "/x'/><evil/>";
  EXPECT_THAT(DomainXml(domain), HasSubstr("<name>&lt;a&gt; &amp; &apos;b&apos;</name>"));
  EXPECT_THAT(DomainXml(domain), HasSubstr("<source file='/x&apos;/&gt;&lt;evil/&gt;'/>"));
}

TEST(CapabilitiesXmlTest, ProcessorsAreNumberedThroughAllCells) {
  HostNode node;
  node.sockets = 1;
  node.cores = 2;
  node.threads = 1;
  node.cells = {{1'024, 4}, {2'048, 0}};
  const std::string xml = CapabilitiesXml(node);
  EXPECT_THAT(xml, HasSubstr("<cells num='2'>"));
  EXPECT_THAT(xml, HasSubstr("<pages unit='KiB' size='4'>256</pages>"));
  EXPECT_THAT(xml, HasSubstr("<cpu id='3' socket_id='1' die_id='0' core_id='1' siblings='3'/>"));
  EXPECT_THAT(xml, Not(HasSubstr("<cpu id='4'")));
}

}  // namespace
}  // namespace lockscope::daemon
