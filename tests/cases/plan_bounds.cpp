// Is no plan, whole or cut, below the bound of its space?
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "sim/plan/evaluate.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

/// RandomCosts whose slices cost what they compute, halo included, in whole tiles of work.
class SlicedCosts : public RandomCosts {
 public:
  SlicedCosts(const Soc& soc, std::uint64_t seed, const CostOptions& options, double fixed,
              bool tiles, bool free_hand_overs = false)
      : RandomCosts(soc, seed, options), fixed_(fixed), tiles_(tiles), free_(free_hand_overs) {}

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    auto cost = RandomCosts::operator_cost(graph, op, {}, mode, precision);
    if (!cost) return cost;
    double share = work_of(graph, op, slice).output_elements / work_of(graph, op).output_elements;
    if (tiles_) share = std::ceil(share * 8) / 8;
    cost->latency_s *= fixed_ + (1 - fixed_) * share;
    cost->bytes *= share;
    return cost;
  }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes, OpId reader,
                                     const Mode& from, const Mode& to) const override {
    if (free_) return {};
    return RandomCosts::transfer(graph, tensor, bytes, reader, from, to);
  }

 private:
  double fixed_;
  bool tiles_, free_;
};

void add_conv(GraphBuilder& builder, const std::string& name, const std::string& input, int kernel,
              int stride, int channels) {
  GraphBuilder::Pending conv;
  conv.op.name = name;
  conv.op.kind = OpKind::conv;
  conv.op.window.kernel_h = conv.op.window.kernel_w = kernel;
  conv.op.window.stride_h = conv.op.window.stride_w = stride;
  conv.op.window.pad_top = conv.op.window.pad_left = kernel / 2;
  conv.op.window.pad_bottom = conv.op.window.pad_right = kernel / 2;
  conv.out_channels = channels;
  conv.input_names = {input};
  conv.output_names = {name};
  builder.add(std::move(conv));
}

/// Convolutions of several strides with activations, branches joined by concatenation and by
/// addition.
Graph make_network(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  GraphBuilder builder("network");
  add_input(builder, "input");
  std::string at = "input";
  const int blocks = 1 + static_cast<int>(random() % 3);
  for (int b = 0; b < blocks; ++b) {
    const std::string name = "b" + std::to_string(b);
    const int kernel = random() % 2 ? 3 : 1, stride = random() % 3 == 0 ? 2 : 1;
    add_conv(builder, name + "a", at, kernel, stride, 8);
    add_operator(builder, name + "r", {name + "a"});
    at = name + "r";
    if (random() % 2 == 0) continue;
    add_conv(builder, name + "c", at, 3, 1, 8);
    add_conv(builder, name + "d", at, 1, 1, 8);
    if (random() % 2) {
      add_operator(builder, name + "j", {name + "c", name + "d"});
    } else {
      GraphBuilder::Pending join;
      join.op.name = name + "j";
      join.op.kind = OpKind::concat;
      join.op.axis = 1;
      join.input_names = {name + "c", name + "d"};
      join.output_names = {name + "j"};
      builder.add(std::move(join));
    }
    at = name + "j";
  }
  return builder.build();
}

