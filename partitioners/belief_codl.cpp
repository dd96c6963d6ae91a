// What CoDL's planner believes (MobiSys 2022, section 4 and its code): latencies by regression on
// the steps of MACE's kernels, transforms and maps by regression on the elements moved, 1 ms for
// every wait of the CPU for the GPU, and nothing for unmapping and the wait after.
#include <algorithm>
#include <optional>

#include "partitioners/regression.h"
#include "sim/cost/mace_kernels.h"

namespace partita {
namespace {

constexpr double kWaitForGpu_s = 1e-3;  ///< CoDL's code: an upper bound of 0.85 ms measured.

/// Kernels with a regression of their own; `direct` and after: by kernel size and stride.
enum Kernel : std::size_t { other, pool, depthwise, connected, gemm, winograd, direct };
constexpr std::size_t kKernels = direct + 10;

std::size_t direct_class(const KernelWork& w) {
  const double side = std::max(w.kernel_h, w.kernel_w);
  const std::size_t size = side <= 1 ? 0 : side <= 3 ? 1 : side <= 5 ? 2 : side <= 7 ? 3 : 4;
  return direct + 2 * size + (w.stride_h > 1 ? 1 : 0);
}

std::size_t kernel_class(const KernelWork& w, const UnitTraits& unit) {
  if (unit.unit_kind != UnitKind::cpu && unit.unit_kind != UnitKind::gpu) return other;
  if (w.operation == OpKind::pool) return pool;
  if (w.operation == OpKind::depthwise_conv) return depthwise;
  if (w.operation == OpKind::fully_connected) return connected;
  if (w.operation != OpKind::conv) return other;
  if (unit.unit_kind == UnitKind::gpu) return direct_class(w);
  switch (mace::cpu_kernel(w)) {
    case mace::CpuKernel::gemm:
      return gemm;
    case mace::CpuKernel::winograd:
      return winograd;
    case mace::CpuKernel::direct:
      return direct_class(w);
  }
  return other;
}

/// Steps times a time of a step that is linear in the extents.
void stepped(double steps, std::initializer_list<double> extents, std::vector<double>& terms) {
  terms = {1, steps};
  for (double extent : extents) terms.push_back(steps * extent);
}

void kernel_terms(std::size_t kernel, const KernelWork& w, const UnitTraits& unit,
                  std::vector<double>& terms) {
  if (kernel == gemm) {
    const mace::GemmSteps s = mace::gemm_steps(w, unit.threads);
    terms = {1, s.left, s.right, s.products};
  } else if (kernel == winograd) {
    const mace::WinogradSteps s = mace::winograd_steps(w, unit.threads);
    const double read = (s.tile + 2.0) * (s.tile + 2.0);
    terms = {1, s.padded, s.input * read, s.products, s.output * read, s.cropped};
  } else if (kernel >= direct && unit.unit_kind == UnitKind::gpu) {
    const mace::GpuSteps s = mace::gpu_steps(w, mace::gpu_shape(unit.core, unit.compute_units));
    stepped(s.waves * s.in_blocks, {w.out_height, s.width_blocks, s.in_blocks, s.out_blocks},
            terms);
  } else if (kernel >= direct) {
    const double steps = mace::direct_steps(w, unit.threads) * w.macs / w.out_channels;
    stepped(steps, {w.in_height, w.in_width, w.in_channels, w.out_channels}, terms);
  } else if (kernel == connected) {
    terms = {1, w.weight_elements, mace::busiest(w.out_channels, unit.threads) * w.in_channels};
  } else {
    terms = {1, w.macs + w.simple_ops, w.input_elements + w.output_elements + w.weight_elements};
  }
}

class CodlBelief final : public RegressionBelief {
 public:
  CodlBelief(const CostModel& truth, const Graph& graph)
      : RegressionBelief(truth, graph, {kKernels, kernel_class, kernel_terms}), graph_(graph) {}

  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit || &graph != &graph_)
      return truth().transfer(graph, tensor, bytes, consumer, from, to);
    const std::uint64_t key = pair_key(from, to);
    auto known = links_.find(key);
    if (known == links_.end()) known = links_.emplace(key, learn(tensor, consumer, from, to)).first;
    std::vector<TransferStep> steps;
    for (const LearntStep& learnt : known->second) {
      steps.push_back(learnt.step);
      steps.back().latency_s = learnt.fixed_s + learnt.per_byte_s * bytes;
      steps.back().bytes = learnt.traffic_per_byte * bytes;
    }
    return steps;
  }

