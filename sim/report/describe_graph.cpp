#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/describe.h"
#include "sim/report/describe_compression.h"
#include "sim/report/json_text.h"
#include "sim/soc/soc.h"

namespace partita {
namespace {

using Align = TextTable::Align;

struct KindTotal {
  int count = 0;
  double macs = 0, weight_elements = 0, moved_elements = 0;
};

double moved_elements(const Operator& op) {
  return static_cast<double>(op.input_elements) + static_cast<double>(op.output_elements);
}

std::array<KindTotal, kOpKinds> totals_by_kind(const Graph& graph) {
  std::array<KindTotal, kOpKinds> totals{};
  for (const Operator& op : graph.operators()) {
    KindTotal& total = totals[static_cast<std::size_t>(op.kind)];
    ++total.count;
    total.macs += static_cast<double>(op.macs);
    total.weight_elements += static_cast<double>(op.weight_elements);
    total.moved_elements += moved_elements(op);
  }
  return totals;
}

std::string first_output_shape(const Graph& graph, const Operator& op) {
  return op.outputs.empty() ? "-" : to_string(graph.tensor(op.outputs.front()).shape);
}

std::string count_or_dash(double count) {
  return count > 0 ? format_count(count) : "-";
}

double fp32_bytes(double elements) {
  return elements * element_bytes(Precision::fp32);
}

nlohmann::ordered_json shapes(const Graph& graph, const std::vector<TensorId>& tensors) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const TensorId tensor : tensors) json.push_back(graph.tensor(tensor).shape);
  return json;
}

}  // namespace

std::string format_count(double count) {
  static constexpr std::array<const char*, 5> kPrefixes{"", " k", " M", " G", " T"};
  std::size_t prefix = 0;
  while (count >= 999.5 && prefix + 1 < kPrefixes.size()) {
    count /= 1000;
    ++prefix;
  }
  const int decimals = prefix == 0 || count >= 99.95 ? 0 : count >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", count, decimals, kPrefixes[prefix]);
}

std::string graph_summary(const Graph& graph, const Style& style) {
  std::string out = wrap(fmt::format(
      "{}: {} operators, {}MACs, {}weights{}{}", graph.name(), graph.size(),
      format_count(static_cast<double>(graph.total_macs())) + " ",
      format_count(static_cast<double>(graph.total_weight_elements())) + " ",
      graph.is_chain() ? ", a chain" : "",
      graph.network() == graph.name() ? "" : ", measured as \"" + graph.network() + "\""));
  if (!graph.source().empty()) out += wrap("source: " + graph.source());
  TextTable table({{"operators"},
                   {"count", Align::right},
                   {"MACs", Align::right},
                   {"weights", Align::right},
                   {"bytes in+out (fp32)", Align::right}});
  const auto totals = totals_by_kind(graph);
  for (std::size_t i = 0; i < totals.size(); ++i)
    if (totals[i].count > 0)
      table.add({std::string(to_string(static_cast<OpKind>(i))), std::to_string(totals[i].count),
                 count_or_dash(totals[i].macs), count_or_dash(totals[i].weight_elements),
                 count_or_dash(fp32_bytes(totals[i].moved_elements))});
  return out + "\n" + table.render(style);
}

std::string graph_text(const Graph& graph, const Style& style) {
  TextTable table({{"operator", Align::left, 30},
                   {"kind", Align::left, 15},
                   {"layer", Align::left, 10},
                   {"output", Align::left, 16},
                   {"MACs", Align::right},
                   {"weights", Align::right},
                   {"bytes", Align::right}});
  for (const OpId id : graph.order()) {
    const Operator& op = graph.op(id);
    table.add({op.name, std::string(to_string(op.kind)), op.layer.empty() ? "-" : op.layer,
               first_output_shape(graph, op), count_or_dash(static_cast<double>(op.macs)),
               count_or_dash(static_cast<double>(op.weight_elements)),
               count_or_dash(fp32_bytes(moved_elements(op)))});
  }
  return graph_summary(graph, style) + "\n" + table.render(style);
}

std::string graph_json(const Graph& graph, const std::vector<CompressionEffect>& compression) {
  using nlohmann::ordered_json;
  ordered_json json{{"name", graph.name()},
                    {"network", graph.network()},
                    {"source", graph.source()},
                    {"chain", graph.is_chain()},
                    {"macs", graph.total_macs()},
                    {"weight_elements", graph.total_weight_elements()},
                    {"compression", compression_json(compression)}};
  ordered_json& operators = json["operators"] = ordered_json::array();
  for (const OpId id : graph.order()) {
    const Operator& op = graph.op(id);
    ordered_json from = ordered_json::array();
    for (const TensorId tensor : op.inputs)
      from.push_back(graph.op(graph.tensor(tensor).producer).name);
    const Window& w = op.window;
    operators.push_back({{"name", op.name},
                         {"kind", to_string(op.kind)},
                         {"function", op.function},
                         {"layer", op.layer},
                         {"from", std::move(from)},
                         {"inputs", shapes(graph, op.inputs)},
                         {"outputs", shapes(graph, op.outputs)},
                         {"kernel", {w.kernel_h, w.kernel_w}},
                         {"stride", {w.stride_h, w.stride_w}},
                         {"dilation", {w.dilation_h, w.dilation_w}},
                         {"pad", {w.pad_top, w.pad_bottom, w.pad_left, w.pad_right}},
                         {"groups", op.groups},
                         {"axis", op.axis},
                         {"macs", op.macs},
                         {"simple_ops", op.simple_ops},
                         {"weight_elements", op.weight_elements},
                         {"weight_bits", op.weight_bits},
                         {"input_elements", op.input_elements},
                         {"output_elements", op.output_elements}});
  }
  return json_text(json);
}

}  // namespace partita
