// HaX-CoNN (Dagli, Belviranli, PPoPP 2024): layer groups of networks that run at once, each network
// on one accelerator or on two with one switch between them. The formulation of the paper; the
// published solver file prices a switch by the wrong group and slows groups that do not overlap.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "partitioners/blocks.h"
#include "partitioners/co_run.h"

namespace partita {
namespace {

struct Group {
  std::vector<std::size_t> positions;
  std::size_t edge = kNowhere;           ///< That crosses into the next group.
  std::vector<double> work_s, spread_s;  ///< By candidate; infinite: unsupported.
  std::vector<double> bytes;
};

/// Groups [0, cut) on one candidate, the others on another.
struct Choice {
  std::size_t first = 0, second = 0, cut = 0;
};

class HaxConn {
 public:
  HaxConn(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        space_(costs),
        modes_(space_.steady_modes()),
        bus_(costs.model().soc().memory.shared_bytes_per_s) {
    for (const auto& network : blocks(space_)) add_network(network);
    if (networks_.size() < 2)
      throw UnsupportedError("hax-conn: needs two networks or more: --model a+b");
  }

  PartitionResult run() {
    gather();
    CoRun search(bus_);
    auto budget = static_cast<std::int64_t>(problem_.options.at("max_events"));
    for (const Candidate& candidate : candidates_) {
      if (budget < 0 || (search.found() && candidate.least_s >= search.best().makespan_s)) break;
      std::vector<Choice> choices = choices_of(candidate.code);
      if (search.improve(tasks_of(choices), budget)) best_ = std::move(choices);
    }
    PartitionResult result;
    result.plan = plan(search.best());
    if (budget < 0) result.status = PartitionStatus::stopped;
    return result;
  }

 private:
  struct Candidate {
    double least_s = 0;
    std::size_t code = 0;  ///< Index of every network's choice, mixed radix.
  };

  void add_network(const std::vector<Block>& network) {
    std::vector<Group> groups;
    for (const Block& block : network) groups.push_back(priced(block));
    // The lightest neighbours become one group until there are few enough.
    const auto most = static_cast<std::size_t>(problem_.options.at("max_groups"));
    while (groups.size() > most) {
      std::size_t at = 0;
      double least = kInfinity;
      for (std::size_t g = 0; g + 1 < groups.size(); ++g)
        if (const double sum = weight(groups[g]) + weight(groups[g + 1]); sum < least)
          at = g, least = sum;
      join(groups[at], groups[at + 1]);
      groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    networks_.push_back(std::move(groups));
  }

  Group priced(const Block& block) const {
    Group group{block.positions, block.edge, {}, {}, {}};
    for (std::size_t m : modes_) {
      double work_s = 0, spread_s = 0, bytes = 0;
      for (std::size_t p : block.positions) {
        if (!space_.supported(p, m)) {
          work_s = kInfinity;
          continue;
        }
        work_s += space_.latency_s(p, m);
        spread_s += space_.spread_s(p, m);
        bytes += space_.costs().bytes(space_.op(p), m);
      }
      group.work_s.push_back(work_s);
      group.spread_s.push_back(spread_s);
      group.bytes.push_back(bytes);
    }
    return group;
  }

  static double weight(const Group& group) {
    return *std::min_element(group.work_s.begin(), group.work_s.end());
  }

  static void join(Group& group, const Group& next) {
    group.positions.insert(group.positions.end(), next.positions.begin(), next.positions.end());
    group.edge = next.edge;
    for (std::size_t k = 0; k < group.work_s.size(); ++k) {
      group.work_s[k] += next.work_s[k];
      group.spread_s[k] += next.spread_s[k];
      group.bytes[k] += next.bytes[k];
    }
  }

  bool runs(const std::vector<Group>& groups, const Choice& choice) {
    for (std::size_t g = 0; g < groups.size(); ++g)
      if (groups[g].work_s[g < choice.cut ? choice.first : choice.second] == kInfinity)
        return false;
    if (choice.cut == groups.size()) return true;
    const std::size_t edge = groups[choice.cut - 1].edge;
    return edge == kNowhere ||
           space_.hand_over(edge, modes_[choice.first], modes_[choice.second]).latency_s <
               kInfinity;
  }

  void gather() {
    std::size_t count = 1;
    for (const auto& groups : networks_) {
      auto& choices = choices_.emplace_back();
      for (std::size_t a = 0; a < modes_.size(); ++a) {
        choices.push_back({a, a, groups.size()});
        for (std::size_t b = 0; b < modes_.size(); ++b)
          for (std::size_t cut = 1; cut < groups.size() && a != b; ++cut)
            choices.push_back({a, b, cut});
      }
      std::erase_if(choices, [&](const Choice& choice) { return !runs(groups, choice); });
      if (choices.empty())
        throw UnsupportedError(
            fmt::format("hax-conn: no two units run the layer groups of the network of \"{}\"",
                        problem_.graph.op(space_.op(groups[0].positions[0])).name));
      constexpr std::size_t kMostCandidates = 2'000'000;
      if (choices.size() > kMostCandidates / count)
        throw UnsupportedError(
            fmt::format("hax-conn: more than {} combinations of cuts and units; "
                        "lower max_groups",
                        kMostCandidates));
      count *= choices.size();
    }
    candidates_.resize(count);
    std::vector<std::vector<CoRunLoad>> loads(networks_.size());
    for (std::size_t n = 0; n < networks_.size(); ++n)
      for (const Choice& choice : choices_[n]) loads[n].push_back(load_of(tasks_of(n, choice)));
    std::vector<const CoRunLoad*> chosen(networks_.size());
    for (std::size_t code = 0; code < count; ++code) {
      for (std::size_t n = 0, rest = code; n < networks_.size(); rest /= loads[n++].size())
        chosen[n] = &loads[n][rest % loads[n].size()];
      candidates_[code] = {least_s(chosen), code};
    }
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.least_s < b.least_s; });
  }

