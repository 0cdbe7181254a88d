#include "core/rpc/wire_values.h"

#include <cstdlib>
#include <cstring>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

constexpr int kErrorLevel = 2;  // 1 would be a warning.
constexpr size_t kErrorTextBytes = 1024;

std::string TextOf(const char* text) { return text == nullptr ? std::string() : std::string(text); }

template <typename T>
T* Allocate(size_t count) {
  void* memory = std::calloc(count, sizeof(T));
  LS_CHECK(memory != nullptr, "out of memory for {} bytes", count * sizeof(T));
  return static_cast<T*>(memory);
}

}  // namespace

std::string UuidText(const Uuid& uuid) {
  std::string text;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid[i]);
  }
  return text;
}

char* CopyText(std::string_view text) {
  text = text.substr(0, LS_TEXT_MAX);
  char* copy = Allocate<char>(text.size() + 1);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  return copy;
}

ls_maybe_text CopyMaybeText(std::string_view text) {
  ls_maybe_text copy = Allocate<ls_text>(1);
  *copy = CopyText(text);
  return copy;
}

ls_domain ToXdr(const DomainRef& domain) {
  ls_domain result{};
  result.name = CopyText(domain.name);
  std::memcpy(result.uuid, domain.uuid.data(), domain.uuid.size());
  result.id = domain.id;
  return result;
}

ls_maybe_domain ToMaybeXdr(const DomainRef& domain) {
  ls_maybe_domain copy = Allocate<ls_domain>(1);
  *copy = ToXdr(domain);
  return copy;
}

Uuid FromXdr(const ls_uuid& uuid) {
  Uuid result;
  std::memcpy(result.data(), uuid, result.size());
  return result;
}

DomainRef FromXdr(const ls_domain& domain) {
  return {.name = TextOf(domain.name), .uuid = FromXdr(domain.uuid), .id = domain.id};
}

XdrValue<ls_error> ToXdr(const WireError& error) {
  // An error may quote what a client sent, and that may fill a whole message: a client must not choose how long we
  // answer.
  std::string_view message = error.message;
  if (message.size() > kErrorTextBytes) {
    size_t end = kErrorTextBytes;
    while (end > 0 && (static_cast<uint8_t>(message[end]) & 0xc0) == 0x80) --end;  // Not inside a UTF-8 character.
    message = message.substr(0, end);
  }
  XdrValue<ls_error> result;
  result->code = static_cast<int>(error.code);
  result->origin = static_cast<int>(error.origin);
  result->message = CopyMaybeText(message);
  result->level = kErrorLevel;
  return result;
}

WireError FromXdr(const ls_error& error) {
  return {.code = static_cast<ErrorCode>(error.code),
          .origin = static_cast<ErrorOrigin>(error.origin),
          .message = error.message == nullptr ? std::string() : TextOf(*error.message)};
}

}  // namespace lockscope::rpc
