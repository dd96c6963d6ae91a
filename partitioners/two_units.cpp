#include "partitioners/two_units.h"

#include <fmt/format.h>

#include <algorithm>

namespace partita {

double TwoUnits::Parts::largest() const {
  return std::max({first, sent, second});
}

TwoUnits::Parts TwoUnits::parts(const std::vector<bool>& is_second) const {
  Parts parts;
  for (std::size_t p = 0; p < on_first.size(); ++p)
    (is_second[p] ? parts.second : parts.first) += is_second[p] ? on_second[p] : on_first[p];
  for (const Sent& tensor : sent)
    if (!is_second[tensor.maker] &&
        std::any_of(tensor.readers.begin(), tensor.readers.end(),
                    [&](std::size_t reader) { return is_second[reader]; }))
      parts.sent += tensor.value;
  return parts;
}

namespace {

double sending(const SearchSpace& space, Objective objective, const Tensor& tensor, TensorId id,
               std::size_t first, std::size_t second) {
  const CostModel& model = space.costs().model();
  double value = 0;
  try {
    for (const HandOverStep& step :
         hand_over_steps(model, space.costs().graph(), id,
                         static_cast<double>(elements(tensor.shape)), tensor.consumers.front(),
                         space.costs().modes()[first], space.unit(first).default_precision,
                         space.costs().modes()[second], space.unit(second).default_precision))
      value += objective == Objective::energy
                   ? step.latency_s * (step.power_w + space.base_power_w()) +
                         step.bytes * model.soc().memory.energy_per_byte_j
                   : step.latency_s;
  } catch (const UnsupportedError&) {
    return kInfinity;
  }
  return value;
}

}  // namespace

TwoUnits two_units(const SearchSpace& space, Objective objective, std::size_t first,
                   std::size_t second) {
  TwoUnits pair;
  pair.first = first;
  pair.second = second;
  const Graph& graph = space.costs().graph();
  std::vector<std::size_t> position(graph.size(), space.size());
  for (std::size_t p = 0; p < space.size(); ++p) {
    position[index(space.op(p))] = p;
    const auto value = [&](std::size_t m) {
      if (!space.supported(p, m)) return kInfinity;
      return objective == Objective::energy ? space.energy_j(p, m) : space.latency_s(p, m);
    };
    pair.on_first.push_back(value(first));
    pair.on_second.push_back(value(second));
  }
  for (std::size_t t = 0; t < graph.tensors().size(); ++t) {
    const Tensor& tensor = graph.tensors()[t];
    const std::size_t maker = position[index(tensor.producer)];
    if (maker == space.size() || tensor.consumers.empty()) continue;
    auto& sent = pair.sent.emplace_back();
    sent.maker = maker;
    for (OpId reader : tensor.consumers) sent.readers.push_back(position[index(reader)]);
    sent.value = sending(space, objective, tensor, make_id<TensorId>(t), first, second);
  }
  return pair;
}

std::vector<std::pair<std::size_t, std::size_t>> unit_pairs(const SearchSpace& space,
                                                            const PartitionProblem& problem,
                                                            const char* name) {
  const auto wanted = [&](const char* option, std::size_t mode) {
    const double unit = problem.options.find(option)->second;
    return unit < 0 || index(space.costs().modes()[mode].unit) == static_cast<std::size_t>(unit);
  };
  const auto unit_of = [&](std::size_t mode) { return space.costs().modes()[mode].unit; };
  const auto modes = space.steady_modes();
  std::vector<std::pair<std::size_t, std::size_t>> pairs, alone;
  for (std::size_t a : modes)
    for (std::size_t b : modes) {
      if (!wanted("first", a) || !wanted("second", b)) continue;
      (unit_of(a) == unit_of(b) ? alone : pairs).emplace_back(a, b);
    }
  if (pairs.empty()) pairs = std::move(alone);
  if (pairs.empty())
    throw InputError(
        fmt::format("partitioner {}: options first and second name units that are not given; units "
                    "count from 0 to {}",
                    name, space.costs().model().soc().units.size() - 1));
  return pairs;
}

std::vector<OptionInfo> pair_options() {
  return {
      {"first", "", "unit of the first part, counted from 0 in the SoC; -1: try all", -1, 63, -1},
      {"second", "", "unit of the second part, counted from 0 in the SoC; -1: try all", -1, 63,
       -1}};
}

Plan cut_plan(const SearchSpace& space, const TwoUnits& pair, const std::vector<bool>& is_second) {
  std::vector<std::size_t> mode_of(space.size());
  for (std::size_t p = 0; p < space.size(); ++p)
    mode_of[p] = is_second[p] ? pair.second : pair.first;
  return space.plan(mode_of);
}

}  // namespace partita
