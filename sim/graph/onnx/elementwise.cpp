// Operators that work element by element, and those that cost nothing.
#include <fmt/format.h>

#include "sim/graph/onnx/operators.h"

namespace partita::onnx_reader {
namespace {

using foreign::Step;

const std::map<std::string, const char*, std::less<>>& functions() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"Abs", "abs"},
      {"Cast", "linear"},
      {"Ceil", "linear"},
      {"Celu", "elu"},
      {"Clip", "clip"},
      {"Elu", "elu"},
      {"Erf", "erf"},
      {"Exp", "exp"},
      {"Floor", "linear"},
      {"HardSigmoid", "hard-sigmoid"},
      {"HardSwish", "hard-swish"},
      {"LeakyRelu", "leaky-relu"},
      {"Log", "log"},
      {"Neg", "linear"},
      {"Not", "linear"},
      {"Reciprocal", "linear"},
      {"Relu", "relu"},
      {"Round", "linear"},
      {"Selu", "elu"},
      {"Sigmoid", "sigmoid"},
      {"Sign", "linear"},
      {"Softplus", "softplus"},
      {"Sqrt", "sqrt"},
      {"Tanh", "tanh"},
      {"ThresholdedRelu", "relu"}};
  return names;
}

void activation(Context& c, const Node& node) {
  c.emit(node, c.step(node, OpKind::activation, functions().at(node.type)));
}

const std::map<std::string, const char*, std::less<>>& sums() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"Add", "add"}, {"Div", "div"}, {"Max", "max"}, {"Mean", "add"}, {"Min", "min"},
      {"Mul", "mul"}, {"Pow", "pow"}, {"Sub", "sub"}, {"Sum", "add"}};
  return names;
}

void elementwise(Context& c, const Node& node) {
  c.bind(node,
         foreign::elementwise(c.net(), c.step(node, OpKind::elementwise, sums().at(node.type)),
                              node.name, node.inputs, c.out(node)));
}

void prelu(Context& c, const Node& node) {
  c.constant(node, 1, "the slope");
  c.bind(node, foreign::elementwise(c.net(), c.step(node, OpKind::activation, "prelu"), node.name,
                                    node.inputs, c.out(node)));
}

void free_of_cost(Context& c, const Node& node) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    c.net().note("second outputs left out", node.name);
  c.net().note(node.type + " left out", node.name);
  c.bind(node, c.in(node));
}

/// Integer kernels quantise what they write and read what others quantised; only the network's own
/// input and results are converted.
void quantize(Context& c, const Node& node) {
  if (c.is_input(c.id(node, 0))) return c.emit(node, c.step(node, OpKind::activation, "quantize"));
  c.net().note("QuantizeLinear part of the kernel before it", node.name);
  c.bind(node, c.in(node));
}

void dequantize(Context& c, const Node& node) {
  if (c.is_result(node.outputs[0]))
    return c.emit(node, c.step(node, OpKind::activation, "quantize"));
  c.net().note("DequantizeLinear part of the kernel after it", node.name);
  c.bind(node, c.in(node));
}

}  // namespace

std::vector<Entry> elementwise_operators() {
  std::vector<Entry> entries = {{"DequantizeLinear", dequantize},
                                {"Dropout", free_of_cost},
                                {"Identity", free_of_cost},
                                {"PRelu", prelu},
                                {"QuantizeLinear", quantize}};
  for (const auto& [type, function] : functions()) entries.push_back({type.c_str(), activation});
  for (const auto& [type, function] : sums()) entries.push_back({type.c_str(), elementwise});
  return entries;
}

}  // namespace partita::onnx_reader
