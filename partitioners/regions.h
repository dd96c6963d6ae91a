// Sets of operators by what can run them, as runtimes hand them to accelerators.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// Operators of one type, by position, ascending. Everything they read is made in this region or
/// in one before it.
struct Region {
  int type = 0;
  std::vector<std::size_t> positions;
};

/// The network as a sequence of regions: the type of the first operator that is ready opens one, it
/// takes every operator of that type that is or becomes ready, then the next one opens.
/// `type`: by position.
std::vector<Region> epochs(const SearchSpace& space, const std::vector<int>& type);
/// 1 where the mode runs the operator, else 0, by position.
std::vector<int> support(const SearchSpace& space, std::size_t mode);

/// Neither a CPU nor a link.
bool is_accelerator(const Unit& unit);
/// The accelerator of an option that counts the SoC's units, -1: the first GPU among the modes, or
/// else the first other one. Nothing: the modes have none. Throws InputError
/// when the option names a unit that is no accelerator or has no mode here.
std::optional<std::size_t> accelerator_mode(const SearchSpace& space, double option,
                                            std::string_view partitioner);
/// Where operators go that no accelerator takes: the CPU mode that runs most of the network and of
/// those the fastest for it; without a CPU, any unit.
std::size_t fallback_mode(const SearchSpace& space);
/// `fallback` where it runs the operator, or else its fastest mode.
std::size_t fallback_mode_of(const SearchSpace& space, std::size_t position, std::size_t fallback);

/// The positions of the regions, one after another.
std::vector<OpId> order_of(const SearchSpace& space, const std::vector<Region>& regions);

}  // namespace partita
