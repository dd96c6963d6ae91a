// What each ncnn layer type is in our terms. Private to sim/graph.
#pragma once

#include <string>
#include <vector>

#include "sim/graph/graph.h"
#include "sim/graph/ncnn_text.h"

namespace partita::ncnn {

/// Kind, parameters and weights; names and shapes are the caller's. Throws InputError on an unknown
/// type, naming the known, and on unknown or impossible parameters.
GraphBuilder::Pending translate(Layer& layer);

/// The layers that compute; ncnn_compute.cpp.
void convolution(Layer& layer, GraphBuilder::Pending& pending);
void deconvolution(Layer& layer, GraphBuilder::Pending& pending);
void inner_product(Layer& layer, GraphBuilder::Pending& pending);
void gemm(Layer& layer, GraphBuilder::Pending& pending);
void attention(Layer& layer, GraphBuilder::Pending& pending);
void pooling(Layer& layer, GraphBuilder::Pending& pending);

/// Split and Noop: the outputs are the inputs under other names.
bool is_alias(const Layer& layer);

}  // namespace partita::ncnn
