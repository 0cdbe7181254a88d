// Names as JSON, and as UTF-8. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

bool IsUtf8(std::string_view bytes);
// Exact: a JSON string, or {"hex":"66ff"} for what is not UTF-8.
std::string ExactText(std::string_view bytes);
// The text itself, with U+FFFD for what is not UTF-8: for formats other than JSON.
std::string ValidText(std::string_view bytes);
// A JSON string in any case, for derived fields: what is not UTF-8 becomes U+FFFD.
std::string ReadableText(std::string_view bytes);
// The bytes of an ExactText; nothing where the value is none.
std::optional<std::string> FromExactText(const nlohmann::json& value);

}  // namespace lockscope::export_
