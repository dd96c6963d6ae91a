// Runs of a language model on a phone: clocks and temperature, sample by sample.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/files.h"

namespace partita {

enum class RunPhase : std::uint8_t { before, load, prefill, decode };

struct PhoneSample {
  double t_s = 0;
  RunPhase phase = RunPhase::before;
  double temperature_c = 0;  ///< 0: not logged.
  double gold_hz = 0, prime_hz = 0, gpu_hz = 0;
};

struct PhoneRun {
  std::string name;
  bool on_gpu = false;
  std::vector<PhoneSample> samples;
  /// Mean load of the unit that computes, by phase; its own, or a typical one where it is not
  /// logged.
  double prefill_load = 0, decode_load = 0;
};

struct PhoneRuns {
  std::vector<PhoneRun> runs;
  std::vector<std::string> notes;  ///< What was left out, and why.
};

/// Whether the columns are of such runs: ours (run, backend, ...) or the logger's (file, temp_c,
/// ...).
bool is_phone_table(const Csv& csv);
/// Throws InputError.
PhoneRuns read_phone_runs(const Csv& csv);

}  // namespace partita
