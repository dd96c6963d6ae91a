// Latency of a network nobody has drawn: from its multiplications, its weights and its relatives.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "sim/cost/kernel_fit.h"

namespace partita {

/// A network by what a table of results says about it.
struct SizedNetwork {
  std::string name;  ///< Its leading letters are taken for its family.
  double macs = 0, weights = 0;
  double latency_s = 0;
};

/// ln latency = a line in log2 MACs and log2 weights + an offset of the family + within the family,
/// a smooth function of both; all Gaussian, solved exactly. Covariance chosen by leaving networks
/// out.
class SizeModel {
 public:
  /// On one unit at one precision. Throws std::invalid_argument without any network.
  explicit SizeModel(std::span<const SizedNetwork> measured);
  ~SizeModel();
  SizeModel(SizeModel&&) noexcept;
  SizeModel& operator=(SizeModel&&) noexcept;
  /// `latency_s` is not looked at.
  KernelEstimate estimate(const SizedNetwork& network) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita
