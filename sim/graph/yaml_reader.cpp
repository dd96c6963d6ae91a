// Our own network files. The keys of each kind are listed in README.md.
#include <fmt/format.h>

#include <charconv>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/graph/graph.h"
#include "sim/graph/import.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;
constexpr std::int64_t kMost = rules::kMostElements;
constexpr std::int64_t kMostWindow = 1 << 20;

Shape read_shape(const Yaml& node) {
  const std::string text = node.text();
  Shape shape;
  const char* at = text.data();
  const char* end = at + text.size();
  while (true) {
    std::int64_t extent = 0;
    const auto [stop, error] = std::from_chars(at, end, extent);
    if (error != std::errc{} || extent < 1 || shape.size() == 8) break;
    shape.push_back(extent);
    if (stop == end) return shape;
    if (*stop != 'x') break;
    at = stop + 1;
  }
  node.fail("expected a shape like 1x64x56x56, got \"" + text + "\"");
}

std::vector<std::string> read_names(const Yaml& node) {
  std::vector<std::string> names;
  for (const Yaml& item : node.items()) names.push_back(item.text());
  return names;
}

void read_int(const Yaml& node, std::string_view key, int& value, int least, int most) {
  if (const auto found = node.find(key)) value = static_cast<int>(found->integer(least, most));
}

void read_count(const Yaml& node, std::string_view key, std::int64_t& value,
                std::int64_t least = 0) {
  if (const auto found = node.find(key)) value = found->integer(least, kMost);
}

void read_flag(const Yaml& node, std::string_view key, bool& value) {
  if (const auto found = node.find(key)) value = found->boolean();
}

void read_sizes(const Yaml& node, std::vector<std::int64_t>& sizes, bool required) {
  if (!required && !node.has("sizes")) return;
  for (const Yaml& item : node.at("sizes").items()) sizes.push_back(item.integer(-kMost, kMost));
}

/// `3` or `[height, width]`.
void read_pair(const Yaml& node, int& h, int& w, std::int64_t least) {
  if (!node.is_sequence()) {
    h = w = static_cast<int>(node.integer(least, kMostWindow));
    return;
  }
  const std::vector<Yaml> items = node.items();
  if (items.size() != 2) node.fail("expected a number or [height, width]");
  h = static_cast<int>(items[0].integer(least, kMostWindow));
  w = static_cast<int>(items[1].integer(least, kMostWindow));
}

/// `1`, `[vertical, horizontal]`, `[top, bottom, left, right]` or `same`.
void read_pad(const Yaml& node, Pending& p, bool same_known) {
  Window& w = p.op.window;
  if (node.is_scalar() && same_known && node.text() == "same") {
    p.same_pad = true;
    return;
  }
  if (node.is_sequence() && node.items().size() == 4) {
    int* const sides[] = {&w.pad_top, &w.pad_bottom, &w.pad_left, &w.pad_right};
    for (std::size_t i = 0; i < 4; ++i)
      *sides[i] = static_cast<int>(node.items()[i].integer(0, kMostWindow));
    return;
  }
  read_pair(node, w.pad_top, w.pad_left, 0);
  w.pad_bottom = w.pad_top;
  w.pad_right = w.pad_left;
}

void read_window(const Yaml& node, Pending& p, bool same_known) {
  Window& w = p.op.window;
  read_pair(node.at("kernel"), w.kernel_h, w.kernel_w, 1);
  if (const auto stride = node.find("stride")) read_pair(*stride, w.stride_h, w.stride_w, 1);
  if (const auto dilation = node.find("dilation"))
    read_pair(*dilation, w.dilation_h, w.dilation_w, 1);
  if (const auto pad = node.find("pad")) read_pad(*pad, p, same_known);
}

void read_convolution(const Yaml& node, Pending& p) {
  const OpKind kind = p.op.kind;
  p.out_channels = node.at("channels").integer(1, kMost);
  read_window(node, p, kind != OpKind::deconv);
  if (kind == OpKind::depthwise_conv) p.op.groups = p.out_channels;
  if (kind == OpKind::grouped_conv) p.op.groups = node.at("groups").integer(1, kMost);
  if (kind == OpKind::deconv) read_count(node, "groups", p.op.groups, 1);
  read_flag(node, "bias", p.bias);
}

void read_pool(const Yaml& node, Pending& p) {
  read_flag(node, "global", p.global);
  if (p.global) {
    read_flag(node, "keep_dims", p.keep_dims);
    return;
  }
  read_window(node, p, true);
  read_flag(node, "ceil", p.ceil_mode);
}

