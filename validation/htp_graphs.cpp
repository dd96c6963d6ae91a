#include "validation/htp_graphs.h"

#include "models/zoo.h"
#include "sim/cost/form_qnn.h"
#include "sim/cost/runtime.h"

namespace partita {
namespace {

const KernelForm& form_of(HubPrecision precision) {
  return precision == HubPrecision::w8a16 ? qnn_w8a16_form() : *kernel_form("qnn", UnitKind::dsp);
}

std::string session_of(const std::string& runtime) {
  return runtime == "precompiled_qnn_onnx" ? "precompiled" : runtime;
}

/// Activations and scales run in the kernel before them.
std::vector<FusionRule> fusions() {
  const std::vector<OpKind> any{
      OpKind::conv,   OpKind::depthwise_conv,  OpKind::grouped_conv, OpKind::deconv,
      OpKind::matmul, OpKind::fully_connected, OpKind::elementwise,  OpKind::normalization,
      OpKind::pool,   OpKind::concat,          OpKind::reduction};
  return {{any, {OpKind::activation}, {}}, {any, {OpKind::normalization}, {"batch", "scale"}}};
}

std::vector<double> by_term(double KernelTerm::*value) {
  std::vector<double> values;
  for (const KernelKind& kind : form_of(HubPrecision::fp16).kinds())
    for (const KernelTerm& term : kind.terms) values.push_back(term.*value);
  return values;
}

}  // namespace

const HtpGraphs::Drawn* HtpGraphs::find(const std::string& network) {
  auto [at, fresh] = drawn_.try_emplace(network);
  if (fresh)
    if (const ZooNetwork* found = find_network(network)) {
      Graph graph = found->make();
      auto kernels = kernels_of(form_of(HubPrecision::fp16), graph, Precision::fp16, {}, fusions());
      at->second.emplace(Drawn{std::move(graph), std::move(kernels)});
    }
  return at->second ? &*at->second : nullptr;
}

std::vector<double> HtpGraphs::design(const HubRun& run, const HubChipset& chipset) {
  const Drawn& network = *find(run.network);
  const KernelForm& form = form_of(run.precision);
  const UnitTraits unit = chipset.traits(run.precision);
  std::vector<std::size_t> begin;
  std::size_t count = 0;
  for (const KernelKind& kind : form.kinds()) {
    begin.push_back(count);
    count += kind.terms.size();
  }
  std::vector<double> sum(count), seconds;
  const auto add = [&](const KernelWork& work) {
    const auto kind = static_cast<std::size_t>(work.kind);
    seconds.assign(form.kinds()[kind].terms.size(), 0);
    form.terms(work, unit, seconds);
    for (std::size_t j = 0; j < seconds.size(); ++j) sum[begin[kind] + j] += seconds[j];
  };
  for (KernelWork work : network.kernels) {
    work.precision = weights_of(run.precision);
    add(work);
  }
  add(qnn_session(network.graph, session_of(run.runtime), weights_of(run.precision)));
  return sum;
}

std::vector<double> HtpGraphs::prior() {
  return by_term(&KernelTerm::prior);
}

std::vector<double> HtpGraphs::prior_sd() {
  return by_term(&KernelTerm::prior_sd);
}

}  // namespace partita
