#include "core/scenario/known_calls.h"

#include <gtest/gtest.h>

#include "core/daemon/dispatcher.h"

namespace lockscope::scenario {
namespace {

TEST(KnownCallsTest, EachIsCalledWhatTheDaemonCallsIt) {
  for (const KnownCall& call : KnownCalls()) {
    EXPECT_EQ(daemon::Dispatcher::ProcedureName(rpc::kRemoteProgram, call.procedure), call.name);
    EXPECT_EQ(FindCall(call.name), &call);
  }
  EXPECT_EQ(FindCall("hostnam"), nullptr);
}

TEST(KnownCallsTest, TheNearestNameIsFound) {
  const std::vector<std::string> names = {"domain_list", "hostname", "version"};
  EXPECT_EQ(NearestName("domain_lst", names), "domain_list");
  EXPECT_EQ(NearestName("hostnmae", names), "hostname");
  EXPECT_EQ(NearestName("versions", names), "version");
  EXPECT_EQ(NearestName("suspend", names), "");
  EXPECT_EQ(NearestName("", names), "");
}

}  // namespace
}  // namespace lockscope::scenario
