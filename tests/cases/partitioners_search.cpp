// Do searches find what exhaustive search finds, within their budgets?
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "partitioners/pareto.h"
#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

constexpr double kRounding = 1e-9;  // Times are whole picoseconds.
constexpr double kInfinite = std::numeric_limits<double>::infinity();

Graph random_graph(int operators, std::mt19937_64& random) {
  std::vector<int> order(operators);
  for (int k = 0; k < operators; ++k) order[k] = k;
  return make_graph(random_reads(operators, random), order);
}

/// The best of single, greedy and heft, each asked for what it knows.
double best_start(const PartitionProblem& problem) {
  double best = kInfinite;
  for (const char* name : {"single", "greedy", "heft"}) {
    PartitionProblem question{problem.belief, problem.graph, problem.objective, problem.modes};
    const auto& known = partitioner(name).objectives;
    if (std::find(known.begin(), known.end(), problem.objective) == known.end())
      question.objective = known.front();
    const Plan plan = partition(name, question).plan;
    best = std::min(best, plan_value(problem.belief, problem.graph, plan, problem.objective));
  }
  return best;
}

Objectives objectives_of(const ParetoPoint& point) {
  return {point.latency_s, point.energy_j, point.memory_bytes};
}

/// Latency, energy and memory of every unsplit plan in the graph's order that is not dominated,
/// ascending, without repeats.
std::vector<Objectives> brute_force_front(const PartitionProblem& problem) {
  const Graph& graph = problem.graph;
  std::vector<std::size_t> digits(graph.size(), 0);
  std::set<Objectives> all;
  while (true) {
    std::vector<Mode> modes;
    for (std::size_t digit : digits) modes.push_back(problem.modes[digit]);
    const Plan plan = plan_from_modes(problem.belief.soc(), graph, modes);
    if (check_plan(problem.belief, graph, plan).empty())
      all.insert({plan_value(problem.belief, graph, plan, Objective::latency),
                  plan_value(problem.belief, graph, plan, Objective::energy),
                  memory_use(problem.belief.soc(), graph, plan).total_bytes()});
    std::size_t at = 1;  // The input comes first and is not placed.
    while (at < digits.size() && ++digits[at] == problem.modes.size()) digits[at++] = 0;
    if (at == digits.size()) break;
  }
  std::vector<Objectives> front;
  for (const Objectives& a : all)
    if (std::none_of(all.begin(), all.end(), [&](const auto& b) { return dominates(b, a); }))
      front.push_back(a);
  return front;
}

}  // namespace

TEST_CASE("a point dominates what it is no worse than in anything and better than in something") {
  CHECK(dominates({1, 2}, {1, 3}));
  CHECK(dominates({0, 0}, {1, 1}));
  CHECK_FALSE(dominates({1, 2}, {1, 2}));
  CHECK_FALSE(dominates({1, 3}, {2, 2}));
}

TEST_CASE("fronts by hand") {
  // 2 (4,1), 3 (2,3), 4 (1,5) and 5, which equals 3: nobody is better in both. 1 (3,4) is beaten by
  // 3 alone and its twin, 0 (5,5) by everyone.
  const std::vector<Objectives> points{{5, 5}, {3, 4}, {4, 1}, {2, 3}, {1, 5}, {2, 3}};
  const std::vector<std::vector<std::size_t>> fronts{{2, 3, 4, 5}, {1}, {0}};
  CHECK(non_dominated_sort(points) == fronts);
  CHECK(non_dominated_sort(std::vector<Objectives>{}).empty());
}

TEST_CASE("each front is what nothing that is left dominates") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    std::vector<Objectives> points(1 + random() % 30);
    for (Objectives& point : points)
      for (int k = 0; k < 3; ++k) point.push_back(static_cast<double>(random() % 6));
    std::set<std::size_t> left;
    for (std::size_t p = 0; p < points.size(); ++p) left.insert(p);
    for (const auto& front : non_dominated_sort(points)) {
      std::vector<std::size_t> expected;
      for (std::size_t a : left)
        if (std::none_of(left.begin(), left.end(),
                         [&](std::size_t b) { return dominates(points[b], points[a]); }))
          expected.push_back(a);
      REQUIRE(front == expected);
      for (std::size_t p : front) left.erase(p);
    }
    REQUIRE(left.empty());
  }
}

