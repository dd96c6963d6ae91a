#include "sim/cost/benchmark_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "sim/base/files.h"

namespace partita {
namespace {

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
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

double positive(std::string_view text, const std::string& file, int line, std::string_view what) {
  const double value = parse_number(trim(text), fmt::format("{}:{}: {}", file, line, what));
  if (value < 0) fail(file, line, fmt::format("{}: negative time", what));
  return value;
}

BenchmarkLog parse_ncnn_log(std::string_view text, const std::string& file) {
  BenchmarkLog log;
  log.format = LogFormat::ncnn;
  each_line(text, [&](std::string_view line, int number) {
    if (const auto v = number_after(line, "num_threads")) log.threads = static_cast<int>(*v);
    if (const auto v = number_after(line, "powersave")) log.powersave = static_cast<int>(*v);
    if (const auto v = number_after(line, "gpu_device")) log.gpu = *v >= 0;
    const auto least = line.find("min =");
    if (least == std::string_view::npos) return;
    const auto average = number_after(line, "avg =");
    const std::string name(trim(line.substr(0, least)));
    if (name.empty() || !average)
      fail(file, number, "expected `network  min = a  max = b  avg = c`");
    if (*average <= 0) fail(file, number, fmt::format("{}: the average must be positive", name));
    LogRun run{name, *average * 1e-3, {}, {}, {}, number};
    if (const auto v = number_after(line, "min =")) run.least_s = *v * 1e-3;
    if (const auto v = number_after(line, "max =")) run.most_s = *v * 1e-3;
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
  node.latency_s = positive(fields[average_column], file, number, "avg ms") * 1e-3;
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
    if (const auto v = number_after(line, "Num threads")) log.threads = static_cast<int>(*v);
    if (const auto v = number_after(line, "Use gpu")) log.gpu = *v > 0;
    if (const auto at = line.find("Graph: ["); at != std::string_view::npos) {
      const auto path = line.substr(at + 8, line.find(']', at) - at - 8);
      network = std::filesystem::path(path).stem().string();
    }
    if (line.starts_with("count=")) {
      const auto sd = number_after(line, "std=");
      deviation = sd ? std::optional(*sd * 1e-6) : std::nullopt;
    }
    if (const auto v = number_after(line, "Inference (avg)")) {
      if (*v <= 0) fail(file, number, "Inference (avg) must be positive");
      log.runs.push_back({network, *v * 1e-6, deviation, {}, {}, number});
    }
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
                         positive(fields[average], file, number, "avg_ms") * 1e-3, number});
  });
  if (log.nodes.empty()) fail(file, 1, "no nodes of regular runs");
  return log;
}

/// What a node's type says it is: TensorFlow Lite's names, and XNNPACK's.
struct NodeType {
  std::string_view text;
  OpKind kind;
};
constexpr std::array kNodeTypes{
    NodeType{"DEPTHWISE_CONV_2D", OpKind::depthwise_conv},
    NodeType{"Depthwise Convolution", OpKind::depthwise_conv},
    NodeType{"depthwise_conv", OpKind::depthwise_conv},
    NodeType{"TRANSPOSE_CONV", OpKind::deconv},
    NodeType{"Deconvolution", OpKind::deconv},
    NodeType{"CONV_2D", OpKind::conv},
    NodeType{"Convolution", OpKind::conv},
    NodeType{"convolution", OpKind::conv},
    NodeType{"FULLY_CONNECTED", OpKind::fully_connected},
    NodeType{"Fully Connected", OpKind::fully_connected},
    NodeType{"fully_connected", OpKind::fully_connected},
    NodeType{"BATCH_MATMUL", OpKind::matmul},
    NodeType{"AVERAGE_POOL_2D", OpKind::pool},
    NodeType{"MAX_POOL_2D", OpKind::pool},
    NodeType{"Pooling", OpKind::pool},
    NodeType{"pooling", OpKind::pool},
    NodeType{"MEAN", OpKind::pool},
    NodeType{"CONCATENATION", OpKind::concat},
    NodeType{"concat", OpKind::concat},
    NodeType{"SOFTMAX", OpKind::softmax},
    NodeType{"Softmax", OpKind::softmax},
    NodeType{"HARD_SWISH", OpKind::activation},
    NodeType{"LOGISTIC", OpKind::activation},
    NodeType{"RELU", OpKind::activation},
    NodeType{"ADD", OpKind::elementwise},
    NodeType{"Add", OpKind::elementwise},
    NodeType{"MUL", OpKind::elementwise},
    NodeType{"Multiply", OpKind::elementwise},
};

std::optional<OpKind> kind_of(std::string_view type) {
  for (const NodeType& known : kNodeTypes)
    if (type.find(known.text) != std::string_view::npos) return known.kind;
  return std::nullopt;
}

/// Grouped and plain convolutions share a node type.
OpKind node_kind(const Operator& op) {
  return op.kind == OpKind::grouped_conv ? OpKind::conv : op.kind;
}

}  // namespace

