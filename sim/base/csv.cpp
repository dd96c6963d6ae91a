#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, std::string name) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    table_.name = std::move(name);
  }

  Csv read() {
    while (at_ < text_.size()) {
      const int line = line_;
      std::vector<std::string> fields = record();
      if (fields.size() == 1 && fields[0].empty()) continue;  // A blank line.
      if (table_.header.empty()) {
        take_header(std::move(fields), line);
      } else {
        take_row(std::move(fields), line);
      }
    }
    if (table_.header.empty()) throw InputError(fmt::format("{}:1: no header line", table_.name));
    return std::move(table_);
  }

 private:
  [[noreturn]] void fail(int line, std::string_view problem) const {
    throw InputError(fmt::format("{}:{}: {}", table_.name, line, problem));
  }

  std::vector<std::string> record() {
    std::vector<std::string> fields;
    while (true) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] != '\n') fail(line_, "text after a closing quote");
      if (at_ < text_.size()) ++at_;
      ++line_;
      return fields;
    }
  }

  std::string plain() {
    const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string_view field = text_.substr(at_, end - at_);
    at_ = end;
    if (field.ends_with('\r') && (at_ == text_.size() || text_[at_] == '\n'))
      field.remove_suffix(1);
    if (field.find('"') != std::string_view::npos) fail(line_, "a quote inside an unquoted field");
    return std::string(field);
  }

  std::string quoted() {
    const int opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return field;
        }
        ++at_;
      }
      if (c == '\n') ++line_;
      field += c;
    }
    fail(opened, "a quote is opened and never closed");
  }

  void take_header(std::vector<std::string> fields, int line) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].empty()) fail(line, fmt::format("column {} has no title", i + 1));
      if (std::find(fields.begin(), fields.begin() + i, fields[i]) != fields.begin() + i) {
        fail(line, fmt::format("column \"{}\" stands twice", fields[i]));
      }
    }
    table_.header = std::move(fields);
  }

  void take_row(std::vector<std::string> fields, int line) {
    if (fields.size() != table_.header.size()) {
      fail(line,
           fmt::format("{} fields, but the header has {}", fields.size(), table_.header.size()));
    }
    table_.rows.push_back(std::move(fields));
    table_.lines.push_back(line);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  Csv table_;
};

}  // namespace

std::size_t Csv::column(std::string_view title) const {
  const auto it = std::find(header.begin(), header.end(), title);
  if (it == header.end()) throw_unknown(name + ":1", "column", title, header);
  return static_cast<std::size_t>(it - header.begin());
}

bool Csv::has_column(std::string_view title) const {
  return std::find(header.begin(), header.end(), title) != header.end();
}

double Csv::number(std::size_t row, std::size_t column) const {
  const std::string& field = rows.at(row).at(column);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  // The position is spelled out only on failure: tables have many thousands of numbers.
  if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value)) {
    parse_number(field, fmt::format("{}:{}: {}", name, lines.at(row), header.at(column)));
  }
  return value;
}

void Csv::fail(std::size_t row, std::size_t column, std::string_view problem) const {
  throw InputError(fmt::format("{}:{}: {}: {}", name, lines.at(row), header.at(column), problem));
}

Csv read_csv(const std::filesystem::path& path) {
  return parse_csv(read_file(path), path.string());
}

Csv parse_csv(std::string_view text, std::string name) {
  return CsvReader(text, std::move(name)).read();
}

double parse_number(std::string_view text, std::string_view where) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view prefix = where.empty() ? "" : ": ";
  if (error == std::errc::result_out_of_range) {
    throw InputError(fmt::format("{}{}\"{}\" is out of range", where, prefix, text.substr(0, 80)));
  }
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw InputError(fmt::format("{}{}\"{}\" is not a number", where, prefix, text.substr(0, 80)));
  }
  if (!std::isfinite(value)) {
    throw InputError(fmt::format("{}{}\"{}\" is not finite", where, prefix, text.substr(0, 80)));
  }
  return value;
}

}  // namespace partita
