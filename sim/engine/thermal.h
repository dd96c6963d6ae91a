// Temperatures of a SoC's RC network, exact while powers are constant.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// C dT/dt = P + leakage - G T, with its eigenvectors: one decomposition serves every state.
/// Between two events powers are constant, so each mode decays towards its own limit and there is
/// no error of a time step.
class ThermalNetwork {
 public:
  /// Throws InputError when a node's heat reaches no ambient, or leaks more than it sheds.
  explicit ThermalNetwork(const Thermal& thermal);
  ~ThermalNetwork();
  ThermalNetwork(ThermalNetwork&&) noexcept;
  ThermalNetwork& operator=(ThermalNetwork&&) noexcept;

  std::size_t nodes() const;
  /// Temperatures that constant powers (W, by node) end in.
  std::vector<double> steady_c(std::span<const double> powers_w, double ambient_c) const;

  struct Modes;
  const Modes& modes() const { return *modes_; }

 private:
  std::unique_ptr<const Modes> modes_;
};

/// Heat that crossed the network's border so far, J.
struct HeatBalance {
  double into_nodes_j = 0;  ///< Of the powers given.
  double leakage_j = 0;     ///< Of the leakage's linear term; negative below its reference.
  double to_ambient_j = 0;
};

class ThermalState {
 public:
  /// Every node at `start_c`. `network` outlives the state.
  ThermalState(const ThermalNetwork& network, double start_c, double ambient_c);
  ThermalState(const ThermalNetwork& network, std::span<const double> start_c, double ambient_c);

  /// `powers_w`: by node, constant over the step.
  void advance(double dt_s, std::span<const double> powers_w);
  void set_ambient(double ambient_c);

  double ambient_c() const { return ambient_c_; }
  double temperature(int node) const { return temperatures_[static_cast<std::size_t>(node)]; }
  std::span<const double> temperatures() const { return temperatures_; }

  /// Seconds until the node first stands at `target_c` on its way up or down, if the powers stay.
  /// Zero when it is there now; nothing when it never is within `horizon_s`.
  std::optional<double> time_until(
      int node, double target_c, std::span<const double> powers_w,
      double horizon_s = std::numeric_limits<double>::infinity()) const;

  const HeatBalance& balance() const { return balance_; }
  /// Heat in the nodes above an even `reference_c`, J.
  double stored_j(double reference_c) const;

 private:
  void observe();

  const ThermalNetwork::Modes* modes_;
  double ambient_c_;
  std::vector<double> amplitudes_;  ///< By mode, of the differences to the ambient.
  std::vector<double> temperatures_;
  HeatBalance balance_;
};

/// Zero crossings of `sum amplitude_i exp(-rate_i t)` in (0, horizon], ascending; rates differ and
/// are not negative. Isolated by Rolle's theorem, so none is missed: exposed for its test.
struct Decay {
  double amplitude = 0, rate_per_s = 0;
};
std::vector<double> crossings(std::vector<Decay> terms, double horizon_s);

/// Powers by node: by domain (`domain_w`, by DomainId), the memory's and the base's.
std::vector<double> node_powers(const Thermal& thermal, std::span<const double> domain_w,
                                double memory_w, double base_w);
/// The same into memory that is kept: at every event of a run.
void node_powers(const Thermal& thermal, std::span<const double> domain_w, double memory_w,
                 double base_w, std::vector<double>& out);

}  // namespace partita
