// A partitioner put to work on a prepared job, with what it believes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "partitioners/plugin.h"
#include "tools/partita/prepare.h"

namespace partita {

struct Decision {
  PartitionResult result;  ///< Value, bound and gap under the belief.
  std::string belief;      ///< As asked for, e.g. "noisy:0.2".
};

/// Whom the options on the command line are for.
enum class OptionsFor : std::uint8_t {
  it,      ///< This algorithm: one it does not know is an error.
  several  ///< Each takes those it knows.
};

bool optimises(const PartitionerInfo& info, Objective objective);

/// The belief that is the job's own costs.
inline constexpr std::string_view kTruth = "truth";

/// The beliefs about a job, with bounds under each: made once for all who plan by them.
class Beliefs {
 public:
  explicit Beliefs(const Prepared& prepared, std::uint64_t seed)
      : prepared_(prepared), seed_(seed) {}
  const CostModel& model(const std::string& belief);
  /// Throws UnsupportedError where no mode runs an operator.
  const ProblemBounds& bounds(const std::string& belief);

 private:
  struct Known {
    std::unique_ptr<CostModel> model;
    std::optional<ProblemBounds> bounds;
  };
  const Prepared& prepared_;
  std::uint64_t seed_;
  std::map<std::string, Known> known_;
};

/// By `request.belief`, or the belief the algorithm is published with. `starts`: plans that are
/// known already, for searches that start from such.
Decision decide(const Prepared& prepared, const JobRequest& request, const PartitionerInfo& info,
                OptionsFor options, const Console& console);
/// The same among several, which share `beliefs`.
Decision decide(const Prepared& prepared, const JobRequest& request, const PartitionerInfo& info,
                OptionsFor options, const Console& console, Beliefs& beliefs,
                std::vector<Plan> starts = {});

/// "all", "heuristics" or a list; each once, in the order given. Throws InputError.
std::vector<std::string> asked_partitioners(const Registry& registry, std::string_view list);

/// Throws InputError for an option that none of these partitioners has.
void check_options_are_known(const Prepared& prepared, const Registry& registry,
                             const std::vector<std::string>& names);

/// Of the plan on the simulator, under the job's objective and conditions.
double simulated_value(const Prepared& prepared, const Plan& plan);

}  // namespace partita
