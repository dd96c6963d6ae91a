// Suite codl: networks on a CPU, a GPU and both, as CoDL measured them: how long, and who wins?
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "validation/codl_lab.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_codl(const Catalog& catalog, const ValidateOptions& options);

namespace {

using Times = std::array<double, kCodlColumns>;

struct Case {
  CodlRow row;
  Times predicted_s{};
  std::array<std::optional<double>, kCodlColumns> plain_s{};
};

std::size_t at(CodlColumn column) {
  return static_cast<std::size_t>(column);
}

/// The whole of CoDL on the memory that suits the GPU; the others depend on the other memory.
std::vector<CodlColumn> columns_of(bool prefers_images, bool other) {
  if (!other) return {prefers_images ? CodlColumn::codl_image : CodlColumn::codl_buffer};
  if (prefers_images) return {CodlColumn::mulayer_like, CodlColumn::codl_buffer};
  return {CodlColumn::codl_image};
}

/// Cells whose measurements the constants are fitted to.
struct Training {
  const CodlRow* row;
  const CodlCell* cell;
  bool prefers_images;
};

/// Mean of ln(predicted / measured).
double bias(const std::vector<Training>& cells, const CodlConstants& constants, bool other) {
  double sum = 0;
  std::size_t n = 0;
  for (const Training& t : cells) {
    const Times times = t.cell->times_s(constants);
    for (CodlColumn column : columns_of(t.prefers_images, other))
      if (const auto& measured = (*t.row)[column])
        sum += std::log(times[at(column)] / *measured), ++n;
  }
  return n == 0 ? 0 : sum / static_cast<double>(n);
}

/// Where the bias of what grows with the constant is nought.
template <typename Set>
double bisect(const std::vector<Training>& cells, double least, double most, bool other,
              const Set& set) {
  for (int i = 0; i < 12; ++i) {
    const double middle = (least + most) / 2;
    (bias(cells, set(middle), other) > 0 ? most : least) = middle;
  }
  return (least + most) / 2;
}

/// Co-running first, then the other memory of either family of GPUs.
std::map<bool, CodlConstants> fit_constants(const std::vector<Training>& cells) {
  const double co_run = bisect(cells, 0, 1, false, [](double value) {
    return CodlConstants{value, 1};
  });
  std::map<bool, CodlConstants> fitted;
  for (const bool images : {false, true}) {
    std::vector<Training> family;
    for (const Training& t : cells)
      if (t.prefers_images == images) family.push_back(t);
    CodlConstants& c = fitted[images] = {co_run, 1};
    if (!family.empty())
      c.other_memory = bisect(family, 0.2, 5, true, [&](double value) {
        return CodlConstants{co_run, value};
      });
  }
  return fitted;
}

class Suite {
 public:
  explicit Suite(const Catalog& catalog)
      : lab_(catalog), rows_(committed_codl_rows(catalog.root() / "validation" / "codl")) {
    for (const CodlRow& row : rows_)
      if (!images_.contains(row.soc)) images_[row.soc] = lab_.prefers_images(row.soc);
  }

  const std::vector<CodlRow>& rows() const { return rows_; }

  /// Rows of the SoC or network that is left out, from all others. The note says the constants.
  std::vector<Case> fold(const CodlLeftOut& left_out, std::string& note) {
    std::vector<CodlRow> targets;
    std::vector<const CodlRow*> others;
    for (const CodlRow& row : rows_) {
      if (row.soc == left_out.soc || row.network == left_out.network)
        targets.push_back(row);
      else
        others.push_back(&row);
    }
    return predict(targets, others, left_out, note);
  }

  /// From all that is committed.
  std::vector<Case> outside(const std::vector<CodlRow>& targets, std::string& note) {
    std::vector<const CodlRow*> all;
    for (const CodlRow& row : rows_) all.push_back(&row);
    return predict(targets, all, {}, note);
  }