 private:
  struct LearntStep {
    TransferStep step;
    double fixed_s = 0, per_byte_s = 0, traffic_per_byte = 0;
  };
  using Link = std::vector<LearntStep>;

  static std::uint64_t pair_key(const Mode& from, const Mode& to) {
    const auto of = [](const Mode& mode) {
      return (static_cast<std::uint64_t>(index(mode.unit)) << 20) |
             (static_cast<std::uint64_t>(mode.opp) << 10) |
             static_cast<std::uint64_t>(mode.host_opp + 1);
    };
    return of(from) << 32 | of(to);
  }

  /// Regressions on what the first tensor handed over takes at several sizes.
  Link learn(TensorId tensor, OpId consumer, const Mode& from, const Mode& to) const {
    constexpr double kSizes[] = {4096, 65536, 1048576, 16777216};  // Bytes.
    Link link;
    std::vector<std::vector<double>> latency_s, rows;
    for (const double bytes : kSizes) {
      const auto steps = truth().transfer(graph_, tensor, bytes, consumer, from, to);
      rows.push_back({1, bytes});
      latency_s.resize(std::max(latency_s.size(), steps.size()));
      link.resize(latency_s.size());
      for (std::size_t s = 0; s < steps.size(); ++s) {
        latency_s[s].push_back(steps[s].latency_s);
        link[s].step = steps[s];
        link[s].traffic_per_byte = steps[s].bytes / bytes;
      }
    }
    for (std::size_t s = 0; s < link.size(); ++s) {
      const auto positive = std::all_of(latency_s[s].begin(), latency_s[s].end(),
                                        [](double seconds) { return seconds > 0; });
      if (!positive || latency_s[s].size() != rows.size()) continue;  // Believed free.
      const auto coefficients = fit_terms(rows, latency_s[s]);
      link[s].fixed_s = coefficients[0];
      link[s].per_byte_s = coefficients[1];
    }
    assume_waits(from, to, link);
    return link;
  }

  void assume_waits(const Mode& from, const Mode& to, Link& link) const {
    const UnitKind source = soc().unit(from.unit).kind, sink = soc().unit(to.unit).kind;
    const auto constant = [&](LearntStep& learnt, double seconds) {
      learnt.fixed_s = seconds;
      learnt.per_byte_s = 0;
    };
    if (source == UnitKind::cpu && sink == UnitKind::gpu)
      for (LearntStep& learnt : link)
        if (learnt.step.kind == LinkTermKind::sync || learnt.step.kind == LinkTermKind::unmap)
          constant(learnt, 0);
    if (source != UnitKind::gpu || sink != UnitKind::cpu) return;
    bool waits = false;
    for (LearntStep& learnt : link)
      if (learnt.step.kind == LinkTermKind::sync) {
        constant(learnt, waits ? 0 : kWaitForGpu_s);
        waits = true;
      }
    if (waits) return;
    LearntStep wait;
    wait.step = {LinkTermKind::sync, to.unit};
    wait.fixed_s = kWaitForGpu_s;
    link.push_back(wait);
  }

  const Graph& graph_;
  mutable std::map<std::uint64_t, Link> links_;  ///< By pair of modes; learnt when first asked.
};

}  // namespace

BeliefInfo belief_codl() {
  return {"codl",
          "regressions on the steps of kernels, on elements handed over, and 1 ms a wait (CoDL)",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<CodlBelief>(r.truth, r.graph);
          }};
}

}  // namespace partita
