// A TFLite file as its operators, constants and shapes, checked. Private to sim/graph.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/graph/foreign.h"

namespace partita::tflite_reader {

struct TensorInfo {
  std::string name;
  Shape shape;
  int bits = 32;
  bool constant = false;
  bool dynamic = false;  ///< The file says that an extent can change.
  foreign::Constant value;
};

/// Numbers of an operator's options; those its type does not have keep what is here.
struct Options {
  bool same_padding = false;
  int stride_w = 1, stride_h = 1, filter_w = 1, filter_h = 1, dilation_w = 1, dilation_h = 1;
  int activation = 0;
  int axis = 0;
  int radius = 0;
  int block = 0;
  bool keep_dims = false, transpose_a = false, transpose_b = false;
  int begin_mask = 0, end_mask = 0, shrink_axis_mask = 0;
};

struct Op {
  std::string type;                  ///< "CONV_2D"; "CUSTOM name".
  std::string where;                 ///< `file: operator 3 "name" (CONV_2D)`
  std::string name;                  ///< Of its first output.
  std::vector<int> inputs, outputs;  ///< Tensors; -1: left out.
  Options options;
  [[noreturn]] void fail(const std::string& problem) const;
};

struct Model {
  std::vector<TensorInfo> tensors;
  std::vector<int> inputs, outputs;
  std::vector<Op> operators;
};

/// Maps the file, so that weights are not loaded. Throws InputError.
Model read_model(const std::filesystem::path& path);

}  // namespace partita::tflite_reader
