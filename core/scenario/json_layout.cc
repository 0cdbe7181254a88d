#include "core/scenario/json_layout.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace lockscope::scenario {
namespace {

std::string Scalar(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

// `"key": ` of a field, nothing of a list's item.
std::string Label(const Json::const_iterator& item, const Json& around) {
  return around.is_object() ? Scalar(Json(item.key())) + ": " : "";
}

const char* Open(const Json& value) { return value.is_object() ? "{" : "["; }
const char* Close(const Json& value) { return value.is_object() ? "}" : "]"; }

std::string OnOneLine(const Json& value) {
  if (!value.is_structured()) return Scalar(value);
  if (value.empty()) return std::string(Open(value)) + Close(value);
  const char* const space = value.is_object() ? " " : "";
  std::string text;
  for (auto item = value.begin(); item != value.end(); ++item) {
    text += (text.empty() ? "" : ", ") + Label(item, value) + OnOneLine(*item);
  }
  return fmt::format("{}{}{}{}{}", Open(value), space, text, space, Close(value));
}

class Page {
 public:
  std::string text;

  size_t column() const { return text.size() - line_begin_; }
  void NewLine(size_t indent) {
    text += '\n';
    line_begin_ = text.size();
    text.append(indent, ' ');
  }

  // Items one behind the other, as many on a line as fit; each line after the first begins at `indent`. `after` columns
  // are left free behind the last one.
  void Fill(const Json& value, size_t indent, size_t after) {
    for (auto item = value.begin(); item != value.end(); ++item) {
      const bool last = std::next(item) == value.end();
      const std::string whole = Label(item, value) + OnOneLine(*item);
      const size_t rest = last ? after : 1;  // A comma.
      if (item != value.begin()) {
        if (column() + 1 + whole.size() + rest <= kMostColumns) {
          text += ' ';
        } else {
          NewLine(indent);
        }
      }
      if (column() + whole.size() + rest <= kMostColumns || !item->is_structured() || item->empty()) {
        text += whole;
      } else {
        text += Label(item, value);
        Compact(*item, rest);
      }
      if (!last) text += ',';
    }
  }

  // `{ "a": 1,` and the next line under the a; `["a",` likewise.
  void Compact(const Json& value, size_t after) {
    text += value.is_object() ? "{ " : "[";
    Fill(value, column(), after + (value.is_object() ? 2 : 1));
    text += value.is_object() ? " }" : "]";
  }

 private:
  size_t line_begin_ = 0;
};

void LayOutField(Page& page, const Json& value, bool one_a_line, size_t after) {
  const std::string whole = OnOneLine(value);
  const bool fits = page.column() + whole.size() + after <= kMostColumns;
  if (!value.is_structured() || value.empty() || (fits && !one_a_line)) {
    page.text += whole;
    return;
  }
  constexpr size_t kIndent = 4;
  page.text += Open(value);
  page.NewLine(kIndent);
  if (!one_a_line) {
    page.Fill(value, kIndent, 0);
  } else {
    for (auto item = value.begin(); item != value.end(); ++item) {
      if (item != value.begin()) page.NewLine(kIndent);
      const bool last = std::next(item) == value.end();
      page.text += Label(item, value);
      const std::string line = OnOneLine(*item);
      if (page.column() + line.size() + 1 <= kMostColumns || !item->is_structured()) {
        page.text += line;
      } else {
        page.Compact(*item, 1);
      }
      if (!last) page.text += ',';
    }
  }
  page.NewLine(kIndent / 2);
  page.text += Close(value);
}

}  // namespace

std::string LayOut(const Json& document, const std::set<std::string>& one_a_line) {
  Page page;
  page.text = "{";
  for (auto field = document.begin(); field != document.end(); ++field) {
    page.NewLine(2);
    page.text += Label(field, document);
    const bool last = std::next(field) == document.end();
    LayOutField(page, *field, one_a_line.contains(field.key()), last ? 0 : 1);
    if (!last) page.text += ',';
  }
  page.NewLine(0);
  page.text += "}\n";
  return std::move(page.text);
}

}  // namespace lockscope::scenario
