#include "validation/contention_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/fit.h"
#include "sim/engine/contention.h"

namespace partita {
namespace {

constexpr double kGiga = 1e9;

void check(const ContentionCell& cell, const std::string& where) {
  if (!(cell.own > 0) || cell.external < 0 || !(cell.attained > 0))
    throw InputError(where + ": demands and what is reached must be positive");
}

std::vector<ContentionCell> read_table(const Csv& csv) {
  const std::size_t own = csv.column("own_gb_per_s"), external = csv.column("external_gb_per_s"),
                    attained = csv.column("attained_gb_per_s");
  std::vector<ContentionCell> cells;
  for (std::size_t r = 0; r < csv.rows.size(); ++r) {
    const ContentionCell cell{csv.number(r, own) * kGiga, csv.number(r, external) * kGiga,
                              csv.number(r, attained) * kGiga};
    check(cell, fmt::format("{}:{}", csv.name, csv.lines[r]));
    cells.push_back(cell);
  }
  return cells;
}

/// Numbers of a matrix one by one, with the line they stand on.
class Numbers {
 public:
  Numbers(const std::string& text, std::string name) : name_(std::move(name)) {
    std::istringstream lines(text);
    std::string line;
    for (int n = 1; std::getline(lines, line); ++n) {
      std::replace_if(
          line.begin(), line.end(), [](char c) { return c == ',' || c == ';' || c == '\r'; }, ' ');
      std::istringstream words(line);
      for (std::string word; words >> word;) words_.push_back({word, n});
    }
  }

  double next(std::string_view what) {
    if (at_ == words_.size())
      throw InputError(fmt::format("{}: ends where {} is expected", name_, what));
    const auto& [word, line] = words_[at_++];
    return parse_number(word, fmt::format("{}:{}: {}", name_, line, what));
  }

  std::size_t count(std::string_view what) {
    constexpr double kMost = 10'000;
    const double value = next(what);
    if (!(value >= 1 && value <= kMost) || value != std::floor(value))
      throw InputError(
          fmt::format("{}: {}: {} is not a count from 1 to {}", place(), what, value, kMost));
    return static_cast<std::size_t>(value);
  }

  std::vector<double> list(std::size_t n, std::string_view what) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(next(what) * kGiga);
    return values;
  }

  void end() const {
    if (at_ < words_.size())
      throw InputError(fmt::format("{}:{}: more numbers than the counts at the top announce", name_,
                                   words_[at_].second));
  }
  std::string place() const { return fmt::format("{}:{}", name_, words_[at_ - 1].second); }

 private:
  std::string name_;
  std::vector<std::pair<std::string, int>> words_;
  std::size_t at_ = 0;
};

std::vector<ContentionCell> read_matrix(const std::string& text, const std::string& name) {
  Numbers numbers(text, name);
  const auto own = numbers.list(numbers.count("the number of own demands"), "an own demand");
  const auto external =
      numbers.list(numbers.count("the number of external demands"), "an external demand");
  std::vector<ContentionCell> cells;
  for (const double o : own)
    for (const double e : external) {
      cells.push_back({o, e, numbers.next("a bandwidth") * kGiga});
      check(cells.back(), numbers.place());
    }
  numbers.end();
  return cells;
}

}  // namespace

std::vector<ContentionCell> read_contention(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  const std::string first = text.substr(0, text.find('\n'));
  if (first.find("own_gb_per_s") != std::string::npos)
    return read_table(parse_csv(text, path.string()));
  return read_matrix(text, path.string());
}

ContentionCurve fit_contention(std::span<const ContentionCell> cells, std::string_view where) {
  std::set<double> own, external;
  for (const ContentionCell& cell : cells) {
    own.insert(cell.own);
    external.insert(cell.external);
  }
  if (own.size() < 3 || external.size() < 3)
    throw InputError(
        fmt::format("{}: a curve needs three own demands and three external ones at least", where));
  const double most = *own.rbegin(), farthest = *external.rbegin();
  const auto curve_of = [&](const std::vector<double>& p) {
    return ContentionCurve{p[0] * most, p[1], farthest, p[2] * farthest, p[3]};
  };
  // In parts of the largest demands, so that one set of bounds serves every memory.
  const std::vector<double> fitted = fit_least_squares(
      {{"normal limit", 0.5, 0.02, 1, 0.01},
       {"minor loss", 0.05, 0, 0.5, 0.01},
       {"balance", 0.4, 0.02, 1, 0.01},
       {"floor share", 0.3, 0, 1, 0.02}},
      [&](const std::vector<double>& p, std::vector<double>& residuals) {
        const ContentionCurve curve = curve_of(p);
        residuals.clear();
        for (const ContentionCell& cell : cells)
          residuals.push_back(attained_bytes_per_s(curve, cell.own, cell.external) / cell.attained -
                              1);
      },
      {.loss_scale = 0.05, .iterations = 200, .progress = {}});
  return curve_of(fitted);
}

std::string contention_yaml(const ContentionCurve& curve) {
  return fmt::format(
      "contention:\n  normal_limit: {:.3g} GB/s\n  minor_loss: {:.2g} %\n"
      "  minor_external: {:.4g} GB/s\n  balance_external: {:.3g} GB/s\n  floor_share: {:.3g} %\n",
      curve.normal_limit_bytes_per_s / kGiga, curve.minor_loss * 100,
      curve.minor_external_bytes_per_s / kGiga, curve.balance_external_bytes_per_s / kGiga,
      curve.floor_share * 100);
}

}  // namespace partita
