// ONNX files made in tests: from text, from one of our own graphs.
#pragma once

#ifdef PARTITA_ONNX

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/graph/graph.h"

namespace partita::test {

/// A model of these nodes: `y = Conv <strides = [2, 2]> (x, w)`, one a line; `inputs` as
/// `float[1, 3, 8, 8] x`, `outputs` as `float y`.
onnx::ModelProto model_of(const std::string& inputs, const std::string& outputs,
                          const std::string& nodes, int opset = 13);
/// Weights that stand in another file, which is not there.
void add_weights(onnx::ModelProto& model, const std::string& name, const Shape& shape,
                 int type = onnx::TensorProto::FLOAT);
void add_integers(onnx::ModelProto& model, const std::string& name,
                  const std::vector<std::int64_t>& values, bool scalar = false);

/// Writes it into a new file of the test's folder; returns the path.
std::string written(const onnx::ModelProto& model, const std::string& name);
std::string written_bytes(const std::string& bytes, const std::string& name);

/// The same network in ONNX's operators. Empty when one of its operators has no counterpart.
std::optional<onnx::ModelProto> exported(const Graph& graph);

}  // namespace partita::test

#endif