std::string_view to_string(LogFormat format) {
  constexpr std::array<std::string_view, 5> kNames{"tflite-text", "tflite-csv", "benchncnn",
                                                   "operators.csv", "networks.csv"};
  return kNames[static_cast<std::size_t>(format)];
}

LogFormat detect_log(std::string_view text, const std::string& file) {
  const auto holds = [&](std::string_view key) { return text.find(key) != std::string_view::npos; };
  const auto header = text.substr(0, text.find('\n'));
  if (header.find("latency_us") != std::string_view::npos) return LogFormat::operators_csv;
  if (header.find("latency_ms") != std::string_view::npos) return LogFormat::networks_csv;
  if (holds("min =") && holds("avg =")) return LogFormat::ncnn;
  if (holds("[node type]") || holds("Inference (avg)")) return LogFormat::tflite_text;
  if (holds("node type,")) return LogFormat::tflite_csv;
  throw InputError(
      fmt::format("{}: unknown format; known: output of benchmark_model (text, or its profiling "
                  "CSV), output of "
                  "benchncnn, operators.csv (latency_us), networks.csv (latency_ms)",
                  file));
}

BenchmarkLog parse_log(std::string_view text, LogFormat format, const std::string& file) {
  if (format == LogFormat::ncnn) return parse_ncnn_log(text, file);
  if (format == LogFormat::tflite_text) return parse_tflite_text(text, file);
  return parse_tflite_csv(text, file);
}

std::vector<OperatorRow> pair_with_graph(const BenchmarkLog& log, const Graph& graph,
                                         const std::string& unit, Precision precision,
                                         const std::string& file,
                                         std::vector<std::string>& left_out) {
  std::map<OpKind, std::vector<const LogNode*>> nodes;
  std::map<OpKind, std::vector<OpId>> operators;
  for (const LogNode& node : log.nodes) {
    if (const auto kind = kind_of(node.type))
      nodes[*kind].push_back(&node);
    else
      left_out.push_back(
          fmt::format("line {}: {} is not matched to operators", node.line, node.type));
  }
  for (const OpId id : graph.order())
    if (is_placed(graph.op(id))) operators[node_kind(graph.op(id))].push_back(id);
  std::vector<OperatorRow> rows;
  for (const auto& [kind, of_kind] : nodes) {
    const auto& ids = operators[kind];
    const bool convolution = kind == OpKind::conv || kind == OpKind::depthwise_conv;
    if (ids.size() != of_kind.size()) {
      const std::string problem =
          fmt::format("{} nodes like {} against {} operators {} of {}", of_kind.size(),
                      of_kind.front()->type, ids.size(), to_string(kind), graph.name());
      if (convolution) fail(file, of_kind.front()->line, problem + ": is it that network?");
      left_out.push_back(problem);
      continue;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (of_kind[i]->latency_s <= 0) continue;  // Below the clock's resolution.
      OperatorRow row;
      row.network = graph.network();
      row.name = graph.op(ids[i]).name;
      row.unit = unit;
      row.work = kernel_of(graph, ids[i], {}, precision);
      row.latency_s = of_kind[i]->latency_s;
      row.line = of_kind[i]->line;
      rows.push_back(std::move(row));
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const OperatorRow& a, const OperatorRow& b) { return a.line < b.line; });
  return rows;
}

std::string operators_csv(const std::vector<OperatorRow>& rows) {
  std::string out =
      "network,operator,kind,function,in_channels,in_height,in_width,out_channels,out_height,"
      "out_width,kernel_h,kernel_w,stride_h,stride_w,dilation,groups,padded,fused,fused_elements,"
      "unit,latency_us,sd_us\n";
  for (const OperatorRow& r : rows) {
    const KernelWork& w = r.work;
    out += fmt::format(
        "{},{},{},{},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{:g},{},"
        "{},{:g},{},{:.6g},{}\n",
        r.network, r.name, to_string(w.operation), w.function, w.in_channels, w.in_height,
        w.in_width, w.out_channels, w.out_height, w.out_width, w.kernel_h, w.kernel_w, w.stride_h,
        w.stride_w, w.dilation, w.groups, w.padded ? 1 : 0, w.fused, w.fused_elements, r.unit,
        r.latency_s * 1e6, r.sd_s ? fmt::format("{:.4g}", *r.sd_s * 1e6) : "");
  }
  return out;
}

std::string networks_csv(const std::vector<NetworkRow>& rows) {
  std::string out = "network,unit,latency_ms,sd_ms\n";
  for (const NetworkRow& r : rows)
    out += fmt::format("{},{},{:.6g},{}\n", r.network, r.unit, r.latency_s * 1e3,
                       r.sd_s ? fmt::format("{:.4g}", *r.sd_s * 1e3) : "");
  return out;
}

}  // namespace partita
