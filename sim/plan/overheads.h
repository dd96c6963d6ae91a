// What costs time beside computing. Each can be switched off, so that a run shows what it ate.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

enum class Overhead : std::uint8_t {
  transform,  ///< Layout change of a tensor handed over (image, buffer, NHWC, NCHW).
  map,        ///< Making GPU memory visible.
  sync,       ///< Waiting for another unit to say it has ended.
  copy,       ///< Moving a tensor.
  cast,       ///< Change of precision, between units or on one.
  unmap,
  arrival,     ///< Waking a unit that operators come to.
  spread,      ///< Threads of waiting units beside a CPU operator.
  dispatch,    ///< Launching kernels.
  halo,        ///< Rows of a chain computed twice.
  unfused,     ///< An operator cut off from the kernel it is otherwise part of.
  input,       ///< Loading the network's input.
  dvfs,        ///< Clocks on their way.
  contention,  ///< Units sharing the bus; known to simulate() alone.
  compile,     ///< Building an accelerator's graph: the first request only.
  planning,    ///< Deciding: the first request only.
};
inline constexpr std::size_t kOverheads = 16;
std::string_view to_string(Overhead overhead);
std::vector<std::string> overhead_names();
/// One line for --help and docs.
std::string_view describe(Overhead overhead);
/// The overhead a link's term counts as.
constexpr Overhead overhead_of(LinkTermKind kind) {
  return static_cast<Overhead>(kind);
}

/// Which overheads exist. All on: the device.
class Overheads {
 public:
  Overheads() { on_.fill(true); }
  bool operator[](Overhead overhead) const { return on_[static_cast<std::size_t>(overhead)]; }
  bool operator[](LinkTermKind kind) const { return (*this)[overhead_of(kind)]; }
  void set(Overhead overhead, bool on) { on_[static_cast<std::size_t>(overhead)] = on; }
  static Overheads none() {
    Overheads off;
    off.on_.fill(false);
    return off;
  }

 private:
  std::array<bool, kOverheads> on_{};
};

}  // namespace partita