 private:
  std::vector<Case> predict(const std::vector<CodlRow>& targets,
                            const std::vector<const CodlRow*>& training,
                            const CodlLeftOut& left_out, std::string& note) {
    std::vector<CodlCell> cells;
    for (const CodlRow* row : training)
      cells.push_back(lab_.cell(row->soc, row->network, left_out));
    std::vector<Training> known;
    for (std::size_t i = 0; i < cells.size(); ++i)
      known.push_back({training[i], &cells[i], images_.at(training[i]->soc)});
    const auto constants = fit_constants(known);
    note =
        fmt::format("co-running {:.0f} %, buffers of an Adreno x {:.2f}, images of a Mali x {:.2f}",
                    constants.at(true).co_run * 100, constants.at(true).other_memory,
                    constants.at(false).other_memory);
    std::vector<Case> cases;
    for (const CodlRow& row : targets) {
      const bool images = lab_.prefers_images(row.soc);
      Case c{row, lab_.cell(row.soc, row.network, left_out).times_s(constants.at(images)), {}};
      for (std::size_t k = 0; k < kCodlColumns; ++k)
        c.plain_s[k] = plain_s(row, k, images, training);
      cases.push_back(std::move(c));
    }
    return cases;
  }

  /// MACs times the mean time of one in the same column: of the SoC, else of GPUs of the family.
  std::optional<double> plain_s(const CodlRow& row, std::size_t column, bool images,
                                const std::vector<const CodlRow*>& training) {
    double own = 0, family = 0;
    std::size_t own_n = 0, family_n = 0;
    for (const CodlRow* other : training) {
      if (!other->measured_s[column] || images_.at(other->soc) != images) continue;
      const double mac_s = std::log(*other->measured_s[column] / lab_.macs(other->network));
      family += mac_s, ++family_n;
      if (other->soc == row.soc) own += mac_s, ++own_n;
    }
    if (family_n == 0) return std::nullopt;
    const double mean =
        own_n > 0 ? own / static_cast<double>(own_n) : family / static_cast<double>(family_n);
    return std::exp(mean) * lab_.macs(row.network);
  }

