#include "validation/core_combinations.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/zoo.h"
#include "sim/cost/runtime.h"

namespace partita {
namespace {

/// The plain method: relative least squares on [1, MACs, weights].
class Plain {
 public:
  void add(const SizedNetwork& n) {
    problem_.measured_s.push_back(n.latency_s);
    problem_.relative_sd.push_back(1);
    for (const double x : features(n)) problem_.design.push_back(x);
  }
  void fit() {
    problem_.terms = 3;
    problem_.prior.assign(3, 0);
    problem_.prior_sd.assign(3, std::numeric_limits<double>::infinity());
    problem_.rounds = 1;
    problem_.huber = std::numeric_limits<double>::infinity();
    coefficients_ = fit_trend(problem_);
  }
  double predict(const SizedNetwork& n) const {
    double sum = 0;
    const auto x = features(n);
    for (std::size_t j = 0; j < x.size(); ++j) sum += x[j] * coefficients_[j];
    return sum;
  }

 private:
  static std::array<double, 3> features(const SizedNetwork& n) {
    return {1e-3, n.macs * 1e-10, n.weights * 1e-9};
  }
  TrendProblem problem_;
  std::vector<double> coefficients_;
};

SizedNetwork sized(const NetworkRow& row) {
  return {row.network, row.macs.value_or(0), row.weights.value_or(0), row.latency_s};
}

}  // namespace

/// Kernels of the networks that can be drawn, made once.
struct CoreCombinations::Networks {
  Runtime runtime;
  std::map<std::pair<std::string, Precision>, std::vector<KernelWork>> kernels;
  std::map<std::string, std::size_t> groups;
  std::shared_ptr<const PointSet> points;

