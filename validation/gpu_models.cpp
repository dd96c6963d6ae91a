// Suite gpu-models: how long does a network nobody has measured take on a phone's GPU?
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/cost/size_model.h"
#include "validation/gpu_devices.h"
#include "validation/qed_tables.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_gpu_models(const Catalog& catalog, const ValidateOptions& options);

namespace {

struct Case {
  std::string soc;
  SizedNetwork network;  ///< `latency_s`: as measured.
  double latency_s = 0, relative_sd = 0, plain_s = 0;
  bool by_graph = true;  ///< Not by its size alone.
};

/// Overhead, MACs and weights by relative least squares.
double plain_estimate(const std::vector<SizedNetwork>& measured, const SizedNetwork& network) {
  const auto features = [](const SizedNetwork& n) {
    return std::array<double, 3>{1e-3, n.macs * 1e-11, n.weights * 1e-9};
  };
  TrendProblem p;
  p.terms = 3;
  p.prior.assign(p.terms, 0);
  p.prior_sd.assign(p.terms, std::numeric_limits<double>::infinity());
  p.rounds = 1;
  p.huber = std::numeric_limits<double>::infinity();
  for (const SizedNetwork& n : measured) {
    const auto x = features(n);
    p.design.insert(p.design.end(), x.begin(), x.end());
    p.measured_s.push_back(n.latency_s);
    p.relative_sd.push_back(1);
  }
  const std::vector<double> c = fit_trend(p);
  const auto x = features(network);
  return c[0] * x[0] + c[1] * x[1] + c[2] * x[2];
}

SizedNetwork sized(const NetworkRow& row) {
  return {row.network, row.macs.value_or(0), row.weights.value_or(0), row.latency_s};
}

KernelFit::Options options_for(GpuDevices& devices, const GpuDevice& device) {
  KernelFit::Options options;
  options.sibling = devices.expected(device);
  return options;
}

std::vector<Case> cross_validate(GpuDevices& devices, const std::function<void(double)>& progress) {
  std::vector<Case> cases;
  for (const GpuDevice& device : devices.all()) {
    const std::vector<Measurement> drawn = devices.networks(device);
    std::vector<KernelEstimate> estimates;
    double widen = 1;
    if (drawn.size() > 1) {
      estimates = leave_groups_out(devices.form(), drawn, options_for(devices, device));
      widen = GpuDevices::calibration(drawn, estimates);
    }
    std::size_t next = 0;
    for (const NetworkRow& row : device.networks) {
      Case one{device.soc, sized(row)};
      std::vector<SizedNetwork> others;
      for (const NetworkRow& other : device.networks)
        if (other.network != row.network) others.push_back(sized(other));
      one.by_graph = !estimates.empty() && !devices.kernels(row.network, row.macs, device).empty();
      const KernelEstimate e =
          one.by_graph ? estimates[next++] : SizeModel(others).estimate(one.network);
      one.latency_s = e.latency_s;
      one.relative_sd = (one.by_graph ? widen : 1) * std::hypot(e.relative_sd, devices.noise(row));
      one.plain_s = plain_estimate(others, one.network);
      cases.push_back(std::move(one));
    }
    if (progress)
      progress(static_cast<double>(&device - devices.all().data() + 1) /
               static_cast<double>(devices.all().size()));
  }
  return cases;
}

/// Everything measured on one GPU, fitted.
class Fitted {
 public:
  Fitted(GpuDevices& devices, const GpuDevice& device)
      : devices_(devices), device_(device), measured_(all(device)), by_size_(measured_) {
    const std::vector<Measurement> drawn = devices.networks(device);
    if (drawn.size() < 2) return;
    const KernelFit::Options options = options_for(devices, device);
    fit_.emplace(devices.form(), drawn, options);
    widen_ = GpuDevices::calibration(drawn, leave_groups_out(devices.form(), drawn, options));
  }

  Case predict(const QedRow& row, const QedCell& cell) const {
    Case one{device_.soc, {row.network, row.macs, row.weights, cell.latency_s}};
    const std::vector<KernelWork> kernels = devices_.kernels(row.network, row.macs, device_);
    one.by_graph = fit_ && !kernels.empty();
    const KernelEstimate e =
        one.by_graph ? fit_->network(kernels, device_.unit) : by_size_.estimate(one.network);
    one.latency_s = e.latency_s;
    const double measured = cell.sd_s.value_or(0) / cell.latency_s;
    one.relative_sd = (one.by_graph ? widen_ : 1) *
                      std::hypot(e.relative_sd, devices_.form().settings().noise, measured);
    one.plain_s = plain_estimate(measured_, one.network);
    return one;
  }

 private:
  static std::vector<SizedNetwork> all(const GpuDevice& device) {
    std::vector<SizedNetwork> networks;
    for (const NetworkRow& row : device.networks) networks.push_back(sized(row));
    return networks;
  }
  const GpuDevices& devices_;
  const GpuDevice& device_;
  std::vector<SizedNetwork> measured_;
  SizeModel by_size_;
  std::optional<KernelFit> fit_;
  double widen_ = 1;
};

QuantityResult scored(std::string quantity, const std::vector<const Case*>& cases) {
  std::vector<ScoredRow> rows;
  for (const Case* c : cases)
    rows.push_back(
        {c->latency_s, c->network.latency_s, c->relative_sd, c->plain_s, c->network.name, c->soc});
  return score(std::move(quantity), rows);
}

SuiteResult result_of(const std::vector<Case>& cases) {
  SuiteResult suite;
  suite.suite = "gpu-models";
  std::map<std::string, std::vector<const Case*>> by_soc;
  std::set<std::string> undrawn;
  for (const Case& c : cases) {
    by_soc["latency"].push_back(&c);
    by_soc["latency." + c.soc].push_back(&c);
    if (!c.by_graph) undrawn.insert(c.network.name);
  }
  for (const auto& [name, some] : by_soc) suite.results.push_back(scored(name, some));
  if (!undrawn.empty())
    suite.notes.push_back(fmt::format("{} networks without a graph, by their size and family: {}",
                                      undrawn.size(),
                                      join_choices({undrawn.begin(), undrawn.end()}, 40)));
  return suite;
}

}  // namespace

SuiteResult validate_gpu_models(const Catalog& catalog, const ValidateOptions& options) {
  GpuDevices devices(catalog);
  if (!options.data) return result_of(cross_validate(devices, options.progress));
  const QedTable table = read_qed_table(*options.data);
  std::vector<Case> cases;
  std::set<std::string> unknown;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const QedColumn& column = table.columns[c];
    if (column.cores != "gpu") continue;
    const GpuDevice* device = devices.find(column.soc);
    if (device == nullptr || device->networks.empty()) {
      unknown.insert(column.device);
      continue;
    }
    const Fitted fitted(devices, *device);
    for (const QedRow& row : table.rows)
      for (const QedCell& cell : row.cells)
        if (cell.column == c) cases.push_back(fitted.predict(row, cell));
    if (options.progress)
      options.progress(static_cast<double>(c + 1) / static_cast<double>(table.columns.size()));
  }
  if (cases.empty())
    throw InputError(options.data->string() + ": no row was measured on a GPU that traces/ knows");
  SuiteResult suite = result_of(cases);
  if (!unknown.empty())
    suite.notes.push_back(fmt::format("left out, nothing measured on them: {}",
                                      join_choices({unknown.begin(), unknown.end()})));
  return suite;
}

}  // namespace partita
