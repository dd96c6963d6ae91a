// A report as one HTML file: pictures drawn by Vega-Lite from specifications, each with the table
// behind it. Opens offline; its Content-Security-Policy forbids every request.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace partita {

/// Most rows a page's table shows; the rest is for CSV and JSON.
inline constexpr std::size_t kPageRows = 400;

struct PageTable {
  struct Column {
    std::string title;
    bool number = false;  ///< Right-aligned.
  };
  std::string caption;
  std::vector<Column> columns;                 ///< The first one names the row.
  std::vector<std::vector<std::string>> rows;  ///< As they are shown.
  std::string rest = {};                       ///< Where rows that do not fit are to be found.
  std::size_t total = 0;                       ///< Rows there are; 0: those above.
};

/// A picture with what to see in it, and its numbers.
struct PageSection {
  std::string heading;
  std::string lead;         ///< One sentence: what to see.
  std::string spec = {};    ///< Vega-Lite specification (JSON); empty: no picture.
  std::string spoken = {};  ///< The picture in words, for those who cannot see it; empty: lead.
  std::vector<std::string> paragraphs = {};
  std::vector<PageTable> tables = {};
  bool open = false;  ///< The tables are shown without a click.
};

class Page {
 public:
  Page(std::string title, std::string lead) : title_(std::move(title)), lead_(std::move(lead)) {}
  /// A name and what it is, in the list below the lead.
  void fact(std::string name, std::string value) {
    facts_.emplace_back(std::move(name), std::move(value));
  }
  void add(PageSection section) { sections_.push_back(std::move(section)); }
  const std::vector<PageSection>& sections() const { return sections_; }
  /// The whole file. Throws UnsupportedError where the library was built without Vega.
  std::string html() const;

 private:
  std::string title_, lead_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::vector<PageSection> sections_;
};

/// `&`, `<`, `>` and quotes as entities; bytes that are not UTF-8 become U+FFFD.
std::string html_escape(std::string_view text);

/// Is this file a page, by its extension? Both .html and .htm are.
bool is_page(std::string_view file);
/// Throws what page_file() throws, before any work is done.
void require_pages();

}  // namespace partita