/// Whole, or one share on each of several units.
std::vector<Share> random_shares(const CostModel& model, const Graph& graph, OpId op,
                                 const std::vector<Mode>& modes, bool other_precisions,
                                 std::mt19937_64& random) {
  const Soc& soc = model.soc();
  const auto precision = [&](const Mode& mode) {
    return other_precisions ? static_cast<Precision>(random() % 3)
                            : soc.unit(mode.unit).default_precision;
  };
  const auto axes = cut_axes(graph, op);
  std::vector<Mode> able;
  for (const Mode& mode : modes)
    if (model.operator_cost(graph, op, {}, mode, soc.unit(mode.unit).default_precision))
      able.push_back(mode);
  std::shuffle(able.begin(), able.end(), random);
  const Axis axis = axes.empty() ? Axis::none : axes[random() % axes.size()];
  const auto extent = axis == Axis::none ? 1 : cut_extent(graph, op, axis);
  const auto shares = std::min<std::int64_t>({1 + static_cast<std::int64_t>(random() % 3), extent,
                                              static_cast<std::int64_t>(able.size())});
  if (shares < 2) return {{able[0], {}, precision(able[0])}};
  std::vector<std::int64_t> ends{extent};
  while (static_cast<std::int64_t>(ends.size()) < shares) {
    const auto end =
        1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(extent - 1));
    if (std::find(ends.begin(), ends.end(), end) == ends.end()) ends.push_back(end);
  }
  std::sort(ends.begin(), ends.end());
  std::vector<Share> out;
  for (std::size_t s = 0; s < ends.size(); ++s)
    out.push_back({able[s], {axis, s ? ends[s - 1] : 0, ends[s]}, precision(able[s])});
  if (axis == Axis::height)
    for (Share& share : out)
      share.halo = {
          std::min<std::int64_t>(share.slice.begin, static_cast<std::int64_t>(random() % 3)),
          std::min<std::int64_t>(extent - share.slice.end,
                                 static_cast<std::int64_t>(random() % 3))};
  return out;
}

}  // namespace

TEST_CASE("no random plan, cut or whole, is below its bound") {
  std::mt19937_64 random(77);
  double closest = 1e9;
  for (int i = 0; i < 600; ++i) {
    const Soc soc = make_soc({2 + i % 2, i % 6 == 5 ? 2 : 1, i % 7 == 6});
    CostOptions options;
    options.unsupported = i % 5 == 4 ? 0.3 : 0;
    options.transfer_s = i % 3 ? 2e-5 : 0;
    options.parks = i % 12 == 11;
    const SlicedCosts costs(soc, random(), options, i % 4 ? 0 : 0.1, i % 4 == 2, i % 3 == 0);
    const Graph graph = make_network(random());
    const auto modes = every_mode(soc);
    const CostTable table(costs, graph, modes);
    const bool mixed = i % 10 == 9;
    const Bounds bounds = lower_bounds(table, {.split = true, .any_precision = mixed});
    const Bounds whole = lower_bounds(table, {.split = false});
    if (!mixed) CHECK(bounds.critical_path_s <= whole.critical_path_s * (1 + 1e-9));
    CAPTURE(i);
    for (int k = 0; k < 4; ++k) {
      Plan plan;
      plan.shares.resize(graph.size());
      for (OpId op : table.placed())
        plan.shares[index(op)] = random_shares(costs, graph, op, modes, mixed, random);
      REQUIRE(check_plan(costs, graph, plan) == std::vector<std::string>{});
      for (const auto objective :
           {Objective::latency, Objective::energy, Objective::edp, Objective::throughput}) {
        if (objective == Objective::throughput && k > 0) continue;
        const double value = plan_value(costs, graph, plan, objective);
        CAPTURE(k, to_string(objective));
        REQUIRE(value >= bounds.value(objective) * (1 - 1e-8));
        if (objective == Objective::latency)
          closest = std::min(closest, value / bounds.value(objective));
      }
    }
  }
  CHECK(closest < 1.2);  // The bound is not empty.
}

