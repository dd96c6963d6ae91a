// Shapes of a model's tensors by libonnx. Private to sim/graph; knows protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace partita::onnx_reader {

/// Every axis is a number above 0.
bool is_static(const onnx::TypeProto& type);

/// Puts the shapes into `model`'s value_info and output, and returns small whole-number tensors
/// that follow from shapes. `constants`: tensors that need no shape. Throws InputError that begins
/// with `file`.
std::unordered_map<std::string, std::vector<std::int64_t>> infer_shapes(
    onnx::ModelProto& model, const std::set<std::string>& constants, const std::string& file);

}  // namespace partita::onnx_reader
