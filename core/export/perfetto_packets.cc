// Field numbers are facts of the format (Perfetto's protos/perfetto/trace/*.proto); tests/core/export/perfetto.proto has
// the messages as far as they are used here.
//
// All packets are of one sequence: its first one says that nothing is to be known before it, and numbers of texts are
// good until its end.
#include "core/export/perfetto_packets.h"

#include <protozero/pbf_builder.hpp>

#include "core/export/json_text.h"

namespace lockscope::export_ {
namespace {

enum class FileField : uint32_t { kPacket = 1 };
enum class PacketField : uint32_t {
  kTimestamp = 8,
  kSequence = 10,
  kTrackEvent = 11,
  kInterned = 12,
  kSequenceFlags = 13,
  kTrackDescriptor = 60,
  kFirstOfSequence = 87
};
enum class InternedField : uint32_t { kCategories = 1, kNames = 2, kNoteKeys = 3, kSites = 4, kNoteTexts = 29 };
enum class TextField : uint32_t { kNumber = 1, kText = 2 };
enum class SiteField : uint32_t { kNumber = 1, kFile = 2, kFunction = 3, kLine = 4 };
enum class DescriptorField : uint32_t {
  kTrack = 1,
  kName = 2,
  kProcess = 3,
  kThread = 4,
  kParent = 5,
  kCounter = 8,
  kChildOrdering = 11,
  kRank = 12
};
enum class ProcessField : uint32_t { kPid = 1, kName = 6 };
enum class ThreadField : uint32_t { kPid = 1, kTid = 2, kName = 5 };
enum class CounterField : uint32_t { kUnit = 3 };
enum class EventField : uint32_t {
  kCategoryNumbers = 3,
  kNotes = 4,
  kType = 9,
  kNameNumber = 10,
  kTrack = 11,
  kName = 23,
  kCounterValue = 30,
  kSiteNumber = 34,
  kFlows = 47,
  kEndingFlows = 48
};
enum class NoteField : uint32_t { kKeyNumber = 1, kNumber = 3, kText = 6, kTextNumber = 17 };

constexpr uint32_t kSequence = 1;
constexpr uint32_t kClearsState = 1;  // Bits of the flags.
constexpr uint32_t kNeedsState = 2;
constexpr int32_t kPid = 1;  // A recording has no process id; threads must have one to be shown together.
constexpr int32_t kByRank = 3;
constexpr int32_t kUnitCount = 2;
constexpr size_t kChunk = size_t{64} << 10;  // Bytes in one write.

template <typename Field>
void AddTexts(protozero::pbf_builder<InternedField>& data, Field field,
              const std::vector<std::pair<uint64_t, std::string>>& texts) {
  for (const auto& [number, text] : texts) {
    protozero::pbf_builder<TextField> entry(data, field);
    entry.add_uint64(TextField::kNumber, number);
    entry.add_string(TextField::kText, text);
  }
}

}  // namespace

uint64_t PerfettoPackets::Texts::NumberOf(std::string_view text) {
  const auto found = numbers.find(std::string(text));
  if (found != numbers.end()) return found->second;
  if (numbers.size() >= kMost) return 0;
  const uint64_t number = numbers.size() + 1;
  numbers.emplace(text, number);
  fresh.emplace_back(number, ValidText(text));
  return number;
}

PerfettoPackets::PerfettoPackets(const trace::Trace& trace, std::ostream& out)
    : trace_(trace), out_(out), known_sites_(trace.sites().size() + 1, false) {}

TrackId PerfettoPackets::AddTrack(const TrackShape& shape) {
  const TrackId track = ++last_track_;
  const std::string name = ValidText(shape.name);
  std::string bytes;
  {
    protozero::pbf_builder<PacketField> packet(bytes);
    packet.add_uint32(PacketField::kSequence, kSequence);
    if (is_first_) {
      packet.add_bool(PacketField::kFirstOfSequence, true);
      packet.add_uint32(PacketField::kSequenceFlags, kClearsState);
      is_first_ = false;
    }
    protozero::pbf_builder<DescriptorField> descriptor(packet, PacketField::kTrackDescriptor);
    descriptor.add_uint64(DescriptorField::kTrack, track);
    if (shape.parent != 0) descriptor.add_uint64(DescriptorField::kParent, shape.parent);
    descriptor.add_string(DescriptorField::kName, name);
    descriptor.add_enum(DescriptorField::kChildOrdering, kByRank);
    descriptor.add_int32(DescriptorField::kRank, shape.rank);
    switch (shape.kind) {
      case TrackShape::Kind::kProcess: {
        protozero::pbf_builder<ProcessField> process(descriptor, DescriptorField::kProcess);
        process.add_int32(ProcessField::kPid, kPid);
        process.add_string(ProcessField::kName, name);
        break;
      }
      case TrackShape::Kind::kThread: {
        protozero::pbf_builder<ThreadField> thread(descriptor, DescriptorField::kThread);
        thread.add_int32(ThreadField::kPid, kPid);
        thread.add_int32(ThreadField::kTid, static_cast<int32_t>(shape.thread));
        thread.add_string(ThreadField::kName, name);
        break;
      }
      case TrackShape::Kind::kCounter: {
        protozero::pbf_builder<CounterField> counter(descriptor, DescriptorField::kCounter);
        counter.add_enum(CounterField::kUnit, kUnitCount);
        break;
      }
      case TrackShape::Kind::kSlices:
        break;
    }
  }
  Append(std::move(bytes));
  return track;
}

void PerfettoPackets::Add(const TrackEvent& event) {
  EventTexts texts;
  if (!event.name.empty()) texts.name = names_.NumberOf(event.name);
  if (!event.category.empty()) texts.category = categories_.NumberOf(event.category);
  for (const TrackEvent::Note& note : event.notes) {
    texts.notes.emplace_back(note_keys_.NumberOf(note.key), note.text.empty() ? 0 : note_texts_.NumberOf(note.text));
  }
  if (event.site != kUnknownSite && !known_sites_[event.site]) {
    known_sites_[event.site] = true;
    fresh_site_ = event.site;
  }

  std::string bytes;
  {
    protozero::pbf_builder<PacketField> packet(bytes);
    packet.add_uint64(PacketField::kTimestamp, static_cast<uint64_t>(event.time_ns));
    packet.add_uint32(PacketField::kSequence, kSequence);
    packet.add_uint32(PacketField::kSequenceFlags, kNeedsState);
    const std::string interned = InternedData();
    if (!interned.empty()) packet.add_message(PacketField::kInterned, interned);
    packet.add_message(PacketField::kTrackEvent, EventBytes(event, texts));
  }
  Append(std::move(bytes));
}

std::string PerfettoPackets::InternedData() {
  std::string bytes;
  protozero::pbf_builder<InternedField> data(bytes);
  AddTexts(data, InternedField::kCategories, categories_.fresh);
  AddTexts(data, InternedField::kNames, names_.fresh);
  AddTexts(data, InternedField::kNoteKeys, note_keys_.fresh);
  AddTexts(data, InternedField::kNoteTexts, note_texts_.fresh);
  for (Texts* texts : {&categories_, &names_, &note_keys_, &note_texts_}) texts->fresh.clear();
  if (fresh_site_ != kUnknownSite) {
    const trace::Site& place = trace_.site(fresh_site_);
    protozero::pbf_builder<SiteField> site(data, InternedField::kSites);
    site.add_uint64(SiteField::kNumber, fresh_site_);
    site.add_string(SiteField::kFile, ValidText(place.file));
    if (!place.function.empty()) site.add_string(SiteField::kFunction, ValidText(place.function));
    if (place.line > 0) site.add_uint32(SiteField::kLine, static_cast<uint32_t>(place.line));
    fresh_site_ = kUnknownSite;
  }
  return bytes;
}

std::string PerfettoPackets::EventBytes(const TrackEvent& event, const EventTexts& texts) const {
  std::string bytes;
  protozero::pbf_builder<EventField> fields(bytes);
  fields.add_enum(EventField::kType, static_cast<int32_t>(event.type));
  fields.add_uint64(EventField::kTrack, event.track);
  if (texts.category != 0) fields.add_uint64(EventField::kCategoryNumbers, texts.category);
  if (texts.name != 0) {
    fields.add_uint64(EventField::kNameNumber, texts.name);
  } else if (!event.name.empty()) {
    fields.add_string(EventField::kName, ValidText(event.name));
  }
  if (event.site != kUnknownSite) fields.add_uint64(EventField::kSiteNumber, event.site);
  if (event.type == TrackEvent::Type::kCounter) fields.add_int64(EventField::kCounterValue, event.value);
  if (event.flow != 0) {
    fields.add_fixed64(event.ends_flow ? EventField::kEndingFlows : EventField::kFlows, event.flow);
  }
  size_t index = 0;
  for (const TrackEvent::Note& note : event.notes) {
    const auto& [key, text] = texts.notes[index++];
    protozero::pbf_builder<NoteField> annotation(fields, EventField::kNotes);
    annotation.add_uint64(NoteField::kKeyNumber, key);
    if (text != 0) {
      annotation.add_uint64(NoteField::kTextNumber, text);
    } else if (!note.text.empty()) {
      annotation.add_string(NoteField::kText, ValidText(note.text));
    } else {
      annotation.add_uint64(NoteField::kNumber, note.number);
    }
  }
  return bytes;
}

void PerfettoPackets::Append(std::string packet) {
  protozero::pbf_builder<FileField> file(buffer_);
  file.add_message(FileField::kPacket, packet);
  if (buffer_.size() >= kChunk) Flush();
}

void PerfettoPackets::Flush() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

}  // namespace lockscope::export_
