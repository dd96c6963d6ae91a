// Suite npu-layers: how long does a layer take on Rockchip's NPU?
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/cost/evidence.h"
#include "validation/gpu_devices.h"
#include "validation/rknn_layers.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_npu_layers(const Catalog& catalog, const ValidateOptions& options);

namespace {

/// Six numbers, coefficients by relative least squares.
class Plain {
 public:
  void add(const KernelWork& work, double latency_s) {
    const auto x = features(work);
    problem_.design.insert(problem_.design.end(), x.begin(), x.end());
    problem_.measured_s.push_back(latency_s);
    problem_.relative_sd.push_back(1);
  }
  void fit() {
    problem_.terms = kTerms;
    problem_.prior.assign(kTerms, 0);
    problem_.prior_sd.assign(kTerms, std::numeric_limits<double>::infinity());
    problem_.rounds = 1;
    problem_.huber = std::numeric_limits<double>::infinity();
    coefficients_ = fit_trend(problem_);
  }
  double predict(const KernelWork& work) const {
    const auto x = features(work);
    double sum = 0;
    for (std::size_t j = 0; j < kTerms; ++j) sum += x[j] * coefficients_[j];
    return sum;
  }

 private:
  static constexpr std::size_t kTerms = 6;
  static std::array<double, kTerms> features(const KernelWork& w) {
    const double bytes = element_bytes(w.precision);
    return {1e-5,
            w.macs * 1e-12 * bytes,
            w.input_elements * 1e-10 * bytes,
            w.output_elements * 1e-10 * bytes,
            w.weight_elements * 1e-10 * bytes,
            w.simple_ops * 1e-11 * bytes};
  }
  TrendProblem problem_;
  std::vector<double> coefficients_;
};

struct Case {
  std::string quantity;
  double measured_s = 0, predicted_s = 0, relative_sd = 0, plain_s = 0;
  std::string name = {};  ///< Kind of the operator.
};

QuantityResult scored(const std::string& quantity, const std::vector<Case>& cases) {
  std::vector<ScoredRow> rows;
  for (const Case& c : cases)
    if (c.quantity == quantity)
      rows.push_back({c.predicted_s, c.measured_s, c.relative_sd, c.plain_s, c.name, {}});
  return score(quantity, rows);
}

/// The committed layers and the NPU they ran on.
class Layers {
 public:
  explicit Layers(const Catalog& catalog)
      : soc_(load_soc(catalog.soc("rk3588"))),
        form_(*kernel_form("rknn", UnitKind::npu)),
        evidence_(load_evidence(catalog.root() / "traces" / "rk3588" / "rknn-int8")) {}

  const KernelForm& form() const { return form_; }
  UnitTraits traits(Precision precision) const {
    return traits_of(soc_, unit_by_spec(soc_, "npu", "rk3588"), precision);
  }
  /// By `group`: what is left out together.
  std::vector<Measurement> measurements(
      const std::function<std::string(const OperatorRow&)>& group) const {
    std::vector<Measurement> rows;
    std::map<std::string, std::size_t> groups;
    for (const OperatorRow& row : evidence_.operators) {
      Measurement m;
      m.unit = traits(row.work.precision);
      m.kernels = {row.work};
      m.kernels.front().kind = form_.kind_of(row.work, m.unit);
      m.latency_s = row.latency_s;
      m.relative_sd = form_.settings().noise;
      m.group = groups.emplace(group(row), groups.size()).first->second;
      rows.push_back(std::move(m));
    }
    return rows;
  }

 private:
  Soc soc_;
  const KernelForm& form_;
  Evidence evidence_;
};

std::string resolution(const OperatorRow& row) {
  return fmt::format("{}", row.work.out_height);
}

std::string operation(const OperatorRow& row) {
  return fmt::format("{}/{}/{}", to_string(row.work.operation), row.work.kernel_h, row.work.fused);
}

void cross_validate(const std::string& quantity, const Layers& layers,
                    const std::vector<Measurement>& rows, std::vector<Case>& cases) {
  const auto estimates = leave_groups_out(layers.form(), rows, {});
  const double widen = GpuDevices::calibration(rows, estimates);
  std::map<std::size_t, Plain> plain;
  for (const Measurement& m : rows) plain[m.group];
  for (auto& [group, one] : plain) {
    for (const Measurement& m : rows)
      if (m.group != group) one.add(m.kernels.front(), m.latency_s);
    one.fit();
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    cases.push_back({quantity, rows[i].latency_s, estimates[i].latency_s,
                     widen * std::hypot(estimates[i].relative_sd, rows[i].relative_sd),
                     plain.at(rows[i].group).predict(rows[i].kernels.front()),
                     std::string(to_string(rows[i].kernels.front().operation))});
}

SuiteResult predict(const Layers& layers, const RknnLayers& file, const std::string& name) {
  const std::vector<Measurement> rows = layers.measurements(resolution);
  const KernelFit fit(layers.form(), rows, {});
  const double widen = GpuDevices::calibration(rows, leave_groups_out(layers.form(), rows, {}));
  Plain plain;
  for (const Measurement& m : rows) plain.add(m.kernels.front(), m.latency_s);
  plain.fit();
  std::vector<Case> cases;
  std::map<std::string, bool> quantities;
  for (const RknnLayer& layer : file.layers) {
    const UnitTraits unit = layers.traits(layer.work.precision);
    KernelWork work = layer.work;
    work.kind = layers.form().kind_of(work, unit);
    const KernelEstimate e = fit.kernel(work, unit);
    Case c{"layers",
           layer.latency_s,
           e.latency_s,
           widen * std::hypot(e.relative_sd, layers.form().settings().noise),
           plain.predict(work),
           std::string(to_string(work.operation))};
    cases.push_back(c);
    c.quantity = "layers." + layer.network;
    quantities[c.quantity] = true;
    cases.push_back(std::move(c));
  }
  if (cases.empty()) throw InputError(name + ": no layer on the NPU with a time");
  SuiteResult suite;
  suite.results.push_back(scored("layers", cases));
  suite.results.back().dropped = file.dropped;
  for (const auto& [quantity, seen] : quantities) suite.results.push_back(scored(quantity, cases));
  if (file.dropped > 0)
    suite.notes.push_back(
        fmt::format("{} rows left out: on the CPU, or without a time", file.dropped));
  return suite;
}

}  // namespace

SuiteResult validate_npu_layers(const Catalog& catalog, const ValidateOptions& options) {
  const Layers layers(catalog);
  SuiteResult suite;
  if (options.data) {
    suite = predict(layers, read_rknn_layers(*options.data), options.data->string());
  } else {
    std::vector<Case> cases;
    cross_validate("layers.unseen-resolution", layers, layers.measurements(resolution), cases);
    cross_validate("layers.unseen-operation", layers, layers.measurements(operation), cases);
    for (const char* quantity : {"layers.unseen-resolution", "layers.unseen-operation"})
      suite.results.push_back(scored(quantity, cases));
  }
  suite.suite = "npu-layers";
  suite.notes.push_back(
      "one network was published: its resolutions or operations stand for unseen "
      "networks; each layer's time includes the log's own synchronisation");
  return suite;
}

}  // namespace partita
