#include "validation/rknn_layers.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/evidence.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, 14> kColumns{
    "model",      "soc",           "npu_clock_hz", "id",
    "op",         "dtype",         "target",       "in_shapes_nchw",
    "ddr_cycles", "npu_cycles",    "time_us",      "mac_usage_pct",
    "rw_kb",      "out_shape_nchw"};

using Extents = std::vector<double>;

/// `1,64,80,80;64,64,1,1`; a lone `-` is no tensor.
std::vector<Extents> extents_of(const Csv& csv, std::size_t row, std::size_t column) {
  const std::string& text = csv.rows[row][column];
  std::vector<Extents> tensors;
  if (text.empty() || text == "-") return tensors;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    Extents& shape = tensors.emplace_back();
    while (begin <= end) {
      const std::size_t comma = std::min(text.find(',', begin), end);
      const double extent =
          parse_number(std::string_view(text).substr(begin, comma - begin),
                       fmt::format("{}:{}: {}", csv.name, csv.lines[row], csv.header[column]));
      if (extent < 1) csv.fail(row, column, "extents must be positive");
      shape.push_back(extent);
      begin = comma + 1;
    }
  }
  return tensors;
}

double elements(const Extents& shape) {
  double product = 1;
  for (const double extent : shape) product *= extent;
  return product;
}

struct Map {
  double channels = 1, height = 1, width = 1;
};

/// The batch counts with the height, so that no element is lost.
Map map_of(const Extents& shape) {
  if (shape.size() < 2) return {elements(shape), 1, 1};
  const double width = shape.size() > 2 ? shape.back() : 1;
  return {shape[1], elements(shape) / (shape[1] * width), width};
}

bool has(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

/// By the log's name; whatever only moves or maps elements is taken as a copy.
OpKind kind_of(std::string_view op) {
  if (has(op, "Concat")) return OpKind::concat;
  if (has(op, "ConvTranspose") || has(op, "Deconv")) return OpKind::deconv;
  if (op.substr(0, 4) == "Conv" || has(op, "DepthwiseConv")) return OpKind::conv;
  if (has(op, "Gemm") || has(op, "FullyConnected")) return OpKind::fully_connected;
  if (has(op, "MatMul") || has(op, "exMatMul")) return OpKind::matmul;
  if (has(op, "Softmax")) return OpKind::softmax;
  if (has(op, "Pool")) return OpKind::pool;
  if (has(op, "Reshape")) return OpKind::permute;  // logged only where it moves data
  if (has(op, "Transpose")) return OpKind::permute;
  if (has(op, "Resize") || has(op, "Upsample")) return OpKind::resize;
  if (has(op, "Split") || has(op, "Slice")) return OpKind::slice;
  if (has(op, "Add") || has(op, "Mul") || has(op, "Sub") || has(op, "Div"))
    return OpKind::elementwise;
  return OpKind::activation;
}

bool convolves(OpKind kind) {
  return kind == OpKind::conv || kind == OpKind::deconv;
}

void set_window(KernelWork& w, const std::vector<Extents>& in) {
  const Extents& weights = in[1];
  w.kernel_h = weights[2], w.kernel_w = weights[3];
  if (w.in_channels > 1 && (weights[1] == 1 || weights[0] == 1) &&
      std::max(weights[0], weights[1]) == w.in_channels) {
    w.groups = w.in_channels;
    if (w.operation == OpKind::conv) w.operation = OpKind::depthwise_conv;
  }
  const bool up = w.operation == OpKind::deconv;
  const auto ratio = [&](double a, double b) { return std::max(1.0, up ? b / a : a / b); };
  w.stride_h = ratio(w.in_height, w.out_height), w.stride_w = ratio(w.in_width, w.out_width);
}

KernelWork work_of(const std::string& op, const std::vector<Extents>& in, const Extents& out,
                   Precision precision) {
  KernelWork w;
  w.operation = kind_of(op);
  w.precision = precision;
  const Map from = map_of(in.front()), to = map_of(out);
  w.in_channels = from.channels, w.in_height = from.height, w.in_width = from.width;
  w.out_channels = to.channels, w.out_height = to.height, w.out_width = to.width;
  w.inputs = static_cast<int>(in.size());
  const bool windowed = convolves(w.operation) && in.size() > 1 && in[1].size() == 4;
  if (convolves(w.operation) && !windowed) w.operation = OpKind::activation;
  if (windowed) set_window(w, in);
  count_kernel(w);
  w.input_elements = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (windowed && i == 1) continue;
    if (windowed && i > 1) {
      // A bias adds nothing worth counting; a whole map is what is fused.
      if (elements(in[i]) < w.output_elements) continue;
      ++w.fused;
      w.fused_elements += elements(in[i]);
    } else {
      w.input_elements += elements(in[i]);
    }
  }
  return w;
}

}  // namespace

RknnLayers read_rknn_layers(const std::filesystem::path& path) {
  const Csv csv = read_csv(path);
  for (const std::string& title : csv.header)
    if (std::find(kColumns.begin(), kColumns.end(), title) == kColumns.end())
      throw_unknown(csv.name, "column", title, {kColumns.begin(), kColumns.end()});
  const std::size_t model = csv.column("model"), op = csv.column("op"), type = csv.column("dtype"),
                    target = csv.column("target"), in = csv.column("in_shapes_nchw"),
                    out = csv.column("out_shape_nchw"), time = csv.column("time_us");
  RknnLayers result;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const auto from = extents_of(csv, i, in), to = extents_of(csv, i, out);
    if (csv.rows[i][target] != "NPU" || csv.rows[i][time].empty() || from.empty() || to.empty()) {
      ++result.dropped;
      continue;
    }
    const double latency_s = csv.number(i, time) * 1e-6;
    if (latency_s <= 0) csv.fail(i, time, "must be positive");
    const Precision precision = has(csv.rows[i][type], "16") ? Precision::fp16 : Precision::int8;
    result.layers.push_back({csv.rows[i][model], csv.rows[i][op],
                             work_of(csv.rows[i][op], from, to.front(), precision), latency_s});
  }
  return result;
}

}  // namespace partita
