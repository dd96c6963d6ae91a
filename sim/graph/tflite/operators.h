// What each TFLite operator is in our terms. Private to sim/graph.
#pragma once

#include <string>
#include <vector>

#include "sim/graph/foreign.h"
#include "sim/graph/tflite/model.h"

namespace partita::tflite_reader {

/// What translating an operator needs.
class Context {
 public:
  Context(const Model& model, foreign::Network& net) : model_(model), net_(net) {}
  foreign::Network& net() { return net_; }

  bool has(const Op& op, std::size_t i) const { return i < op.inputs.size() && op.inputs[i] >= 0; }
  static std::string id(const Op& op, std::size_t i) { return std::to_string(op.inputs[i]); }
  const TensorInfo& tensor(const Op& op, std::size_t i) const;  ///< Throws when left out.
  std::size_t rank(const Op& op, std::size_t i = 0) const { return tensor(op, i).shape.size(); }
  const TensorInfo& result(const Op& op, std::size_t i = 0) const {
    return model_.tensors[static_cast<std::size_t>(op.outputs[i])];
  }
  /// Throws InputError naming a tensor with an extent below 1.
  Shape in_layout(const TensorInfo& tensor, const std::string& where) const;
  Shape out(const Op& op, std::size_t i = 0) const { return in_layout(result(op, i), op.where); }
  std::string in(const Op& op, std::size_t i = 0) {
    tensor(op, i);
    return net_.tensor(id(op, i), op.where);
  }
  /// Throws InputError when the input is not constant.
  const foreign::Constant& constant(const Op& op, std::size_t i, const char* what) const;
  /// Whole numbers of a constant input. Throws InputError when they are not known.
  std::vector<std::int64_t> values(const Op& op, std::size_t i, const char* what) const;
  foreign::Step step(const Op& op, OpKind kind, std::string function = {}) const;
  /// Of the operator's own activation; empty: none.
  std::string activation_name(const Op& op) const;
  /// One operator that makes the one output.
  void emit(const Op& op, foreign::Step step, std::vector<std::string> inputs);
  void emit(const Op& op, foreign::Step step) { emit(op, std::move(step), {in(op)}); }
  void bind(const Op& op, const std::string& our_name);
  /// Behind the operator's own activation, as an operator of its own.
  void bind_activated(const Op& op, const std::string& our_name);

 private:
  const Model& model_;
  foreign::Network& net_;
};

using Translate = void (*)(Context&, const Op&);
struct Entry {
  const char* type;
  Translate translate;
};
std::vector<Entry> compute_operators();
std::vector<Entry> elementwise_operators();
std::vector<Entry> movement_operators();

}  // namespace partita::tflite_reader
