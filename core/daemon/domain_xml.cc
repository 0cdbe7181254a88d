#include "core/daemon/domain_xml.h"

#include <fmt/format.h>

#include <set>

namespace lockscope::daemon {
namespace {

// Lines of a document, indented by the element that they are in.
class Lines {
 public:
  // "<name>", and deeper from there on.
  void Open(std::string_view name, std::string_view attributes = "") {
    Line(fmt::format("<{}{}{}>", name, attributes.empty() ? "" : " ", attributes));
    ++depth_;
  }
  void Close(std::string_view name) {
    --depth_;
    Line(fmt::format("</{}>", name));
  }
  void Line(std::string_view line) { text_ += fmt::format("{:{}}{}\n", "", 2 * depth_, line); }
  void Empty() { text_ += '\n'; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  int depth_ = 0;
};

// A name or a path may hold what would end an attribute or begin an element.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Where a device is on the bus: three numbers that have no meaning but to differ.
void PciAddress(Lines& xml, int bus, int slot) {
  xml.Line(
      fmt::format("<address type='pci' domain='0x0000' bus='0x{:02x}' slot='0x{:02x}' function='0x0'/>", bus, slot));
}

void Devices(Lines& xml, const Domain& domain) {
  const DomainHardware& hardware = domain.hardware;
  xml.Open("devices");
  if (!hardware.disk_file.empty()) {
    xml.Open("disk", "type='file' device='disk'");
    xml.Line(fmt::format("<source file='{}'/>", Escaped(hardware.disk_file)));
    xml.Line("<target dev='vda' bus='virtio'/>");
    PciAddress(xml, 1, 0);
    xml.Close("disk");
  }
  if (!hardware.mac.empty()) {
    xml.Open("interface", "type='network'");
    xml.Line(fmt::format("<mac address='{}'/>", Escaped(hardware.mac)));
    xml.Line("<source network='default'/>");
    xml.Line("<target dev='testnet0'/>");
    PciAddress(xml, 0, 1);
    xml.Close("interface");
  }
  xml.Open("memballoon", "model='virtio'");
  PciAddress(xml, 0, 2);
  xml.Close("memballoon");
  xml.Close("devices");
}

void Features(Lines& xml) {
  xml.Open("features");
  xml.Line("<pae/>");
  xml.Line("<nonpae/>");
  xml.Close("features");
}

constexpr uint64_t kLargePagesKib[] = {2'048, 1'048'576};

void Processor(Lines& xml, const HostNode& node) {
  xml.Open("cpu");
  xml.Line(fmt::format("<arch>{}</arch>", Escaped(node.model)));
  Features(xml);
  std::set<uint64_t> pages(std::begin(kLargePagesKib), std::end(kLargePagesKib));
  for (const HostNode::Cell& cell : node.cells) pages.insert(cell.page_kib);
  for (const uint64_t page : pages) xml.Line(fmt::format("<pages unit='KiB' size='{}'/>", page));
  xml.Close("cpu");
}

// `page_kib` may be 0 in a configuration, which then has no pages.
void CellPages(Lines& xml, const HostNode::Cell& cell) {
  const auto line = [&](uint64_t size, uint64_t count) {
    xml.Line(fmt::format("<pages unit='KiB' size='{}'>{}</pages>", size, count));
  };
  if (cell.page_kib > 0) line(cell.page_kib, cell.memory_kib / cell.page_kib);
  for (const uint64_t large : kLargePagesKib) line(large, 0);
}

void Topology(Lines& xml, const HostNode& node) {
  xml.Open("topology");
  xml.Open("cells", fmt::format("num='{}'", node.cells.size()));
  uint32_t cpu = 0;
  for (size_t id = 0; id < node.cells.size(); ++id) {
    xml.Open("cell", fmt::format("id='{}'", id));
    xml.Line(fmt::format("<memory unit='KiB'>{}</memory>", node.cells[id].memory_kib));
    CellPages(xml, node.cells[id]);
    xml.Open("cpus", fmt::format("num='{}'", node.cpus_per_cell()));
    for (uint32_t core = 0; core < node.cpus_per_cell(); ++core, ++cpu) {
      xml.Line(fmt::format("<cpu id='{0}' socket_id='{1}' die_id='0' core_id='{2}' siblings='{0}'/>", cpu, id, core));
    }
    xml.Close("cpus");
    xml.Close("cell");
  }
  xml.Close("cells");
  xml.Close("topology");
}

void Guest(Lines& xml, const HostNode& node, std::string_view os_type) {
  xml.Open("guest");
  xml.Line(fmt::format("<os_type>{}</os_type>", os_type));
  xml.Open("arch", fmt::format("name='{}'", Escaped(node.model)));
  xml.Line("<wordsize>32</wordsize>");
  xml.Line("<emulator>/usr/bin/test-hv</emulator>");
  xml.Line("<domain type='test'/>");
  xml.Close("arch");
  Features(xml);
  xml.Close("guest");
  xml.Empty();
}

}  // namespace

std::string DomainXml(const Domain& domain, DomainForm form) {
  const DomainHardware& hardware = domain.hardware;
  Lines xml;
  xml.Open("domain", domain.active() && form == DomainForm::kNow ? fmt::format("type='test' id='{}'", domain.ref.id)
                                                                 : "type='test'");
  xml.Line(fmt::format("<name>{}</name>", Escaped(domain.ref.name)));
  xml.Line(fmt::format("<uuid>{}</uuid>", rpc::UuidText(domain.ref.uuid)));
  xml.Line(fmt::format("<memory unit='KiB'>{}</memory>", hardware.max_memory_kib));
  xml.Line(fmt::format("<currentMemory unit='KiB'>{}</currentMemory>", hardware.memory_kib));
  xml.Line(fmt::format("<vcpu placement='static'>{}</vcpu>", hardware.vcpus));
  xml.Open("os");
  xml.Line(fmt::format("<type arch='{}'>hvm</type>", Escaped(hardware.arch)));
  xml.Line("<boot dev='hd'/>");
  xml.Close("os");
  xml.Line("<clock offset='utc'/>");
  xml.Line("<on_poweroff>destroy</on_poweroff>");
  xml.Line("<on_reboot>restart</on_reboot>");
  xml.Line("<on_crash>destroy</on_crash>");
  Devices(xml, domain);
  xml.Close("domain");
  return xml.Take();
}

std::string CapabilitiesXml(const HostNode& node) {
  Lines xml;
  xml.Open("capabilities");
  xml.Empty();
  xml.Open("host");
  Processor(xml, node);
  xml.Line("<power_management/>");
  xml.Line("<iommu support='no'/>");
  Topology(xml, node);
  xml.Close("host");
  xml.Empty();
  for (const std::string_view os_type : {"hvm", "xen"}) Guest(xml, node, os_type);
  xml.Close("capabilities");
  return xml.Take();
}

}  // namespace lockscope::daemon
