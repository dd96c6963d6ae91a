// What each ONNX operator is in our terms. Private to sim/graph.
#pragma once

#include <string>
#include <vector>

#include "sim/graph/foreign.h"
#include "sim/graph/onnx/model.h"

namespace partita::onnx_reader {

/// What translating a node needs.
class Context {
 public:
  Context(const Model& model, foreign::Network& net) : model_(model), net_(net) {
    for (const auto& [id, shape] : model.inputs) inputs_.insert(id);
    results_.insert(model.outputs.begin(), model.outputs.end());
  }
  const Model& model() const { return model_; }
  foreign::Network& net() { return net_; }

  /// Inferred, in the file's axes. Throws InputError naming the tensor when there is none.
  const Shape& file_shape(const Node& node, const std::string& id) const;
  Shape out(const Node& node, std::size_t i = 0) const;  ///< In ours.
  bool has(const Node& node, std::size_t i) const {
    return i < node.inputs.size() && !node.inputs[i].empty();
  }
  const std::string& id(const Node& node, std::size_t i) const;  ///< Throws when left out.
  std::string in(const Node& node, std::size_t i = 0) {
    return net_.tensor(id(node, i), node.where);
  }
  /// Throws InputError when the input is not constant.
  const Constant& constant(const Node& node, std::size_t i, const char* what) const;
  /// Whole numbers of a constant input. Throws InputError when they are not known.
  std::vector<std::int64_t> values(const Node& node, std::size_t i, const char* what) const;
  foreign::Step step(const Node& node, OpKind kind, std::string function = {}) const;
  /// One operator that makes the node's one output.
  void emit(const Node& node, foreign::Step step, std::vector<std::string> inputs);
  void emit(const Node& node, foreign::Step step) { emit(node, std::move(step), {in(node)}); }
  void bind(const Node& node, const std::string& our_name) {
    net_.alias(node.outputs[0], our_name);
  }
  /// The output is the input in its own shape.
  void reshape(const Node& node);

  bool is_input(const std::string& tensor) const { return inputs_.count(tensor) > 0; }
  bool is_result(const std::string& tensor) const { return results_.count(tensor) > 0; }

 private:
  std::set<std::string> inputs_, results_;
  const Model& model_;
  foreign::Network& net_;
};

using Translate = void (*)(Context&, const Node&);
struct Entry {
  const char* type;
  Translate translate;
};
std::vector<Entry> compute_operators();
std::vector<Entry> elementwise_operators();
std::vector<Entry> movement_operators();

}  // namespace partita::onnx_reader
