#include "partitioners/belief.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/base/error.h"

namespace partita {

namespace {

/// Hand-overs take no time. A missing link stays missing.
class NoTransfers : public BeliefModel {
 public:
  using BeliefModel::BeliefModel;
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    auto steps = truth().transfer(graph, tensor, bytes, consumer, from, to);
    for (TransferStep& step : steps) step.latency_s = step.bytes = step.power_w = 0;
    return steps;
  }
  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override {
    TransferStep step = truth().recast(elements, mode, from, to);
    step.latency_s = step.bytes = step.power_w = 0;
    return step;
  }
  std::optional<TransferStep> arrival(const Graph&, OpId, const Mode&) const override {
    return std::nullopt;
  }
};

double read_parameter(const BeliefInfo& info, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= info.least) ||
      !(value <= info.most))
    throw InputError(fmt::format("belief {}: \"{}\" is not a number from {} to {} ({})", info.name,
                                 text, info.least, info.most, info.parameter));
  return value;
}

}  // namespace

BeliefInfo belief_truth() {
  return {"truth", "the costs the simulator runs on", "", 0, 0, 0, [](const BeliefRequest& r) {
            return std::make_unique<BeliefModel>(r.truth);
          }};
}

BeliefInfo belief_no_transfers() {
  return {"no-transfers",
          "true operator costs, hand-overs believed free",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) { return std::make_unique<NoTransfers>(r.truth); }};
}

std::span<const BeliefInfo> beliefs() {
  static const std::vector<BeliefInfo> table{
      belief_truth(), belief_no_transfers(), belief_ratios(), belief_flops(),    belief_layers(),
      belief_codl(),  belief_noisy(),        belief_stale(),  belief_roofline(),
  };
  return table;
}

std::unique_ptr<CostModel> make_belief(std::string_view spec, const CostModel& truth,
                                       const Graph& graph, std::uint64_t seed) {
  const auto colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  std::vector<std::string> known;
  for (const BeliefInfo& info : beliefs()) {
    known.push_back(info.name);
    if (info.name != name) continue;
    BeliefRequest request{truth, graph, info.preset, seed};
    if (colon != std::string_view::npos) {
      if (info.parameter.empty())
        throw InputError(fmt::format("belief {}: it takes no value", info.name));
      request.parameter = read_parameter(info, spec.substr(colon + 1));
    }
    return info.make(request);
  }
  throw_unknown("belief", "belief", std::string(name), known);
}

}  // namespace partita