  CodlLab lab_;
  std::vector<CodlRow> rows_;
  std::map<std::string, bool> images_;
};

bool has(const Case& c, CodlColumn column) {
  return c.row[column].has_value();
}

QuantityResult scored(std::string quantity, const std::vector<Case>& cases, std::size_t first,
                      std::size_t last) {
  std::vector<double> predicted, measured, plain, plainly;
  std::vector<std::pair<std::string, std::string>> names;
  for (const Case& c : cases)
    for (std::size_t k = first; k < last; ++k) {
      if (!c.row.measured_s[k]) continue;
      predicted.push_back(c.predicted_s[k]);
      measured.push_back(*c.row.measured_s[k]);
      names.emplace_back(
          fmt::format("{}, {}", c.row.network, to_string(static_cast<CodlColumn>(k))), c.row.soc);
      if (!c.plain_s[k]) continue;
      plain.push_back(*c.plain_s[k]);
      plainly.push_back(measured.back());
    }
  QuantityResult result = score(std::move(quantity), predicted, measured, false);
  name_cases(result, [&](std::size_t i) { return names[i]; });
  result.plain_mape = score("", plain, plainly, false).mape;
  return result;
}

/// Is the order of the two right? True where one was not measured.
bool agrees(const Case& c, CodlColumn a, CodlColumn b) {
  if (!has(c, a) || !has(c, b)) return true;
  return (c.predicted_s[at(a)] < c.predicted_s[at(b)]) == (*c.row[a] < *c.row[b]);
}

/// Does muLayer-like beat the better of the single units where it does?
bool agrees_on_sharing(const Case& c) {
  constexpr auto kShared = CodlColumn::mulayer_like;
  constexpr auto kCpu = CodlColumn::mace_cpu, kGpu = CodlColumn::mace_gpu;
  if (!has(c, kShared) || !has(c, kCpu) || !has(c, kGpu)) return true;
  const bool predicted =
      c.predicted_s[at(kShared)] < std::min(c.predicted_s[at(kCpu)], c.predicted_s[at(kGpu)]);
  return predicted == (*c.row[kShared] < std::min(*c.row[kCpu], *c.row[kGpu]));
}

/// Who is fastest, whether sharing without a thought for its price beats the best single unit, and
/// which memory CoDL had better use. tau and regret: means over the cells.
QuantityResult winners(std::string quantity, const std::vector<Case>& cases) {
  QuantityResult result;
  result.quantity = std::move(quantity);
  double right = 0, tau = 0, regret = 0;
  std::size_t ranked = 0;
  for (const Case& c : cases) {
    std::vector<double> predicted, measured;
    for (std::size_t k = 0; k < kCodlAlternatives; ++k)
      if (c.row.measured_s[k]) {
        predicted.push_back(c.predicted_s[k]);
        measured.push_back(*c.row.measured_s[k]);
      }
    if (measured.size() < 2) continue;
    const QuantityResult cell = score("", predicted, measured, true);
    const bool all = cell.regret == 0 && agrees_on_sharing(c) &&
                     agrees(c, CodlColumn::codl_buffer, CodlColumn::codl_image);
    right += all ? 1 : 0;
    tau += cell.kendall_tau.value_or(0);
    regret += *cell.regret;
    ++ranked;
  }
  result.n = ranked;
  if (ranked == 0) return result;
  const auto n = static_cast<double>(ranked);
  result.within_10pct = right / n;
  result.kendall_tau = tau / n;
  result.regret = regret / n;
  return result;
}

/// `protocol` is what was left out, as the ending of the lines' names; empty: measurements from
/// outside, whose columns have lines of their own.
void add_results(SuiteResult& suite, const std::string& protocol, const std::vector<Case>& cases) {
  const auto add = [&](const std::string& name, std::size_t first, std::size_t last) {
    QuantityResult result = scored(name, cases, first, last);
    if (result.n > 0) suite.results.push_back(std::move(result));
  };
  const auto add_group = [&](const std::string& name, std::size_t first, std::size_t last) {
    add(name + protocol, first, last);
    for (std::size_t k = first; k < last; ++k) {
      const std::string column(to_string(static_cast<CodlColumn>(k)));
      add(protocol.empty() ? column : name + protocol + "." + column, k, k + 1);
    }
  };
  constexpr auto kAblations = static_cast<std::size_t>(CodlColumn::height_only);
  add_group("latency", 0, kAblations);
  add_group("ablations", kAblations, kCodlColumns);
  suite.results.push_back(winners("winner" + protocol, cases));
}

std::set<std::string> values(const std::vector<CodlRow>& rows, std::string CodlRow::*field) {
  std::set<std::string> all;
  for (const CodlRow& row : rows) all.insert(row.*field);
  return all;
}

}  // namespace

SuiteResult validate_codl(const Catalog& catalog, const ValidateOptions& options) {
  Suite data(catalog);
  SuiteResult suite;
  suite.suite = "codl";
  const auto report = [&](double fraction) {
    if (options.progress) options.progress(fraction);
  };
  std::string note;
  if (options.data) {
    const auto cases = data.outside(read_codl_rows(*options.data), note);
    suite.notes.push_back("constants: " + note);
    add_results(suite, "", cases);
  } else {
    const auto networks = values(data.rows(), &CodlRow::network),
               socs = values(data.rows(), &CodlRow::soc);
    const auto folds = static_cast<double>(networks.size() + socs.size());
    double done = 0;
    std::vector<Case> by_network, by_soc;
    const auto run = [&](const CodlLeftOut& left_out, std::vector<Case>& cases) {
      for (Case& c : data.fold(left_out, note)) cases.push_back(std::move(c));
      suite.notes.push_back(left_out.soc + left_out.network + " left out: " + note);
      report(++done / folds);
    };
    for (const std::string& network : networks) run({"", network}, by_network);
    for (const std::string& soc : socs) run({soc, ""}, by_soc);
    add_results(suite, ".unseen-network", by_network);
    add_results(suite, ".unseen-soc", by_soc);
  }
  suite.notes.push_back(
      "winner: within 10 % is the part of cells in which the fastest, muLayer-like against the "
      "best "
      "single unit, and images against buffers are all right; tau and regret are means over cells");
  return suite;
}

}  // namespace partita
