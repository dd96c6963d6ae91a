// An ONNX file without its weights. Private to sim/graph.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

namespace partita::onnx_reader {

/// The protobuf text of a model as it stands in `in` (of `size` bytes), without the data of tensors
/// of more than 8 KiB: those are stepped over, never read. Throws InputError that begins with
/// `file`: the file ends early, or is nested or filled beyond reason.
std::string without_weights(std::istream& in, std::uint64_t size, const std::string& file);

}  // namespace partita::onnx_reader
