#include "core/export/json_text.h"

#include <cstdint>

namespace lockscope::export_ {
namespace {

using Json = nlohmann::json;

constexpr char kHexDigits[] = "0123456789abcdef";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

// As RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const auto first = static_cast<uint8_t>(bytes[at++]);
    if (first < 0x80) continue;
    const int more = first >= 0xc2 && first < 0xe0   ? 1
                     : first >= 0xe0 && first < 0xf0 ? 2
                     : first >= 0xf0 && first < 0xf5 ? 3
                                                     : 0;
    if (more == 0 || bytes.size() - at < static_cast<size_t>(more)) return false;
    const auto second = static_cast<uint8_t>(bytes[at]);
    const uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) return false;
    for (int i = 1; i < more; ++i) {
      if ((static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]) & 0xc0) != 0x80) return false;
    }
    at += static_cast<size_t>(more);
  }
  return true;
}

std::string ReadableText(std::string_view bytes) {
  return Json(bytes).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ValidText(std::string_view bytes) {
  if (IsUtf8(bytes)) return std::string(bytes);
  return Json::parse(ReadableText(bytes)).get<std::string>();
}

std::string ExactText(std::string_view bytes) {
  if (IsUtf8(bytes)) return ReadableText(bytes);
  std::string text = "{\"hex\":\"";
  for (const char c : bytes) {
    text += kHexDigits[static_cast<uint8_t>(c) >> 4];
    text += kHexDigits[static_cast<uint8_t>(c) & 15];
  }
  return text + "\"}";
}

std::optional<std::string> FromExactText(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const auto hex = value.find("hex");
  if (hex == value.end() || !hex->is_string()) return std::nullopt;
  const std::string& digits = hex->get_ref<const std::string&>();
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = HexDigit(digits[i]);
    const int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace lockscope::export_