TEST_CASE("crowding by hand") {
  // In order (1,10) (2,6) (4,4) (9,2) (11,1); ranges 10 and 9. Those between the ends:
  // (4 - 1)/10 + (10 - 4)/9, (9 - 2)/10 + (6 - 2)/9, (11 - 4)/10 + (4 - 1)/9.
  const auto distance =
      crowding_distances(std::vector<Objectives>{{4, 4}, {11, 1}, {2, 6}, {1, 10}, {9, 2}});
  CHECK(distance[3] == kInfinite);
  CHECK(distance[1] == kInfinite);
  CHECK(distance[2] == Approx(0.3 + 6.0 / 9));
  CHECK(distance[0] == Approx(0.7 + 4.0 / 9));
  CHECK(distance[4] == Approx(0.7 + 3.0 / 9));
  // A third objective that is the same for all changes nothing.
  const auto same = crowding_distances(
      std::vector<Objectives>{{4, 4, 7}, {11, 1, 7}, {2, 6, 7}, {1, 10, 7}, {9, 2, 7}});
  CHECK(same == distance);
  CHECK(crowding_distances(std::vector<Objectives>{}).empty());
}

TEST_CASE("annealing finds what exhaustive search finds on small graphs") {
  constexpr Objective objectives[] = {Objective::latency, Objective::energy, Objective::edp};
  int found = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    const Graph graph = random_graph(6, random);
    const Soc soc = make_soc({3});
    const RandomCosts costs(soc, seed, {});
    const Objective objective = objectives[seed % 3];
    const PartitionProblem problem{costs, graph, objective, every_mode(soc), seed};
    const PartitionResult best = partition("exhaustive", problem);
    REQUIRE(best.status == PartitionStatus::optimal);
    PartitionProblem long_walk = problem;
    long_walk.options["max_evaluations"] = 2000;
    const PartitionResult walked = partition("annealing", long_walk);
    CAPTURE(seed, walked.value, best.value);
    CHECK(walked.value <= best_start(problem) * (1 + kRounding));
    CHECK(check_plan(costs, graph, walked.plan).empty());
    found += walked.value <= best.value * (1 + kRounding);
  }
  CHECK(found >= 47);  // 49 are.
}

TEST_CASE("annealing asks as often as it may, and is never worse than its start") {
  std::mt19937_64 random(11);
  const Graph graph = random_graph(30, random);
  const Soc soc = make_soc({4});
  for (Objective objective : {Objective::latency, Objective::energy, Objective::throughput})
    for (int budget : {3, 4, 10, 333}) {
      const RandomCosts costs(soc, 3, {});
      PartitionProblem problem{costs, graph, objective, every_mode(soc), 1};
      const double start = best_start(problem);
      int asked = 0;
      problem.options = {{"max_evaluations", budget}};
      problem.ask = [&](const Plan& plan) {
        ++asked;
        CHECK(check_plan(costs, graph, plan).empty());
        return plan_value(costs, graph, plan, objective);
      };
      const PartitionResult result = partition("annealing", problem);
      CAPTURE(to_string(objective), budget);
      CHECK(asked == budget);
      CHECK(result.value <= start);
      if (budget == 333) CHECK(result.value < start);
    }
  // With one question there is one plan to answer with: the first start.
  const RandomCosts costs(soc, 3, {});
  PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 1};
  problem.options = {{"max_evaluations", 1}};
  CHECK(partition("annealing", problem).value ==
        partition("single", {costs, graph, Objective::latency, every_mode(soc)}).value);
}

TEST_CASE("annealing follows the answers it gets, not its belief") {
  // The truth is another machine: what the belief says of a plan has nothing to do with it. A walk
  // that is not exhaustive may miss one.
  int found = 0;
  CostOptions options;
  options.unsupported = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    const Graph graph = random_graph(6, random);
    const Soc soc = make_soc({3});
    const RandomCosts belief(soc, seed, options), truth(soc, seed + 1000, options);
    const PartitionProblem real{truth, graph, Objective::latency, every_mode(soc), seed};
    PartitionProblem problem{belief, graph, Objective::latency, every_mode(soc), seed};
    problem.ask = [&](const Plan& plan) {
      return plan_value(truth, graph, plan, Objective::latency);
    };
    const Plan plan = partition("annealing", problem).plan;
    found += problem.ask(plan) <= partition("exhaustive", real).value * (1 + kRounding);
  }
  CHECK(found >= 7);  // 8 are.
}

