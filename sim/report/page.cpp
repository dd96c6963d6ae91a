#include "sim/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/json_text.h"
#include "sim/report/page_files.h"

namespace partita {
namespace {

// No request anywhere: scripts and styles are in the file. Vega makes functions of expressions.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'";

/// JSON that cannot end the script element it is in: every `<` is written as an escape.
std::string in_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json)
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

std::string cell(const PageTable::Column& column, std::string_view tag, std::string_view text,
                 std::string_view scope) {
  return fmt::format("<{0}{1}{2}>{3}</{0}>", tag,
                     scope.empty() ? "" : fmt::format(" scope=\"{}\"", scope),
                     column.number ? " class=\"number\"" : "", html_escape(text));
}

std::string table_html(const PageTable& table) {
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table>";
  if (!table.caption.empty())
    out += fmt::format("<caption>{}</caption>", html_escape(table.caption));
  out += "<thead><tr>";
  for (const auto& column : table.columns) out += cell(column, "th", column.title, "col");
  out += "</tr></thead>\n<tbody>\n";
  const std::size_t shown = std::min(table.rows.size(), kPageRows);
  for (std::size_t r = 0; r < shown; ++r) {
    out += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out += c == 0 ? cell(table.columns[c], "th", table.rows[r].at(c), "row")
                    : cell(table.columns[c], "td", table.rows[r].at(c), "");
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  const std::size_t total = std::max(table.total, table.rows.size());
  if (shown < total)
    out += fmt::format("<p class=\"note\">The first {} of {} rows. {}</p>\n", shown, total,
                       html_escape(table.rest));
  return out;
}

std::string tables_html(const PageSection& section) {
  if (section.tables.empty()) return "";
  std::size_t rows = 0;
  for (const PageTable& table : section.tables) rows += std::max(table.total, table.rows.size());
  std::string out = fmt::format("<details{}><summary>The numbers ({} {})</summary>\n",
                                section.open ? " open" : "", rows, rows == 1 ? "row" : "rows");
  for (const PageTable& table : section.tables) out += table_html(table);
  return out + "</details>\n";
}

std::string section_html(const PageSection& section, std::size_t number) {
  std::string out = fmt::format(
      "<section id=\"part-{0}\" aria-labelledby=\"heading-{0}\">\n"
      "<h2 id=\"heading-{0}\">{1}</h2>\n",
      number, html_escape(section.heading));
  if (!section.lead.empty()) out += fmt::format("<p>{}</p>\n", html_escape(section.lead));
  for (const std::string& paragraph : section.paragraphs)
    out += fmt::format("<p>{}</p>\n", html_escape(paragraph));
  if (!section.spec.empty())
    out += fmt::format(
        "<div class=\"picture\" tabindex=\"0\" role=\"img\" aria-label=\"{1}\" "
        "data-spec=\"spec-{0}\" id=\"picture-{0}\"></div>\n"
        "<script type=\"application/json\" id=\"spec-{0}\">{2}</script>\n",
        number, html_escape(section.spoken.empty() ? section.lead : section.spoken),
        in_script(section.spec));
  return out + tables_html(section) + "</section>\n";
}

std::string script(std::string_view name) {
  return fmt::format("<script>{}</script>\n", page_file(name));
}

}  // namespace

std::string html_escape(std::string_view text) {
  // Through the JSON writer, which knows UTF-8: it replaces what is none.
  const std::string json =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto clean = nlohmann::json::parse(json).get<std::string>();
  std::string out;
  for (const char c : clean) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

bool is_page(std::string_view file) {
  return file.ends_with(".html") || file.ends_with(".htm");
}

void require_pages() {
  page_file("vega.min.js");
  page_file("vega-lite.min.js");
}

std::string Page::html() const {
  require_pages();
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n",
      kPolicy, html_escape(title_), page_file("style.css"), page_file("report.css"));
  out += fmt::format(
      "<body>\n<header>\n<button type=\"button\" id=\"theme\">Dark</button>\n<h1>{}</h1>\n"
      "<p class=\"lead\">{}</p>\n",
      html_escape(title_), html_escape(lead_));
  if (!facts_.empty()) {
    out += "<dl>\n";
    for (const auto& [name, value] : facts_)
      out +=
          fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_escape(name), html_escape(value));
    out += "</dl>\n";
  }
  out +=
      "<noscript><p>The pictures need JavaScript; the tables below each heading do "
      "not.</p></noscript>\n</header>\n<main>\n";
  for (std::size_t i = 0; i < sections_.size(); ++i) out += section_html(sections_[i], i + 1);
  out += "</main>\n<footer>Made by partita. This file asks nothing of any network.</footer>\n";
  for (const char* name : {"vega.min.js", "vega-lite.min.js", "report.js"}) out += script(name);
  return out + "</body>\n</html>\n";
}

}  // namespace partita
