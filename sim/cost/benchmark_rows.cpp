// Rows of our own tables: from the nodes of a profile, checked, and written.
#include "sim/cost/benchmark_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/base/error.h"

namespace partita {
namespace {

/// What a node's type says it is: TensorFlow Lite's names, and XNNPACK's.
struct NodeType {
  std::string_view text;
  OpKind kind;
};
constexpr std::array kNodeTypes{
    NodeType{"DWConv", OpKind::depthwise_conv},
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
    NodeType{"HardSwish", OpKind::activation},
    NodeType{"LOGISTIC", OpKind::activation},
    NodeType{"Sigmoid", OpKind::activation},
    NodeType{"RELU", OpKind::activation},
    NodeType{"ADD", OpKind::elementwise},
    NodeType{"Add ", OpKind::elementwise},
    NodeType{"MUL", OpKind::elementwise},
    NodeType{"Multiply", OpKind::elementwise},
};

std::optional<OpKind> kind_of(std::string_view type) {
  for (const NodeType& known : kNodeTypes)
    if (type.find(known.text) != std::string_view::npos) return known.kind;
  return std::nullopt;
}

/// Grouped and plain convolutions share a node type.
OpKind node_kind(const KernelWork& work) {
  return work.operation == OpKind::grouped_conv ? OpKind::conv : work.operation;
}

[[noreturn]] void fail(const std::string& file, int line, std::string_view problem) {
  throw InputError(fmt::format("{}:{}: {}", file, line, problem));
}

/// Output of a sliding window: no padding at the least, padded all the way at the most.
void check_window(const OperatorRow& row, const std::string& file, std::string_view column,
                  double in, double out, double kernel, double stride) {
  const double reach = row.work.dilation * (kernel - 1);
  const auto least = [&](double n) {
    return std::max(1.0, std::floor((n - reach - 1) / stride) + 1);
  };
  // One more for frames that round up.
  const auto most = [&](double n) { return std::floor((n + reach - 1) / stride) + 2; };
  // The images of a batch may be stacked.
  const double least_image = std::max(8.0, 2 * (reach + 1));
  for (double images = 1; images == 1 || in / images >= least_image; ++images)
    if (std::fmod(in, images) == 0 && std::fmod(out, images) == 0 &&
        out / images >= least(in / images) && out / images <= most(in / images))
      return;
  fail(file, row.line,
       fmt::format("{}: {:g} does not come of {:g} with a kernel of {:g} and a stride of {:g} "
                   "({:g} to {:g})",
                   column, out, in, kernel, stride, least(in), most(in)));
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string scaled(const std::optional<double>& value, double by) {
  return value ? fmt::format("{:.6g}", *value * by) : std::string();
}

}  // namespace

std::vector<OperatorRow> pair_with_graph(const BenchmarkLog& log, const Graph& graph,
                                         std::span<const KernelWork> kernels,
                                         const std::string& unit, const std::string& file,
                                         std::vector<std::string>& left_out) {
  std::map<OpKind, std::vector<const LogNode*>> nodes;
  std::map<OpKind, std::vector<const KernelWork*>> of_graph;
  for (const LogNode& node : log.nodes) {
    if (const auto kind = kind_of(node.type))
      nodes[*kind].push_back(&node);
    else
      left_out.push_back(
          fmt::format("line {}: {} is not matched to operators", node.line, node.type));
  }
  for (const KernelWork& kernel : kernels) of_graph[node_kind(kernel)].push_back(&kernel);
  std::vector<OperatorRow> rows;
  for (const auto& [kind, of_kind] : nodes) {
    const auto& works = of_graph[kind];
    const bool convolution = kind == OpKind::conv || kind == OpKind::depthwise_conv;
    if (works.size() != of_kind.size()) {
      const std::string problem =
          fmt::format("{} nodes like {} against {} operators {} of {}", of_kind.size(),
                      of_kind.front()->type, works.size(), to_string(kind), graph.name());
      if (convolution) fail(file, of_kind.front()->line, problem + ": is it that network?");
      left_out.push_back(fmt::format("line {}: {}: left out", of_kind.front()->line, problem));
      continue;
    }
    for (std::size_t i = 0; i < works.size(); ++i) {
      if (of_kind[i]->latency_s <= 0) continue;  // Below the clock's resolution.
      OperatorRow row;
      row.network = graph.network();
      row.name = graph.op(works[i]->op).name;
      row.unit = unit;
      row.work = *works[i];
      row.latency_s = of_kind[i]->latency_s;
      row.line = of_kind[i]->line;
      rows.push_back(std::move(row));
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const OperatorRow& a, const OperatorRow& b) { return a.line < b.line; });
  return rows;
}

void check_shapes(const OperatorRow& row, const std::string& file) {
  const KernelWork& w = row.work;
  switch (w.operation) {
    case OpKind::depthwise_conv:
      if (w.groups != w.in_channels)
        fail(file, row.line,
             fmt::format("groups: {:g} of a depthwise_conv with {:g} in_channels", w.groups,
                         w.in_channels));
      [[fallthrough]];
    case OpKind::conv:
    case OpKind::grouped_conv:
      if (std::fmod(w.in_channels, w.groups) != 0 || std::fmod(w.out_channels, w.groups) != 0)
        fail(file, row.line,
             fmt::format("groups: {:g} does not divide {:g} in_channels and {:g} out_channels",
                         w.groups, w.in_channels, w.out_channels));
      [[fallthrough]];
    case OpKind::pool:
      check_window(row, file, "out_height", w.in_height, w.out_height, w.kernel_h, w.stride_h);
      check_window(row, file, "out_width", w.in_width, w.out_width, w.kernel_w, w.stride_w);
      return;
    default:
      return;
  }
}

std::string operators_csv(const std::vector<OperatorRow>& rows) {
  std::string out =
      "network,operator,kind,function,in_channels,in_height,in_width,out_channels,out_height,"
      "out_width,kernel_h,kernel_w,stride_h,stride_w,dilation,groups,padded,inputs,fused,"
      "fused_elements,unit,latency_us,sd_us,tag\n";
  for (const OperatorRow& r : rows) {
    const KernelWork& w = r.work;
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.6g},{},{}\n",
                    quoted(r.network), quoted(r.name), to_string(w.operation), quoted(w.function),
                    w.in_channels, w.in_height, w.in_width, w.out_channels, w.out_height,
                    w.out_width, w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.dilation,
                    w.groups, w.padded ? 1 : 0, w.inputs, w.fused, w.fused_elements, quoted(r.unit),
                    r.latency_s * 1e6, scaled(r.sd_s, 1e6), quoted(r.tag));
  }
  return out;
}

std::string networks_csv(const std::vector<NetworkRow>& rows) {
  std::string out = "network,unit,latency_ms,sd_ms,gmacs,weights_m,board,version,tag\n";
  for (const NetworkRow& r : rows)
    out += fmt::format("{},{},{:.6g},{},{},{},{},{},{}\n", quoted(r.network), quoted(r.unit),
                       r.latency_s * 1e3, scaled(r.sd_s, 1e3), scaled(r.macs, 1e-9),
                       scaled(r.weights, 1e-6), quoted(r.board), quoted(r.version), quoted(r.tag));
  return out;
}

}  // namespace partita