  std::vector<Choice> choices_of(std::size_t code) const {
    std::vector<Choice> chosen;
    for (const auto& choices : choices_) {
      chosen.push_back(choices[code % choices.size()]);
      code /= choices.size();
    }
    return chosen;
  }

  std::vector<std::vector<CoRunTask>> tasks_of(const std::vector<Choice>& choices) {
    const bool spread = std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
      return choice.first != choices[0].first || choice.second != choices[0].first;
    });
    std::vector<std::vector<CoRunTask>> tasks;
    for (std::size_t n = 0; n < networks_.size(); ++n)
      tasks.push_back(tasks_of(n, choices[n], spread));
    return tasks;
  }

  std::vector<CoRunTask> tasks_of(std::size_t network, const Choice& choice, bool spread = false) {
    std::vector<CoRunTask> tasks;
    for (std::size_t g = 0; g < networks_[network].size(); ++g) {
      const Group& group = networks_[network][g];
      const std::size_t k = g < choice.cut ? choice.first : choice.second;
      const bool entered = g == choice.cut && hand_over(network, choice, tasks);
      tasks.push_back({group.work_s[k] + (spread ? group.spread_s[k] : 0), group.bytes[k],
                       space_.unit(modes_[k]).resources, entered});
    }
    return tasks;
  }

  /// Adds steps on the unit left, elsewhere, and on the unit entered. Is the last one there?
  bool hand_over(std::size_t network, const Choice& choice, std::vector<CoRunTask>& tasks) {
    const Group &left = networks_[network][choice.cut - 1],
                &entered = networks_[network][choice.cut];
    const std::size_t from = modes_[choice.first], to = modes_[choice.second];
    HandOver step;
    if (left.edge != kNowhere) step = space_.hand_over(left.edge, from, to);
    step.on_to_s += space_.arrival(entered.positions[0], to).latency_s;
    const double elsewhere_s =
        left.edge == kNowhere ? 0
                              : std::max(0.0, step.latency_s - step.on_from_s -
                                                  space_.hand_over(left.edge, from, to).on_to_s);
    if (step.on_from_s > 0) tasks.push_back({step.on_from_s, 0, space_.unit(from).resources, true});
    if (elsewhere_s > 0) tasks.push_back({elsewhere_s, 0, 0, false});
    if (step.on_to_s > 0) tasks.push_back({step.on_to_s, 0, space_.unit(to).resources, false});
    return step.on_to_s > 0;
  }

  /// Queues serve groups as they start.
  Plan plan(const CoRunResult& schedule) {
    struct Start {
      double at_s = 0;
      std::size_t network = 0, group = 0;
    };
    std::vector<Start> starts;
    std::vector<std::size_t> mode_of(space_.size());
    for (std::size_t n = 0; n < networks_.size(); ++n) {
      const Choice& choice = best_[n];
      const std::size_t steps = schedule.start_s[n].size() - networks_[n].size();
      for (std::size_t g = 0; g < networks_[n].size(); ++g) {
        const bool before = g < choice.cut;
        // The steps of the hand-over are tasks between the groups.
        starts.push_back({schedule.start_s[n][before ? g : g + steps], n, g});
        for (std::size_t p : networks_[n][g].positions)
          mode_of[p] = modes_[before ? choice.first : choice.second];
      }
    }
    std::stable_sort(starts.begin(), starts.end(),
                     [](const Start& a, const Start& b) { return a.at_s < b.at_s; });
    Plan plan = space_.plan(mode_of);
    for (const Start& start : starts)
      for (std::size_t p : networks_[start.network][start.group].positions)
        plan.order.push_back(space_.op(p));
    return plan;
  }

  const PartitionProblem& problem_;
  SearchSpace space_;
  std::vector<std::size_t> modes_;
  double bus_;
  std::vector<std::vector<Group>> networks_;
  std::vector<std::vector<Choice>> choices_;  ///< By network.
  std::vector<Candidate> candidates_;         ///< Best lower bound first.
  std::vector<Choice> best_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return HaxConn(problem, costs).run();
}

}  // namespace

PartitionerInfo make_hax_conn() {
  return {"hax-conn",
          "several networks at once: layer groups, one switch of units each at most, least "
          "makespan with exclusive units and a shared memory bus",
          {Objective::latency},
          {{"max_groups", "groups", "layer groups of a network", 1, 64, 10},
           {"max_events", "events", "steps of schedules looked at", 1, 1e9, 20'000}},
          run,
          "truth",
          Effort::heuristic,
          "Dagli, Belviranli, PPoPP 2024 (formulation)"};
}

}  // namespace partita
