// Are the answers that are kept those of the model, each asked for once?
#include <catch2/catch.hpp>

#include <random>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/cost/cached_costs.h"
#include "sim/cost/profile.h"

using namespace partita;

namespace {

/// The roofline of a SoC, with every question counted.
class Counting : public CostModel {
 public:
  explicit Counting(const Soc& soc, int& asked) : model_(make_roofline_model(soc)), asked_(asked) {}
  const Soc& soc() const override { return model_->soc(); }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    ++asked_;
    return model_->operator_cost(graph, op, slice, mode, precision);
  }
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    ++asked_;
    Cost cost = model_->input_cost(graph, consumer, mode);
    cost.latency_s = 1e-3 * static_cast<double>(index(consumer)) + 1e-6 * mode.opp;
    return cost;
  }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    return model_->transfer(graph, tensor, bytes, consumer, from, to);
  }
  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override {
    return model_->dvfs_delay_s(domain, from_opp, to_opp);
  }
  double base_power_w() const override { return model_->base_power_w(); }

 private:
  std::unique_ptr<CostModel> model_;
  int& asked_;
};

}  // namespace

TEST_CASE("answers are the model's, and nothing is asked twice") {
  const Soc soc = load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-855"));
  const Graph graph = find_network("squeezenet_v1_1")->make();
  const auto plain = make_roofline_model(soc);
  int asked = 0;
  const auto cached = make_cached_model(std::make_unique<Counting>(soc, asked), graph);
  std::mt19937_64 random(1);
  int first = 0;
  const auto same = [&](OpId op, const Slice& slice, const Mode& mode, Precision precision) {
    const auto a = cached->operator_cost(graph, op, slice, mode, precision);
    const auto b = plain->operator_cost(graph, op, slice, mode, precision);
    REQUIRE(a.has_value() == b.has_value());
    if (a) {
      CHECK(a->latency_s == b->latency_s);
      CHECK(a->bytes == b->bytes);
      CHECK(a->source == b->source);
    }
    CHECK(cached->input_cost(graph, op, mode).latency_s ==
          1e-3 * static_cast<double>(index(op)) + 1e-6 * mode.opp);
  };
  for (int pass = 0; pass < 2; ++pass) {
    random.seed(1);
    for (int i = 0; i < 3000; ++i) {
      const OpId op = graph.order()[random() % graph.size()];
      const auto modes = all_modes(soc, make_id<UnitId>(random() % soc.units.size()));
      const auto axes = cut_axes(graph, op);
      Slice slice;
      if (!axes.empty() && random() % 3 > 0) {
        slice.axis = axes[random() % axes.size()];
        const auto extent = static_cast<std::uint64_t>(cut_extent(graph, op, slice.axis));
        slice.begin = static_cast<std::int64_t>(random() % extent);
        slice.end = slice.begin + 1 +
                    static_cast<std::int64_t>(random() %
                                              (extent - static_cast<std::uint64_t>(slice.begin)));
      }
      same(op, slice, modes[random() % modes.size()],
           static_cast<Precision>(random() % kPrecisions));
    }
    if (pass == 0) first = asked;
    CHECK(asked == first);  // The second pass knows it all.
  }
  CHECK(asked > 3000);
}

TEST_CASE("hand-overs are the model's, of whole tensors and of pieces") {
  const Soc soc = load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-855"));
  const Graph graph = find_network("squeezenet_v1_1")->make();
  const auto plain = make_roofline_model(soc);
  const auto cached = make_cached_model(make_roofline_model(soc), graph);
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    for (const Mode& mode : all_modes(soc, make_id<UnitId>(u))) modes.push_back(mode);
  std::mt19937_64 random(4);
  int steps = 0, linked = 0;
  for (int i = 0; i < 20000; ++i) {
    const OpId reader = graph.order()[1 + random() % (graph.order().size() - 1)];
    const TensorId tensor = graph.op(reader).inputs.front();
    // A few modes, so that questions come again; now and then another size.
    const Mode &from = modes[random() % 12 * 7 % modes.size()],
               &to = modes[random() % 12 * 11 % modes.size()];
    const auto whole = 4 * static_cast<double>(elements(graph.tensor(tensor).shape));
    const double bytes = random() % 4 == 0 ? whole / 2 : whole;
    std::vector<TransferStep> a, b;
    try {
      b = plain->transfer(graph, tensor, bytes, reader, from, to);
    } catch (const UnsupportedError&) {
      REQUIRE_THROWS_AS(cached->transfer(graph, tensor, bytes, reader, from, to), UnsupportedError);
      continue;
    }
    a = cached->transfer(graph, tensor, bytes, reader, from, to);
    REQUIRE(a.size() == b.size());
    ++linked;
    for (std::size_t s = 0; s < a.size(); ++s, ++steps) {
      REQUIRE(a[s].kind == b[s].kind);
      REQUIRE(a[s].on == b[s].on);
      REQUIRE(a[s].latency_s == b[s].latency_s);
      REQUIRE(a[s].bytes == b[s].bytes);
      REQUIRE(a[s].power_w == b[s].power_w);
    }
  }
  CHECK(linked > 10000);
  CHECK(steps > 10000);
}

TEST_CASE("what is not of the graph or the SoC is asked anew") {
  const Soc soc = load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-855"));
  const Graph graph = find_network("squeezenet_v1_1")->make(), other = graph;
  int asked = 0;
  const auto cached = make_cached_model(std::make_unique<Counting>(soc, asked), graph);
  const Mode mode = top_mode(soc, UnitId{0});
  const OpId op = graph.order()[3];
  const auto ask = [&](const Graph& of, const Slice& slice) {
    const int before = asked;
    cached->operator_cost(of, op, slice, mode, Precision::fp32);
    return asked - before;
  };
  CHECK(ask(graph, {}) == 1);
  CHECK(ask(graph, {}) == 0);
  CHECK(ask(other, {}) == 1);
  CHECK(ask(other, {}) == 1);
  const Slice rows{Axis::height, 0, 7};
  CHECK(ask(graph, rows) == 1);
  CHECK(ask(graph, rows) == 0);
}
