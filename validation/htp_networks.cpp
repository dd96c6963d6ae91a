#include "validation/htp_networks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sim/cost/kernel_fit.h"

namespace partita {
namespace {

// Chosen by leaving networks out.
constexpr double kSpread = 0.25;          ///< Of networks about the trend, relative.
constexpr double kRunsCounted = 20;       ///< Runs of one network share what the trend leaves over.
constexpr double kPrecisionSpread = 0.3;  ///< Of coefficients in int8 about those in fp16.
constexpr double kHuber = 0.7;            ///< In such spreads: what lies further off counts less.
constexpr double kFactorRuns = 10;        ///< A chipset's own factor counts half with so many.
constexpr double kMostResidual = 0.7;     ///< Of ln: beyond it something else ran.
/// Overestimates cost more relative error than underestimates: the estimate of least expected error
/// lies below the median.
constexpr double kLeastError = 0.9;

/// Coefficients times seconds.
double sum_of(const std::vector<double>& coefficients, const std::vector<double>& design) {
  double sum = 0;
  for (std::size_t j = 0; j < coefficients.size(); ++j) sum += coefficients[j] * design[j];
  return sum;
}

}  // namespace

struct HtpNetworks::Model {
  std::array<std::vector<double>, kHubPrecisions> coefficients;
  using Place = std::pair<std::size_t, HubPrecision>;  ///< Chipset and precision.
  std::map<Place, double> factor;
  std::map<Place, std::vector<double>> plain;

