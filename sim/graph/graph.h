// Networks: operators and tensors with exact shapes, and the counts every cost model starts from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"

namespace partita {

enum class OpKind : std::uint8_t {
  input,
  constant,
  conv,            ///< groups == 1
  depthwise_conv,  ///< groups == in channels == out channels
  grouped_conv,
  deconv,
  fully_connected,
  matmul,
  attention,
  pool,
  elementwise,  ///< Two or more inputs: add, mul, ...
  activation,
  normalization,  ///< Batch, layer, RMS, local response.
  softmax,
  reduction,
  concat,
  slice,
  split,  ///< Same tensor to several readers; free.
  reshape,
  permute,
  pad,
  crop,
  resize,
  shuffle,
  detection,  ///< Prior boxes, NMS and other post-processing.
  block,      ///< Several operators that a runtime executes as one (a "layer" of a board).
};
inline constexpr std::size_t kOpKinds = 26;
std::string_view to_string(OpKind kind);
std::vector<std::string> op_kind_names();

/// Outermost first; feature maps are N C H W, matrices N M K, vectors N C.
using Shape = std::vector<std::int64_t>;
std::string to_string(const Shape& shape);  ///< `1x64x56x56`
/// Product of the extents. Throws InputError beyond 2^53.
std::int64_t elements(const Shape& shape);

struct Tensor {
  std::string name;
  Shape shape;
  OpId producer{};
  std::vector<OpId> consumers;
  bool operator==(const Tensor&) const = default;
};

/// Window of a convolution or pooling; also the halo rule for slices of height.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  bool operator==(const Window&) const = default;
};

struct Operator {
  std::string name;
  OpKind kind{};
  std::string function;     ///< Finer kind: "max", "avg", "relu", "add", "winograd", ...
  std::string layer;        ///< Group a runtime runs as one; empty: none.
  Window window;            ///< Effective: padding of "same", ceil and global made explicit.
  std::int64_t groups = 1;  ///< Groups of a convolution or shuffle; heads of an attention.
  int axis = 1;             ///< Of concat, slice and softmax, counted with the batch axis.
  /// slice: extents; reshape: target; permute: input axis of each output axis; pad: (axis, before,
  /// after)...; crop: (axis, begin, end)...; reduction: axes; local response: window; detection:
  /// priors or anchors per cell, or boxes kept. Resolved: no wildcards left.
  std::vector<std::int64_t> sizes;
  int weight_bits = 32;  ///< 8 when the file stores int8 weights.
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;

  std::int64_t macs = 0;             ///< Multiply-accumulates; 0 for data movement.
  std::int64_t simple_ops = 0;       ///< Other arithmetic operations (activations, pooling, adds).
  std::int64_t weight_elements = 0;  ///< Weights and biases.
  std::int64_t input_elements = 0;   ///< Sum over inputs.
  std::int64_t output_elements = 0;  ///< Sum over outputs.
  /// Elements moved between operators inside a block (0 otherwise).
  std::int64_t internal_elements = 0;
  bool operator==(const Operator&) const = default;
};

/// A directed acyclic network. Built by GraphBuilder, immutable after.
class Graph {
 public:
  const std::string& name() const { return name_; }
  /// The network measured profiles call it by, e.g. "alexnet"; equals name() unless the file says.
  const std::string& network() const { return network_; }
  const std::string& source() const { return source_; }  ///< Where the graph comes from.

  std::size_t size() const { return operators_.size(); }
  std::span<const Operator> operators() const { return operators_; }
  std::span<const Tensor> tensors() const { return tensors_; }
  const Operator& op(OpId id) const { return operators_[index(id)]; }
  const Tensor& tensor(TensorId id) const { return tensors_[index(id)]; }

  /// Operators in a topological order that keeps file order where it can.
  std::span<const OpId> order() const { return order_; }
  std::span<const OpId> predecessors(OpId id) const;
  std::span<const OpId> successors(OpId id) const;
  /// Every operator has at most one predecessor and one successor.
  bool is_chain() const;
  /// `to` can be reached from `from` along edges; an operator reaches itself.
  bool reaches(OpId from, OpId to) const;

  std::int64_t total_macs() const;
  std::int64_t total_weight_elements() const;
  bool operator==(const Graph&) const = default;

 private:
  friend class GraphBuilder;
  std::string name_, network_, source_;
  std::vector<Operator> operators_;
  std::vector<Tensor> tensors_;
  std::vector<OpId> order_;
  std::vector<std::uint32_t> pred_begin_, succ_begin_;  ///< CSR, size() + 1 each.
  std::vector<OpId> preds_, succs_;
};

