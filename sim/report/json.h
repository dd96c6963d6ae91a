// JSON text, written as it is produced: traces are too long to build as a document first.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// Appends to a string. Numbers are the shortest text that reads back equal; not finite gives null;
/// bytes that are not UTF-8 become U+FFFD. The caller nests correctly: misuse is std::logic_error.
class JsonWriter {
 public:
  enum class Layout { compact, indented };
  explicit JsonWriter(std::string& out, Layout layout = Layout::indented)
      : out_(out), indented_(layout == Layout::indented) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }
  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <class T>
  JsonWriter& value(const std::vector<T>& list) {
    begin_array();
    for (const auto& item : list) value(item);
    return end_array();
  }
  JsonWriter& null() { return raw("null"); }
  /// Text that is already JSON.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void before_item();
  void new_line();

  std::string& out_;
  bool indented_;
  bool after_key_ = false;
  struct Level {
    char bracket;
    bool empty;
  };
  std::vector<Level> levels_;
};

}  // namespace partita