TEST_CASE("searches stop when they are asked to, with a legal plan") {
  std::mt19937_64 random(2);
  const Graph graph = random_graph(12, random);
  const Soc soc = make_soc({3});
  const RandomCosts costs(soc, 5, {});
  for (const char* name : {"annealing", "nsga2"}) {
    CAPTURE(name);
    PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 1};
    // Room for every start in the first generation.
    if (std::string_view(name) == "nsga2") problem.options["population"] = 40;
    int reports = 0;
    double last = 0;
    problem.progress = [&](double done) {
      CHECK(done >= last);
      CHECK(done <= 1);
      last = done;
      return ++reports < 4;
    };
    const PartitionResult stopped = partition(name, problem);
    CHECK(reports == 4);
    CHECK(last > 0);
    CHECK(stopped.status == PartitionStatus::stopped);
    CHECK(check_plan(costs, graph, stopped.plan).empty());
    CHECK(stopped.value <= best_start(problem) * (1 + kRounding));
    problem.progress = nullptr;
    const PartitionResult whole = partition(name, problem);
    CHECK(whole.status == PartitionStatus::heuristic);
    CHECK(whole.value <= stopped.value);
  }
}

TEST_CASE("nsga2's front is the brute-force front of tiny graphs") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random(seed);
    const Graph graph = random_graph(4, random);
    const Soc soc = make_soc({3});
    const RandomCosts costs(soc, seed, {});
    const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), seed};
    std::vector<Objectives> front;
    for (const ParetoPoint& point : partition("nsga2", problem).front)
      front.push_back(objectives_of(point));
    CAPTURE(seed);
    CHECK(front == brute_force_front(problem));
  }
}

TEST_CASE("nsga2's front holds the optima of latency and energy, and no dominated plan") {
  int points = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random(seed + 100);
    const Graph graph = random_graph(6, random);
    const Soc soc = make_soc({3});
    const RandomCosts costs(soc, seed, {});
    CAPTURE(seed);
    for (Objective objective : {Objective::latency, Objective::energy, Objective::edp}) {
      const PartitionProblem problem{costs, graph, objective, every_mode(soc), seed};
      const PartitionResult result = partition("nsga2", problem);
      CHECK(result.value ==
            Approx(partition("exhaustive", problem).value).epsilon(kRounding).margin(0));
      for (std::size_t i = 0; i < result.front.size(); ++i) {
        const ParetoPoint& point = result.front[i];
        CHECK(check_plan(costs, graph, point.plan).empty());
        CHECK(point.latency_s == plan_value(costs, graph, point.plan, Objective::latency));
        CHECK(point.energy_j == plan_value(costs, graph, point.plan, Objective::energy));
        CHECK(point.memory_bytes == memory_use(soc, graph, point.plan).total_bytes());
        if (i > 0) CHECK(result.front[i - 1].latency_s <= point.latency_s);
        for (std::size_t k = 0; k < result.front.size(); ++k) {
          if (k == i) continue;
          CHECK_FALSE(dominates(objectives_of(result.front[k]), objectives_of(point)));
          CHECK(objectives_of(result.front[k]) != objectives_of(point));
        }
        ++points;
      }
    }
  }
  CHECK(points > 100);  // Otherwise the checks above say little.
}

TEST_CASE("searches keep to the memory budget, or say that nothing does") {
  // On the GPU activations take half (fp16). All there is the least; others keep copies.
  CostOptions options;
  options.unsupported = 0;
  const Soc soc = make_soc({3});
  int tighter = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    std::mt19937_64 random(seed);
    const Graph graph = random_graph(6, random);
    const RandomCosts costs(soc, seed, options);
    PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), seed};
    const auto bytes = [&](const Plan& plan) { return memory_use(soc, graph, plan).total_bytes(); };
    const double free = bytes(partition("annealing", problem).plan);
    const double least =
        bytes(plan_from_modes(soc, graph, std::vector<Mode>(graph.size(), problem.modes[2])));
    tighter += least < free;
    problem.memory_budget_bytes = least;
    CAPTURE(seed, free, least);
    CHECK(bytes(partition("annealing", problem).plan) <= least);
    const PartitionResult front = partition("nsga2", problem);
    CHECK(bytes(front.plan) <= least);
    for (const ParetoPoint& point : front.front) CHECK(point.memory_bytes <= least);
    problem.memory_budget_bytes = 1;
    for (const char* name : {"annealing", "nsga2"}) {
      CHECK_THROWS_AS(partition(name, problem), UnsupportedError);
      CHECK_THROWS_WITH(partition(name, problem), Contains("memory budget of 1 bytes"));
    }
  }
  CHECK(tighter > 0);
}
