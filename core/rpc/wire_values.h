// What the structs of protocol.x mean, as C++ values, and the way between the two.
//
// The numbers are those that virsh expects. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/rpc/xdr.h"

namespace lockscope::rpc {

using Uuid = std::array<uint8_t, LS_UUID_BYTES>;

std::string UuidText(const Uuid& uuid);  // "6695eb01-f6a4-8304-79aa-97f2502e193f".

// What identifies a domain.
struct DomainRef {
  std::string name;
  Uuid uuid{};
  int32_t id = -1;  // -1 while it is off.

  bool operator==(const DomainRef&) const = default;
};

// What went wrong in a call, and in which part of the program.
enum class ErrorCode : int32_t {
  kInternal = 1,
  kNotSupported = 3,  // virsh takes it as "no such feature" and goes on without.
  kNoConnect = 5,
  kReadOnly = 29,
  kRpc = 39,
  kNoDomain = 42,
  kWrongState = 55,
  kOperationTimeout = 68,
};
enum class ErrorOrigin : int32_t { kNone = 0, kRpc = 7, kDriver = 12, kDomain = 20 };

struct WireError {
  ErrorCode code = ErrorCode::kInternal;
  ErrorOrigin origin = ErrorOrigin::kNone;
  std::string message;

  bool operator==(const WireError&) const = default;
};

// Texts in XDR structs are C strings from malloc: what follows a zero byte in `text` is lost, and so is what is over
// LS_TEXT_MAX bytes. XDR's own walk to free a struct would stop at a text over its bound, and leak it and the rest.
char* CopyText(std::string_view text);
ls_maybe_text CopyMaybeText(std::string_view text);

ls_domain ToXdr(const DomainRef& domain);  // To be put into an XdrValue, which owns it then.
ls_maybe_domain ToMaybeXdr(const DomainRef& domain);
DomainRef FromXdr(const ls_domain& domain);
Uuid FromXdr(const ls_uuid& uuid);

XdrValue<ls_error> ToXdr(const WireError& error);  // Cuts a message off after 1024 bytes: it always fits a packet.
WireError FromXdr(const ls_error& error);

}  // namespace lockscope::rpc
