#include "sim/cost/benchmark_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sim/base/files.h"

namespace partita {
namespace {

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// The number after `key`, spaces and colons and brackets between them skipped.
std::optional<double> number_after(std::string_view line, std::string_view key) {
  const auto at = line.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = line.substr(at + key.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" :=[\t"), rest.size()));
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

template <typename F>
void each_line(std::string_view text, F&& use) {
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end), ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

[[noreturn]] void fail(const std::string& file, int line, std::string_view problem) {
  throw InputError(fmt::format("{}:{}: {}", file, line, problem));
}

/// Milliseconds; 0: below the clock's resolution.
double node_time_s(std::string_view text, const std::string& file, int line,
                   std::string_view what) {
  const double value = parse_number(trim(text), fmt::format("{}:{}: {}", file, line, what));
  if (value < 0) fail(file, line, fmt::format("{}: negative time", what));
  return value * 1e-3;
}

/// The time after `key`, in units of `by` seconds; nothing when the line has no such key.
std::optional<double> run_time_s(std::string_view line, std::string_view key, double by,
                                 const std::string& file, int number) {
  if (line.find(key) == std::string_view::npos) return std::nullopt;
  const auto value = number_after(line, key);
  if (!value || !std::isfinite(*value) || *value <= 0)
    fail(file, number, fmt::format("{}: expected a positive time", key));
  return *value * by;
}

int count(double value, const std::string& file, int line, std::string_view key) {
  if (!(value >= 1 && value <= 1024) || value != std::floor(value))
    fail(file, line, fmt::format("{}: expected a number of threads", key));
  return static_cast<int>(value);
}

BenchmarkLog parse_ncnn_log(std::string_view text, const std::string& file) {
  BenchmarkLog log;
  log.format = LogFormat::ncnn;
  each_line(text, [&](std::string_view line, int number) {
    if (const auto v = number_after(line, "num_threads"))
      log.threads = count(*v, file, number, "num_threads");
    if (const auto v = number_after(line, "powersave")) {
      if (*v != 0 && *v != 1 && *v != 2)
        fail(file, number, "powersave: known: 0 (all cores), 1 (little), 2 (big)");
      log.powersave = static_cast<int>(*v);
    }
    if (const auto v = number_after(line, "gpu_device")) log.gpu = *v >= 0;
    const auto least = line.find("min =");
    if (least == std::string_view::npos) return;
    const auto average = run_time_s(line, "avg =", 1e-3, file, number);
    const std::string name(trim(line.substr(0, least)));
    if (name.empty() || !average)
      fail(file, number, "expected `network  min = a  max = b  avg = c`");
    LogRun run{name, *average, {}, {}, {}, number};
    run.least_s = run_time_s(line, "min =", 1e-3, file, number);
    run.most_s = run_time_s(line, "max =", 1e-3, file, number);
    if (*run.least_s > *average || (run.most_s && *run.most_s < *average))
      fail(file, number, fmt::format("{}: min, avg and max are out of order", name));
    log.runs.push_back(std::move(run));
  });
  return log;
}

/// `type  start  first  avg  %  cdf%  mem  times  [name]`, the start missing in newer versions.
LogNode parse_node(std::string_view line, std::size_t average_column, const std::string& file,
                   int number) {
  std::vector<std::string_view> fields;
  while (!line.empty() && fields.size() < 12) {
    const auto end = std::min(line.find('\t'), line.size());
    if (const auto field = trim(line.substr(0, end)); !field.empty()) fields.push_back(field);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  if (fields.size() <= average_column)
    fail(file, number, "expected a node with its type and times, separated by tabs");
  LogNode node;
  node.type = fields.front();
  node.latency_s = node_time_s(fields[average_column], file, number, "avg ms");
  const std::string_view last = fields.back();
  if (last.size() > 1 && last.front() == '[') node.name = last.substr(1, last.find(']') - 1);
  node.line = number;
  return node;
}

BenchmarkLog parse_tflite_text(std::string_view text, const std::string& file) {
  BenchmarkLog log;
  log.format = LogFormat::tflite_text;
  std::string network;
  std::optional<double> deviation;
  std::size_t average_column = 0;
  bool initialization = false, in_order = false;
  each_line(text, [&](std::string_view line, int number) {
    for (const char* key : {"Num threads", "#threads used for CPU inference"})
      if (const auto v = number_after(line, key)) log.threads = count(*v, file, number, key);
    for (const char* key : {"Use gpu", "Use GPU"})
      if (const auto v = number_after(line, key)) log.gpu = *v > 0;
    if (const auto at = line.find("Graph: ["); at != std::string_view::npos) {
      const auto path = line.substr(at + 8, line.find(']', at) - at - 8);
      network = std::filesystem::path(path).stem().string();
    }
    if (line.starts_with("count=")) {
      const auto sd = number_after(line, "std=");
      const bool usable = sd && std::isfinite(*sd) && *sd >= 0;
      deviation = usable ? std::optional(*sd * 1e-6) : std::nullopt;
    }
    if (const auto v = run_time_s(line, "Inference (avg)", 1e-6, file, number))
      log.runs.push_back({network, *v, deviation, {}, {}, number});
    if (line.find("Profiling Info for Benchmark Initialization") != std::string_view::npos)
      initialization = true;
    if (line.find("Profiling Info for Regular") != std::string_view::npos) initialization = false;
    if (line.find("= Run Order =") != std::string_view::npos) {
      in_order = !initialization;
      average_column = 0;
      return;
    }
    if (line.find("= Top by") != std::string_view::npos || trim(line).empty()) in_order = false;
    if (!in_order) return;
    if (line.find("[node type]") != std::string_view::npos) {
      average_column = line.find("[start]") != std::string_view::npos ? 3 : 2;
      return;
    }
    if (average_column > 0) log.nodes.push_back(parse_node(line, average_column, file, number));
  });
  if (log.runs.empty() && log.nodes.empty())
    fail(file, 1, "neither `Inference (avg)` nor a run order: give the whole output");
  return log;
}

BenchmarkLog parse_tflite_csv(std::string_view text, const std::string& file) {
  BenchmarkLog log;
  log.format = LogFormat::tflite_csv;
  std::size_t type = 0, average = 0, name = 0;
  bool in_order = false, initialization = false;
  each_line(text, [&](std::string_view line, int number) {
    if (line.find("Initialization") != std::string_view::npos) initialization = true;
    if (line.find("Regular") != std::string_view::npos) initialization = false;
    if (line.find("node type") != std::string_view::npos) {
      const Csv header = parse_csv(std::string(line) + "\n", file);
      const auto column = [&](std::string_view wanted) {
        for (std::size_t i = 0; i < header.header.size(); ++i)
          if (trim(header.header[i]) == wanted) return i;
        fail(file, number, fmt::format("no column \"{}\"", wanted));
      };
      type = column("node type"), average = column("avg_ms"), name = column("name");
      in_order = !initialization && log.nodes.empty();
      return;
    }
    if (trim(line).empty() || line.find("===") != std::string_view::npos) {
      in_order = false;
      return;
    }
    if (!in_order) return;
    // Names hold commas: whatever is left over belongs to the name, which comes last.
    std::vector<std::string> fields{""};
    for (const char c : line)
      if (c == ',' && fields.size() <= name)
        fields.emplace_back();
      else if (c != '"' && c != '\r')
        fields.back() += c;
    if (fields.size() <= std::max({type, average, name}))
      fail(file, number, "fewer columns than the header");
    log.nodes.push_back({std::string(trim(fields[type])), std::string(trim(fields[name])),
                         node_time_s(fields[average], file, number, "avg_ms"), number});
  });
  if (log.nodes.empty()) fail(file, 1, "no nodes of regular runs");
  return log;
}

}  // namespace

std::string_view to_string(LogFormat format) {
  constexpr std::array<std::string_view, 5> kNames{"tflite-text", "tflite-csv", "benchncnn",
                                                   "operators.csv", "networks.csv"};
  return kNames[static_cast<std::size_t>(format)];
}

LogFormat detect_log(std::string_view text, const std::string& file) {
  if (trim(text).empty()) throw InputError(fmt::format("{}: is empty", file));
  const auto holds = [&](std::string_view key) { return text.find(key) != std::string_view::npos; };
  const auto header = text.substr(0, text.find('\n'));
  if (header.find("latency_us") != std::string_view::npos) return LogFormat::operators_csv;
  if (header.find("latency_ms") != std::string_view::npos) return LogFormat::networks_csv;
  if (holds("min =") && holds("avg =")) return LogFormat::ncnn;
  if (holds("[node type]") || holds("Inference (avg)")) return LogFormat::tflite_text;
  if (holds("node type,")) return LogFormat::tflite_csv;
  throw InputError(fmt::format(
      "{}: unknown format; known: output of benchmark_model (text, or its profiling CSV), output "
      "of benchncnn, operators.csv (latency_us), networks.csv (latency_ms)",
      file));
}

BenchmarkLog parse_log(std::string_view text, LogFormat format, const std::string& file) {
  if (format == LogFormat::ncnn) return parse_ncnn_log(text, file);
  if (format == LogFormat::tflite_text) return parse_tflite_text(text, file);
  return parse_tflite_csv(text, file);
}

}  // namespace partita
