// Operators that work element by element.
#include "sim/graph/tflite/operators.h"

namespace partita::tflite_reader {
namespace {

using foreign::Step;

const std::map<std::string, const char*, std::less<>>& functions() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"ABS", "abs"},
      {"CAST", "linear"},
      {"CEIL", "linear"},
      {"DEQUANTIZE", "quantize"},
      {"ELU", "elu"},
      {"EXP", "exp"},
      {"FLOOR", "linear"},
      {"GELU", "gelu"},
      {"HARD_SWISH", "hard-swish"},
      {"LEAKY_RELU", "leaky-relu"},
      {"LOG", "log"},
      {"LOGISTIC", "sigmoid"},
      {"NEG", "linear"},
      {"QUANTIZE", "quantize"},
      {"RELU", "relu"},
      {"RELU6", "relu6"},
      {"RELU_0_TO_1", "clip"},
      {"RELU_N1_TO_1", "clip"},
      {"ROUND", "linear"},
      {"RSQRT", "sqrt"},
      {"SIGN", "linear"},
      {"SQRT", "sqrt"},
      {"SQUARE", "linear"},
      {"TANH", "tanh"}};
  return names;
}

void activation(Context& c, const Op& op) {
  c.emit(op, c.step(op, OpKind::activation, functions().at(op.type)));
}

const std::map<std::string, const char*, std::less<>>& sums() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"ADD", "add"},     {"ADD_N", "add"}, {"DIV", "div"}, {"MAXIMUM", "max"},
      {"MINIMUM", "min"}, {"MUL", "mul"},   {"POW", "pow"}, {"SUB", "sub"}};
  return names;
}

std::vector<std::string> ids(Context& c, const Op& op) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    c.tensor(op, i);
    names.push_back(c.id(op, i));
  }
  return names;
}

void elementwise(Context& c, const Op& op) {
  c.bind_activated(
      op, foreign::elementwise(c.net(), c.step(op, OpKind::elementwise, sums().at(op.type)),
                               op.name, ids(c, op), c.out(op)));
}

/// A difference, then its square.
void squared_difference(Context& c, const Op& op) {
  const std::string made = foreign::elementwise(c.net(), c.step(op, OpKind::elementwise, "sub"),
                                                op.name, ids(c, op), c.out(op));
  c.bind(op, c.net().emit(c.step(op, OpKind::activation, "linear"), op.name + ".square", {made},
                          {c.out(op)})[0]);
}

void prelu(Context& c, const Op& op) {
  c.constant(op, 1, "the slope");
  c.bind(op, foreign::elementwise(c.net(), c.step(op, OpKind::activation, "prelu"), op.name,
                                  ids(c, op), c.out(op)));
}

}  // namespace

std::vector<Entry> elementwise_operators() {
  std::vector<Entry> entries = {{"PRELU", prelu}, {"SQUARED_DIFFERENCE", squared_difference}};
  for (const auto& [type, function] : functions()) entries.push_back({type.c_str(), activation});
  for (const auto& [type, function] : sums()) entries.push_back({type.c_str(), elementwise});
  return entries;
}

}  // namespace partita::tflite_reader
