#include "sim/cost/fitted_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/cost/roofline.h"

namespace partita {
namespace {

/// Rows of the tables that were measured on the unit, or on other units of its kind.
struct Rows {
  std::vector<Measurement> operators, networks;
};

bool same_cores(const Unit& a, const Unit& b) {
  if (a.kind != b.kind) return false;
  if (a.kind != UnitKind::cpu) return a.name == b.name;
  return std::is_permutation(a.cores.begin(), a.cores.end(), b.cores.begin(), b.cores.end(),
                             [](const CoreUse& x, const CoreUse& y) {
                               return x.cluster == y.cluster && x.threads == y.threads;
                             });
}

class Collector {
 public:
  Collector(const Soc& soc, const Runtime& runtime, std::span<const Evidence> evidence,
            const GraphSource& graphs)
      : soc_(soc), runtime_(runtime), evidence_(evidence), graphs_(graphs) {}

  Rows rows(const KernelForm& form, const Unit& unit, Precision precision, bool own) {
    Rows rows;
    std::map<std::string, std::size_t> groups;
    std::map<std::string, std::int16_t> devices;
    for (const Evidence& e : evidence_) {
      // Runtimes choose between fp16 and fp32 themselves; integers are another network.
      if ((e.precision == Precision::int8) != (precision == Precision::int8)) continue;
      const std::string where = (e.folder / "*.csv").string();
      const auto measured_unit = [&](const std::string& spec) -> std::optional<Unit> {
        Unit u = unit_by_spec(soc_, spec, where);
        if (u.kind != unit.kind || (own && !same_cores(u, unit))) return std::nullopt;
        return u;
      };
      const auto group = [&](const std::string& network) {
        return groups.emplace(network, groups.size()).first->second;
      };
      const auto device = [&](const std::string& spec) {
        return devices.emplace(spec, static_cast<std::int16_t>(devices.size())).first->second;
      };
      for (const OperatorRow& row : e.operators)
        if (const auto u = measured_unit(row.unit)) {
          Measurement m;
          m.unit = traits_of(soc_, *u, precision);
          m.kernels = {row.work};
          m.kernels.front().kind = form.kind_of(row.work, m.unit);
          m.latency_s = row.latency_s;
          m.relative_sd =
              std::hypot(form.settings().noise, row.sd_s ? *row.sd_s / row.latency_s : 0);
          m.group = group(row.network);
          m.device = device(row.unit);
          rows.operators.push_back(std::move(m));
        }
      for (const NetworkRow& row : e.networks)
        if (const auto u = measured_unit(row.unit)) {
          const Graph* graph = graphs_(row.network);
          if (graph == nullptr) continue;
          Measurement m;
          m.unit = traits_of(soc_, *u, precision);
          m.kernels =
              kernels_of(form, *graph, precision, m.unit, runtime_.unit(unit.kind)->fusions);
          if (m.kernels.empty()) continue;
          m.latency_s = row.latency_s;
          m.relative_sd =
              std::hypot(form.settings().noise, row.sd_s ? *row.sd_s / row.latency_s : 0);
          m.group = group(row.network);
          m.device = device(row.unit);
          rows.networks.push_back(std::move(m));
        }
    }
    return rows;
  }

