// HeteroLLM (HeteroInfer, SOSP 2025): the matrix products of a language model divided between GPU
// and NPU by output channels (weight-centric), by rows of the sequence (activation-centric) or not
// at all, whichever its profile says is fastest with the waiting counted. Only the abstract of the
// paper was at hand: the grid and the handling of other operators are ours.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "partitioners/search.h"
#include "sim/base/error.h"

namespace partita {
namespace {

constexpr int kSteps = 10;  ///< Of the NPU's share.

bool is_product(OpKind kind) {
  return kind == OpKind::fully_connected || kind == OpKind::matmul || kind == OpKind::conv;
}

/// The NPU has the first part, the GPU the rest.
struct Choice {
  Axis axis = Axis::none;
  std::int64_t npu_part = 0;
  std::size_t mode = 0;  ///< axis none: where.
  double time_s = kInfinity;
};

class HeteroLlm {
 public:
  HeteroLlm(const CostTable& costs, std::int64_t rows, std::int64_t channels)
      : space_(costs), rows_(rows), channels_(channels) {
    const auto gpu = fastest(UnitKind::gpu), npu = fastest(UnitKind::npu);
    if (!gpu || !npu)
      throw UnsupportedError(costs.model().soc().name + ": hetero-llm needs a GPU and an NPU");
    gpu_ = *gpu;
    npu_ = *npu;
    const auto products = std::count_if(costs.placed().begin(), costs.placed().end(), [&](OpId op) {
      const OpKind kind = graph().op(op).kind;
      return kind == OpKind::fully_connected || kind == OpKind::matmul;
    });
    if (products == 0)
      throw UnsupportedError(graph().name() +
                             ": hetero-llm needs a network with matrix products (transformers)");
  }

  /// The best of: everything at home on either unit, and divided from either home.
  Plan solve(const PartitionProblem& problem) {
    std::optional<Plan> best;
    double least = kInfinity;
    for (const std::size_t home : {gpu_, npu_})
      for (const bool divide : {false, true}) {
        Plan plan = make_plan(home, divide);
        const double value = plan_value(problem.belief, problem.graph, plan, problem.objective);
        if (best && value >= least) continue;
        least = value;
        best = std::move(plan);
      }
    return *best;
  }

 private:
  const CostModel& model() const { return space_.costs().model(); }
  const Graph& graph() const { return space_.costs().graph(); }
  const Mode& mode(std::size_t m) const { return space_.costs().modes()[m]; }
  Precision precision(std::size_t m) const { return space_.unit(m).default_precision; }

  /// At its highest clocks offered, the unit of this kind that runs most operators.
  std::optional<std::size_t> fastest(UnitKind kind) const {
    std::optional<std::size_t> best;
    std::pair<std::size_t, double> score{0, 0};
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      const UnitKind own = space_.unit(m).kind;
      if (own != kind && !(kind == UnitKind::npu && own == UnitKind::dsp)) continue;
      std::pair<std::size_t, double> now{0, 0};
      for (std::size_t p = 0; p < space_.size(); ++p)
        if (space_.supported(p, m)) {
          ++now.first;
          now.second -= space_.latency_s(p, m);
        }
      if (now.first == 0 || (best && now <= score)) continue;
      best = m;
      score = now;
    }
    return best;
  }

  std::size_t anywhere(std::size_t position, std::size_t home) const {
    if (space_.supported(position, home)) return home;
    std::size_t best = home;
    double least = kInfinity;
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (space_.supported(position, m) && space_.latency_s(position, m) < least) {
        least = space_.latency_s(position, m);
        best = m;
      }
    return best;
  }

  double handing_s(TensorId tensor, double bytes, OpId reader, std::size_t from,
                   std::size_t to) const {
    double total_s = 0;
    for (const TransferStep& step :
         model().transfer(graph(), tensor, bytes, reader, mode(from), mode(to)))
      if (step.kind != LinkTermKind::cast || precision(from) != precision(to))
        total_s += step.latency_s;
    return total_s;
  }

  /// A part away from home: what it reads comes, what it makes goes back.
  double sharing_s(OpId id, const Slice& slice, std::size_t home, std::size_t away) const {
    const Operator& op = graph().op(id);
    double total_s = 0;
    for (const TensorId tensor : op.inputs) {
      if (!is_placed(graph().op(graph().tensor(tensor).producer))) continue;
      total_s += handing_s(
          tensor,
          input_elements_needed(graph(), id, tensor, slice) * element_bytes(precision(home)), id,
          home, away);
    }
    const double made =
        work_of(graph(), id, slice).output_elements * element_bytes(precision(away));
    return total_s + handing_s(op.outputs[0], made, id, away, home);
  }

