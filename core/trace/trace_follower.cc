#include "core/trace/trace_follower.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/clock.h"
#include "core/trace/byte_io.h"
#include "core/trace/event.h"
#include "core/trace/file_bytes.h"
#include "core/trace/live_names.h"

namespace lockscope::trace {
namespace {

using format::ChunkHeader;
using format::ChunkKind;
using format::ChunkSize;
using format::LiveSection;
using format::NameHead;
using format::Piece;
using format::RingHeader;
using format::SectionHeader;
using format::SectionType;

constexpr ObjectId kJournal = kNoObject;
constexpr uint64_t kMostEvents = uint64_t{1} << 48;      // Of a thread: what lies above is damage.
constexpr uint64_t kLongestPiece = uint64_t{256} << 20;  // Likewise. The writer's are those of a chunk, or one name.

Event LostEvents(ObjectId thread, uint64_t ticks, uint64_t count) {
  const auto shown = static_cast<uint32_t>(std::min<uint64_t>(count, std::numeric_limits<uint32_t>::max()));
  return Event::Make(ticks, EventKind::kEventsLost, thread, shown, kUnknownSite);
}

// How many words from the front on are complete: events by their second words, records by their lengths.
size_t CompleteEvents(std::span<const uint64_t> words) {
  size_t count = 0;
  while (count + 1 < words.size() && words[count + 1] != 0) count += 2;
  return count;
}

size_t CompleteRecords(std::span<const uint64_t> words) {
  size_t at = 0;
  while (at < words.size()) {
    const auto bytes = static_cast<uint32_t>(words[at]);  // NameHead::record_bytes.
    if (bytes < sizeof(NameHead) || bytes % 8 != 0 || bytes / 8 > words.size() - at) break;
    at += bytes / 8;
  }
  return at;
}

size_t Complete(ObjectId stream, std::span<const uint64_t> words) {
  return stream == kJournal ? CompleteRecords(words) : CompleteEvents(words);
}

}  // namespace

TraceFollower::TraceFollower(unique_fd out, unique_fd ring, std::string name)
    : out_(std::move(out)), ring_(std::move(ring)), name_(std::move(name)) {}

tl::unexpected<Error> TraceFollower::At(uint64_t offset, const std::string& what) const {
  return Fail("{}: at byte {}: {}", name_, offset, what);
}

tl::unexpected<Error> TraceFollower::InRing(uint64_t offset, const std::string& what) const {
  return Fail("{}: its ring, at byte {}: {}", name_, offset, what);
}

uint64_t TraceFollower::UnitsIn(ObjectId stream, size_t words) { return stream == kJournal ? words * 8 : words / 2; }

Result<TraceFollower> TraceFollower::Open(const std::filesystem::path& path) {
  unique_fd out(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!out.valid()) return Fail("{}: cannot be opened: {}", path.string(), ErrnoText(errno));
  const Result<NamedRing> named = RingOf(out.get(), path.string());
  if (!named) return tl::make_unexpected(named.error());
  Result<OpenedRing> ring = OpenRing(named->path, named->ring_id);
  TraceFollower follower(std::move(out), ring ? std::move(ring->fd) : unique_fd(), path.string());
  if (!ring) follower.missing_ring_ = ring.error().message;
  return follower;
}

TraceFollower::Writer TraceFollower::LookAtWriter() {
  if (!ring_.valid()) return Writer::kGone;
  if (is_over_) return Writer::kEnded;
  uint32_t ended = 0;
  if (ReadAt(ring_.get(), offsetof(RingHeader, ended), &ended, sizeof ended) != sizeof ended) return Writer::kGone;
  if (ended != 0) return Writer::kEnded;
  return WriterLives(ring_.get()) ? Writer::kRecording : Writer::kGone;
}

Result<TraceFollower::News> TraceFollower::Poll() {
  News news;
  // First of all: what a writer that is gone has written is all there when we look.
  news.writer = LookAtWriter();
  const bool lives = news.writer == Writer::kRecording;
  RingHeader header{};
  uint64_t cut_ticks = Event::kTickMask;
  if (ring_.valid()) {
    if (ReadAt(ring_.get(), 0, &header, sizeof header) != sizeof header) return InRing(0, "it is cut off");
    // Threads are read one after the other: what happened since we began would show some of them further on than others.
    if (lives && header.virtual_time == 0 && (header.ticks_are_tsc != 0) == TicksAreTsc()) {
      cut_ticks = ReadTicks() - header.first_ticks;
    }
    ticks_per_second_ = header.ticks_per_second;
    lost_elsewhere_ = header.lost_events;
  }
  // A chunk that was handed over behind our back may be missed, with a later one of the same thread seen: where there is a
  // gap, a second look decides whether events are lost.
  for (const bool accept_gaps : {!lives, true}) {
    // The ring first: what leaves it meanwhile is in OUT by then.
    if (Result<void> ok = ScanRing(); !ok) return tl::make_unexpected(ok.error());
    if (Result<void> ok = ScanOut(); !ok) return tl::make_unexpected(ok.error());
    const Result<bool> names = TakeNames(accept_gaps, news);
    if (!names) return tl::make_unexpected(names.error());
    bool whole = *names;
    for (auto& [thread, stream] : streams_) {
      if (thread != kJournal) whole = TakeEvents(thread, stream, cut_ticks, accept_gaps, !lives, news) && whole;
    }
    if (whole) break;
  }
  if (ticks_per_second_ == 0) return At(offsetof(format::FileHeader, ticks_per_second), "0 ticks a second");
  news.ticks_per_second = ticks_per_second_;
  news.lost_events = lost_ + lost_elsewhere_;
  for (const auto& [thread, stream] : streams_) news.lost_events += stream.lost_after;
  // The second look may have added to a thread of the first.
  std::stable_sort(news.threads.begin(), news.threads.end(),
                   [](const auto& a, const auto& b) { return a.thread < b.thread; });
  for (size_t i = 1; i < news.threads.size();) {
    if (news.threads[i].thread != news.threads[i - 1].thread) {
      ++i;
      continue;
    }
    auto& events = news.threads[i - 1].events;
    events.insert(events.end(), news.threads[i].events.begin(), news.threads[i].events.end());
    news.threads.erase(news.threads.begin() + static_cast<ptrdiff_t>(i));
  }
  return news;
}

Result<void> TraceFollower::ScanRing() {
  if (!ring_.valid()) return {};
  RingHeader header{};
  if (ReadAt(ring_.get(), 0, &header, sizeof header) != sizeof header) return InRing(0, "it is cut off");
  if (header.segment_count > format::kMaxSegments) {
    return InRing(offsetof(RingHeader, segment_count), fmt::format("{} segments", header.segment_count));
  }
  for (uint64_t segment = 0; segment < header.segment_count; ++segment) {
    const uint64_t from = sizeof header + segment * format::kSegmentBytes;
    const auto size = static_cast<ChunkSize>(header.segment_size[segment]);
    if (size != ChunkSize::kSmall && size != ChunkSize::kLarge) {
      return InRing(offsetof(RingHeader, segment_size) + segment, "chunks of no known size");
    }
    const size_t bytes = format::ChunkBytes(size);
    for (size_t at = 0; at + bytes <= format::kSegmentBytes; at += bytes) {
      if (Result<void> ok = ScanChunk(from + at, bytes); !ok) return ok;
    }
  }
  return {};
}

Result<void> TraceFollower::ScanChunk(uint64_t at, size_t bytes) {
  ChunkHeader header;
  if (ReadAt(ring_.get(), at, &header, sizeof header) != sizeof header) return InRing(at, "it is cut off");
  const auto kind = static_cast<ChunkKind>(header.kind);
  if (header.lap % 2 != 0 || header.lap == 0 || kind == ChunkKind::kFree) return {};
  const ObjectId id = kind == ChunkKind::kNames ? kJournal : header.thread;
  if ((kind != ChunkKind::kNames && (kind != ChunkKind::kEvents || id == kJournal)) || id > kMaxObjectId ||
      header.first > kMostEvents) {
    return InRing(at,
                  fmt::format("a chunk of kind {} of thread {}, from {} on", header.kind, header.thread, header.first));
  }
  Stream& stream = streams_[id];
  const size_t room_words = (bytes - sizeof header) / sizeof(uint64_t);
  const uint64_t end = header.first + UnitsIn(id, room_words);
  size_t skip = 0;  // Words that were handed out before.
  if (stream.next >= end) {
    skip = room_words;
  } else if (stream.next > header.first) {
    skip = static_cast<size_t>(id == kJournal ? (stream.next - header.first) / 8 : (stream.next - header.first) * 2);
  }
  std::vector<uint64_t> words(room_words - skip);
  const uint64_t words_at = at + sizeof header + skip * sizeof(uint64_t);
  const size_t size = words.size() * sizeof(uint64_t);
  if (ReadAt(ring_.get(), words_at, words.data(), size) != size) return InRing(at, "it is cut off");
  words.resize(Complete(id, words));
  // An event's last word vouches for its first, but they may have been read in any order: what was complete the first time
  // is read again. And if the chunk is another's by now, all that we wanted is in OUT.
  const size_t again = words.size() * sizeof(uint64_t);
  ChunkHeader after;
  if (ReadAt(ring_.get(), words_at, words.data(), again) != again ||
      ReadAt(ring_.get(), at, &after, sizeof after) != sizeof after) {
    return InRing(at, "it is cut off");
  }
  if (after.lap != header.lap) return {};
  if (skip == room_words) {
    // All of it was handed out: only what was lost behind it may be new.
    if (stream.next == end) stream.lost_after = after.lost_after;
    return {};
  }
  const uint64_t first = header.first + UnitsIn(id, skip);
  stream.stretches.push_back({first, after.lost_after, std::move(words)});
  return {};
}

Result<void> TraceFollower::ScanOut() {
  struct stat status {};
  if (::fstat(out_.get(), &status) != 0) return Fail("{}: cannot be read: {}", name_, ErrnoText(errno));
  auto file_bytes = static_cast<uint64_t>(status.st_size);
  if (ticks_per_second_ == 0) {
    format::FileHeader header;
    if (ReadAt(out_.get(), 0, &header, sizeof header) != sizeof header) {
      return At(file_bytes, "the file ends inside its header");
    }
    ticks_per_second_ = header.ticks_per_second;
  }
  while (!closed_) {
    SectionHeader section;
    if (file_bytes < out_at_ + sizeof section ||
        ReadAt(out_.get(), out_at_, &section, sizeof section) != sizeof section ||
        section.type == static_cast<uint32_t>(LiveSection::kEnd)) {
      return {};
    }
    const uint64_t payload_at = out_at_ + sizeof section;
    // The file may have grown since we looked: where there is a header, all of the payload is there.
    if (section.capacity_bytes > file_bytes - payload_at && ::fstat(out_.get(), &status) == 0) {
      file_bytes = static_cast<uint64_t>(status.st_size);
    }
    if (section.capacity_bytes > file_bytes - payload_at || section.capacity_bytes % format::kLiveAlignment != 0) {
      return At(out_at_ + offsetof(SectionHeader, capacity_bytes),
                fmt::format("a section of {} bytes, but {} are left in the file", section.capacity_bytes,
                            file_bytes - payload_at));
    }
    if (section.size_bytes > section.capacity_bytes) {
      return At(out_at_ + offsetof(SectionHeader, size_bytes),
                fmt::format("{} bytes used of a section of {}", section.size_bytes, section.capacity_bytes));
    }
    const auto type = static_cast<LiveSection>(section.type);
    if (type == LiveSection::kPiece || type == LiveSection::kNames) {
      if (Result<void> ok = ReadPiece(payload_at, section); !ok) return ok;
    } else if (type == LiveSection::kClosed) {
      format::Closing closing{};
      if (section.size_bytes < sizeof closing ||
          ReadAt(out_.get(), payload_at, &closing, sizeof closing) != sizeof closing) {
        return At(payload_at, "a closing that is cut off");
      }
      ticks_per_second_ = closing.ticks_per_second;
      lost_elsewhere_ = closing.lost_events;
      closed_ = true;
      missing_ring_.clear();
    }
    out_at_ = payload_at + section.capacity_bytes;
  }
  return {};
}

Result<void> TraceFollower::ReadPiece(uint64_t at, const SectionHeader& section) {
  const bool names = section.type == static_cast<uint32_t>(LiveSection::kNames);
  const ObjectId id = names ? kJournal : section.id;
  Piece piece;
  if (section.size_bytes < sizeof piece || section.size_bytes > kLongestPiece ||
      (section.size_bytes - sizeof piece) % (names ? 8 : sizeof(Event)) != 0 ||
      (!names && (id == kJournal || id > kMaxObjectId))) {
    return At(at, fmt::format("a piece of thread {} with {} bytes", id, section.size_bytes));
  }
  if (ReadAt(out_.get(), at, &piece, sizeof piece) != sizeof piece || piece.first > kMostEvents) {
    return At(at, fmt::format("a piece that begins at number {}", piece.first));
  }
  Stretch stretch{piece.first, piece.lost_after, std::vector<uint64_t>((section.size_bytes - sizeof piece) / 8)};
  const size_t size = stretch.words.size() * sizeof(uint64_t);
  if (ReadAt(out_.get(), at + sizeof piece, stretch.words.data(), size) != size)
    return At(at, "a piece that is cut off");
  const size_t complete = Complete(id, stretch.words);
  if (names && complete != stretch.words.size()) {
    return At(at + sizeof piece + complete * 8, "a journal record of no possible length");
  }
  stretch.words.resize(complete);
  streams_[id].stretches.push_back(std::move(stretch));
  return {};
}

bool TraceFollower::TakeEvents(ObjectId thread, Stream& stream, uint64_t cut_ticks, bool accept_gaps, bool last,
                               News& news) {
  // By number; of two that begin together the one that OUT has, which is whole, is the longer.
  std::sort(stream.stretches.begin(), stream.stretches.end(), [](const Stretch& a, const Stretch& b) {
    return a.first != b.first ? a.first < b.first : a.words.size() > b.words.size();
  });
  std::vector<Event> events;
  size_t most = 1;
  for (const Stretch& stretch : stream.stretches) most += stretch.words.size() / 2;
  events.reserve(most);
  bool whole = true;
  size_t done = 0;
  for (; done < stream.stretches.size(); ++done) {
    const Stretch& stretch = stream.stretches[done];
    const uint64_t count = stretch.words.size() / 2;
    if (stretch.first + count < stream.next) continue;
    if (stretch.first > stream.next) {
      whole = accept_gaps;
      if (!whole) break;
      const uint64_t ticks = count > 0 ? Event(stretch.words[0], stretch.words[1]).ticks() : stream.last_ticks;
      if (ticks > cut_ticks) break;
      events.push_back(LostEvents(thread, ticks, stretch.first - stream.next));
      lost_ += stretch.first - stream.next;
      stream.next = stretch.first;
      stream.lost_after = 0;
    }
    size_t at = (stream.next - stretch.first) * 2;
    for (; at < stretch.words.size(); at += 2) {
      const Event event(stretch.words[at], stretch.words[at + 1]);
      if (event.ticks() > cut_ticks) break;
      events.push_back(event);
      stream.last_ticks = event.ticks();
      ++stream.next;
    }
    if (at < stretch.words.size()) break;
    stream.lost_after = stretch.lost_after;
    stream.stretches[done].words = {};  // Its memory now: there may be millions of events.
  }
  stream.stretches.erase(stream.stretches.begin(), stream.stretches.begin() + static_cast<ptrdiff_t>(done));
  if (last && whole && stream.lost_after > 0) {
    events.push_back(LostEvents(thread, stream.last_ticks, stream.lost_after));
    lost_ += std::exchange(stream.lost_after, 0);
  }
  if (!events.empty()) news.threads.push_back({thread, std::move(events)});
  return whole;
}

Result<bool> TraceFollower::TakeNames(bool accept_gaps, News& news) {
  Stream& stream = streams_[kJournal];
  std::sort(stream.stretches.begin(), stream.stretches.end(), [](const Stretch& a, const Stretch& b) {
    return a.first != b.first ? a.first < b.first : a.words.size() > b.words.size();
  });
  size_t done = 0;
  for (; done < stream.stretches.size(); ++done) {
    const Stretch& stretch = stream.stretches[done];
    const uint64_t end = stretch.first + stretch.words.size() * 8;
    if (end <= stream.next) continue;
    if (stretch.first > stream.next) {
      if (!accept_gaps) break;
      stream.next = stretch.first;
    }
    const std::span<const std::byte> bytes = std::as_bytes(std::span(stretch.words));
    for (size_t at = stream.next - stretch.first; at < bytes.size();) {
      uint32_t size = 0;
      std::memcpy(&size, bytes.data() + at, sizeof size);
      if (size < sizeof(NameHead) || size > bytes.size() - at) {
        return Fail("{}: its journal, at byte {}: a record of {} bytes", name_, stretch.first + at, size);
      }
      if (Result<void> ok = TakeRecord(bytes.subspan(at, size), stretch.first + at, news); !ok) {
        return tl::make_unexpected(ok.error());
      }
      at += size;
    }
    stream.next = end;
  }
  const bool whole = done == stream.stretches.size();
  stream.stretches.erase(stream.stretches.begin(), stream.stretches.begin() + static_cast<ptrdiff_t>(done));
  return whole;
}

Result<void> TraceFollower::TakeRecord(std::span<const std::byte> record, uint64_t at, News& news) {
  NameHead head;
  std::memcpy(&head, record.data(), sizeof head);
  ByteReader in(record.subspan(sizeof head));
  switch (static_cast<SectionType>(head.type)) {
    case SectionType::kMeta: {
      std::string key = in.Text();
      news.meta.emplace_back(std::move(key), in.Text());
      break;
    }
    case SectionType::kObjects: {
      const ObjectId id = in.U32();
      Object object = LiveNames::ReadObject(in);
      if (in.ok() && ObjectTypeName(object.type).empty()) {
        return Fail("{}: its journal, at byte {}: an object of type {}, which is none", name_, at,
                    static_cast<int>(object.type));
      }
      news.objects.emplace_back(id, std::move(object));
      break;
    }
    case SectionType::kSites: {
      const SiteId id = in.U32();
      news.sites.emplace_back(id, LiveNames::ReadSite(in));
      break;
    }
    default:
      return {};  // Of a later version.
  }
  if (!in.ok()) return Fail("{}: its journal, at byte {}: a record that ends in the middle of a field", name_, at);
  return {};
}

Result<TraceParts> TraceFollower::ReadAll(unique_fd out, unique_fd ring, std::string name) {
  TraceFollower follower(std::move(out), std::move(ring), std::move(name));
  follower.is_over_ = true;
  return follower.PollWhole();
}

Result<TraceParts> TraceFollower::PollWhole() {
  Result<News> news = Poll();
  if (!news) return tl::make_unexpected(news.error());
  TraceParts parts;
  parts.info.finished = false;
  parts.info.ticks_per_second = news->ticks_per_second;
  parts.info.dropped_events = news->lost_events;
  parts.info.meta = std::move(news->meta);
  parts.threads = std::move(news->threads);
  LiveNames names;
  for (auto& [id, object] : news->objects) names.AddObject(id, std::move(object));
  for (auto& [id, site] : news->sites) names.AddSite(id, std::move(site));
  names.Renumber(parts);
  return parts;
}

}  // namespace lockscope::trace
