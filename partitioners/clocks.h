// The joint OPPs of the clocks a plan moves through.
#pragma once

#include <cstddef>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// Back pointers of a search over settings are kept for every operator, mode and setting.
inline constexpr std::size_t kMostCells = std::size_t{1} << 24;

/// Clock settings that the modes can ask for, and OPP 0 where the runtime parks idle clocks.
/// Setting 0: no clock used yet, so that its first OPP is free.
class Clocks {
 public:
  /// Only clocks that change and take time to do so count. Beyond `most` settings none does.
  Clocks(const SearchSpace& space, std::size_t most);
  std::size_t settings() const { return settings_; }
  /// No clock ever changes.
  bool steady() const { return steady_; }
  /// After an operator in mode `to`.
  std::size_t next(std::size_t setting, std::size_t to) const {
    return next_[setting * modes_ + to];
  }
  /// The clock's OPP in a setting; `otherwise` where it is unused or does not count.
  int opp(std::size_t setting, DomainId domain, int otherwise) const;

 private:
  struct Digit {
    DomainId domain{};
    std::vector<int> opps;
    std::size_t scale = 1;
  };
  void find_digits(const SearchSpace& space);
  void tabulate(const SearchSpace& space);
  std::size_t set(std::size_t setting, DomainId domain, int opp) const;

  std::size_t modes_, settings_ = 1;
  bool steady_ = true;
  std::vector<Digit> digits_;
  std::vector<std::size_t> next_;
};

}  // namespace partita
