// From measured tables to a kernel model of a unit.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/cost/core_types.h"
#include "sim/cost/fitted_model.h"

namespace partita {
namespace {

/// Fewer networks cannot say where the coefficients of single kernels are off.
constexpr std::size_t kEnoughNetworks = 5;

bool decided_by_networks(const UnitMeasurements& measured) {
  if (measured.operators.empty()) return !measured.networks.empty();
  std::set<std::size_t> networks;
  for (const Measurement& m : measured.networks) networks.insert(m.group);
  return networks.size() >= kEnoughNetworks;
}

bool same_cores(const Unit& a, const Unit& b) {
  if (a.kind != b.kind) return false;
  if (a.kind != UnitKind::cpu) return a.name == b.name;
  return std::is_permutation(a.cores.begin(), a.cores.end(), b.cores.begin(), b.cores.end(),
                             [](const CoreUse& x, const CoreUse& y) {
                               return x.cluster == y.cluster && x.threads == y.threads;
                             });
}

/// Numbers names in the order they come.
template <typename Number>
Number number_of(std::map<std::string, Number>& numbers, const std::string& name) {
  return numbers.emplace(name, static_cast<Number>(numbers.size())).first->second;
}

class Collector {
 public:
  Collector(const Soc& soc, const Runtime& runtime, const KernelForm& form, const Unit& unit,
            Precision precision, RowsOf which)
      : soc_(soc),
        runtime_(runtime),
        form_(form),
        unit_(unit),
        precision_(precision),
        which_(which) {}

  void add(const Evidence& evidence, const GraphSource& graphs) {
    where_ = (evidence.folder / "*.csv").string();
    for (const OperatorRow& row : evidence.operators) {
      const auto traits = traits_of_row(row.unit);
      if (!traits) continue;
      Measurement m{{row.work}, *traits, row.latency_s, 0, 0, 0};
      m.kernels.front().kind = form_.kind_of(row.work, m.unit);
      finish(m, row.network, row.unit, row.sd_s);
      found.operators.push_back(std::move(m));
      found.operator_rows.push_back(&row);
    }
    for (const NetworkRow& row : evidence.networks) {
      if (!row.unlike.empty()) continue;
      const auto traits = traits_of_row(row.unit);
      const Graph* graph = traits ? graphs(row.network) : nullptr;
      if (graph == nullptr) continue;
      Measurement m{{}, *traits, row.latency_s, 0, 0, 0};
      m.kernels = kernels(*graph, row.network, row.unit, m.unit);
      if (m.kernels.empty()) continue;
      finish(m, row.network, row.unit, row.sd_s);
      found.networks.push_back(std::move(m));
      found.network_rows.push_back(&row);
    }
  }

  UnitMeasurements found;

 private:
  std::optional<UnitTraits> traits_of_row(const std::string& spec) {
    auto [at, fresh] = traits_.try_emplace(spec);
    if (fresh) {
      const Unit u = unit_by_spec(soc_, spec, where_);
      if (u.kind == unit_.kind && (which_ == RowsOf::kind || same_cores(u, unit_)))
        at->second = traits_of(soc_, u, precision_);
    }
    return at->second;
  }

  const std::vector<KernelWork>& kernels(const Graph& graph, const std::string& network,
                                         const std::string& spec, const UnitTraits& traits) {
    auto [at, fresh] = kernels_.try_emplace({network, spec});
    if (fresh)
      at->second = kernels_of(form_, graph, precision_, traits, runtime_.unit(unit_.kind)->fusions);
    return at->second;
  }

  void finish(Measurement& m, const std::string& network, const std::string& spec,
              const std::optional<double>& sd_s) {
    m.relative_sd = std::hypot(form_.settings().noise, sd_s ? *sd_s / m.latency_s : 0);
    m.group = number_of(groups_, network);
    m.device = number_of(devices_, spec);
  }

