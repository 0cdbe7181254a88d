#include "core/scenario/json_tree.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/base/printable.h"

namespace lockscope::scenario {
namespace {

constexpr size_t kLongestQuote = 60;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
// The second and further bytes of a character in UTF-8 take no column.
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// How many bytes of the text's first character there should be; 0 where a character cannot begin so (RFC 3629).
size_t BytesOfCharacter(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

// Where the character begins that the byte before `end` is in the midst of, or is not what had to come next. The parser says
// that a text is no UTF-8 when it has read that byte.
size_t BrokenCharacter(std::string_view text, size_t end) {
  for (size_t back = 2; back <= std::min<size_t>(4, end); ++back) {
    const size_t at = end - back;
    if (IsContinuation(text[at])) continue;
    return BytesOfCharacter(static_cast<unsigned char>(text[at])) >= back ? at : end - 1;
  }
  return end - 1;
}

// How far the parser has read. It reads one byte past a number before it says that there was one; that byte may be the end
// of the line, so a value's line is that of the last byte that was no blank.
struct Reached {
  size_t bytes = 0;
  int line = 1;
  int value_line = 1;

  void Pass(char c) {
    ++bytes;
    if (c == '\n') ++line;
    if (!IsBlank(c)) value_line = line;
  }
};

// Hands the parser the text byte by byte and keeps count. The parser copies its iterators: the count is elsewhere.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Reached* reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    reached_->Pass(*at_++);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Reached* reached_;
};

// What the parser says in its words, in ours.
std::string WhatIsWrong(std::string_view parsers_words) {
  constexpr std::pair<std::string_view, std::string_view> kOurWords[] = {
      {"after backslash", "no such character after a backslash; one of \" \\ / b f n r t u was expected"},
      {"'\\u' must be", "four hexadecimal digits were expected after \\u"},
      {"surrogate", "\\u gives half a character; two \\u in a row were expected"},
      {"; expected end of input", "nothing more was expected after the document's end"},
      {"while parsing object key", "a field's name in double quotes was expected"},
      {"while parsing object separator", "':' was expected after the field's name"},
      {"while parsing object ", "',' or '}' was expected"},
      {"while parsing array", "',' or ']' was expected"},
      {"invalid number", "a number has digits, as in 12 or 0.5"},
      {"while parsing value",
       "a value was expected: a text in double quotes, a number, true, false, a list or an object"},
  };
  for (const auto& [theirs, ours] : kOurWords) {
    if (parsers_words.find(theirs) != std::string_view::npos) return std::string(ours);
  }
  return "this is not JSON";
}

class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view json, const std::string& file, const Reached& reached)
      : json_(json), file_(file), reached_(reached) {}

