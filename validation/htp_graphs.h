// Networks of the AI Hub as QNN's kernels, and their terms on a chipset.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/graph/graph.h"
#include "validation/ai_hub_runs.h"

namespace partita {

class HtpGraphs {
 public:
  struct Drawn {
    Graph graph;
    std::vector<KernelWork> kernels;  ///< In fp16, classes chosen.
  };
  /// Null when the zoo has no such network. Drawn once.
  const Drawn* find(const std::string& network);

  /// Seconds at the chipset's peaks, by term of all kinds in a row.
  std::vector<double> design(const HubRun& run, const HubChipset& chipset);
  /// What the form expects of the terms, and how surely.
  static std::vector<double> prior();
  static std::vector<double> prior_sd();

 private:
  std::map<std::string, std::optional<Drawn>> drawn_;
};

}  // namespace partita