void read_resize(const Yaml& node, Pending& p) {
  const auto scale = node.find("scale");
  if (!scale) return read_sizes(node, p.op.sizes, true);
  const std::vector<Yaml> items =
      scale->is_sequence() ? scale->items() : std::vector<Yaml>{*scale, *scale};
  if (items.size() != 2) scale->fail("expected a number or [height, width]");
  p.scale_h = items[0].number();
  p.scale_w = items[1].number();
  if (!(p.scale_h > 0) || !(p.scale_w > 0)) scale->fail("must be above 0");
}

void read_block(const Yaml& node, Pending& p) {
  p.op.macs = node.at("macs").integer(0, kMost);
  p.op.simple_ops = node.at("simple_ops").integer(0, kMost);
  p.op.internal_elements = node.at("internal").integer(0, kMost);
  p.op.weight_elements = node.at("weights").integer(0, kMost);
}

void read_kind(const Yaml& node, Pending& p) {
  switch (p.op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
      return read_convolution(node, p);
    case OpKind::fully_connected:
      p.out_channels = node.at("channels").integer(1, kMost);
      return read_flag(node, "bias", p.bias);
    case OpKind::attention:
      p.out_channels = node.at("channels").integer(1, kMost);
      p.op.groups = node.at("heads").integer(1, kMost);
      return read_flag(node, "bias", p.bias);
    case OpKind::matmul:
      return read_flag(node, "transpose_b", p.transpose_b);
    case OpKind::pool:
      return read_pool(node, p);
    case OpKind::softmax:
    case OpKind::concat:
      return read_int(node, "axis", p.op.axis, -8, 7);
    case OpKind::slice:
      read_int(node, "axis", p.op.axis, -8, 7);
      return read_sizes(node, p.op.sizes, true);
    case OpKind::reduction:
      read_flag(node, "keep_dims", p.keep_dims);
      return read_sizes(node, p.op.sizes, true);
    case OpKind::reshape:
    case OpKind::pad:
    case OpKind::crop:
      return read_sizes(node, p.op.sizes, true);
    case OpKind::permute:
      return read_sizes(node, p.op.sizes, p.op.function != "transpose");
    case OpKind::normalization:
    case OpKind::detection:
      return read_sizes(node, p.op.sizes, false);
    case OpKind::shuffle:
      p.op.groups = node.at("groups").integer(1, kMost);
      return;
    case OpKind::resize:
      return read_resize(node, p);
    case OpKind::block:
      return read_block(node, p);
    default:
      return;
  }
}

Pending read_operator(const Yaml& node) {
  Pending p;
  p.where = node.where();
  p.op.name = node.at("name").text();
  p.op.kind = static_cast<OpKind>(node.at("kind").choice("kind", op_kind_names()));
  if (const auto in = node.find("in")) p.input_names = read_names(*in);
  p.output_names = {p.op.name};
  if (const auto out = node.find("out")) p.output_names = read_names(*out);
  if (const auto shape = node.find("shape")) {
    const std::vector<Yaml> items =
        shape->is_sequence() ? shape->items() : std::vector<Yaml>{*shape};
    for (const Yaml& item : items) p.output_shapes.push_back(read_shape(item));
  }
  if (const auto layer = node.find("layer")) p.op.layer = layer->text();
  read_int(node, "weight_bits", p.op.weight_bits, 1, 64);
  const std::vector<std::string> functions = rules::functions_of(p.op.kind);
  if (!functions.empty()) {
    if (!rules::function_is_optional(p.op.kind) || node.has("function")) {
      p.op.function = functions[node.at("function").choice("function", functions)];
    }
  }
  if (p.op.kind != OpKind::block) read_count(node, "weights", p.given_weight_elements);
  read_kind(node, p);
  node.done();
  return p;
}

Graph read_graph(const Yaml& root, std::string name) {
  GraphBuilder builder(std::move(name));
  if (const auto network = root.find("network")) builder.set_network(network->text());
  if (const auto source = root.find("source")) builder.set_source(source->text());
  for (const Yaml& node : root.at("operators").items()) builder.add(read_operator(node));
  root.done();
  return builder.build();
}

}  // namespace

Graph parse_graph_yaml(std::string_view yaml, std::string name) {
  return read_graph(Yaml::load_text(yaml, name), name);
}

Graph load_graph(const std::filesystem::path& path) {
  const std::string name = path.stem().string();
  if (path.extension() == ".yaml") return read_graph(Yaml::load_file(path), name);
  if (path.extension() == ".onnx") return import_onnx(path).graph;
  if (path.extension() == ".tflite") return import_tflite(path).graph;
  if (path.extension() != ".param") {
    throw InputError(path.string() +
                     ": unknown kind of network file; known: .yaml, .param, .onnx, .tflite");
  }
  NcnnOptions options;
  options.file = path.string();
  return parse_ncnn(read_file(path), name, options);
}

}  // namespace partita
