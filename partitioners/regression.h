// Beliefs by regression: latency as a sum of terms with coefficients >= 0, by class of operator and
// by unit, trained on what the truth answers for a set of operators.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "partitioners/belief.h"
#include "sim/cost/kernel_work.h"

namespace partita {

/// The terms of one way to predict latencies.
struct LatencyForm {
  std::size_t classes = 1;
  std::function<std::size_t(const KernelWork&, const UnitTraits&)> class_of;
  /// Fills the terms of a class, in whatever unit; as many at every call.
  std::function<void(std::size_t, const KernelWork&, const UnitTraits&, std::vector<double>&)>
      terms;
};

/// Coefficients >= 0 of least relative squares; `rows` of terms, `latency_s` > 0.
std::vector<double> fit_terms(const std::vector<std::vector<double>>& rows,
                              const std::vector<double>& latency_s);

/// Convolutions, depthwise ones, fully connected, poolings, element by element, each a network of
/// one operator, over the extents that mobile networks have.
std::vector<Graph> training_operators();

/// The truth, but operators cost what the form says. What the truth cannot run, costs nothing or is
/// in another's kernel stays so.
class RegressionBelief : public BeliefModel {
 public:
  RegressionBelief(const CostModel& truth, const Graph& graph, LatencyForm form);
  /// Over another belief, which it owns.
  RegressionBelief(std::unique_ptr<CostModel> inner, const Graph& graph, LatencyForm form);

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override;
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override;

 private:
  /// Of an operator in a mode: what the truth says of it whole, and whether it can be cut.
  struct Known {
    std::optional<Cost> whole;
    std::array<signed char, 4> cuts{-1, -1, -1, -1};  ///< By Axis; -1: not asked yet.
    KernelWork work;
  };
  struct Fit {
    UnitTraits traits;
    std::vector<std::vector<double>> of_class;  ///< Empty: too few operators; `general` then.
    std::vector<double> general;
  };
  struct Sample {
    KernelWork work;
    Cost cost;
  };
  Known know(const Graph& graph, OpId op, const Mode& mode, Precision precision) const;
  std::vector<Sample> profile(const Mode& mode, Precision precision) const;
  const Fit& fit(const Mode& mode, Precision precision) const;
  double predict_s(const KernelWork& work, const Mode& mode, Precision precision) const;
  std::optional<Cost> cost(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                           Precision precision, bool unfused) const;

  std::unique_ptr<CostModel> inner_;
  const Graph& graph_;
  LatencyForm form_;
  std::vector<Graph> training_;
  // Made when first asked; a cost model is used by one thread.
  mutable std::unordered_map<std::uint64_t, Known> known_;
  mutable std::map<std::uint64_t, Fit> fits_;
};

}  // namespace partita
