// Single GPU operators of qed-usc/mobile-ml-benchmark as published: a row an operator of a network,
// `device|gpu|float` in microseconds and `device|gpu|kernel`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/cost/kernel_work.h"

namespace partita {

struct QedOperator {
  std::string network;
  int line = 0;
  struct Time {
    std::size_t device = 0;  ///< Index into QedOperators::socs.
    KernelWork work;         ///< With what this device fused into it; kind not chosen yet.
    double latency_s = 0;
  };
  std::vector<Time> times;  ///< Of the devices on which it was measured.
};

struct QedOperators {
  std::vector<std::string> socs;  ///< Names in socs/.
  std::vector<QedOperator> rows;
};

/// Throws InputError: unknown columns, operations or devices, times that are not positive.
QedOperators read_qed_operators(const std::filesystem::path& csv);

}  // namespace partita
