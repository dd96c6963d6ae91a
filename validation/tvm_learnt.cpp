#include "validation/tvm_learnt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sim/base/error.h"
#include "sim/cost/evidence.h"

namespace partita {
namespace {

TvmDevice device_of(const Soc& soc) {
  TvmDevice d;
  for (const Unit& unit : soc.units) {
    if (unit.kind != UnitKind::gpu) continue;
    d.half_macs_per_s = traits_of(soc, unit, Precision::fp16).macs_per_s;
    d.single_macs_per_s = traits_of(soc, unit, Precision::fp32).macs_per_s;
    return d;
  }
  throw InputError(fmt::format("{}: has no GPU", soc.name));
}

/// fp16 rows that do not say how they sum: between both.
KernelEstimate predict_row(const TvmGpuFit& fit, const TvmRow& row, std::size_t device) {
  if (row.numbers_known) return fit.predict(row.kernel, device);
  TvmKernel kernel = row.kernel;
  kernel.numbers = TvmNumbers::half;
  const KernelEstimate a = fit.predict(kernel, device);
  kernel.numbers = TvmNumbers::mixed;
  const KernelEstimate b = fit.predict(kernel, device);
  return {std::sqrt(a.latency_s * b.latency_s),
          std::hypot((a.relative_sd + b.relative_sd) / 2, std::log(b.latency_s / a.latency_s) / 2)};
}

std::tuple<std::string, int, bool> key(const TvmRow& row, bool own) {
  return {own ? row.soc : "", row.kernel.family, row.kernel.numbers == TvmNumbers::single};
}
std::array<double, 6> features(const TvmKernel& k) {
  const double out = k.out_pixels() * k.out_channels, window = k.kernel_h * k.kernel_w;
  const double weights =
      k.out_channels * window * (k.family == TvmKernel::depthwise ? 1 : k.in_channels);
  return {1e-5,        k.macs() * 1e-12, k.batch * k.in_channels * k.in_height * k.in_width * 1e-10,
          out * 1e-10, weights * 1e-10,  out * window * 1e-11};
}

std::vector<double> shape_key(const TvmKernel& k) {
  return {static_cast<double>(k.family),
          k.nhwc ? 1.0 : 0.0,
          k.packed ? 1.0 : 0.0,
          k.own_layout ? 1.0 : 0.0,
          k.batch,
          k.in_channels,
          k.in_height,
          k.in_width,
          k.out_channels,
          k.kernel_h,
          k.kernel_w,
          k.stride,
          k.dilation,
          k.out_height,
          k.out_width};
}

}  // namespace

std::optional<std::size_t> TvmDevices::find(const std::string& soc) {
  if (const auto known = at_.find(soc); known != at_.end()) return known->second;
  const auto names = catalog_->socs();
  if (std::find(names.begin(), names.end(), soc) == names.end()) return std::nullopt;
  devices_.push_back(device_of(load_soc(catalog_->soc(soc))));
  return at_[soc] = devices_.size() - 1;
}

TvmPlainMethod::TvmPlainMethod(const std::vector<const TvmRow*>& rows) {
  std::map<Key, TrendProblem> problems;
  for (const TvmRow* row : rows)
    for (const bool own : {true, false}) {
      TrendProblem& p = problems[key(*row, own)];
      p.terms = 6;
      const auto f = features(row->kernel);
      p.design.insert(p.design.end(), f.begin(), f.end());
      p.measured_s.push_back(row->latency_s);
      p.relative_sd.push_back(1);
    }
  for (auto& [k, p] : problems) {
    p.prior.assign(6, 0);
    p.prior_sd.assign(6, std::numeric_limits<double>::infinity());
    p.huber = std::numeric_limits<double>::infinity();
    p.rounds = 1;
    coefficients_[k] = fit_trend(p);
  }
}

std::optional<double> TvmPlainMethod::predict(const TvmRow& row) const {
  for (const bool own : {true, false}) {
    const auto found = coefficients_.find(key(row, own));
    if (found == coefficients_.end()) continue;
    const auto f = features(row.kernel);
    return std::inner_product(f.begin(), f.end(), found->second.begin(), 0.0);
  }
  return std::nullopt;
}

TvmLearnt::TvmLearnt(const Catalog& catalog)
    : devices_(catalog), tables_(read_tvm_traces(catalog)) {
  for (const TvmRow& row : tables_.kernels)
    if (!devices_.find(row.soc))
      throw InputError(fmt::format("traces/{}: socs/ has no such SoC", row.soc));
  label_pairs();
  networks_ = read_tvm_networks(catalog.root() / "validation/adreno-ops/kernels.csv");
}

TvmGpuFit TvmLearnt::fit(const TvmRowTest& use) const {
  std::vector<TvmMeasurement> some;
  for (std::size_t i = 0; i < tables_.kernels.size(); ++i)
    if (use(tables_.kernels[i])) some.push_back(evidence_[i]);
  return TvmGpuFit(devices_.all(), some);
}

TvmPlainMethod TvmLearnt::plain(const TvmRowTest& use) const {
  std::vector<const TvmRow*> some;
  for (const TvmRow& row : tables_.kernels)
    if (use(row)) some.push_back(&row);
  return TvmPlainMethod(some);
}

void TvmLearnt::predict(const TvmGpuFit& fit, const TvmPlainMethod& plain, const TvmRow& row,
                        TvmOutcomes& outcomes) {
  const KernelEstimate e = predict_row(fit, row, *devices_.find(row.soc));
  outcomes.rows.push_back(&row);
  outcomes.predicted.push_back(e.latency_s);
  outcomes.measured.push_back(row.latency_s);
  outcomes.sd.push_back(e.relative_sd);
  outcomes.plain.push_back(plain.predict(row).value_or(e.latency_s));
}

/// To learn from, the faster of two fp16 rows that do not say is taken to sum in fp16.
void TvmLearnt::label_pairs() {
  std::map<std::pair<std::string, std::vector<double>>, std::vector<std::size_t>> open;
  for (std::size_t i = 0; i < tables_.kernels.size(); ++i) {
    const TvmRow& row = tables_.kernels[i];
    evidence_.push_back({row.kernel, *devices_.find(row.soc), row.latency_s});
    if (!row.numbers_known) open[{row.soc, shape_key(row.kernel)}].push_back(i);
  }
  for (const auto& [what, at] : open) {
    std::size_t fastest = at.front();
    for (const std::size_t i : at)
      if (evidence_[i].latency_s < evidence_[fastest].latency_s) fastest = i;
    for (const std::size_t i : at)
      evidence_[i].kernel.numbers = i == fastest ? TvmNumbers::half : TvmNumbers::mixed;
  }
}

std::optional<KernelEstimate> TvmLearnt::sum(const TvmGpuFit& fit, const TvmNetworkRow& row) {
  // The campaign of 2022 took this network at 224 pixels, the later one at 299.
  const bool small = row.blocked && row.network == "resnet50-v2";
  const auto network = networks_.find(small ? "resnet50-v2-224" : row.network);
  const auto device = devices_.find(row.soc);
  if (network == networks_.end() || !device) return std::nullopt;
  double total = 0, variance = 0;
  for (const auto& [shape, count] : network->second) {
    TvmKernel kernel = shape;
    kernel.numbers = row.numbers;
    kernel.packed = row.blocked && !kernel.nhwc;
    KernelEstimate best = fit.predict(kernel, *device);
    if (!row.blocked && tvm_winograd_serves(kernel)) {
      kernel.family = TvmKernel::winograd;
      const KernelEstimate other = fit.predict(kernel, *device);
      if (other.latency_s < best.latency_s) best = other;
    }
    total += count * best.latency_s;
    variance += std::pow(count * best.latency_s * best.relative_sd, 2);
  }
  return KernelEstimate{total, std::sqrt(variance) / total};
}

}  // namespace partita
