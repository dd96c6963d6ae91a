// DADS: Hu et al., "Dynamic adaptive DNN surgery for inference acceleration on the edge", INFOCOM
// 2019. DSL (light load): the cut of least total time is a minimum cut, section IV. DSH (heavy
// load): the largest of the three parts is to be small, which is NP-hard; minimum cuts under
// weights, of which equal ones are within three times the best, section V.
#include <algorithm>

// GCC 12 cannot see that Boost sets what it reads.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#pragma GCC diagnostic pop

#include "partitioners/two_units.h"

namespace partita {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Edges = boost::property<
    boost::edge_capacity_t, double,
    boost::property<boost::edge_residual_capacity_t, double,
                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>;
using Vertices = boost::property<
    boost::vertex_color_t, boost::default_color_type,
    boost::property<boost::vertex_distance_t, double,
                    boost::property<boost::vertex_predecessor_t, Traits::edge_descriptor>>>;
using Network = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertices, Edges>;

struct Weighting {
  double first = 1, sent = 1, second = 1;
};

/// Vertices: positions, then a tensor each, then the edge device (source) and the cloud (sink).
class MinCut {
 public:
  MinCut(const TwoUnits& pair, const Weighting& weights)
      : size_(pair.on_first.size()),
        source_(size_ + pair.sent.size()),
        network_(source_ + 2),
        infinite_(more_than_all(pair, weights)) {
    for (std::size_t p = 0; p < size_; ++p) {
      // What both sides cost is paid anyway.
      const double first = std::min(weights.first * pair.on_first[p], infinite_);
      const double second = std::min(weights.second * pair.on_second[p], infinite_);
      if (second > first) arc(source_, p, second - first);
      if (first > second) arc(p, source_ + 1, first - second);
    }
    for (std::size_t t = 0; t < pair.sent.size(); ++t) {
      const TwoUnits::Sent& tensor = pair.sent[t];
      const double value = std::min(weights.sent * tensor.value, infinite_);
      // A tensor's own vertex: however many read it, it is sent once. What reads a tensor of the
      // cloud is in the cloud.
      if (tensor.readers.size() == 1) {
        arc(tensor.maker, tensor.readers[0], value, infinite_);
        continue;
      }
      arc(tensor.maker, size_ + t, value);
      for (std::size_t reader : tensor.readers) {
        arc(size_ + t, reader, infinite_);
        arc(reader, tensor.maker, infinite_);
      }
    }
  }

  /// By position: is it on the sink's side?
  std::vector<bool> solve() {
    boost::boykov_kolmogorov_max_flow(network_, source_, source_ + 1);
    const auto residual = boost::get(boost::edge_residual_capacity, network_);
    std::vector<bool> on_first(source_ + 2);
    std::vector<std::size_t> open{source_};
    on_first[source_] = true;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (auto [e, end] = boost::out_edges(at, network_); e != end; ++e) {
        const std::size_t to = boost::target(*e, network_);
        if (on_first[to] || !(residual[*e] > 0)) continue;
        on_first[to] = true;
        open.push_back(to);
      }
    }
    std::vector<bool> is_second;
    for (std::size_t p = 0; p < size_; ++p) is_second.push_back(!on_first[p]);
    return is_second;
  }

 private:
  static double more_than_all(const TwoUnits& pair, const Weighting& weights) {
    double sum = 1e-3;
    const auto add = [&](double value) { sum += value < kInfinity ? value : 0; };
    for (std::size_t p = 0; p < pair.on_first.size(); ++p) {
      add(weights.first * pair.on_first[p]);
      add(weights.second * pair.on_second[p]);
    }
    for (const TwoUnits::Sent& tensor : pair.sent) add(weights.sent * tensor.value);
    return sum;
  }

  void arc(std::size_t from, std::size_t to, double forth, double back = 0) {
    const auto there = boost::add_edge(from, to, network_).first;
    const auto reverse = boost::add_edge(to, from, network_).first;
    boost::put(boost::edge_capacity, network_, there, forth);
    boost::put(boost::edge_capacity, network_, reverse, back);
    boost::put(boost::edge_reverse, network_, there, reverse);
    boost::put(boost::edge_reverse, network_, reverse, there);
  }

