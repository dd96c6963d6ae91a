// partita fit: measurements of a device of the user's into a profile, and what they are worth.
#include "tools/partita/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/base/error.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

/// A row this many standard deviations from what the others predict is named.
constexpr double kOutlier = 4;
/// Rows whose median is this many times the expectation were likely written in another unit.
constexpr double kOtherUnit = 30;
constexpr std::size_t kFolds = 10;
constexpr double kSdOfMedian = 1.4826;  // of a normal distribution: its median deviation

Precision precision_of(const FitRequest& request) {
  const auto names = precision_names();
  const auto named = std::find(names.begin(), names.end(), request.precision);
  if (named == names.end()) throw_unknown("--precision", "precision", request.precision, names);
  return static_cast<Precision>(named - names.begin());
}

/// Rows of one unit, by a criterion on their number; pointers stay.
template <typename Keep>
UnitMeasurements some_of(const UnitMeasurements& all, Keep&& keep) {
  UnitMeasurements some;
  for (std::size_t i = 0; i < all.operators.size(); ++i)
    if (keep(all.operator_rows[i]->network, i)) {
      some.operators.push_back(all.operators[i]);
      some.operator_rows.push_back(all.operator_rows[i]);
    }
  for (std::size_t i = 0; i < all.networks.size(); ++i)
    if (keep(all.network_rows[i]->network, i)) {
      some.networks.push_back(all.networks[i]);
      some.network_rows.push_back(all.network_rows[i]);
    }
  return some;
}

KernelEstimate predict(const UnitFit& fit, const Measurement& m, bool single) {
  return single ? fit.fit->kernel(m.kernels.front(), m.unit, m.device)
                : fit.network(m.kernels, m.unit);
}

/// Everything about one unit: what was there, what is new, what to expect.
class Fitter {
 public:
  Fitter(const Soc& soc, const Runtime& runtime, Unit unit, Precision precision,
         const GraphSource& graphs)
      : soc_(soc),
        runtime_(runtime),
        unit_(std::move(unit)),
        precision_(precision),
        graphs_(graphs),
        form_(*kernel_form(runtime.name, unit_.kind)) {}

  FitUnit run(const FitInput& input, std::span<const Evidence> existing,
              std::span<const MeasuredSoc> others) {
    FitUnit result;
    result.unit = unit_.name;
    result.before = fit_unit(soc_, runtime_, unit_, precision_, existing, graphs_, others);
    existing_ = measured(existing);
    fresh_ = measured(input.files);
    if (fresh_.empty()) return result;
    expected_ = expect_of_others(form_, runtime_, traits_of(soc_, unit_, precision_), precision_,
                                 graphs_, others);
    result.after = fit_to(fresh_);
    for (const bool operators : {true, false})
      if (!(operators ? fresh_.operators : fresh_.networks).empty())
        result.scores.push_back(score(input, result.before, operators));
    return result;
  }

