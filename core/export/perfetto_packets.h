// PerfettoPackets: the wire form of a Perfetto trace, as far as we write it: packets that describe a track, and packets
// with an event on one. Texts are written once and called by a number from then on.
//
// Times must not run backwards. One thread; the stream is the caller's.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/trace/trace.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

using TrackId = uint64_t;  // A track's number in the file; 0 is none.

struct TrackShape {
  enum class Kind : uint8_t { kProcess, kThread, kSlices, kCounter };
  Kind kind = Kind::kSlices;
  TrackId parent = 0;
  std::string name;
  ObjectId thread = kNoObject;  // Of a thread: shown beside the name.
  int32_t rank = 0;             // Its place among its parent's tracks.
};

struct TrackEvent {
  enum class Type : uint8_t { kBegin = 1, kEnd = 2, kInstant = 3, kCounter = 4 };  // The format's own numbers.
  struct Note {
    std::string_view key;
    std::string_view text;  // Where it is empty: the number.
    uint64_t number = 0;
  };

  Type type = Type::kInstant;
  int64_t time_ns = 0;
  TrackId track = 0;
  std::string_view category;  // An end and a counter have neither category nor name.
  std::string_view name;
  SiteId site = kUnknownSite;
  int64_t value = 0;  // Of a counter.
  uint64_t flow = 0;  // What carries the same one is connected, in order of time; 0: none.
  bool ends_flow = false;
  std::initializer_list<Note> notes = {};
};

class PerfettoPackets {
 public:
  // `trace`: whose sites the events name. Both must outlive it.
  PerfettoPackets(const trace::Trace& trace, std::ostream& out);

  TrackId AddTrack(const TrackShape& shape);
  void Add(const TrackEvent& event);
  // Writes what is still here. The stream then knows whether all of it could be written.
  void Flush();

 private:
  // One kind of texts. There is an end to it, so that no recording fills the memory with texts that are used once: from
  // then on a new text is written out where it is used.
  struct Texts {
    static constexpr size_t kMost = 65'536;
    std::unordered_map<std::string, uint64_t> numbers;
    std::vector<std::pair<uint64_t, std::string>> fresh;  // Named by the event in hand for the first time.
    uint64_t NumberOf(std::string_view text);             // 0: there is no room for it.
  };
  struct EventTexts {
    uint64_t name = 0;
    uint64_t category = 0;
    std::vector<std::pair<uint64_t, uint64_t>> notes;  // Key and text.
  };

  std::string InternedData();
  std::string EventBytes(const TrackEvent& event, const EventTexts& texts) const;
  void Append(std::string packet);

  const trace::Trace& trace_;
  std::ostream& out_;
  std::string buffer_;
  bool is_first_ = true;
  TrackId last_track_ = 0;
  Texts names_;
  Texts categories_;
  Texts note_keys_;
  Texts note_texts_;
  std::vector<bool> known_sites_;  // By SiteId.
  SiteId fresh_site_ = kUnknownSite;
};

}  // namespace lockscope::export_