  std::size_t size_, source_;
  Network network_;
  double infinite_;
};

/// No cut's sum is below it: every operator where it is cheaper, nothing sent.
double least_sum(const TwoUnits& pair) {
  double sum = 0;
  for (std::size_t p = 0; p < pair.on_first.size(); ++p)
    sum += std::min(pair.on_first[p], pair.on_second[p]);
  return sum;
}

/// No cut's largest part is below it: operators move to the second unit in order of what that
/// saves, and the last one may be shared.
double least_largest(const TwoUnits& pair) {
  double first = 0, second = 0;
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < pair.on_first.size(); ++p) {
    const double a = pair.on_first[p], b = pair.on_second[p];
    if (a == kInfinity) {
      second += b;
    } else {
      first += a;
      if (b < kInfinity && a > 0) order.push_back(p);
    }
  }
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return pair.on_second[x] * pair.on_first[y] < pair.on_second[y] * pair.on_first[x];
  });
  for (std::size_t p : order) {
    const double a = pair.on_first[p], b = pair.on_second[p];
    if (first <= second) break;
    const double part = std::min(1.0, (first - second) / (a + b));
    first -= part * a;
    second += part * b;
  }
  return std::max(first, second);
}

/// From the unweighted cut on, weights follow the largest part: it is made dearer by ever smaller
/// steps, until the bound is near.
std::vector<bool> reweight(const TwoUnits& pair, std::vector<bool> cut, double bound) {
  constexpr int kCuts = 7;
  constexpr double kNear = 1.02;
  Weighting weights;
  std::vector<bool> best = cut;
  double best_value = pair.parts(best).largest(), step = 2;
  for (int i = 0; i < kCuts && best_value > kNear * bound; ++i) {
    const TwoUnits::Parts parts = pair.parts(cut);
    const double largest = parts.largest();
    (largest == parts.first  ? weights.first
     : largest == parts.sent ? weights.sent
                             : weights.second) *= step;
    step = 1 + (step - 1) * 0.7;
    cut = MinCut(pair, weights).solve();
    const double value = pair.parts(cut).largest();
    if (value < best_value) best_value = value, best = cut;
  }
  return best;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  const bool heavy =
      problem.objective == Objective::throughput || problem.options.at("heavy_load") == 1;
  std::vector<std::pair<double, TwoUnits>> pairs;  // with a bound: the most promising first
  for (const auto& [first, second] : unit_pairs(space, problem, "dads")) {
    TwoUnits pair = two_units(space, problem.objective, first, second);
    const double bound = heavy ? least_largest(pair) : least_sum(pair);
    pairs.emplace_back(bound, std::move(pair));
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  double best_value = kInfinity;
  const std::pair<double, TwoUnits>* best_pair = nullptr;
  std::vector<bool> best;
  for (const auto& candidate : pairs) {
    if (candidate.first >= best_value) break;
    auto is_second = MinCut(candidate.second, {}).solve();
    const TwoUnits::Parts parts = candidate.second.parts(is_second);
    const double value = heavy ? parts.largest() : parts.sum();
    if (!(value < best_value)) continue;
    best_value = value;
    best_pair = &candidate;
    best = std::move(is_second);
  }
  if (!best_pair)
    throw UnsupportedError(
        "dads: no cut leaves two units given with operators they run and a link");
  if (heavy) best = reweight(best_pair->second, best, best_pair->first);
  PartitionResult result;
  result.plan = cut_plan(space, best_pair->second, best);
  return result;
}

}  // namespace

PartitionerInfo make_dads() {
  std::vector<OptionInfo> options = pair_options();
  options.push_back({"heavy_load", "",
                     "1: the largest of first part, hand-over and second part is to be small, as "
                     "for throughput",
                     0, 1, 0});
  PartitionerInfo info{"dads",
                       "the minimum cut between the best pair of units",
                       {Objective::latency, Objective::energy, Objective::throughput},
                       std::move(options),
                       run};
  info.source = "Hu et al., INFOCOM 2019, sections IV and V";
  return info;
}

}  // namespace partita