  /// On rows of networks that were not fitted to.
  std::optional<FitScore> check(const FitInput& input, const FitUnit& fitted,
                                std::vector<std::string>& notes) const {
    std::set<std::string> seen, checked;
    for (const OperatorRow* row : fresh_.operator_rows) seen.insert(row->network);
    for (const NetworkRow* row : fresh_.network_rows) seen.insert(row->network);
    const UnitMeasurements all = measured(input.files);
    const UnitMeasurements rows = some_of(
        all, [&](const std::string& network, std::size_t) { return !seen.contains(network); });
    if (const std::size_t same = all.operators.size() + all.networks.size() -
                                 rows.operators.size() - rows.networks.size())
      notes.push_back(
          fmt::format("{} rows of networks that were fitted to do not count in the check "
                      "of {}",
                      same, unit_.name));
    if (rows.empty()) return std::nullopt;
    FitScore s;
    s.unit = unit_.name;
    s.operators = rows.networks.empty();
    double before = 0, after = 0;
    const auto& table = s.operators ? rows.operators : rows.networks;
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Measurement& m = table[i];
      before += std::abs(predict(fitted.before, m, s.operators).latency_s / m.latency_s - 1);
      after += std::abs(predict(fitted.after, m, s.operators).latency_s / m.latency_s - 1);
      checked.insert(s.operators ? rows.operator_rows[i]->network : rows.network_rows[i]->network);
    }
    s.rows = table.size();
    s.networks = checked.size();
    s.before = before / static_cast<double>(s.rows);
    s.after = after / static_cast<double>(s.rows);
    return s;
  }

 private:
  UnitMeasurements measured(std::span<const Evidence> evidence) const {
    return measurements_of(soc_, runtime_, form_, unit_, precision_, evidence, graphs_,
                           RowsOf::unit);
  }

  /// Together with what was there. Groups and devices do not matter to a fit without folds.
  UnitFit fit_to(const UnitMeasurements& fresh) const {
    UnitMeasurements all = existing_;
    all.operators.insert(all.operators.end(), fresh.operators.begin(), fresh.operators.end());
    all.networks.insert(all.networks.end(), fresh.networks.begin(), fresh.networks.end());
    UnitFit fit = fit_unit(form_, all, true, expected_);
    fit.unit = unit_.name;
    return fit;
  }

  /// Networks are left out together; of one network, tenths of its operators.
  static std::vector<std::size_t> folds_of(const std::vector<std::string>& networks) {
    std::map<std::string, std::size_t> number;
    for (const std::string& n : networks) number.emplace(n, number.size());
    std::vector<std::size_t> folds;
    for (std::size_t i = 0; i < networks.size(); ++i)
      folds.push_back((number.size() > 1 ? number[networks[i]] : i) % kFolds);
    return folds;
  }

  FitScore score(const FitInput& input, const UnitFit& before, bool operators) const {
    const auto& rows = operators ? fresh_.operators : fresh_.networks;
    std::vector<std::string> networks;
    for (std::size_t i = 0; i < rows.size(); ++i)
      networks.push_back(operators ? fresh_.operator_rows[i]->network
                                   : fresh_.network_rows[i]->network);
    FitScore s{unit_.name,  operators,
               rows.size(), std::set<std::string>(networks.begin(), networks.end()).size(),
               0,           {},
               {}};
    for (const Measurement& m : rows)
      s.before += std::abs(predict(before, m, operators).latency_s / m.latency_s - 1) /
                  static_cast<double>(rows.size());
    const std::vector<std::size_t> folds = folds_of(networks);
    const std::set<std::size_t> all(folds.begin(), folds.end());
    if (s.networks < 2 && !(operators && rows.size() >= kFolds)) return s;
    std::vector<KernelEstimate> left_out(rows.size());
    for (const std::size_t fold : all) {
      std::set<std::string> out;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (folds[i] == fold) out.insert(networks[i]);
      UnitMeasurements rest = some_of(fresh_, [&](const std::string& network, std::size_t i) {
        return s.networks > 1 ? !out.contains(network) : folds[i] != fold;
      });
      // Operators are predicted by operators, networks by both.
      if (operators) rest.networks.clear(), rest.network_rows.clear();
      const UnitFit fit = fit_to(rest);
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (folds[i] == fold) left_out[i] = predict(fit, rows[i], operators);
    }
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      sum += std::abs(left_out[i].latency_s / rows[i].latency_s - 1);
    s.after = sum / static_cast<double>(rows.size());
    name_outliers(input, left_out, s);
    return s;
  }

  /// Rows far from what the others predict: further than the estimate's error and than most rows.
  void name_outliers(const FitInput& input, const std::vector<KernelEstimate>& left_out,
                     FitScore& s) const {
    const auto& rows = s.operators ? fresh_.operators : fresh_.networks;
    std::vector<double> off;
    for (std::size_t i = 0; i < rows.size(); ++i)
      off.push_back(std::abs(std::log(rows[i].latency_s / left_out[i].latency_s)));
    std::vector<double> sorted = off;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double usual = kSdOfMedian * *middle;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double sd = std::max(usual, std::hypot(left_out[i].relative_sd, rows[i].relative_sd));
      if (off[i] <= kOutlier * sd) continue;
      const OperatorRow* op = s.operators ? fresh_.operator_rows[i] : nullptr;
      const NetworkRow* network = s.operators ? nullptr : fresh_.network_rows[i];
      s.outliers.push_back(
          fmt::format("{}: {} takes {:.4g} ms, the other rows say {:.4g} ± {:.2g} ms",
                      op ? place_of(input, *op) : place_of(input, *network),
                      op ? op->network + " " + op->name : network->network, rows[i].latency_s * 1e3,
                      left_out[i].latency_s * 1e3, left_out[i].latency_s * sd * 1e3));
    }
  }

  const Soc& soc_;
  const Runtime& runtime_;
  Unit unit_;
  Precision precision_;
  const GraphSource& graphs_;
  const KernelForm& form_;
  UnitMeasurements existing_, fresh_;
  std::optional<Expectation> expected_;
};

