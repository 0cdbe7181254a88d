// Numbers that name things in a recording.
//
// ObjectId names a thread, a lock, a condition, a client … in order of creation, never reused within a recording;
// 0 is "none". SiteId names a place in the source; 0 is "unknown". Plain integers with a name: they are stored in
// 16-byte events by the million.
#pragma once

#include <cstdint>

namespace lockscope {

using ObjectId = uint32_t;  // 24 bits in an event.
using SiteId = uint32_t;    // 12 bits in an event.

inline constexpr ObjectId kNoObject = 0;
inline constexpr ObjectId kMaxObjectId = (1u << 24) - 1;
inline constexpr SiteId kUnknownSite = 0;
inline constexpr SiteId kMaxSiteId = (1u << 12) - 1;

}  // namespace lockscope
