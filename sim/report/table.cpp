#include "sim/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace partita {
namespace {

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
}

std::string_view escape_code(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::strong:
      return "\x1b[1m";
    case Emphasis::good:
      return "\x1b[32m";
    case Emphasis::close:
      return "\x1b[33m";
    case Emphasis::faint:
      return "\x1b[2m";
    case Emphasis::none:
      break;
  }
  return "";
}

std::string padded(std::string_view text, std::size_t width, TextTable::Align align) {
  const std::size_t used = display_width(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == TextTable::Align::left ? std::string(text) + space : space + std::string(text);
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string Style::apply(Emphasis emphasis, std::string_view text) const {
  if (!colour || emphasis == Emphasis::none) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_code(emphasis), text);
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string fit(std::string_view text, std::size_t most) {
  if (display_width(text) <= most) return std::string(text);
  std::string out;
  std::size_t width = 0;
  for (const char c : text) {
    if (starts_code_point(c) && ++width >= most) break;
    out += c;
  }
  return out + "…";
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out, line;
  while (!text.empty()) {
    const std::size_t cut = text.find(' ');
    const std::string_view word = text.substr(0, cut);
    text.remove_prefix(cut == std::string_view::npos ? text.size() : cut + 1);
    if (word.empty()) continue;
    if (!line.empty() && indent + display_width(line) + 1 + display_width(word) > width) {
      out += margin + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) out += margin + line + "\n";
  return out;
}

void TextTable::add(std::vector<std::string> cells, Emphasis emphasis) {
  if (cells.size() != columns_.size()) throw std::logic_error("table row with a missing cell");
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = fit(cells[i], columns_[i].most);
  rows_.push_back({std::move(cells), emphasis});
}

std::string TextTable::render(const Style& style, std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const Row& row : rows_) width = std::max(width, display_width(row.cells[i]));
    widths.push_back(width);
  }
  const std::string margin(indent, ' ');
  std::string titles, rule;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string gap = i == 0 ? "" : "  ";
    titles += gap + padded(columns_[i].title, widths[i], columns_[i].align);
    rule += gap;
    for (std::size_t k = 0; k < widths[i]; ++k) rule += "─";
  }
  std::string out = margin + style.apply(Emphasis::strong, without_trailing_spaces(titles)) + "\n" +
                    margin + style.apply(Emphasis::faint, rule) + "\n";
  for (const Row& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      line += (i == 0 ? "" : "  ") + padded(row.cells[i], widths[i], columns_[i].align);
    out += margin + style.apply(row.emphasis, without_trailing_spaces(std::move(line))) + "\n";
  }
  return out;
}

std::string percent(double fraction, int decimals) {
  if (!std::isfinite(fraction)) return "-";
  // A value that rounds to nothing prints without its sign: "-0.0 %" reads like a finding.
  std::string text = fmt::format("{:.{}f}", 100 * fraction, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
  return text + " %";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    if (fields[i].find_first_of(",\"\n\r") == std::string::npos) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

std::string csv_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

}  // namespace partita
