// CPU cores by microarchitecture: what their instruction set and width mean for kernels.
#pragma once

#include <span>
#include <string_view>

namespace partita {

struct CoreType {
  std::string_view name;  ///< As found in descriptions, e.g. "Cortex-A76".
  bool in_order = false;
  double macs_per_cycle = 0;  ///< fp32 multiply-accumulates.
  bool half = false;          ///< Arithmetic in fp16 (ARMv8.2).
  bool dot = false;           ///< int8 dot products.
  bool matrix = false;        ///< int8 matrix products.
};

std::span<const CoreType> core_types();
/// The type whose name stands in the text ("Cortex-A76 (Kryo 485 Gold)"), the longest if several
/// do; null when none does. Case, blanks and hyphens do not matter.
const CoreType* find_core_type(std::string_view text);

}  // namespace partita
