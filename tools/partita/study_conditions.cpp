// A condition laid over a prepared device.
#include <fmt/format.h>

#include <algorithm>

#include "partitioners/belief.h"
#include "partitioners/regions.h"
#include "tools/partita/study.h"

namespace partita {
namespace {

/// The device under a condition: what accelerators do not run, hand-overs that take no time.
class Limited : public BeliefModel {
 public:
  Limited(const CostModel& truth, const Condition& condition)
      : BeliefModel(truth), condition_(condition) {}
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    if (lacks(graph, op, mode)) return std::nullopt;
    return BeliefModel::operator_cost(graph, op, slice, mode, precision);
  }
  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override {
    if (lacks(graph, op, mode)) return std::nullopt;
    return BeliefModel::fused_with(graph, op, mode);
  }
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    if (lacks(graph, op, mode)) return std::nullopt;
    return BeliefModel::unfused_cost(graph, op, slice, mode, precision);
  }
  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override {
    return freed(BeliefModel::recast(elements, mode, from, to));
  }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    auto steps = BeliefModel::transfer(graph, tensor, bytes, consumer, from, to);
    for (TransferStep& step : steps) step = freed(step);
    return steps;
  }
  std::optional<TransferStep> arrival(const Graph& graph, OpId op,
                                      const Mode& mode) const override {
    if (condition_.free_hand_overs) return std::nullopt;
    return BeliefModel::arrival(graph, op, mode);
  }

 private:
  bool lacks(const Graph& graph, OpId op, const Mode& mode) const {
    const auto& kinds = condition_.unsupported;
    return is_accelerator(soc().unit(mode.unit)) &&
           std::find(kinds.begin(), kinds.end(), to_string(graph.op(op).kind)) != kinds.end();
  }
  TransferStep freed(TransferStep step) const {
    if (condition_.free_hand_overs) step.latency_s = step.bytes = step.power_w = 0;
    return step;
  }
  const Condition& condition_;
};

/// The highest clock of each such unit that is within the cap, as --opp takes it.
std::vector<std::string> clocks_of(const Soc& soc, const Condition& condition) {
  std::vector<std::string> clocks = condition.clocks;
  for (const Unit& unit : soc.units) {
    const auto cap = condition.caps.find(std::string(to_string(unit.kind)));
    const Domain& domain = soc.domains[index(unit.domain)];
    if (cap == condition.caps.end() || !(domain.opps.back().frequency_hz > 0)) continue;
    const double most = cap->second * domain.opps.back().frequency_hz * (1 + 1e-9);
    double hz = domain.opps.front().frequency_hz;
    for (const Opp& opp : domain.opps)
      if (opp.frequency_hz <= most) hz = opp.frequency_hz;
    clocks.push_back(fmt::format("{}={:.9g}MHz", domain.name, hz * 1e-6));
  }
  return clocks;
}

void take_offline(Prepared& prepared, const std::vector<std::string>& offline) {
  std::erase_if(prepared.modes, [&](const Mode& mode) {
    const Unit& unit = prepared.soc.unit(mode.unit);
    return std::find(offline.begin(), offline.end(), unit.name) != offline.end() ||
           std::find(offline.begin(), offline.end(), to_string(unit.kind)) != offline.end();
  });
}

}  // namespace

void lay_over(Prepared& prepared, const CostModel& truth, const Condition& condition) {
  prepared.model = std::make_unique<Limited>(truth, condition);
  set_clocks(prepared, clocks_of(prepared.soc, condition));
  take_offline(prepared, condition.offline);
  prepared.options = condition.options;
}

}  // namespace partita