TEST_CASE("one operator cut in proportion to its units' speeds meets its bound") {
  // Without fixed costs and hand-overs an operator of a seconds on one unit and b on another takes
  // a b / (a + b) on both.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Soc soc = make_soc({2, 1});
    CostOptions options;
    options.unsupported = 0;
    const SlicedCosts costs(soc, seed, options, 0, false, true);
    GraphBuilder builder("one");
    add_input(builder, "input");
    add_operator(builder, "op0", {"input"});
    const Graph graph = builder.build();
    const CostTable table(costs, graph, every_mode(soc));
    const OpId op = table.placed()[0];
    const auto at = [&](std::size_t m) {
      return table.latency_s(op, m) - table.input_latency_s(op, m);
    };
    const double ideal_s = at(0) * at(1) / (at(0) + at(1));
    const double load_s = std::min(table.input_latency_s(op, 0), table.input_latency_s(op, 1));
    CHECK(lower_bounds(table).critical_path_s == Approx(ideal_s + load_s).epsilon(1e-6));
    CHECK(lower_bounds(table, {.split = false}).critical_path_s ==
          Approx(std::min(table.latency_s(op, 0), table.latency_s(op, 1))).epsilon(1e-6));
  }
}

TEST_CASE("the best of all plans cut in eighths is above the bound, and often near it") {
  int near = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Soc soc = make_soc({2, 1});
    CostOptions options;
    options.unsupported = 0;
    const SlicedCosts costs(soc, seed, options, 0, false, true);
    GraphBuilder builder("two");
    add_input(builder, "input");
    add_conv(builder, "op0", "input", 3, 1, 8);
    add_conv(builder, "op1", "op0", 3, 1, 8);
    const Graph graph = builder.build();
    const auto modes = every_mode(soc);
    const CostTable table(costs, graph, modes);
    std::vector<std::vector<Share>> ways;
    const OpId first = table.placed()[0], second = table.placed()[1];
    for (const Mode& a : modes) {
      ways.push_back({{a, {}, Precision::fp32}});
      for (const Mode& b : modes)
        for (Axis axis : {Axis::channel, Axis::height})
          for (std::int64_t k = 1; k < 8 && !(a == b); ++k) {
            const std::int64_t extent = cut_extent(graph, first, axis), cut = extent * k / 8;
            ways.push_back(
                {{a, {axis, 0, cut}, Precision::fp32}, {b, {axis, cut, extent}, Precision::fp32}});
          }
    }
    double best = 1e9;
    for (const auto& x : ways)
      for (const auto& y : ways) {
        Plan plan;
        plan.shares.resize(graph.size());
        plan.shares[index(first)] = x;
        plan.shares[index(second)] = y;
        best = std::min(best, plan_value(costs, graph, plan, Objective::latency));
      }
    const double bound = lower_bounds(table).latency_s();
    CAPTURE(seed);
    REQUIRE(best >= bound * (1 - 1e-8));
    near += best < bound * 1.15;
  }
  CHECK(near > 15);
}

TEST_CASE("a path ends where a slice may wait for less than its part") {
  // Output rows 0 to 7 of a 1 x 1 convolution with stride 2 read rows 0, 2, ... 14: cut in half,
  // the first half waits for rows 0 to 6 of 16, not for half of them.
  GraphBuilder builder("strided");
  add_input(builder, "input");
  add_conv(builder, "a", "input", 3, 1, 8);
  add_conv(builder, "b", "a", 1, 2, 8);
  add_conv(builder, "c", "a", 3, 2, 8);
  add_conv(builder, "d", "c", 1, 1, 8);
  add_operator(builder, "e", {"b", "d"});
  const Graph graph = builder.build();
  const auto op = [&](const std::string& name) {
    for (std::size_t o = 0; o < graph.size(); ++o)
      if (graph.operators()[o].name == name) return make_id<OpId>(o);
    throw std::logic_error(name);
  };
  const auto out = [&](const std::string& name) { return graph.op(op(name)).outputs[0]; };
  CHECK_FALSE(keeps_position(graph, out("a"), op("b")));
  CHECK(keeps_position(graph, out("a"), op("c")));
  CHECK(keeps_position(graph, out("c"), op("d")));
  CHECK(keeps_position(graph, out("b"), op("e")));
  // A convolution needs every channel, an addition its own.
  CHECK(keeps_position(graph, out("c"), op("d"), Axis::channel));
  CHECK_FALSE(keeps_position(graph, out("b"), op("e"), Axis::channel));
}
