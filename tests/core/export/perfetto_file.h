// PerfettoFile: what an export for Perfetto says, as protoc decodes it with the messages of perfetto.proto: an
// implementation of the wire form that is not ours.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockscope::testing {

class PerfettoFile {
 public:
  struct Track {
    std::string kind;  // "process", "thread", "counter", else "".
    uint64_t parent = 0;
    std::string name;
    int64_t thread = 0;  // Of a thread: its number.
    int64_t rank = 0;
  };
  struct Event {
    std::string type;  // "TYPE_SLICE_BEGIN" …
    uint64_t time = 0;
    uint64_t track = 0;
    std::string name, category, place;
    int64_t value = 0;
    std::vector<uint64_t> flows, ending_flows;
    std::map<std::string, std::string> notes;
  };

  // Fails the running test where protoc finds anything that is not in perfetto.proto, where a packet is not of the one
  // sequence, or where a number names no text.
  explicit PerfettoFile(const std::string& bytes);

  const std::map<uint64_t, Track>& tracks() const { return tracks_; }
  const std::vector<Event>& events() const { return events_; }
  std::vector<Event> On(uint64_t track, const std::string& type) const;
  // The tracks below another one.
  std::vector<uint64_t> Below(uint64_t parent) const;

 private:
  struct Message;
  static Message Decode(const std::string& bytes);
  void ReadPacket(const Message& packet);
  void ReadTrack(const Message& track);
  void ReadInterned(const Message& interned);
  void ReadEvent(uint64_t time, const Message& event);

  std::map<uint64_t, Track> tracks_;
  std::vector<Event> events_;
  std::map<std::string, std::map<std::string, std::string>> texts_;  // By table and number.
};

}  // namespace lockscope::testing