  std::optional<double> cost_s(OpId op, const Slice& slice, std::size_t m) const {
    const auto cost = model().operator_cost(graph(), op, slice, mode(m), precision(m));
    if (!cost) return std::nullopt;
    return cost->latency_s;
  }

  Choice whole(std::size_t position, std::size_t m, std::size_t home) const {
    Choice choice{Axis::none, 0, m, kInfinity};
    if (!space_.supported(position, m)) return choice;
    choice.time_s = space_.latency_s(position, m);
    if (m != home) choice.time_s += sharing_s(space_.op(position), {}, home, m);
    return choice;
  }

  /// NPU graphs are static: its part comes in whole granules of rows or channels.
  Choice divided(std::size_t position, Axis axis, int share, std::size_t home) const {
    const OpId op = space_.op(position);
    const std::int64_t extent = cut_extent(graph(), op, axis);
    const std::int64_t granule = axis == Axis::channel ? channels_ : rows_;
    const std::int64_t part = (extent * share / kSteps + granule / 2) / granule * granule;
    Choice choice{axis, part, home, kInfinity};
    if (part <= 0 || part >= extent) return choice;
    const Slice first{axis, 0, part}, rest{axis, part, extent};
    const auto npu_s = cost_s(op, first, npu_), gpu_s = cost_s(op, rest, gpu_);
    if (!npu_s || !gpu_s) return choice;
    const std::size_t away = home == npu_ ? gpu_ : npu_;
    choice.time_s =
        std::max(*npu_s, *gpu_s) + sharing_s(op, home == npu_ ? rest : first, home, away);
    return choice;
  }

  Choice choose(std::size_t position, std::size_t home) const {
    Choice best = whole(position, home, home);
    if (!is_product(graph().op(space_.op(position)).kind)) return best;
    const auto consider = [&](const Choice& choice) {
      if (choice.time_s < best.time_s) best = choice;
    };
    consider(whole(position, home == npu_ ? gpu_ : npu_, home));
    if (space_.supported(position, gpu_) && space_.supported(position, npu_))
      for (const Axis axis : cut_axes(graph(), space_.op(position)))
        for (int share = 1; share < kSteps; ++share) consider(divided(position, axis, share, home));
    return best;
  }

  Plan make_plan(std::size_t home, bool divide) const {
    std::vector<std::size_t> mode_of;
    std::vector<Choice> choices;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      Choice choice = divide ? choose(p, home) : whole(p, home, home);
      if (choice.time_s == kInfinity) choice = {Axis::none, 0, anywhere(p, home), 0};
      mode_of.push_back(choice.mode);
      choices.push_back(choice);
    }
    Plan plan = space_.plan(mode_of);
    plan.home.resize(graph().size());
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (choices[p].axis == Axis::none) continue;
      const OpId op = space_.op(p);
      const Axis axis = choices[p].axis;
      const std::int64_t part = choices[p].npu_part;
      plan.shares[index(op)] = {
          {mode(npu_), {axis, 0, part}, precision(npu_)},
          {mode(gpu_), {axis, part, cut_extent(graph(), op, axis)}, precision(gpu_)}};
      plan.home[index(op)] = mode(home).unit;
    }
    return plan;
  }

  SearchSpace space_;
  std::int64_t rows_, channels_;
  std::size_t gpu_ = 0, npu_ = 0;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  PartitionResult result;
  result.plan = HeteroLlm(costs, std::lround(problem.options.at("npu_rows")),
                          std::lround(problem.options.at("npu_channels")))
                    .solve(problem);
  return result;
}

}  // namespace

PartitionerInfo make_hetero_llm() {
  return {"hetero-llm",
          "matrix products of transformers divided between GPU and NPU by channels or by rows; "
          "the rest on one of them",
          {Objective::latency},
          {{"npu_rows", "rows", "the NPU's static graphs take rows in multiples of", 1, 4096, 32},
           {"npu_channels", "channels", "and channels", 1, 4096, 32}},
          run,
          "truth",
          Effort::heuristic,
          "HeteroLLM (HeteroInfer), SOSP 2025, abstract"};
}

}  // namespace partita
