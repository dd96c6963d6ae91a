// The best plans of a phone and a remote device: do the laws of offloading hold, and do algorithms
// made for it find them?
#include <catch2/catch.hpp>

#include <limits>
#include <optional>
#include <string_view>

#include "cases/remote_pair.h"
#include "partitioners/partitioner.h"
#include "sim/engine/engine.h"

using namespace partita;
using namespace partita::remote_pair;

namespace {

/// Bytes over the network, both ways, of units that compute in fp32.
double crossing_bytes(const RandomPair& pair, const NetworkLink& link, const Schedule& schedule) {
  const Joined& joined = pair.joined;
  const Graph& graph = pair.anchored.graph;
  double bytes = 0;
  for (const Task& task : schedule.tasks) {
    const UnitId unit = make_id<UnitId>(task.unit);
    if (joined.soc.unit(unit).kind == UnitKind::network)
      bytes += (to_seconds(task.duration_ps) - link.round_trip_s / 2) *
               (unit == joined.up ? link.up : link.down).bandwidth_bytes_per_s;
    // A remote unit that sends the result itself.
    else if (joined.is_remote(unit) && pair.anchored.is_anchor[index(task.op)] &&
             task.kind == TaskKind::compute)
      bytes += 4.0 * static_cast<double>(elements(graph.tensor(graph.op(task.op).inputs[0]).shape));
  }
  return bytes;
}

PartitionResult best_plan(const RandomPair& pair) {
  PartitionProblem problem{*pair.model, pair.anchored.graph, Objective::latency, pair.modes, 0, {},
                           {}};
  problem.options["max_plans"] = 2e6;
  return partition("exhaustive", problem);
}

}  // namespace

TEST_CASE("the best plan is never slower on a faster network, and sends more over it") {
  int sending = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const bool chain = seed % 2 == 0;
    double before = 0, sent_before = 0;
    for (const double rate : {1e3, 1e6, 5e6, 2e7, 1e8, 1e12}) {  // B/s
      NetworkLink link = test_link();
      link.up.bandwidth_bytes_per_s = link.down.bandwidth_bytes_per_s = rate;
      link.round_trip_s = 1e-4;
      const auto pair = random_pair(seed, 5, 2, link, chain);
      const PartitionResult best = best_plan(*pair);
      REQUIRE(best.status == PartitionStatus::optimal);
      const double sent =
          crossing_bytes(*pair, link, lower(*pair->model, pair->anchored.graph, best.plan));
      if (before > 0) CHECK(best.value <= before * (1 + 1e-12));
      // One unit at a time: latency is a sum, so the cheapest cut's bytes fall with the price of a
      // byte. (Beside other work, crossings can hide.)
      if (chain && before > 0) CHECK(sent >= sent_before * (1 - 1e-6) - 1);
      if (rate == 1e3) CHECK(sent == 0);
      before = best.value;
      sent_before = sent;
    }
    sending += sent_before > 0 ? 1 : 0;
  }
  CHECK(sending >= 6);  // Of twelve.
}

TEST_CASE("the best plan is never faster with a longer round trip") {
  for (std::uint64_t seed = 20; seed < 30; ++seed) {
    double before = 0;
    for (const double round_trip_s : {0.0, 1e-4, 1e-3, 1e-1}) {
      NetworkLink link = test_link();
      link.up.bandwidth_bytes_per_s = link.down.bandwidth_bytes_per_s = 1e9;
      link.round_trip_s = round_trip_s;
      const auto pair = random_pair(seed, 5, 2, link, false);
      const PartitionResult best = best_plan(*pair);
      REQUIRE(best.status == PartitionStatus::optimal);
      CHECK(best.value >= before * (1 - 1e-12));
      before = best.value;
    }
  }
}

namespace {

/// What DADS minimises: every operator's time, and every tensor that crosses, once. Nothing: an
/// operator does not run there, or something comes back from the remote device.
std::optional<double> cut_value(const RandomPair& pair, const CostTable& table,
                                const std::vector<std::size_t>& mode_of) {
  const Graph& graph = pair.anchored.graph;
  double value = 0;
  for (const OpId op : table.placed()) {
    const std::size_t at = mode_of[index(op)];
    if (!table.supported(op, at)) return std::nullopt;
    value += table.latency_s(op, at);
    for (const TensorId made : graph.op(op).outputs)
      for (const OpId reader : graph.tensor(made).consumers) {
        if (mode_of[index(reader)] == at) continue;
        if (at == 1) return std::nullopt;
        const double bytes = 4.0 * static_cast<double>(elements(graph.tensor(made).shape));
        for (const TransferStep& step : pair.model->transfer(
                 graph, made, bytes, reader, table.modes()[at], table.modes()[1 - at]))
          value += step.latency_s;
        break;
      }
  }
  return value;
}

}  // namespace

TEST_CASE("DADS and Neurosurgeon find the cheapest of all cuts between phone and remote device") {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    NetworkLink link = test_link();
    link.round_trip_s = 1e-4;
    link.up.bandwidth_bytes_per_s = link.down.bandwidth_bytes_per_s =
        1e7 * static_cast<double>(1 + seed % 10);
    const bool chain = seed % 2 == 0;
    const auto pair = random_pair(seed, 7, 1, link, chain);
    const Graph& graph = pair->anchored.graph;
    REQUIRE(pair->modes.size() == 2);
    const CostTable table(*pair->model, graph, pair->modes);
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t set = 0; set < std::size_t{1} << table.placed().size(); ++set) {
      std::vector<std::size_t> mode_of(graph.size());
      for (std::size_t i = 0; i < table.placed().size(); ++i)
        mode_of[index(table.placed()[i])] = set >> i & 1;
      if (const auto value = cut_value(*pair, table, mode_of)) least = std::min(least, *value);
    }
    for (const char* name : {"dads", "neurosurgeon"}) {
      if (!chain && std::string_view(name) != "dads") continue;  // It cuts chains.
      INFO(name << ", seed " << seed);
      const PartitionProblem problem{*pair->model, graph, Objective::latency, pair->modes, 0,
                                     {},           {}};
      const PartitionResult result = partition(name, problem);
      CHECK(check_plan(*pair->model, graph, result.plan).empty());
      std::vector<std::size_t> mode_of(graph.size());
      for (const OpId op : table.placed())
        mode_of[index(op)] =
            pair->joined.is_remote(result.plan.shares[index(op)].front().mode.unit) ? 1 : 0;
      const auto found = cut_value(*pair, table, mode_of);
      REQUIRE(found);
      CHECK(*found == Approx(least).epsilon(1e-9));
      const auto remote = std::accumulate(mode_of.begin(), mode_of.end(), std::size_t{0});
      cut += remote > 0 ? 1 : 0;
    }
  }
  CHECK(cut >= 20);
}
