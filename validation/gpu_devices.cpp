#include "validation/gpu_devices.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/zoo.h"

namespace partita {

GpuDevices::GpuDevices(const Catalog& catalog)
    : form_(*kernel_form("tflite", UnitKind::gpu)),
      runtime_(load_runtime(catalog.runtime("tflite"))) {
  for (const auto& entry : catalog.profiles()) {
    if (entry.runtime != "tflite" || entry.layers) continue;
    Evidence evidence = load_evidence(entry.folder);
    GpuDevice device{entry.soc, {}, {}, {}};
    for (OperatorRow& row : evidence.operators)
      if (row.unit == "gpu") device.operators.push_back(std::move(row));
    for (NetworkRow& row : evidence.networks)
      if (row.unit == "gpu") device.networks.push_back(std::move(row));
    if (device.operators.empty() && device.networks.empty()) continue;
    const Soc soc = load_soc(catalog.soc(entry.soc));
    const Unit unit = unit_by_spec(soc, "gpu", entry.folder.string());
    device.unit = traits_of(soc, unit, evidence.precision);
    all_.push_back(std::move(device));
  }
}

const GpuDevice* GpuDevices::find(const std::string& soc) const {
  for (const GpuDevice& device : all_)
    if (device.soc == soc) return &device;
  return nullptr;
}

std::size_t GpuDevices::group(const std::string& network) {
  return groups_.emplace(network, groups_.size()).first->second;
}

double GpuDevices::noise(const NetworkRow& row) const {
  return std::hypot(form_.settings().noise, row.sd_s ? *row.sd_s / row.latency_s : 0);
}

double GpuDevices::noise(const OperatorRow& row) const {
  return std::hypot(form_.settings().noise, row.sd_s ? *row.sd_s / row.latency_s : 0);
}

std::vector<Measurement> GpuDevices::operators(const GpuDevice& device) {
  std::vector<Measurement> list;
  for (const OperatorRow& row : device.operators) {
    Measurement m;
    m.kernels = {row.work};
    m.kernels.front().kind = form_.kind_of(row.work, device.unit);
    m.unit = device.unit;
    m.latency_s = row.latency_s;
    m.relative_sd = noise(row);
    m.group = group(row.network);
    list.push_back(std::move(m));
  }
  return list;
}

std::vector<Measurement> GpuDevices::networks(const GpuDevice& device) {
  std::vector<Measurement> list;
  for (const NetworkRow& row : device.networks) {
    Measurement m;
    m.kernels = kernels(row.network, row.macs, device);
    if (m.kernels.empty()) continue;
    m.unit = device.unit;
    m.latency_s = row.latency_s;
    m.relative_sd = noise(row);
    m.group = group(row.network);
    list.push_back(std::move(m));
  }
  return list;
}

std::vector<KernelWork> GpuDevices::kernels(const std::string& network, std::optional<double> macs,
                                            const GpuDevice& device) const {
  std::vector<KernelWork> closest;
  double least = std::numeric_limits<double>::infinity();
  for (const char* size : {"", "_224"}) {
    const ZooNetwork* drawn = find_network(network + size);
    if (drawn == nullptr) continue;
    std::vector<KernelWork> some = kernels_of(form_, drawn->make(), Precision::fp32, device.unit,
                                              runtime_.unit(UnitKind::gpu)->fusions);
    double sum = 1;
    for (const KernelWork& k : some) sum += k.macs;
    const double off = macs ? std::abs(std::log(sum / *macs)) : 0;
    if (off < least) least = off, closest = std::move(some);
  }
  return closest;
}

double GpuDevices::calibration(const std::vector<Measurement>& measured,
                               const std::vector<KernelEstimate>& estimates) {
  constexpr double kNinety = 1.645;  // 95 % point of the normal distribution
  std::vector<double> off;
  for (std::size_t i = 0; i < measured.size(); ++i)
    off.push_back(std::abs(measured[i].latency_s / estimates[i].latency_s - 1) /
                  std::hypot(estimates[i].relative_sd, measured[i].relative_sd));
  const auto at = off.begin() + static_cast<std::ptrdiff_t>(off.size() * 9 / 10);
  std::nth_element(off.begin(), at, off.end());
  return *at / kNinety;
}

Coefficients GpuDevices::expected(const GpuDevice& device) {
  const GpuDevice* best = nullptr;
  const auto distance = [&](const GpuDevice& other) {
    return std::abs(std::log(other.unit.macs_per_s / device.unit.macs_per_s));
  };
  for (const GpuDevice& other : all_)
    if (!other.operators.empty() && (best == nullptr || distance(other) < distance(*best)))
      best = &other;
  if (best == nullptr) return prior_coefficients(form_);
  const auto [at, fresh] = of_operators_.try_emplace(best->soc);
  if (fresh) {
    KernelFit::Options options;
    options.kriging = false;
    at->second = KernelFit(form_, operators(*best), options).coefficients();
    at->second.overhead_s = form_.settings().overhead_s;
  }
  return at->second;
}

}  // namespace partita
