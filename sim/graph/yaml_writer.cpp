// Writes what yaml_reader.cpp reads: one operator a line.
#include <fmt/format.h>

#include "sim/base/yaml.h"
#include "sim/graph/graph.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;

class Line {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  void add(std::string_view key, std::int64_t value) { add(key, std::to_string(value)); }
  void add_if(bool wanted, std::string_view key, std::string_view value) {
    if (wanted) add(key, value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string pair(int h, int w) {
  return h == w ? std::to_string(h) : fmt::format("[{}, {}]", h, w);
}

std::string list(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text += (text.size() > 1 ? ", " : "") + yaml_scalar(name);
  return text + "]";
}

void write_window(Line& line, const Window& w) {
  line.add("kernel", pair(w.kernel_h, w.kernel_w));
  line.add_if(w.stride_h != 1 || w.stride_w != 1, "stride", pair(w.stride_h, w.stride_w));
  line.add_if(w.dilation_h != 1 || w.dilation_w != 1, "dilation", pair(w.dilation_h, w.dilation_w));
  if (w.pad_top != w.pad_bottom || w.pad_left != w.pad_right) {
    line.add("pad",
             fmt::format("[{}, {}, {}, {}]", w.pad_top, w.pad_bottom, w.pad_left, w.pad_right));
  } else if (w.pad_top != 0 || w.pad_left != 0) {
    line.add("pad", pair(w.pad_top, w.pad_left));
  }
}

void write_sizes(Line& line, const Operator& op) {
  if (!op.sizes.empty()) line.add("sizes", fmt::format("[{}]", fmt::join(op.sizes, ", ")));
}

void write_kind(Line& line, const Pending& p) {
  const Operator& op = p.op;
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
      line.add("channels", p.out_channels);
      write_window(line, op.window);
      if (op.groups != 1 && op.kind != OpKind::depthwise_conv)
        line.add("groups", op.groups);
      else if (op.kind == OpKind::grouped_conv)
        line.add("groups", op.groups);
      return line.add_if(!p.bias, "bias", "false");
    case OpKind::fully_connected:
    case OpKind::attention:
      line.add("channels", p.out_channels);
      if (op.kind == OpKind::attention) line.add("heads", op.groups);
      return line.add_if(!p.bias, "bias", "false");
    case OpKind::matmul:
      return line.add_if(p.transpose_b, "transpose_b", "true");
    case OpKind::pool:
      if (!p.global) return write_window(line, op.window);
      line.add("global", "true");
      return line.add_if(!p.keep_dims, "keep_dims", "false");
    case OpKind::softmax:
    case OpKind::concat:
      return line.add_if(op.axis != 1, "axis", std::to_string(op.axis));
    case OpKind::slice:
      line.add_if(op.axis != 1, "axis", std::to_string(op.axis));
      return write_sizes(line, op);
    case OpKind::reduction:
      line.add_if(!p.keep_dims, "keep_dims", "false");
      return write_sizes(line, op);
    case OpKind::shuffle:
      return line.add("groups", op.groups);
    case OpKind::block:
      line.add("macs", op.macs);
      line.add("simple_ops", op.simple_ops);
      line.add("internal", op.internal_elements);
      return line.add("weights", op.weight_elements);
    default:
      return write_sizes(line, op);
  }
}

std::string operator_line(const Pending& p) {
  Line line;
  const Operator& op = p.op;
  line.add("name", yaml_scalar(op.name));
  line.add("kind", to_string(op.kind));
  if (!op.layer.empty()) line.add("layer", yaml_scalar(op.layer));
  if (!p.input_names.empty()) line.add("in", list(p.input_names));
  if (p.output_names != std::vector{op.name}) line.add("out", list(p.output_names));
  std::vector<std::string> shapes;
  for (const Shape& shape : p.output_shapes) shapes.push_back(to_string(shape));
  line.add("shape", shapes.size() == 1 ? shapes[0] : fmt::format("[{}]", fmt::join(shapes, ", ")));
  if (!op.function.empty()) line.add("function", op.function);
  write_kind(line, p);
  const bool free_weights = op.kind == OpKind::normalization || op.kind == OpKind::activation;
  if (free_weights && op.weight_elements > 0) line.add("weights", op.weight_elements);
  if (op.kind == OpKind::normalization && op.weight_elements == 0)
    line.add("weights", std::int64_t{0});
  if (op.weight_bits != 32) line.add("weight_bits", op.weight_bits);
  return line.text();
}

}  // namespace

std::string to_yaml(const Graph& graph) {
  std::string text = "network: " + yaml_scalar(graph.network()) + "\n";
  if (!graph.source().empty()) text += "source: " + yaml_scalar(graph.source()) + "\n";
  text += "operators:\n";
  for (std::size_t i = 0; i < graph.size(); ++i) {
    text += "  - {" + operator_line(rules::reopen(graph, make_id<OpId>(i))) + "}\n";
  }
  return text;
}

}  // namespace partita
