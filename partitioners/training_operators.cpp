// What planners profile to learn an operator's time from its shape.
#include <fmt/format.h>

#include <array>

#include "partitioners/regression.h"

namespace partita {
namespace {

Graph network_of(GraphBuilder::Pending pending, const Shape& in, int inputs = 1) {
  GraphBuilder builder("training");
  for (int i = 0; i < inputs; ++i) {
    GraphBuilder::Pending input;
    input.op.name = fmt::format("input{}", i);
    input.op.kind = OpKind::input;
    input.output_names = {input.op.name};
    input.output_shapes = {in};
    pending.input_names.push_back(input.op.name);
    builder.add(std::move(input));
  }
  pending.op.name = "operator";
  pending.output_names = {"output"};
  builder.add(std::move(pending));
  return builder.build();
}

GraphBuilder::Pending windowed(OpKind kind, int kernel, int stride) {
  GraphBuilder::Pending pending;
  pending.op.kind = kind;
  pending.op.window.kernel_h = pending.op.window.kernel_w = kernel;
  pending.op.window.stride_h = pending.op.window.stride_w = stride;
  pending.same_pad = true;
  return pending;
}

/// Extents of feature maps from the 640 x 640 of RetinaFace down to the 7 x 7 of ImageNet networks:
/// large maps have few channels. Not all divide by the tiles of kernels, and some are slices of
/// height.
struct Map {
  std::int64_t height, width, in, out;
};
constexpr std::array kMaps{
    Map{224, 224, 3, 16},   Map{104, 208, 32, 64},  Map{112, 112, 4, 64},  Map{56, 112, 32, 64},
    Map{104, 104, 64, 128}, Map{20, 56, 24, 144},   Map{56, 56, 128, 128}, Map{31, 52, 128, 256},
    Map{28, 28, 3, 40},     Map{28, 28, 192, 64},   Map{13, 26, 256, 512}, Map{19, 19, 96, 576},
    Map{14, 14, 512, 100},  Map{13, 13, 512, 1024}, Map{7, 7, 320, 1280},  Map{4, 7, 832, 48}};

void add_convolutions(std::vector<Graph>& graphs) {
  struct Kernel {
    int size, stride;
  };
  for (const Kernel k :
       {Kernel{1, 1}, {1, 2}, {3, 1}, {3, 2}, {5, 1}, {5, 2}, {7, 1}, {7, 2}, {9, 1}, {9, 2}})
    for (const Map& map : kMaps) {
      auto conv = windowed(OpKind::conv, k.size, k.stride);
      conv.out_channels = map.out;
      graphs.push_back(network_of(std::move(conv), {1, map.in, map.height, map.width}));
    }
  for (const Kernel k : {Kernel{3, 1}, {3, 2}, {5, 1}, {5, 2}})
    for (const Map& map : kMaps) {
      auto conv = windowed(OpKind::depthwise_conv, k.size, k.stride);
      conv.op.groups = conv.out_channels = map.out;
      graphs.push_back(network_of(std::move(conv), {1, map.out, map.height, map.width}));
    }
}

}  // namespace

std::vector<Graph> training_operators() {
  std::vector<Graph> graphs;
  add_convolutions(graphs);
  for (const std::int64_t in : {256, 1024, 2048, 4096, 25088})
    for (const std::int64_t out : {10, 512, 1000, 4096}) {
      GraphBuilder::Pending layer;
      layer.op.kind = OpKind::fully_connected;
      layer.out_channels = out;
      graphs.push_back(network_of(std::move(layer), {1, in}));
    }
  for (const Map& map : kMaps) {
    const Shape shape{1, map.out, map.height, map.width};
    for (const int kernel : {2, 3}) {
      auto pool = windowed(OpKind::pool, kernel, 2);
      pool.op.function = kernel == 2 ? "max" : "avg";
      graphs.push_back(network_of(std::move(pool), shape));
    }
    GraphBuilder::Pending relu;
    relu.op.kind = OpKind::activation;
    relu.op.function = "relu";
    graphs.push_back(network_of(std::move(relu), shape));
    GraphBuilder::Pending add;
    add.op.kind = OpKind::elementwise;
    add.op.function = "add";
    graphs.push_back(network_of(std::move(add), shape, 2));
  }
  return graphs;
}

}  // namespace partita
