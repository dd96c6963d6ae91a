// Text for terminals: tables, emphasis and wrapped sentences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// Widest line a report writes, in columns.
inline constexpr std::size_t kReportWidth = 100;

enum class Emphasis { none, strong, good, close, faint };

/// Whether escape sequences may be written; the caller knows whether a terminal reads.
struct Style {
  bool colour = false;
  std::string apply(Emphasis emphasis, std::string_view text) const;
};

/// Columns a UTF-8 text takes (one per code point).
std::size_t display_width(std::string_view text);
/// Cut to `most` columns, the last one an ellipsis.
std::string fit(std::string_view text, std::size_t most);
/// Lines of at most `width` columns, broken at spaces, each with `indent` spaces before it.
std::string wrap(std::string_view text, std::size_t width = kReportWidth, std::size_t indent = 0);

class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    std::size_t most = 40;  ///< Longer cells are cut.
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Throws std::logic_error unless there is one cell a column.
  void add(std::vector<std::string> cells, Emphasis emphasis = Emphasis::none);
  bool empty() const { return rows_.empty(); }
  /// Title line, rule, rows; two spaces between columns, `indent` before the first.
  std::string render(const Style& style, std::size_t indent = 2) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Emphasis emphasis;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// `12.3 %`
std::string percent(double fraction, int decimals = 1);

/// A line of CSV; fields with a comma, quote or line break are quoted.
std::string csv_line(const std::vector<std::string>& fields);
/// Shortest text that reads back equal; empty when not finite.
std::string csv_number(double value);

}  // namespace partita
