// A phone and a remote device over a network, for tests.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "cases/synthetic.h"
#include "sim/cost/remote.h"
#include "sim/plan/plan.h"

namespace partita::remote_pair {

/// Tensors of 1x8x16x16 in fp32, 8192 B: 1 ms up, 0.5 ms down, and 2 ms each way.
inline NetworkLink test_link() {
  NetworkLink link;
  link.name = "air";
  link.up = {8.192e6, 0.3, 1e-7};     // 0.3 W + 0.8192 W
  link.down = {16.384e6, 0.2, 5e-8};  // 0.2 W + 0.8192 W
  link.round_trip_s = 4e-3;
  link.variation = 0.2;
  return link;
}

inline Plan placed(const Soc& soc, const Graph& graph, const std::vector<UnitId>& units) {
  std::vector<Mode> modes(graph.size(), top_mode(soc, units.front()));
  std::size_t at = 0;
  for (const OpId op : graph.order())
    if (is_placed(graph.op(op))) modes[index(op)] = top_mode(soc, units.at(at++));
  return plan_from_modes(soc, graph, modes);
}

/// A phone and a remote device of random costs, and a network anchored to the phone.
struct RandomPair {
  Soc phone, remote;
  Graph network;
  AnchoredGraph anchored;
  Joined joined;
  std::unique_ptr<CostModel> model;
  std::vector<Mode> modes;
};

inline void add_links_of_accelerators(Soc& soc) {
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    for (const UnitId cpu : {UnitId{0}, UnitId{1}}) {
      if (soc.units[u].kind == UnitKind::cpu || index(cpu) >= soc.units.size()) continue;
      soc.links.push_back({make_id<UnitId>(u), cpu, {}});
      soc.links.push_back({cpu, make_id<UnitId>(u), {}});
    }
}

inline std::unique_ptr<RandomPair> random_pair(std::uint64_t seed, int operators, int units,
                                               const NetworkLink& link, bool chain) {
  auto pair = std::make_unique<RandomPair>();
  pair->phone = synthetic::make_soc({.units = units});
  pair->remote = synthetic::make_soc({.units = std::max(1, units - 1)});
  add_links_of_accelerators(pair->phone);
  add_links_of_accelerators(pair->remote);
  std::mt19937_64 random(seed);
  std::vector<int> order(static_cast<std::size_t>(operators));
  std::iota(order.begin(), order.end(), 0);
  pair->network = chain ? synthetic::make_chain(operators)
                        : synthetic::make_graph(synthetic::random_reads(operators, random), order);
  pair->anchored = anchor(pair->network);
  pair->joined = join(pair->phone, pair->remote, link);
  const synthetic::CostOptions options{.transfer_s = 1e-4, .arrival_s = 5e-5, .spread_s = 2e-5};
  pair->model = make_remote_model(
      pair->joined, pair->anchored, pair->network,
      std::make_unique<synthetic::RandomCosts>(pair->phone, seed, options),
      std::make_unique<synthetic::RandomCosts>(pair->remote, seed + 1000, options));
  for (std::size_t u = 0; u < pair->joined.soc.units.size(); ++u)
    if (pair->joined.soc.units[u].kind != UnitKind::network)
      pair->modes.push_back(top_mode(pair->joined.soc, make_id<UnitId>(u)));
  return pair;
}

}  // namespace partita::remote_pair