  const Soc& soc_;
  const Runtime& runtime_;
  const KernelForm& form_;
  const Unit& unit_;
  Precision precision_;
  RowsOf which_;
  std::string where_;
  std::map<std::string, std::optional<UnitTraits>> traits_;
  std::map<std::pair<std::string, std::string>, std::vector<KernelWork>> kernels_;
  std::map<std::string, std::size_t> groups_;
  std::map<std::string, std::int16_t> devices_;
};

/// What being of another family is worth, or having no table of operators, which tells kernels
/// apart: a factor of four in peak.
const double kUnlike = std::log(4);

constexpr double kLeastOfPrior = 0.1;

/// `Adreno` of `Adreno 640`; of a CPU its microarchitecture.
std::string family_of(const UnitTraits& traits) {
  if (traits.unit_kind == UnitKind::cpu)
    if (const CoreType* type = find_core_type(traits.core)) return std::string(type->name);
  return traits.core.substr(0, traits.core.find_first_of(" -0123456789"));
}

double distance_of(const UnitTraits& a, const UnitTraits& b) {
  return std::abs(std::log(a.macs_per_s / b.macs_per_s)) +
         std::abs(std::log(static_cast<double>(a.threads) / b.threads)) +
         (family_of(a) == family_of(b) ? 0 : kUnlike);
}

/// Units with rows, as the tables name them; true: rows of operators.
std::map<std::string, bool> measured_specs(const MeasuredSoc& soc) {
  std::map<std::string, bool> specs;
  for (const Evidence& e : soc.evidence) {
    for (const OperatorRow& row : e.operators) specs[row.unit] = true;
    for (const NetworkRow& row : e.networks)
      if (row.unlike.empty()) specs.try_emplace(row.unit, false);
  }
  return specs;
}

struct OtherUnit {
  const MeasuredSoc* soc;
  Unit unit;
  double distance;
};

/// Units of this kind that others have rows of.
std::vector<OtherUnit> other_units(const UnitTraits& traits, Precision precision,
                                   std::span<const MeasuredSoc> others) {
  std::vector<OtherUnit> units;
  for (const MeasuredSoc& other : others)
    for (const auto& [spec, operators] : measured_specs(other)) {
      Unit unit = unit_by_spec(other.soc, spec, other.soc.name);
      if (unit.kind != traits.unit_kind) continue;
      const UnitTraits theirs = traits_of(other.soc, unit, precision);
      if (!(theirs.macs_per_s > 0 && traits.macs_per_s > 0)) continue;
      const double distance = distance_of(theirs, traits) + (operators ? 0 : kUnlike);
      units.push_back({&other, std::move(unit), distance});
    }
  return units;
}

}  // namespace

std::optional<Expectation> expect_of_others(const KernelForm& form, const Runtime& runtime,
                                            const UnitTraits& traits, Precision precision,
                                            const GraphSource& graphs,
                                            std::span<const MeasuredSoc> others) {
  std::vector<OtherUnit> nearest = other_units(traits, precision, others);
  std::stable_sort(nearest.begin(), nearest.end(),
                   [](const OtherUnit& a, const OtherUnit& b) { return a.distance < b.distance; });
  std::optional<UnitMeasurements> best;
  std::string name;
  for (const OtherUnit& candidate : nearest) {
    const MeasuredSoc& other = *candidate.soc;
    UnitMeasurements measured = measurements_of(other.soc, runtime, form, candidate.unit, precision,
                                                other.evidence, graphs, RowsOf::unit);
    if (measured.empty()) continue;
    best = std::move(measured);
    name = other.soc.name;
    break;
  }
  if (!best) return std::nullopt;
  const KernelFit fit = fit_measurements(form, *best, std::nullopt, false);
  Expectation e{fit.coefficients(), name, best->operators.size(), best->networks.size()};
  if (best->networks.empty()) e.coefficients.overhead_s = form.settings().overhead_s;
  // What was too small to see on one device may be seen on another.
  const Coefficients prior = prior_coefficients(form);
  for (std::size_t k = 0; k < prior.of_kind.size(); ++k)
    for (std::size_t j = 0; j < prior.of_kind[k].size(); ++j)
      e.coefficients.of_kind[k][j] =
          std::max(e.coefficients.of_kind[k][j], kLeastOfPrior * prior.of_kind[k][j]);
  return e;
}

UnitMeasurements measurements_of(const Soc& soc, const Runtime& runtime, const KernelForm& form,
                                 const Unit& unit, Precision precision,
                                 std::span<const Evidence> evidence, const GraphSource& graphs,
                                 RowsOf which) {
  Collector collect(soc, runtime, form, unit, precision, which);
  // Runtimes choose between fp16 and fp32 themselves; integers are another network.
  for (const Evidence& e : evidence)
    if ((e.precision == Precision::int8) == (precision == Precision::int8)) collect.add(e, graphs);
  return std::move(collect.found);
}

KernelFit fit_measurements(const KernelForm& form, const UnitMeasurements& measured,
                           const std::optional<Coefficients>& expected, bool kriging) {
  KernelFit::Options options;
  options.kriging = kriging;
  options.sibling = expected;
  if (!decided_by_networks(measured)) return KernelFit(form, measured.operators, options);
  if (!measured.operators.empty()) {
    options.kriging = false;
    Coefficients kernels = KernelFit(form, measured.operators, options).coefficients();
    kernels.overhead_s = expected ? expected->overhead_s : form.settings().overhead_s;
    options.sibling = std::move(kernels);
    options.kriging = kriging;
  }
  return KernelFit(form, measured.networks, options);
}

KernelEstimate UnitFit::network(std::span<const KernelWork> kernels,
                                const UnitTraits& traits) const {
  KernelEstimate e = fit->network(kernels, traits);
  e.latency_s *= scale;
  const double more = overhead_s - scale * fit->coefficients().overhead_s;
  e.relative_sd *= e.latency_s / (e.latency_s + more);
  e.latency_s += more;
  return e;
}

namespace {

/// What the measured networks take over what the fit says, drawn to 1.
double scale_of(const UnitFit& fit, const std::vector<Measurement>& networks) {
  constexpr double kExpected = 0.15, kSpread = 0.12;  // of the logarithm, over and within devices
  double sum = 0;
  for (const Measurement& m : networks) {
    const double kernels = fit.network(m.kernels, m.unit).latency_s - fit.overhead_s;
    const double rest = std::max(m.latency_s - fit.overhead_s, 0.5 * m.latency_s);
    sum += std::log(rest / kernels);
  }
  const double drawn = kSpread * kSpread / (kExpected * kExpected);
  return std::exp(sum / (static_cast<double>(networks.size()) + drawn));
}

}  // namespace

UnitFit fit_unit(const KernelForm& form, const UnitMeasurements& measured, bool own,
                 const std::optional<Expectation>& expected) {
  const auto prior = expected ? std::optional(expected->coefficients) : std::nullopt;
  UnitFit fitted;
  fitted.own = own && !measured.empty();
  fitted.operators = measured.operators.size();
  fitted.networks = measured.networks.size();
  fitted.of_networks = decided_by_networks(measured);
  if (!measured.empty()) {
    fitted.fit.emplace(fit_measurements(form, measured, prior, own));
  } else {
    fitted.fit.emplace(form, prior ? *prior : prior_coefficients(form));
    if (expected) {
      fitted.of = expected->soc;
      fitted.operators = expected->operators;
      fitted.networks = expected->networks;
    }
  }
  fitted.overhead_s = fitted.fit->coefficients().overhead_s;
  // Operators alone do not show what a network takes beside them.
  if (!fitted.of_networks && !measured.operators.empty())
    fitted.overhead_s = prior ? prior->overhead_s : form.settings().overhead_s;
  if (!fitted.of_networks) fitted.scale = scale_of(fitted, measured.networks);
  return fitted;
}

UnitFit fit_unit(const Soc& soc, const Runtime& runtime, const Unit& unit, Precision precision,
                 std::span<const Evidence> evidence, const GraphSource& graphs,
                 std::span<const MeasuredSoc> others) {
  UnitFit fitted;
  if (const KernelForm* form =
          runtime.unit(unit.kind) == nullptr ? nullptr : kernel_form(runtime.name, unit.kind)) {
    UnitMeasurements measured =
        measurements_of(soc, runtime, *form, unit, precision, evidence, graphs, RowsOf::unit);
    const bool own = !measured.empty();
    if (!own)
      measured =
          measurements_of(soc, runtime, *form, unit, precision, evidence, graphs, RowsOf::kind);
    fitted = fit_unit(*form, measured, own,
                      expect_of_others(*form, runtime, traits_of(soc, unit, precision), precision,
                                       graphs, others));
  }
  fitted.unit = unit.name;
  return fitted;
}

std::vector<UnitFit> fit_units(const Soc& soc, const Runtime& runtime,
                               std::span<const Evidence> evidence, const GraphSource& graphs,
                               std::span<const MeasuredSoc> others) {
  std::vector<UnitFit> fits;
  for (const Unit& unit : soc.units)
    fits.push_back(fit_unit(soc, runtime, unit, unit.default_precision, evidence, graphs, others));
  return fits;
}

}  // namespace partita
