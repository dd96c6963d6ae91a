// Networks of other tools: ONNX and TensorFlow Lite files as our graphs. Weights are never loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

struct ImportOptions {
  /// ONNX: extents of dynamic dimensions, by their names in the file; one without a name is
  /// `INPUT.AXIS`.
  std::map<std::string, std::int64_t, std::less<>> dims;
};

/// What the reader did with some operators: joined them, or found them free.
struct ImportNote {
  std::string what;                ///< "swish of Sigmoid and Mul"
  std::vector<std::string> where;  ///< Operators, by our names.
};

struct ImportedNetwork {
  Graph graph;
  std::string format;  ///< "ONNX, opset 13"
  std::vector<ImportNote> notes;
};

/// Throw InputError naming file, node and operator; UnsupportedError when this build has no reader
/// of the format.
ImportedNetwork import_onnx(const std::filesystem::path& path, const ImportOptions& options = {});
ImportedNetwork import_tflite(const std::filesystem::path& path);

/// Operators that have a meaning in our terms; empty when this build has no reader.
std::vector<std::string> onnx_operators();
std::vector<std::string> tflite_operators();

/// Of ONNX's own operators (ai.onnx): what the files may be written in.
inline constexpr int kLeastOpset = 6, kMostOpset = 17;

}  // namespace partita
