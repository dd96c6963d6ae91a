// Compression as a front end: transformations of a network before anybody plans it. Each gives a
// graph whose every shape is inferred and checked again. What they do to accuracy is not modelled:
// nothing published predicts it from the shapes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/fusion.h"
#include "sim/graph/graph.h"

namespace partita {

struct CompressionInfo {
  std::string name;       ///< e.g. "prune"
  std::string summary;    ///< One line for --help.
  std::string parameter;  ///< What `NAME:VALUE` sets; empty: nothing.
  double least = 0, most = 0;
  bool required = false;  ///< It cannot be left out.
  std::string source;     ///< Paper it follows.
};
/// The one table of transformations.
std::span<const CompressionInfo> compressions();

struct CompressionStep {
  std::string name;
  double ratio = 0;     ///< Of prune and low-rank.
  std::string runtime;  ///< Of fuse; empty: none named.
  std::string text;     ///< As written, "prune:0.5".
};
/// `prune:0.5,int8`: in the order given; empty: none. Throws InputError naming the known ones, or
/// what a value may be.
std::vector<CompressionStep> parse_compressions(std::string_view list);

/// What a network asks of a device.
struct NetworkSize {
  std::size_t operators = 0;
  std::int64_t macs = 0, weight_elements = 0;
  std::int64_t weight_bits = 0;          ///< All of them.
  std::int64_t activation_elements = 0;  ///< Of every tensor between operators, and the outputs.
};
NetworkSize size_of(const Graph& graph);

struct CompressionEffect {
  std::string step;  ///< "prune:0.5"
  NetworkSize before, after;
};

struct Compressed {
  Graph graph;  ///< Named "resnet18+prune:0.5": no measured profile is of it.
  std::vector<CompressionEffect> effects;
  bool int8 = false;          ///< Units run their int8 kernels where they have them.
  bool fuses_blocks = false;  ///< Kernels of a runtime were made, as blocks where it takes them.
};

/// The rules of a runtime, a list for each kind of unit that it drives. Throws InputError for an
/// unknown one.
using FusionSource = std::function<std::vector<std::vector<FusionRule>>(std::string_view runtime)>;
/// Every step in order; no steps: the graph as it is.
Compressed compress(const Graph& graph, std::span<const CompressionStep> steps,
                    const FusionSource& rules = {});

/// Output channels of convolutions and fully connected layers scaled by 1 - `ratio`, coupled ones
/// alike (Li et al., 2017; Fang et al., 2023): each set of channels that must stay equal to
/// multiples of 8 from 64 on, of 4 from 16 on, at least one. Inputs, outputs, what detection heads
/// read and inner widths of attention stay.
Graph prune_channels(const Graph& graph, double ratio);

/// A k x k convolution becomes k x 1 of r channels and 1 x k (Jaderberg et al., 2014, scheme 2); a
/// fully connected layer, 1 x 1 or 1 x k convolution becomes two, the second 1 x 1 (truncated
/// singular value decomposition: Denton et al., 2014). r = `ratio` x the largest rank the weights
/// can have; only where that lowers the MACs.
Graph decompose_low_rank(const Graph& graph, double ratio);

/// Weights of 8 bits.
Graph quantize_weights(const Graph& graph);

/// Batch normalization folded into the weights before it, activations without weights into the
/// operator before them.
Graph fold_operators(const Graph& graph);

/// The kernels that all of `rules` agree on: folded where that says the same, else as blocks.
Graph fuse_kernels(const Graph& graph, std::span<const std::vector<FusionRule>> rules);

/// Convolutions of one tensor with the same window and function become one whose channels are then
/// sliced (the merge stage of IOS: Ding et al., 2021).
Graph merge_siblings(const Graph& graph);

}  // namespace partita
