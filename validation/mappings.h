// Measured whole-network runs of per-layer mappings on RK3399Pro.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/profile.h"
#include "sim/plan/plan.h"

namespace partita {

struct MappingCase {
  std::string campaign;  ///< "lwga" or "coup": which of the board's profiles belongs to it.
  std::string network;   ///< Name of the network in profiles.
  std::string units;     ///< One unit letter a layer.
  std::vector<std::pair<double, double>> clocks_mhz;  ///< Own and host (0: none) by layer.
  std::optional<double> time_s, energy_j;             ///< Nothing: the row has no measurement.
  std::optional<double> published_time_s, published_energy_j;
};

/// Our tables (validation/rk3399pro-mappings/*.csv) or a raw one: columns graph, order, freq,
/// total_time, total_e and, in LW-GA's, Predicted_Time and Predicted_Energy. Rows without a
/// measurement keep only their network. Throws InputError; with `problems`, a measured row that
/// cannot be read is left out and said there instead, unless that leaves none.
std::vector<MappingCase> read_mappings(const std::filesystem::path& path,
                                       std::vector<std::string>* problems = nullptr);

/// The board with its two profiles and the networks at its runtime's granularity.
class Board {
 public:
  explicit Board(const Catalog& catalog);
  const Soc& soc() const { return soc_; }
  /// Null when the campaign has no profile of the network.
  const Graph* graph(const MappingCase& mapping) const;
  std::shared_ptr<const Profile> profile(const std::string& campaign) const;
  Plan plan(const MappingCase& mapping, const Graph& graph) const;

  struct Prediction {
    double time_s = 0, energy_j = 0, relative_sd = 0;
  };
  Prediction predict(const CostModel& model, const Graph& graph, const Plan& plan,
                     bool with_sd) const;

 private:
  Soc soc_;
  std::map<std::string, std::shared_ptr<const Profile>> profiles_;
  std::map<std::string, Graph> graphs_;  ///< By network name.
};

}  // namespace partita