 private:
  const Soc& soc_;
  const Runtime& runtime_;
  std::span<const Evidence> evidence_;
  const GraphSource& graphs_;
};

class FittedModel final : public RooflineModel {
 public:
  FittedModel(const Soc& soc, const Runtime& runtime, const Graph& graph, std::vector<UnitFit> fits)
      : RooflineModel(soc), runtime_(runtime), graph_(graph), fits_(std::move(fits)) {
    for (std::size_t u = 0; u < fits_.size(); ++u)
      if (const RuntimeUnit* driven = runtime_.unit(soc.units[u].kind))
        lead_.emplace(soc.units[u].kind, fuse(graph, driven->fusions));
  }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    const Unit& unit = soc().unit(mode.unit);
    const RuntimeUnit* driven = runtime_.unit(unit.kind);
    if (driven != nullptr && contains(driven->unsupported, graph.op(op).kind)) return std::nullopt;
    auto cost = RooflineModel::operator_cost(graph, op, slice, mode, precision);
    const UnitFit& fitted = fits_[index(mode.unit)];
    if (!cost || cost->source == CostSource::free || !fitted.fit || driven == nullptr) return cost;
    std::optional<std::vector<OpId>> fresh;
    if (&graph != &graph_) fresh = fuse(graph, driven->fusions);
    const std::vector<OpId>& lead = fresh ? *fresh : lead_.at(unit.kind);
    cost->source = CostSource::fitted;
    if (lead[index(op)] != op) {  // Runs inside the kernel it is fused into.
      cost->latency_s = cost->bytes = cost->own_error = cost->shared_error = 0;
      return cost;
    }
    KernelWork work = kernel_of(graph, op, slice, precision);
    add_fused(work, graph, lead);
    const UnitTraits traits = traits_of(soc(), mode, precision);
    work.kind = fitted.fit->form().kind_of(work, traits);
    const KernelEstimate estimate = fitted.fit->kernel(work, traits, 0);
    cost->latency_s = estimate.latency_s;
    // What all kernels of a unit have in common moves a plan as a whole.
    cost->shared_error =
        fitted.fit->form().settings().covariance.shared * fitted.fit->form().settings().calibration;
    cost->own_error = std::sqrt(std::max(0.0, estimate.relative_sd * estimate.relative_sd -
                                                  cost->shared_error * cost->shared_error));
    return cost;
  }

 private:
  static bool contains(const std::vector<OpKind>& kinds, OpKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  static void add_fused(KernelWork& work, const Graph& graph, const std::vector<OpId>& lead) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
      const OpId id = make_id<OpId>(i);
      if (id == work.op || lead[i] != work.op) continue;
      ++work.fused;
      for (const TensorId input : graph.op(id).inputs)
        if (lead[index(graph.tensor(input).producer)] != work.op)
          work.fused_elements += static_cast<double>(elements(graph.tensor(input).shape));
    }
  }

  const Runtime& runtime_;
  const Graph& graph_;
  std::vector<UnitFit> fits_;
  std::map<UnitKind, std::vector<OpId>> lead_;
};

}  // namespace

std::vector<UnitFit> fit_units(const Soc& soc, const Runtime& runtime,
                               std::span<const Evidence> evidence, const GraphSource& graphs) {
  Collector collect(soc, runtime, evidence, graphs);
  std::vector<UnitFit> fits;
  for (const Unit& unit : soc.units) {
    UnitFit fitted;
    fitted.unit = unit.name;
    const KernelForm* form =
        runtime.unit(unit.kind) == nullptr ? nullptr : kernel_form(runtime.name, unit.kind);
    if (form != nullptr) {
      const Precision precision = unit.default_precision;
      Rows rows = collect.rows(*form, unit, precision, true);
      fitted.own = !rows.operators.empty() || !rows.networks.empty();
      if (!fitted.own) rows = collect.rows(*form, unit, precision, false);
      fitted.operators = rows.operators.size();
      fitted.networks = rows.networks.size();
      // A table of single kernels says more than sums of them.
      const auto& used = rows.operators.empty() ? rows.networks : rows.operators;
      KernelFit::Options options;
      options.kriging = fitted.own;
      if (!used.empty())
        fitted.fit.emplace(*form, used, options);
      else
        fitted.fit.emplace(*form, prior_coefficients(*form));
    }
    fits.push_back(std::move(fitted));
  }
  return fits;
}

std::unique_ptr<CostModel> make_fitted_model(const Soc& soc, const Runtime& runtime,
                                             const Graph& graph, std::vector<UnitFit> fits) {
  return std::make_unique<FittedModel>(soc, runtime, graph, std::move(fits));
}

}  // namespace partita
