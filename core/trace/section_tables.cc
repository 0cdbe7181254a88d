#include "core/trace/section_tables.h"

#include "core/base/printable.h"
#include "core/trace/live_names.h"

namespace lockscope::trace {

using format::SectionType;

tl::unexpected<Error> FailAt(std::string_view file, size_t offset, std::string_view what) {
  return Fail("{}: at byte {}: {}", file, offset, what);
}

Result<void> SectionTables::Read(SectionType type, std::span<const std::byte> payload, size_t at) {
  switch (type) {
    case SectionType::kMeta:
      return ReadTable(payload, at, "meta", [this](ByteReader& in) {
        std::string key = in.Text();
        std::string value = in.Text();
        if (in.ok()) meta.emplace_back(std::move(key), std::move(value));
        return true;
      });
    case SectionType::kKinds:
      return ReadKinds(payload, at);
    case SectionType::kObjects:
      return ReadTable(payload, at, "objects", [this](ByteReader& in) {
        Object object = LiveNames::ReadObject(in);
        if (!in.ok()) return true;
        const bool known = !ObjectTypeName(object.type).empty();
        objects.push_back(std::move(object));
        return known;
      });
    case SectionType::kSites:
      return ReadTable(payload, at, "sites", [this](ByteReader& in) {
        Site site = LiveNames::ReadSite(in);
        if (in.ok()) sites.push_back(std::move(site));
        return true;
      });
    default:
      return {};
  }
}

// A count and that many entries; `read` says whether the entry made sense.
template <typename ReadEntry>
Result<void> SectionTables::ReadTable(std::span<const std::byte> payload, size_t at, std::string_view what,
                                      ReadEntry read) {
  ByteReader in(payload);
  const uint32_t count = in.U32();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const size_t entry_at = at + in.offset();
    if (!read(in)) return FailAt(file_, entry_at, fmt::format("entry {} of the table of {} is not one", i, what));
  }
  if (!in.ok()) {
    return FailAt(file_, at + in.offset(), fmt::format("the table of {} ends in the middle of an entry", what));
  }
  return {};
}

Result<void> SectionTables::ReadKinds(std::span<const std::byte> payload, size_t at) {
  std::string wrong;
  Result<void> table = ReadTable(payload, at, "kinds", [&wrong](ByteReader& in) {
    const uint32_t number = in.U32();
    const std::string name = in.Text();
    const KindInfo* kind = number < 256 ? FindKind(static_cast<EventKind>(number)) : nullptr;
    if (in.ok() && kind != nullptr && kind->name != name) wrong = name;
    return true;
  });
  if (table && !wrong.empty()) {
    MakePrintable(wrong);
    return FailAt(file_, at, fmt::format("event kind '{}' has another number here than in this program", wrong));
  }
  return table;
}

}  // namespace lockscope::trace