  /// Empty: there is no graph, or one that multiplies another number of times than the table says.
  /// The class of a kernel does not depend on the cores.
  const std::vector<KernelWork>& of(const KernelForm& form, const std::string& name, double macs,
                                    Precision precision) {
    constexpr double kSameNetwork = 0.05;
    const auto [at, fresh] = kernels.try_emplace({name, precision});
    if (!fresh) return at->second;
    const ZooNetwork* network = find_network(name);
    if (network == nullptr) return at->second;
    const Graph graph = network->make();
    if (macs > 0 && std::abs(static_cast<double>(graph.total_macs()) / macs - 1) > kSameNetwork)
      return at->second;
    at->second = kernels_of(form, graph, precision, {}, runtime.unit(UnitKind::cpu)->fusions);
    return at->second;
  }
  std::size_t group(const std::string& name) {
    return groups.emplace(name, groups.size()).first->second;
  }
};

CoreCombinations::CoreCombinations(const Catalog& catalog)
    : form_(*kernel_form("tflite", UnitKind::cpu)), networks_(std::make_unique<Networks>()) {
  networks_->runtime = load_runtime(catalog.runtime("tflite"));
  for (const auto& entry : catalog.profiles()) {
    if (entry.runtime != "tflite" || entry.layers) continue;
    const Evidence evidence = load_evidence(entry.folder);
    if (evidence.networks.empty()) continue;
    if (!socs_.contains(entry.soc)) socs_.emplace(entry.soc, load_soc(catalog.soc(entry.soc)));
    const Soc& soc = socs_.at(entry.soc);
    const std::string where = (entry.folder / "networks.csv").string();
    for (const NetworkRow& row : evidence.networks) {
      if (row.unit.find(':') == std::string::npos) continue;  // not cores by cluster
      const Unit unit = unit_by_spec(soc, row.unit, where);
      auto at = find(entry.soc, row.unit, evidence.precision);
      if (!at) {
        at = all_.size();
        all_.push_back({entry.soc,
                        row.unit,
                        evidence.precision,
                        traits_of(soc, unit, evidence.precision),
                        {}});
      }
      all_[*at].rows.push_back(row);
    }
  }
  std::vector<Observation> observations;
  for (const CoreCombination& c : all_)
    for (const NetworkRow& row : c.rows)
      if (networks_->groups.try_emplace(row.network, networks_->groups.size()).second) {
        observations.emplace_back();
        for (const KernelWork& work :
             networks_->of(form_, row.network, row.macs.value_or(0), c.precision))
          observations.back().points.push_back(form_.point(work, c.unit));
      }
  networks_->points = std::make_shared<const PointSet>(form_.settings().covariance, observations);
}

CoreCombinations::~CoreCombinations() = default;

std::optional<std::size_t> CoreCombinations::find(const std::string& soc, const std::string& spec,
                                                  Precision precision) const {
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (all_[i].soc == soc && all_[i].spec == spec && all_[i].precision == precision) return i;
  return std::nullopt;
}

const Soc* CoreCombinations::soc(const std::string& name) const {
  const auto at = socs_.find(name);
  return at == socs_.end() ? nullptr : &at->second;
}

double CoreCombinations::noise_of(const NetworkRow& row) const {
  return std::hypot(form_.settings().noise, row.sd_s ? *row.sd_s / row.latency_s : 0);
}

std::vector<Measurement> CoreCombinations::measurements(const CoreCombination& c) const {
  std::vector<Measurement> list;
  for (const NetworkRow& row : c.rows) {
    Measurement m;
    m.kernels = networks_->of(form_, row.network, row.macs.value_or(0), c.precision);
    if (m.kernels.empty()) continue;
    m.unit = c.unit;
    m.latency_s = row.latency_s;
    m.relative_sd = noise_of(row);
    m.group = networks_->group(row.network);
    list.push_back(std::move(m));
  }
  return list;
}

/// How many times longer than at the unit's peak its networks take.
double CoreCombinations::level_of(const CoreCombination& c) const {
  std::vector<double> levels;
  for (const NetworkRow& row : c.rows)
    if (row.macs) levels.push_back(row.latency_s * c.unit.macs_per_s / *row.macs);
  if (levels.empty()) return 1;
  const auto middle = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  return *middle;
}

/// Of all combinations together, each at its level: what their coefficients are drawn to.
KernelFit::Options CoreCombinations::fit_options(Precision precision, bool by_group) const {
  KernelFit::Options options;
  std::vector<Measurement> everywhere;
  for (const CoreCombination& c : all_)
    if (c.precision == precision) {
      const double level = level_of(c);
      for (Measurement& m : measurements(c)) {
        m.latency_s /= level;
        everywhere.push_back(std::move(m));
      }
    }
  options.points = networks_->points;
  if (everywhere.empty()) return options;
  options.kriging = false;
  if (by_group) options.sibling_without = coefficients_without_groups(form_, everywhere, options);
  options.sibling = KernelFit(form_, everywhere, options).coefficients();
  options.kriging = true;
  return options;
}

KernelFit::Options CoreCombinations::at_level(KernelFit::Options options,
                                              const CoreCombination& c) const {
  const double level = level_of(c);
  const auto scale = [level](Coefficients& sibling) {
    for (auto& kind : sibling.of_kind)
      for (double& coefficient : kind) coefficient *= level;
    sibling.overhead_s *= level;
  };
  if (options.sibling) scale(*options.sibling);
  for (auto& [group, sibling] : options.sibling_without) scale(sibling);
  return options;
}

std::vector<LatencyCase> CoreCombinations::cross_validate(std::size_t combination,
                                                          const KernelFit::Options& options) const {
  const CoreCombination& c = all_[combination];
  const std::vector<Measurement> drawn = measurements(c);
  std::vector<KernelEstimate> estimates;
  if (drawn.size() > 1) estimates = leave_groups_out(form_, drawn, at_level(options, c));
  std::vector<LatencyCase> cases;
  std::size_t next = 0;
  for (const NetworkRow& row : c.rows) {
    LatencyCase one{sized(row), combination, noise_of(row)};
    std::vector<SizedNetwork> others;
    Plain plain;
    for (const NetworkRow& other : c.rows)
      if (other.network != row.network) {
        others.push_back(sized(other));
        plain.add(others.back());
      }
    one.by_graph = !networks_->of(form_, row.network, row.macs.value_or(0), c.precision).empty() &&
                   drawn.size() > 1;
    const KernelEstimate e =
        one.by_graph ? estimates[next++] : SizeModel(others).estimate(one.network);
    one.latency_s = e.latency_s;
    one.relative_sd = std::hypot(e.relative_sd, one.noise);
    plain.fit();
    one.plain_s = plain.predict(one.network);
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<LatencyCase> CoreCombinations::cross_validate(
    const std::function<void(double)>& progress) const {
  std::map<Precision, KernelFit::Options> options;
  std::vector<LatencyCase> cases;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Precision precision = all_[i].precision;
    if (!options.contains(precision)) options.emplace(precision, fit_options(precision, true));
    const auto some = cross_validate(i, options.at(precision));
    cases.insert(cases.end(), some.begin(), some.end());
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(all_.size()));
  }
  return cases;
}

void CoreCombinations::predict(std::vector<LatencyCase>& cases,
                               const std::function<void(double)>& progress) const {
  std::map<Precision, KernelFit::Options> options;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const CoreCombination& c = all_[i];
    if (std::none_of(cases.begin(), cases.end(),
                     [&](const LatencyCase& one) { return one.combination == i; }))
      continue;
    if (!options.contains(c.precision))
      options.emplace(c.precision, fit_options(c.precision, false));
    const std::vector<Measurement> drawn = measurements(c);
    std::optional<KernelFit> fit;
    if (!drawn.empty()) fit.emplace(form_, drawn, at_level(options.at(c.precision), c));
    std::vector<SizedNetwork> measured;
    Plain plain;
    for (const NetworkRow& row : c.rows) {
      measured.push_back(sized(row));
      plain.add(measured.back());
    }
    plain.fit();
    const SizeModel by_size(measured);
    for (LatencyCase& one : cases) {
      if (one.combination != i) continue;
      const auto& kernels = networks_->of(form_, one.network.name, one.network.macs, c.precision);
      one.by_graph = fit && !kernels.empty();
      const KernelEstimate e =
          one.by_graph ? fit->network(kernels, c.unit) : by_size.estimate(one.network);
      one.latency_s = e.latency_s;
      one.noise = std::hypot(form_.settings().noise, one.noise);
      one.relative_sd = std::hypot(e.relative_sd, one.noise);
      one.plain_s = plain.predict(one.network);
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(all_.size()));
  }
}

}  // namespace partita