  double trend_s(const Row& row) const {
    return std::max(sum_of(coefficients[static_cast<std::size_t>(row.run.precision)], row.design),
                    1e-9);
  }
};

HtpNetworks::HtpNetworks(std::vector<HubChipset> chipsets, const HubRuns& runs)
    : chipsets_(std::move(chipsets)),
      graphs_(std::make_shared<HtpGraphs>()),
      dropped_(runs.dropped) {
  for (const HubRun& run : runs.runs) {
    const auto chipset = std::find_if(chipsets_.begin(), chipsets_.end(),
                                      [&](const HubChipset& c) { return c.name == run.chipset; });
    if (chipset == chipsets_.end())
      ++dropped_["on a chipset that nothing is known of"];
    else if (graphs_->find(run.network) == nullptr)
      ++dropped_["without a graph in the zoo"];
    else
      rows_.push_back(row_of(run, static_cast<std::size_t>(chipset - chipsets_.begin())));
  }
}

HtpNetworks::Row HtpNetworks::row_of(const HubRun& run, std::size_t chipset) const {
  const Graph& graph = graphs_->find(run.network)->graph;
  return {run,
          chipset,
          graphs_->design(run, chipsets_[chipset]),
          {1e-4, static_cast<double>(graph.total_macs()) * 1e-13,
           static_cast<double>(graph.total_weight_elements()) * 1e-11}};
}

HtpNetworks::Model HtpNetworks::fit(const Chosen& chosen) const {
  std::map<std::string, double> runs_of;
  std::vector<const Row*> rows;
  for (const Row& row : rows_)
    if (!row.run.mixed && chosen(row)) rows.push_back(&row), ++runs_of[row.run.network];
  Model model;
  for (std::size_t p = 0; p < kHubPrecisions; ++p) {
    TrendProblem problem;
    problem.prior = HtpGraphs::prior();
    problem.prior_sd = HtpGraphs::prior_sd();
    problem.terms = problem.prior.size();
    if (p > 0) {
      for (std::size_t j = 0; j < problem.terms; ++j)
        problem.prior[j] = std::max(model.coefficients[0][j], 0.05 * problem.prior[j]);
      problem.prior_sd.assign(problem.terms, kPrecisionSpread);
    }
    for (const Row* row : rows) {
      if (static_cast<std::size_t>(row->run.precision) != p) continue;
      problem.design.insert(problem.design.end(), row->design.begin(), row->design.end());
      problem.measured_s.push_back(row->run.latency_s);
      problem.relative_sd.push_back(
          kSpread * std::sqrt(std::max(1.0, runs_of[row->run.network] / kRunsCounted)));
    }
    problem.huber = kHuber;
    model.coefficients[p] = fit_trend(problem);
  }
  fit_factors(model, rows);
  return model;
}

void HtpNetworks::fit_factors(Model& model, const std::vector<const Row*>& rows) const {
  std::map<Model::Place, std::vector<const Row*>> places;
  for (const Row* row : rows) places[{row->chipset, row->run.precision}].push_back(row);
  for (const auto& [place, members] : places) {
    double sum = 0;
    TrendProblem plain;
    plain.terms = 3;
    for (const Row* row : members) {
      sum += std::clamp(std::log(row->run.latency_s / model.trend_s(*row)), -kMostResidual,
                        kMostResidual);
      plain.design.insert(plain.design.end(), row->plain.begin(), row->plain.end());
      plain.measured_s.push_back(row->run.latency_s);
      plain.relative_sd.push_back(1);
    }
    model.factor[place] = std::exp(sum / (static_cast<double>(members.size()) + kFactorRuns));
    plain.prior.assign(plain.terms, 0);
    plain.prior_sd.assign(plain.terms, std::numeric_limits<double>::infinity());
    plain.rounds = 1;
    plain.huber = std::numeric_limits<double>::infinity();
    model.plain[place] = fit_trend(plain);
  }
}

HtpCase HtpNetworks::estimate(const Model& model, const Row& row) {
  HtpCase c{row.run, kLeastError * model.trend_s(row), 0, 0};
  const Model::Place place{row.chipset, row.run.precision};
  if (const auto found = model.factor.find(place); found != model.factor.end())
    c.latency_s *= found->second;
  if (const auto found = model.plain.find(place); found != model.plain.end())
    c.plain_s = sum_of(found->second, row.plain);
  return c;
}

std::vector<HtpCase> HtpNetworks::leave_networks_out(
    const std::function<void(double)>& progress) const {
  std::set<std::string> networks;
  for (const Row& row : rows_) networks.insert(row.run.network);
  std::vector<HtpCase> cases;
  double done = 0;
  for (const std::string& network : networks) {
    const Model model = fit([&](const Row& row) { return row.run.network != network; });
    for (const Row& row : rows_)
      if (row.run.network == network) cases.push_back(estimate(model, row));
    if (progress) progress(++done / static_cast<double>(networks.size()));
  }
  return cases;
}

HubChipset HtpNetworks::guess(const HubChipset& unknown) const {
  int nearest = std::numeric_limits<int>::max();
  for (const HubChipset& c : chipsets_)
    if (c.silicon != unknown.silicon)
      nearest = std::min(nearest, std::abs(c.version - unknown.version));
  HubChipset mean = unknown;
  double fp16 = 0, int8 = 0, memory = 0, dispatch = 0, count = 0;
  for (const HubChipset& c : chipsets_) {
    if (c.silicon == unknown.silicon || std::abs(c.version - unknown.version) != nearest) continue;
    fp16 += std::log(c.fp16_macs_per_s), int8 += std::log(c.int8_macs_per_s);
    memory += std::log(c.bytes_per_s), dispatch += std::log(c.dispatch_s), ++count;
  }
  mean.fp16_macs_per_s = std::exp(fp16 / count), mean.int8_macs_per_s = std::exp(int8 / count);
  mean.bytes_per_s = std::exp(memory / count), mean.dispatch_s = std::exp(dispatch / count);
  return mean;
}

std::vector<HtpCase> HtpNetworks::leave_chipsets_out() const {
  std::set<std::string> silicons;
  for (const HubChipset& c : chipsets_) silicons.insert(c.silicon);
  std::vector<HtpCase> cases;
  for (const std::string& silicon : silicons) {
    const Model model =
        fit([&](const Row& row) { return chipsets_[row.chipset].silicon != silicon; });
    for (const Row& row : rows_) {
      if (chipsets_[row.chipset].silicon != silicon) continue;
      Row unknown = row;
      unknown.design = graphs_->design(row.run, guess(chipsets_[row.chipset]));
      cases.push_back(estimate(model, unknown));
    }
  }
  return cases;
}

std::vector<HtpCase> HtpNetworks::predict(const HtpNetworks& outside, const Calibration& sd) const {
  std::map<std::string, std::vector<const Row*>> by_network;
  for (const Row& row : outside.rows_) by_network[row.run.network].push_back(&row);
  std::vector<HtpCase> cases;
  std::shared_ptr<const Model> all;
  for (const auto& [network, rows] : by_network) {
    const auto others = [&](const Row& row) { return row.run.network != network; };
    const bool seen = !std::all_of(rows_.begin(), rows_.end(), others);
    std::shared_ptr<const Model> model = seen ? nullptr : all;
    if (!model) model = std::make_shared<Model>(fit(others));
    if (!seen) all = model;
    for (const Row* row : rows) cases.push_back(estimate(*model, *row));
  }
  set_sd(cases, sd);
  return cases;
}

HtpNetworks::Calibration HtpNetworks::calibrate(const std::vector<HtpCase>& cases) {
  constexpr double kNinety = 1.645;  // 95 % point of the normal distribution
  Calibration sd{};
  for (std::size_t p = 0; p < kHubPrecisions; ++p) {
    std::vector<double> off;
    for (const HtpCase& c : cases)
      if (static_cast<std::size_t>(c.run.precision) == p && !c.run.mixed)
        off.push_back(std::abs(c.run.latency_s / c.latency_s - 1));
    if (off.empty()) continue;
    const auto at = off.begin() + static_cast<std::ptrdiff_t>(off.size() * 9 / 10);
    std::nth_element(off.begin(), at, off.end());
    sd[p] = *at / kNinety;
  }
  return sd;
}

void HtpNetworks::set_sd(std::vector<HtpCase>& cases, const Calibration& sd) {
  for (HtpCase& c : cases) c.relative_sd = sd[static_cast<std::size_t>(c.run.precision)];
}

}  // namespace partita