/// Tables have columns for what these options say.
void check_options(const FitRequest& request, const FitInput& input) {
  const bool tables = std::all_of(input.formats.begin(), input.formats.end(), [](LogFormat f) {
    return f == LogFormat::operators_csv || f == LogFormat::networks_csv;
  });
  const char* option = !request.unit.empty()      ? "--unit"
                       : !request.network.empty() ? "--network"
                                                  : nullptr;
  if (tables && option != nullptr)
    throw InputError(fmt::format("{}: the tables given have a column for it", option));
}

/// The units that rows name, once each, in the order they come.
std::vector<std::string> units_of(const FitInput& input) {
  std::vector<std::string> units;
  const auto add = [&](const std::string& unit) {
    if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
  };
  for (const Evidence& e : input.files) {
    for (const OperatorRow& row : e.operators) add(row.unit);
    for (const NetworkRow& row : e.networks) add(row.unit);
  }
  return units;
}

/// Units of the SoC are asked at their own precision, as `run` does.
Precision precision_for(const Soc& soc, const std::string& unit, Precision asked) {
  const auto id = soc.find_unit(unit);
  return asked == Precision::int8 || !id ? asked : soc.unit(*id).default_precision;
}

void check_present(const FitRequest& request) {
  const char* missing = request.soc.empty()       ? "--soc"
                        : request.runtime.empty() ? "--runtime"
                        : request.from.empty()    ? "--from"
                                                  : nullptr;
  if (missing != nullptr)
    throw InputError(fmt::format("fit: {} is required; see `partita fit --help`", missing));
}

void note_other_unit(const FitUnit& unit, std::vector<std::string>& notes) {
  for (const FitScore& s : unit.scores)
    if (s.before > kOtherUnit - 1 || (s.before > 1 - 1 / kOtherUnit && s.before < 1))
      notes.push_back(fmt::format("{}: times of {} are far from what is expected: are they in {}?",
                                  s.unit, s.operators ? "operators" : "networks",
                                  s.operators ? "us" : "ms"));
}

}  // namespace

void fit(const FitRequest& request, const Console& console) {
  if (!request.what.empty()) return fit_section(request, console);
  check_present(request);
  const Catalog catalog = open_catalog();
  const Soc soc = open_soc(catalog, request.soc);
  const Runtime runtime = load_runtime(catalog.runtime(request.runtime));
  const Precision precision = precision_of(request);
  check_output(request);
  Networks networks(catalog);
  const GraphSource graphs = [&](std::string_view name) { return networks.find(name); };
  const FitInput input = read_fit_input(request.from, request, soc, runtime, precision, networks);
  check_options(request, input);
  FitInput checks;
  if (!request.check.empty())
    checks = read_fit_input({request.check}, request, soc, runtime, precision, networks);
  const std::vector<Evidence> existing =
      request.fresh ? std::vector<Evidence>() : open_evidence(catalog, soc, runtime.name);
  const std::vector<MeasuredSoc> others = open_others(catalog, soc, runtime.name);
  FitReport report;
  report.precision = to_string(precision);
  for (const Evidence& e : existing) report.existing += e.operators.size() + e.networks.size();
  report.notes = input.notes;
  for (const std::string& name : units_of(input)) {
    Fitter fitter(soc, runtime, unit_by_spec(soc, name, name), precision_for(soc, name, precision),
                  graphs);
    FitUnit unit = fitter.run(input, existing, others);
    if (unit.scores.empty()) continue;
    if (!request.check.empty()) {
      unit.check = fitter.check(checks, unit, report.notes);
      if (!unit.check)
        report.notes.push_back(
            fmt::format("{}: no row of other networks on {}", request.check, name));
    }
    note_other_unit(unit, report.notes);
    report.units.push_back(std::move(unit));
  }
  report.notes.push_back(request.output.empty()
                             ? "nothing written; --output FOLDER writes the profile"
                             : write_profile(request, catalog, soc, runtime, precision, input));
  console.print(request.json ? fit_json(report, input) : fit_text(report, input, console.style()));
}

}  // namespace partita
