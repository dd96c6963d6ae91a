#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "sim/base/error.h"
#include "validation/board_heat.h"

namespace partita {
namespace {

constexpr std::size_t kFewest = 10;  ///< Samples a trace needs to be fitted to at all.

std::vector<double> clocks_of(std::string_view text, const std::string& where) {
  std::vector<double> out;
  while (true) {
    const std::size_t end = std::min(text.find('/'), text.size());
    out.push_back(parse_number(text.substr(0, end), where));
    if (!(out.back() > 0)) throw InputError(where + ": a clock must be positive");
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

std::string_view without(std::string_view text, std::string_view end) {
  return text.substr(0, text.size() - end.size());
}

/// `16:03:06: 1896/1800MHz 1.20 1% ... 34.3°C ...`; nothing where the log has something else:
/// a clock that is off, no sensor, a line cut short.
std::optional<BoardSample> sample_of(const std::string& line) {
  constexpr std::string_view kDegrees = "\u00b0C", kClock = "MHz";
  std::istringstream words(line);
  std::string time, clocks, average, load;
  words >> time >> clocks >> average >> load;
  int h = 0, m = 0, s = 0;
  char colon = 0, second = 0;
  std::istringstream clock_time(time);
  if (!(clock_time >> h >> colon >> m >> second >> s) || colon != ':' || second != ':')
    return std::nullopt;
  if (!clocks.ends_with(kClock) || !load.ends_with("%")) return std::nullopt;
  try {
    BoardSample sample;
    sample.t_s = 3600.0 * h + 60.0 * m + s;
    sample.clocks_mhz = clocks_of(without(clocks, kClock), "clock");
    sample.load = parse_number(without(load, "%"), "load") / 100;
    for (std::string word; words >> word;) {
      if (!word.ends_with(kDegrees)) continue;
      sample.temperature_c = parse_number(without(word, kDegrees), "temperature");
      return sample;
    }
  } catch (const InputError&) {  // Not a number: one of the cases above.
  }
  return std::nullopt;
}

BoardSample sample_of(const Csv& csv, std::size_t row) {
  BoardSample sample;
  sample.t_s = csv.number(row, csv.column("t_s"));
  sample.clocks_mhz = clocks_of(csv.rows[row][csv.column("clocks_mhz")],
                                fmt::format("{}:{}: clocks_mhz", csv.name, csv.lines[row]));
  sample.load = csv.number(row, csv.column("load_percent")) / 100;
  sample.temperature_c = csv.number(row, csv.column("temperature_c"));
  return sample;
}

/// Times from the first sample on; the raw ones are of a day.
void straighten(BoardTrace& trace) {
  constexpr double kHour = 3600, kDay = 24 * kHour;
  double days = 0, last = trace.samples.front().t_s;
  for (BoardSample& s : trace.samples) {
    while (s.t_s + days < last - kHour) days += kDay;
    s.t_s += days;
    last = s.t_s;
  }
  std::stable_sort(trace.samples.begin(), trace.samples.end(),
                   [](const BoardSample& a, const BoardSample& b) { return a.t_s < b.t_s; });
  const double first = trace.samples.front().t_s;
  for (BoardSample& s : trace.samples) s.t_s -= first;
}

}  // namespace

bool is_board_table(const Csv& csv) {
  return csv.has_column("result") && csv.has_column("section") &&
         (csv.has_column("line") || csv.has_column("clocks_mhz"));
}

BoardTraces read_boards(const Csv& csv) {
  const bool raw = csv.has_column("line");
  const std::size_t result = csv.column("result"), device = csv.column("device"),
                    section = csv.column("section");
  std::vector<std::string> order;
  std::map<std::string, BoardTrace> traces;
  std::size_t incomplete = 0;
  for (std::size_t r = 0; r < csv.rows.size(); ++r) {
    const auto& row = csv.rows[r];
    std::optional<BoardSample> sample =
        raw ? sample_of(row[csv.column("line")]) : sample_of(csv, r);
    if (!sample) {
      ++incomplete;
      continue;
    }
    constexpr std::string_view kRunning = "running ";
    sample->section = row[section].substr(row[section].starts_with(kRunning) ? kRunning.size() : 0);
    if (!traces.contains(row[result])) order.push_back(row[result]);
    BoardTrace& trace = traces[row[result]];
    trace.result = row[result];
    trace.device = row[device];
    if (!trace.samples.empty() &&
        trace.samples.front().clocks_mhz.size() != sample->clocks_mhz.size()) {
      ++incomplete;
      continue;
    }
    trace.samples.push_back(std::move(*sample));
  }
  BoardTraces out;
  if (incomplete > 0)
    out.notes.push_back(
        fmt::format("{} samples without a clock or a temperature left out", incomplete));
  for (const std::string& name : order) {
    BoardTrace& trace = traces[name];
    straighten(trace);
    if (trace.samples.size() < kFewest)
      out.notes.push_back(fmt::format("{} left out: fewer than {} samples", name, kFewest));
    else
      out.traces.push_back(std::move(trace));
  }
  if (out.traces.empty()) throw InputError(csv.name + ": no trace to predict");
  return out;
}

}  // namespace partita
