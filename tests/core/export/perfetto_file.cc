#include "tests/core/export/perfetto_file.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/run_program.h"

namespace lockscope::testing {

// A message in protobuf's text form: `field: value` and `field { … }`, one a line.
struct PerfettoFile::Message {
  std::multimap<std::string, std::string> fields;
  std::multimap<std::string, Message> messages;

  bool Has(const std::string& field) const { return fields.contains(field) || messages.contains(field); }
  std::string Text(const std::string& field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? "" : found->second;
  }
  uint64_t Number(const std::string& field) const { return Has(field) ? std::stoull(Text(field)) : 0; }
  std::vector<uint64_t> Numbers(const std::string& field) const {
    std::vector<uint64_t> numbers;
    const auto [from, to] = fields.equal_range(field);
    for (auto it = from; it != to; ++it) numbers.push_back(std::stoull(it->second));
    return numbers;
  }
};

namespace {

// "a\303\244\n" without its quotes and escapes.
std::string Unquoted(const std::string& value) {
  if (!value.starts_with('"')) return value;
  std::string text;
  for (size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] != '\\') {
      text += value[i];
    } else if (const char next = value[++i]; next >= '0' && next <= '7') {
      text += static_cast<char>(std::stoi(value.substr(i, 3), nullptr, 8));
      i += 2;
    } else {
      text += next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next;
    }
  }
  return text;
}

template <typename Message>
Message ReadMessage(std::istream& in) {
  Message message;
  for (std::string line; std::getline(in, line);) {
    const size_t start = line.find_first_not_of(' ');
    if (line[start] == '}') break;
    const size_t end = line.find_first_of(": ", start);
    const std::string field = line.substr(start, end - start);
    EXPECT_FALSE(field[0] >= '0' && field[0] <= '9') << "a field that perfetto.proto lacks: " << line;
    if (line.ends_with('{')) {
      message.messages.emplace(field, ReadMessage<Message>(in));
    } else {
      message.fields.emplace(field, Unquoted(line.substr(end + 2)));
    }
  }
  return message;
}

}  // namespace

PerfettoFile::Message PerfettoFile::Decode(const std::string& bytes) {
  const TestFolder folder;
  WriteWhole(folder / "trace", bytes);
  const Ran ran =
      RunProgram({"sh", "-c", R"(protoc --proto_path="$1" --decode=lockscope.perfetto.Trace perfetto.proto <"$2")",
                  "sh", LOCKSCOPE_PROTO_FOLDER, folder / "trace"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::istringstream text(ran.out);
  return ReadMessage<Message>(text);
}

PerfettoFile::PerfettoFile(const std::string& bytes) {
  const Message file = Decode(bytes);
  const auto [from, to] = file.messages.equal_range("packet");
  for (auto it = from; it != to; ++it) {
    const bool is_first = it == from;
    EXPECT_EQ(it->second.Number("trusted_packet_sequence_id"), 1u);
    EXPECT_EQ(it->second.Text("first_packet_on_sequence"), is_first ? "true" : "");
    EXPECT_EQ(it->second.Number("sequence_flags") & 1u, is_first ? 1u : 0u);
    ReadPacket(it->second);
  }
}

void PerfettoFile::ReadPacket(const Message& packet) {
  if (const auto found = packet.messages.find("interned_data"); found != packet.messages.end()) {
    ReadInterned(found->second);
  }
  if (const auto found = packet.messages.find("track_descriptor"); found != packet.messages.end()) {
    ReadTrack(found->second);
  }
  if (const auto found = packet.messages.find("track_event"); found != packet.messages.end()) {
    EXPECT_EQ(packet.Number("sequence_flags"), 2u) << "it names what is interned";
    ReadEvent(packet.Number("timestamp"), found->second);
  }
}

void PerfettoFile::ReadTrack(const Message& descriptor) {
  Track track;
  track.parent = descriptor.Number("parent_uuid");
  track.name = descriptor.Text("name");
  track.rank = static_cast<int64_t>(descriptor.Number("sibling_order_rank"));
  for (const char* kind : {"process", "thread", "counter"}) {
    if (descriptor.Has(kind)) track.kind = kind;
  }
  if (track.kind == "thread") {
    track.thread = static_cast<int64_t>(descriptor.messages.find("thread")->second.Number("tid"));
  }
  EXPECT_TRUE(track.parent == 0 || tracks_.contains(track.parent)) << track.name << ": its parent comes first";
  EXPECT_TRUE(tracks_.emplace(descriptor.Number("uuid"), track).second) << track.name << ": described twice";
}

void PerfettoFile::ReadInterned(const Message& interned) {
  for (const auto& [table, entry] : interned.messages) {
    std::string text = entry.Text("text");
    if (table == "source_locations") text = entry.Text("file_name") + ":" + entry.Text("line_number");
    EXPECT_TRUE(texts_[table].emplace(entry.Text("iid"), text).second) << table << ": interned twice: " << text;
  }
}

void PerfettoFile::ReadEvent(uint64_t time, const Message& event) {
  const auto text = [&](const std::string& table, const std::string& number) {
    if (number.empty()) return std::string();
    const auto found = texts_[table].find(number);
    EXPECT_NE(found, texts_[table].end()) << table << " has no " << number;
    return found == texts_[table].end() ? "" : found->second;
  };
  Event read;
  read.type = event.Text("type");
  read.time = time;
  read.track = event.Number("track_uuid");
  EXPECT_TRUE(tracks_.contains(read.track)) << "a track is described before it is used";
  read.name = event.Has("name") ? event.Text("name") : text("event_names", event.Text("name_iid"));
  read.category = text("event_categories", event.Text("category_iids"));
  read.place = text("source_locations", event.Text("source_location_iid"));
  if (event.Has("counter_value")) read.value = std::stoll(event.Text("counter_value"));
  read.flows = event.Numbers("flow_ids");
  read.ending_flows = event.Numbers("terminating_flow_ids");
  const auto [from, to] = event.messages.equal_range("debug_annotations");
  for (auto it = from; it != to; ++it) {
    const Message& note = it->second;
    read.notes[text("debug_annotation_names", note.Text("name_iid"))] =
        note.Has("uint_value") ? note.Text("uint_value")
                               : text("debug_annotation_string_values", note.Text("string_value_iid"));
  }
  events_.push_back(read);
}

std::vector<PerfettoFile::Event> PerfettoFile::On(uint64_t track, const std::string& type) const {
  std::vector<Event> found;
  for (const Event& event : events_) {
    if (event.track == track && event.type == type) found.push_back(event);
  }
  return found;
}

std::vector<uint64_t> PerfettoFile::Below(uint64_t parent) const {
  std::vector<uint64_t> found;
  for (const auto& [id, track] : tracks_) {
    if (track.parent == parent) found.push_back(id);
  }
  return found;
}

}  // namespace lockscope::testing
