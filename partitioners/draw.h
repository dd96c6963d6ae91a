// Random numbers that are the same on every platform: std::mt19937_64 is specified to the bit, the
// distributions of <random> are not.
#pragma once

#include <cstddef>
#include <random>

namespace partita {

/// 0 to count - 1. The bias is below count / 2^64.
inline std::size_t draw_below(std::size_t count, std::mt19937_64& random) {
  return static_cast<std::size_t>(random() % count);
}
/// 0 up to, not with, 1.
inline double draw_unit(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

}  // namespace partita
