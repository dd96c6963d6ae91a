// A network between two units, as device and cloud are in the papers: operators run on the first
// until a cut, from there on on the second. Nothing comes back.
#pragma once

#include <vector>

#include "partitioners/search.h"

namespace partita {

struct TwoUnits {
  std::size_t first = 0, second = 0;        ///< Modes.
  std::vector<double> on_first, on_second;  ///< By position; infinite: unsupported.
  /// A tensor made on the first and read on the second is sent once.
  struct Sent {
    std::size_t maker = 0;
    std::vector<std::size_t> readers;
    double value = 0;  ///< Infinite: no link.
  };
  std::vector<Sent> sent;

  /// Time or energy of the parts of a cut.
  struct Parts {
    double first = 0, sent = 0, second = 0;
    double sum() const { return first + sent + second; }
    double largest() const;
  };
  /// `is_second`: by position.
  Parts parts(const std::vector<bool>& is_second) const;
};

/// Costs of the pair: seconds, or joules for Objective::energy.
TwoUnits two_units(const SearchSpace& space, Objective objective, std::size_t first,
                   std::size_t second);

/// The pairs of modes that the options `first` and `second` (units counted from 0 in the SoC, -1:
/// any) leave, at the highest clocks; one unit alone is a pair with itself. Throws InputError when
/// they leave none.
std::vector<std::pair<std::size_t, std::size_t>> unit_pairs(const SearchSpace& space,
                                                            const PartitionProblem& problem,
                                                            const char* name);
/// Those two options.
std::vector<OptionInfo> pair_options();

Plan cut_plan(const SearchSpace& space, const TwoUnits& pair, const std::vector<bool>& is_second);

}  // namespace partita
