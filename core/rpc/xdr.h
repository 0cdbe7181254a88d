// A thin typed layer over libtirpc's XDR routines for the structs of protocol.x.
//
//   Result<XdrValue<ls_open_args>> args = DecodeXdr<ls_open_args>(payload);     // args.value()->flags
//   XdrValue<ls_text_value> reply;  reply->value = CopyText("tiger");           // freed with the value
//   Result<void> appended = AppendXdr(reply, buffer);
//
// XdrValue owns everything its struct points to, as XDR does it: memory from malloc, released by a walk over the
// struct. This also holds for what a failed decode leaves half-filled. Values are moved, never copied. Any thread.
// Source of the routines' behaviour: xdr(3), and RFC 4506 for the format.
#pragma once

#include <ls_protocol.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/rpc/packet_header.h"

namespace lockscope::rpc {

// Which routine encodes, decodes and frees which struct. Calls go through these overloads rather than through
// xdrproc_t: a call through a pointer of another type is undefined, and some sanitizers report it.
struct Nothing {};  // The arguments of a call without arguments, the result of a call without result.
inline bool_t XdrRoutine(XDR*, Nothing*) { return 1; }
inline bool_t XdrRoutine(XDR* xdr, ls_text_value* value) { return xdr_ls_text_value(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_int_value* value) { return xdr_ls_int_value(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_big_value* value) { return xdr_ls_big_value(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_uuid_value* value) { return xdr_ls_uuid_value(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_error* value) { return xdr_ls_error(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_auth_types* value) { return xdr_ls_auth_types(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_open_args* value) { return xdr_ls_open_args(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_list_args* value) { return xdr_ls_list_args(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_domain_list* value) { return xdr_ls_domain_list(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_domain_flags_args* value) { return xdr_ls_domain_flags_args(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_domain_value* value) { return xdr_ls_domain_value(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_domain_state* value) { return xdr_ls_domain_state(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_domain_info* value) { return xdr_ls_domain_info(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_node_info* value) { return xdr_ls_node_info(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_text_list* value) { return xdr_ls_text_list(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_subscribe_args* value) { return xdr_ls_subscribe_args(xdr, value); }
inline bool_t XdrRoutine(XDR* xdr, ls_lifecycle_event* value) { return xdr_ls_lifecycle_event(xdr, value); }

template <typename T>
class XdrValue {
 public:
  XdrValue() = default;
  XdrValue(XdrValue&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  XdrValue& operator=(XdrValue&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~XdrValue() {
    XDR xdr{};
    xdr.x_op = XDR_FREE;
    XdrRoutine(&xdr, &value_);
  }

  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_{};
};

// What the bytes say; bytes after the value are ignored. An error if they end too soon, or a count is over its bound.
template <typename T>
Result<XdrValue<T>> DecodeXdr(std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxMessageBytes) return Fail("{} bytes are more than a message can hold", bytes.size());
  // xdrmem_create takes no const, although decoding only reads.
  char* start = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
  XdrValue<T> value;
  XDR xdr;
  xdrmem_create(&xdr, start, static_cast<u_int>(bytes.size()), XDR_DECODE);
  const bool decoded = XdrRoutine(&xdr, &*value) != 0;
  xdr_destroy(&xdr);
  if (!decoded) return Fail("{} bytes of XDR do not hold what they should", bytes.size());
  return value;
}

// Puts the value's encoding at the end of `bytes`. An error, with `bytes` as it was, if a string or array is over its
// bound or the whole would be longer than a message can be.
template <typename T>
Result<void> AppendXdr(XdrValue<T>& value, std::vector<std::byte>& bytes) {
  const size_t start = bytes.size();
  // How long the encoding is shows only by trying; nearly all are under 256 bytes.
  for (size_t room = 256; start < kMaxMessageBytes; room *= 8) {
    room = std::min<size_t>(room, kMaxMessageBytes - start);
    bytes.resize(start + room);
    XDR xdr;
    xdrmem_create(&xdr, reinterpret_cast<char*>(bytes.data() + start), static_cast<u_int>(room), XDR_ENCODE);
    const bool encoded = XdrRoutine(&xdr, &*value) != 0;
    const size_t used = xdr_getpos(&xdr);
    xdr_destroy(&xdr);
    if (encoded) {
      bytes.resize(start + used);
      return {};
    }
    if (room == kMaxMessageBytes - start) break;
  }
  bytes.resize(start);
  return Fail("the value is too large for a message, or a part of it for its bound");
}

}  // namespace lockscope::rpc
