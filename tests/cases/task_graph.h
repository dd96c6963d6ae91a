// Worked examples of scheduling papers: ten tasks on three processors and a network that takes
// nobody's time.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "partitioners/partitioner.h"
#include "synthetic.h"

namespace synthetic {

struct TaskExample {
  std::vector<std::array<double, 3>> work;         ///< Seconds of task i + 1 by processor.
  std::map<std::pair<int, int>, double> messages;  ///< Seconds between different processors.
};

/// Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002, figure 3.
inline const TaskExample& topcuoglu_example() {
  static const TaskExample example{{{14, 16, 9},
                                    {13, 19, 18},
                                    {11, 13, 19},
                                    {13, 8, 17},
                                    {12, 13, 10},
                                    {13, 16, 9},
                                    {7, 15, 11},
                                    {5, 11, 14},
                                    {18, 12, 20},
                                    {21, 7, 16}},
                                   {{{1, 2}, 18},
                                    {{1, 3}, 12},
                                    {{1, 4}, 9},
                                    {{1, 5}, 11},
                                    {{1, 6}, 14},
                                    {{2, 8}, 19},
                                    {{2, 9}, 16},
                                    {{3, 7}, 23},
                                    {{4, 8}, 27},
                                    {{4, 9}, 23},
                                    {{5, 9}, 13},
                                    {{6, 8}, 15},
                                    {{7, 10}, 17},
                                    {{8, 10}, 11},
                                    {{9, 10}, 13}}};
  return example;
}

/// Arabnejad, Barbosa, IEEE TPDS 25(3), 2014, figure 1.
inline const TaskExample& arabnejad_example() {
  static const TaskExample example{{{22, 21, 36},
                                    {22, 18, 18},
                                    {32, 27, 43},
                                    {7, 10, 4},
                                    {29, 27, 35},
                                    {26, 17, 24},
                                    {14, 25, 30},
                                    {29, 23, 36},
                                    {15, 21, 8},
                                    {13, 16, 33}},
                                   {{{1, 2}, 17},
                                    {{1, 3}, 31},
                                    {{1, 4}, 29},
                                    {{1, 5}, 13},
                                    {{1, 6}, 7},
                                    {{2, 8}, 3},
                                    {{2, 9}, 30},
                                    {{3, 7}, 16},
                                    {{4, 8}, 11},
                                    {{4, 9}, 7},
                                    {{5, 9}, 57},
                                    {{6, 8}, 5},
                                    {{7, 10}, 9},
                                    {{8, 10}, 42},
                                    {{9, 10}, 7}}};
  return example;
}

inline Soc task_machine() {
  Soc soc = make_soc({4, 1});
  // The papers' processors are alike in precision: nothing is cast.
  for (Unit& unit : soc.units) unit.default_precision = Precision::fp32;
  soc.units[2].host_domain.reset();
  soc.units[3].resources = 0;
  for (Unit& unit : soc.units) unit.default_precision = Precision::fp32;  // no casts in the papers
  return soc;
}

inline std::vector<Mode> task_modes(const Soc& soc) {
  std::vector<Mode> modes;
  for (int u = 0; u < 3; ++u) modes.push_back(top_mode(soc, UnitId{u}));
  return modes;
}

class TaskCosts : public CostModel {
 public:
  TaskCosts(const Soc& soc, const TaskExample& example) : soc_(soc), example_(example) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    if (mode.unit == UnitId{3}) return std::nullopt;
    Cost cost;
    cost.latency_s = example_.work[task(graph, op) - 1][index(mode.unit)];
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double, OpId consumer,
                                     const Mode& from, const Mode& to) const override {
    if (from.unit == to.unit) return {};
    const double seconds =
        example_.messages.at({task(graph, graph.tensor(tensor).producer), task(graph, consumer)});
    return {{LinkTermKind::copy, UnitId{3}, seconds, 0, 0, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  static int task(const Graph& graph, OpId op) { return std::stoi(graph.op(op).name.substr(2)); }
  const Soc& soc_;
  const TaskExample& example_;
};

/// Task numbers as in the paper; index 0 is not used.
inline Graph task_graph(const TaskExample& example) {
  std::vector<std::vector<int>> reads(example.work.size() + 1);
  for (const auto& [edge, seconds] : example.messages) reads[edge.second].push_back(edge.first);
  reads[1] = {-1};
  std::vector<int> order;
  for (std::size_t i = 1; i <= example.work.size(); ++i) order.push_back(static_cast<int>(i));
  return make_graph(reads, order);
}

struct Slot {
  int task, processor, start, finish;
};

/// The estimated timeline of a plan is exactly these slots.
inline void check_slots(const CostModel& costs, const Graph& graph, const Plan& plan,
                        const std::vector<Slot>& slots) {
  const Schedule schedule = lower(costs, graph, plan);
  const Timeline timeline = estimate(schedule);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    if (schedule.tasks[i].kind != TaskKind::compute) continue;
    const std::string& name = graph.op(schedule.tasks[i].op).name;
    for (const Slot& slot : slots) {
      if (name != "op" + std::to_string(slot.task)) continue;
      CAPTURE(name);
      ++seen;
      CHECK(schedule.tasks[i].unit + 1 == slot.processor);
      CHECK(timeline.start_ps[i] == slot.start * 1'000'000'000'000);
      CHECK(timeline.finish_ps[i] == slot.finish * 1'000'000'000'000);
    }
  }
  CHECK(seen == slots.size());
}

/// Seconds of "op<i>" by unit, negative: unsupported; every hand-over takes the same time on the
/// reader's unit.
class TableCosts : public CostModel {
 public:
  TableCosts(const Soc& soc, std::vector<std::vector<double>> seconds, double transfer_s = 0)
      : soc_(soc), seconds_(std::move(seconds)), transfer_s_(transfer_s) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    Cost cost;
    const std::string& name = graph.op(op).name;
    const auto& row = name == "conv" ? reference_s : seconds_.at(std::stoul(name.substr(2)));
    cost.latency_s = row.at(index(mode.unit));
    if (cost.latency_s < 0) return std::nullopt;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return {{LinkTermKind::copy, to.unit, transfer_s_, 0, 0, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

  std::vector<double> reference_s;  ///< By unit, of the operator "conv".

 private:
  const Soc& soc_;
  std::vector<std::vector<double>> seconds_;
  double transfer_s_;
};

/// The numbers of "op<number>" in the plan's order.
inline std::vector<int> order_numbers(const Graph& graph, const Plan& plan) {
  std::vector<int> list;
  for (OpId op : plan.order) list.push_back(std::stoi(graph.op(op).name.substr(2)));
  return list;
}

}  // namespace synthetic
