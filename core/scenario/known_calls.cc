#include "core/scenario/known_calls.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <numeric>

#include "core/base/check.h"
#include "core/daemon/memory_driver_config.h"
#include "core/rpc/xdr.h"

namespace lockscope::scenario {
namespace {

using Bytes = std::vector<std::byte>;

constexpr size_t kLeastOfName = 3;  // Letters by which somebody may have meant a longer name.

Bytes Words(std::initializer_list<uint8_t> words) {
  Bytes bytes;
  for (const uint8_t word : words)
    bytes.insert(bytes.end(), {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{word}});
  return bytes;
}

// The driver's one domain, as a scenario's daemon begins with it: its name, uuid and id; then `more`.
Bytes TheDomain(const Bytes& more = {}) {
  rpc::XdrValue<ls_domain_value> value;
  value->domain = rpc::ToXdr(daemon::DefaultDomains().front().ref);
  Bytes bytes;
  LS_CHECK(rpc::AppendXdr(value, bytes).has_value(), "a domain of the driver's own is too long");
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

std::vector<KnownCall> MakeCalls() {
  return {{"hostname", LS_CONNECT_HOSTNAME, {}},
          {"type", LS_CONNECT_TYPE, {}},
          {"version", LS_CONNECT_VERSION, {}},
          {"lib_version", LS_CONNECT_LIB_VERSION, {}},
          {"uri", LS_CONNECT_URI, {}},
          {"domain_list", LS_DOMAIN_LIST, Words({1, 3})},  // The results are wanted; active ones and inactive.
          {"node_info", LS_NODE_INFO, {}},
          {"capabilities", LS_CAPABILITIES, {}},
          {"domain_info", LS_DOMAIN_INFO, TheDomain()},
          {"domain_state", LS_DOMAIN_STATE, TheDomain(Words({0}))},
          {"domain_suspend", LS_DOMAIN_SUSPEND, TheDomain()},
          {"domain_resume", LS_DOMAIN_RESUME, TheDomain()},
          {"domain_start", LS_DOMAIN_START, TheDomain()},
          {"domain_destroy", LS_DOMAIN_DESTROY, TheDomain()},
          {"event_subscribe", LS_EVENT_SUBSCRIBE, Words({0, 0}), false},    // Lifecycle; of all domains.
          {"event_unsubscribe", LS_EVENT_UNSUBSCRIBE, Words({0}), false}};  // The connection's first.
}

// How many letters have to be changed, added or taken away (Levenshtein 1966; two rows of the table of Wagner and Fischer).
size_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[to.size()];
}

}  // namespace

std::span<const KnownCall> KnownCalls() {
  static const std::vector<KnownCall> kCalls = MakeCalls();
  return kCalls;
}

std::vector<std::string> CallNames() {
  std::vector<std::string> names;
  for (const KnownCall& call : KnownCalls()) names.emplace_back(call.name);
  return names;
}

std::vector<std::string> DriverCallNames() {
  std::vector<std::string> names;
  for (const KnownCall& call : KnownCalls()) {
    if (call.in_driver) names.emplace_back(call.name);
  }
  return names;
}

const KnownCall* FindCall(std::string_view name) {
  const std::span<const KnownCall> calls = KnownCalls();
  const auto found = std::ranges::find(calls, name, &KnownCall::name);
  return found == calls.end() ? nullptr : &*found;
}

std::string NearestName(std::string_view name, const std::vector<std::string>& names) {
  std::string nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    const size_t distance = EditDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  if (!nearest.empty() || name.size() < kLeastOfName) return nearest;
  // A part of a name stands for it, if it is a part of no other.
  for (const std::string& candidate : names) {
    if (candidate.find(name) == std::string::npos) continue;
    if (!nearest.empty()) return "";
    nearest = candidate;
  }
  return nearest;
}

}  // namespace lockscope::scenario