/// Collects operators in any order, then checks and infers.
class GraphBuilder {
 public:
  struct Pending {
    /// inputs/outputs ignored, counts too except those of a block; filled by build(). `axis` may be
    /// negative (from the end) and `sizes` may hold wildcards: -1 the rest (of a reshape; of a
    /// slice, an equal share of it; of a crop, up to the end), 0 in a reshape the same axis of the
    /// input.
    Operator op;
    std::vector<std::string> input_names;
    std::vector<std::string> output_names;
    std::vector<Shape> output_shapes;  ///< Given (checked against the rule) or empty (inferred).
    std::string where;                 ///< `file:line:column: key` for errors.
    // What only shape inference needs:
    std::int64_t out_channels = 0;  ///< conv, deconv, fully connected; attention: inner width.
    bool bias = true;
    bool ceil_mode = false;           ///< Pooling rounds up.
    bool global = false;              ///< Global pooling.
    bool same_pad = false;            ///< Output = ceil(input / stride).
    bool keep_dims = true;            ///< Global pooling and reductions keep axes of extent 1.
    double scale_h = 0, scale_w = 0;  ///< resize by a factor; 0: `sizes` holds height and width.
    std::int64_t given_weight_elements = -1;
    bool transpose_b = false;
  };
  explicit GraphBuilder(std::string name) { graph_.name_ = graph_.network_ = std::move(name); }
  void set_network(std::string network) { graph_.network_ = std::move(network); }
  void set_source(std::string source) { graph_.source_ = std::move(source); }
  void add(Pending pending) { pending_.push_back(std::move(pending)); }
  /// Throws InputError: duplicate name, undefined tensor, cycle (naming an operator on it), shape
  /// mismatch, more than 100,000 operators, an empty network.
  Graph build();

 private:
  Graph graph_;
  std::vector<Pending> pending_;
};

/// Shapes of the outputs of an operator that reads these, by the rule of its kind. Throws
/// InputError with the problem, without a place.
std::vector<Shape> infer_shapes(GraphBuilder::Pending pending, std::span<const Shape> in);

/// Readers. Throw InputError with position.
Graph load_graph(const std::filesystem::path& path);  ///< By extension: .yaml or .param
Graph parse_graph_yaml(std::string_view yaml, std::string name);
struct NcnnOptions {
  /// N C H W, for graphs without shapes; replaces the shape and voids the hints of those with one.
  std::optional<Shape> input;
  std::string source;  ///< Graph::source(); empty: none.
  std::string file;    ///< For errors; empty: the name.
};
Graph parse_ncnn(std::string_view param, std::string name, const NcnnOptions& options = {});
/// Our own YAML; reading it back gives an equal graph.
std::string to_yaml(const Graph& graph);

/// Merges operators with the same non-empty `layer` into one `block` each. Throws InputError when a
/// layer is not convex (a path leaves it and comes back).
Graph coarsen(const Graph& graph);

/// What one slice of an operator computes and touches.
enum class Axis : std::uint8_t { none, batch, channel, height };
std::string_view to_string(Axis axis);
struct Slice {
  Axis axis = Axis::none;  ///< none: the whole operator.
  std::int64_t begin = 0;  ///< Of the output, along the axis.
  std::int64_t end = 0;
  bool operator==(const Slice&) const = default;
};
struct Work {
  double macs = 0, simple_ops = 0;
  double weight_elements = 0;  ///< Weights read: all for batch and height, the share for channels.
  double input_elements = 0;   ///< With halo rows for height; all for output channels.
  double output_elements = 0;
  double internal_elements = 0;
};
/// Throws InputError when this operator cannot be cut along the axis or the range is empty or
/// outside.
Work work_of(const Graph& graph, OpId op, const Slice& slice = {});
/// Does every slice of `consumer` need of `input` at least what lies at its own relative position,
/// and all of it along the other axes? Then a slice waits for as large a part of the tensor as it
/// is itself. Along `entire` (Axis::none: no such axis) every slice must need all of it.
bool keeps_position(const Graph& graph, TensorId input, OpId consumer, Axis entire = Axis::none);
/// Axes along which the operator's first output can be cut.
std::vector<Axis> cut_axes(const Graph& graph, OpId op);
/// Extent of the output along the axis.
std::int64_t cut_extent(const Graph& graph, OpId op, Axis axis);
/// Part of `input` (a tensor the operator reads) along the slice's axis that the slice needs; whole
/// (Axis::none) when the tensor has no such axis.
Slice input_slice(const Graph& graph, OpId op, TensorId input, const Slice& slice);
/// Elements of `input` (a tensor the operator reads) that the slice needs.
double input_elements_needed(const Graph& graph, OpId op, TensorId input, const Slice& slice);
/// Of what the slice of `consumer` reads of `input`, the elements that `producer_slice` (of the
/// tensor's producer) made.
double overlap_elements(const Graph& graph, TensorId input, const Slice& producer_slice,
                        OpId consumer, const Slice& consumer_slice);

}  // namespace partita
