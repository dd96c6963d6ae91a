// What the benchmark programs of the runtimes print, as rows to fit to.
//
// Formats: TensorFlow Lite benchmark_model (with --enable_op_profiling: its text, or the CSV of
// --profiling_output_csv_file), ncnn benchncnn.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/evidence.h"

namespace partita {

enum class LogFormat { tflite_text, tflite_csv, ncnn, operators_csv, networks_csv };
std::string_view to_string(LogFormat format);

/// One node of a profile: type and time, no shapes.
struct LogNode {
  std::string type, name;
  double latency_s = 0;
  int line = 0;
};

struct LogRun {
  std::string network;  ///< As the file names it; empty: it does not.
  double latency_s = 0;
  std::optional<double> sd_s, least_s, most_s;
  int line = 0;
};

struct BenchmarkLog {
  LogFormat format{};
  std::optional<int> threads;
  std::optional<int> powersave;  ///< ncnn: 0 all cores, 1 little, 2 big.
  bool gpu = false;
  std::vector<LogRun> runs;
  std::vector<LogNode> nodes;  ///< Of the regular runs, in run order.
};

/// Which of the formats it is. Throws InputError naming the known ones.
LogFormat detect_log(std::string_view text, const std::string& file);
/// Of the first three formats. Throws InputError with file and line.
BenchmarkLog parse_log(std::string_view text, LogFormat format, const std::string& file);

}  // namespace partita