  bool null() override { return Add({}); }
  bool boolean(bool value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kBoolean;
    node.truth = value;
    return Add(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return AddNumber(std::to_string(value)); }  // Negative.
  bool number_unsigned(number_unsigned_t value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kCount;
    node.count = value;
    node.text = std::to_string(value);
    return Add(std::move(node));
  }
  bool number_float(number_float_t /*value*/, const string_t& spelling) override { return AddNumber(spelling); }
  bool string(string_t& value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kText;
    node.text = std::move(value);
    return Add(std::move(node));
  }
  bool binary(binary_t& /*value*/) override { return false; }  // Not in JSON's text form.

  bool start_object(std::size_t /*size*/) override { return Open(JsonNode::Kind::kObject); }
  bool key(string_t& name) override {
    open_.back()->fields.push_back({std::move(name), reached_.value_line, reached_.bytes, {}});
    return true;
  }
  bool end_object() override {
    const bool unique = KeysAreUnique(open_.back()->fields);
    open_.pop_back();
    return unique;
  }
  bool start_array(std::size_t /*size*/) override { return Open(JsonNode::Kind::kList); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& last_token,
                   const nlohmann::detail::exception& error) override {
    const std::string_view words = error.what();
    if (words.find("missing closing quote") != std::string_view::npos) {
      return Refuse(json_.size(), "the file ends here; a closing '\"' was expected");
    }
    if (words.find("unexpected end of input") != std::string_view::npos) {
      return Refuse(json_.size(), std::string("the file ends here; ") + WhatIsWrong(words));
    }
    if (words.find("UTF-8") != std::string_view::npos) {
      const size_t at = BrokenCharacter(json_, reached_.bytes);
      return Refuse(at, fmt::format("found the byte 0x{:02x}, which is no UTF-8 here; a text in UTF-8 was expected",
                                    static_cast<unsigned char>(json_[at])));
    }
    if (words.find("control character") != std::string_view::npos) return RefuseControl(reached_.bytes - 1);
    if (words.find("number overflow") != std::string_view::npos) {
      const bool one_ahead = !json_.substr(0, reached_.bytes).ends_with(last_token);
      return Refuse(reached_.bytes - last_token.size() - (one_ahead ? 1 : 0),
                    fmt::format("found the number {}; one below 1e308 was expected", last_token.substr(0, 40)));
    }
    const size_t at = StartOf(words, last_token);
    return Refuse(at, FoundAt(at) + WhatIsWrong(words));
  }

  // A byte that can stand in no document.
  void RefuseByte(size_t at) { Refuse(at, FoundAt(at) + "text was expected"); }

  const Error& error() const { return error_; }
  JsonNode& root() { return root_; }

 private:
  bool AddNumber(const std::string& spelling) {
    JsonNode node;
    node.kind = JsonNode::Kind::kNumber;
    node.text = spelling;
    return Add(std::move(node));
  }

  bool Add(JsonNode node) {
    Place(std::move(node));
    return true;
  }

  // The value's place in the tree. The parents of an open node do not grow until it is closed: pointers to it hold.
  JsonNode* Place(JsonNode node) {
    node.line = reached_.value_line;
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    JsonNode& parent = *open_.back();
    if (parent.kind == JsonNode::Kind::kList) return &parent.items.emplace_back(std::move(node));
    parent.fields.back().value = std::move(node);
    return &parent.fields.back().value;
  }

  bool Open(JsonNode::Kind kind) {
    if (open_.size() >= kDeepest) return Refuse(reached_.bytes - 1, fmt::format("nested over {} deep", kDeepest));
    JsonNode node;
    node.kind = kind;
    open_.push_back(Place(std::move(node)));
    return true;
  }

  bool KeysAreUnique(const std::vector<JsonNode::Field>& fields) {
    std::vector<const JsonNode::Field*> sorted;
    sorted.reserve(fields.size());
    for (const JsonNode::Field& field : fields) sorted.push_back(&field);
    std::ranges::stable_sort(sorted, {}, &JsonNode::Field::key);
    const auto twice = std::ranges::adjacent_find(sorted, {}, &JsonNode::Field::key);
    if (twice == sorted.end()) return true;
    return Refuse(StartOfKey((*std::next(twice))->behind),
                  fmt::format("the field {} stands here a second time; it was given in line {}", Quoted((*twice)->key),
                              (*twice)->line));
  }

  // Where the key begins that ends there: at the quotation mark before which no backslash stands, or an even number of them.
  size_t StartOfKey(size_t behind) const {
    size_t at = behind - 1;
    size_t backslashes = 0;
    do {
      at = json_.rfind('"', at - 1);
      backslashes = 0;
      while (json_[at - 1 - backslashes] == '\\') ++backslashes;
    } while (backslashes % 2 != 0);
    return at;
  }

  // In a text, where it must not stand as it is.
  bool RefuseControl(size_t at) {
    if (json_[at] == '\n' || json_[at] == '\r') {
      return Refuse(at, "found the end of the line; the text goes on past it, and a closing '\"' was expected");
    }
    return Refuse(at, fmt::format("found the byte 0x{0:02x} in a text; \\u{0:04x} was expected for it", json_[at]));
  }

  // Where the token that does not fit begins; where a token is broken off, its last byte. What the parser gives as the last
  // token begins there for texts and numbers only. Behind a number one byte more has been read.
  size_t StartOf(std::string_view words, const std::string& last_token) const {
    for (const std::string_view literal : {"true", "false", "null"}) {
      if (words.find(fmt::format("unexpected {} literal", literal)) != std::string_view::npos) {
        return reached_.bytes - literal.size();
      }
    }
    const bool is_text = words.find("unexpected string literal") != std::string_view::npos;
    const bool is_number = words.find("unexpected number literal") != std::string_view::npos;
    if (is_text) return reached_.bytes - last_token.size();
    if (!is_number) return reached_.bytes - 1;
    const bool one_ahead = !json_.substr(0, reached_.bytes).ends_with(last_token);
    return reached_.bytes - last_token.size() - (one_ahead ? 1 : 0);
  }

  std::string FoundAt(size_t at) const {
    if (at >= json_.size() || static_cast<unsigned char>(json_[at]) >= 0x80) return "";
    if (json_[at] == '\n') return "found the end of the line; ";
    if (IsControl(json_[at])) return fmt::format("found the byte 0x{:02x}; ", json_[at]);
    return fmt::format("found '{}'; ", json_[at]);
  }

  bool Refuse(size_t at, const std::string& what) {
    const std::string_view before = json_.substr(0, at);
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0: the first line.
    const auto column = 1 + std::ranges::count_if(in_line, [](char c) { return !IsContinuation(c); });
    error_ = {fmt::format("{}:{}:{}: {}", file_, line, column, what)};
    return false;
  }

  const std::string_view json_;
  const std::string& file_;
  const Reached& reached_;
  JsonNode root_;
  std::vector<JsonNode*> open_;  // From the root to where the next value goes.
  Error error_;
};

}  // namespace

const JsonNode::Field* JsonNode::FindField(std::string_view key) const {
  const auto found = std::ranges::find(fields, key, &Field::key);
  return found == fields.end() ? nullptr : &*found;
}

Result<JsonNode> ParseJson(std::string_view json, const std::string& file) {
  Reached reached;
  TreeBuilder builder(json, file, reached);
  const CountingIterator first(json.data(), &reached);
  const CountingIterator last(json.data() + json.size(), &reached);
  // The parser takes a zero byte for the text's end.
  const size_t zero = json.find('\0');
  if (zero != std::string_view::npos) {
    builder.RefuseByte(zero);
    return tl::make_unexpected(builder.error());
  }
  if (!nlohmann::json::sax_parse(first, last, &builder)) return tl::make_unexpected(builder.error());
  return std::move(builder.root());
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted.size() > kLongestQuote && !IsContinuation(text[i])) return quoted + "…\"";
    if (text[i] == '\n') {
      quoted += "\\n";
    } else if (IsControl(text[i])) {
      quoted += fmt::format("\\u{:04x}", text[i]);
    } else {
      quoted += text[i];
    }
  }
  return quoted + "\"";
}

}  // namespace lockscope::scenario
