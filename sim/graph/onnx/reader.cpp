// From a model's nodes to a graph.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "sim/base/error.h"
#include "sim/graph/onnx/operators.h"

namespace partita {
namespace onnx_reader {

using foreign::clean;

const Shape& Context::file_shape(const Node& node, const std::string& id) const {
  if (const Constant* constant = net_.constant(id)) return constant->shape;
  const auto found = model_.shapes.find(id);
  if (found == model_.shapes.end())
    node.fail(fmt::format("tensor \"{}\" has no shape: ONNX's inference finds none", clean(id)));
  return found->second;
}

Shape Context::out(const Node& node, std::size_t i) const {
  return net_.ours(file_shape(node, node.outputs[i]));
}

const std::string& Context::id(const Node& node, std::size_t i) const {
  if (i >= node.inputs.size() || node.inputs[i].empty())
    node.fail(fmt::format("input {} is missing", i + 1));
  return node.inputs[i];
}

const Constant& Context::constant(const Node& node, std::size_t i, const char* what) const {
  const Constant* constant = net_.constant(id(node, i));
  if (constant == nullptr)
    node.fail(fmt::format("{} must be constant, but \"{}\" depends on the input", what,
                          clean(node.inputs[i])));
  return *constant;
}

std::vector<std::int64_t> Context::values(const Node& node, std::size_t i, const char* what) const {
  const Constant& held = constant(node, i, what);
  if (held.values.empty() && held.elements() > 0)
    node.fail(fmt::format("the values of {} are not in the file", what));
  return held.values;
}

foreign::Step Context::step(const Node& node, OpKind kind, std::string function) const {
  foreign::Step step;
  step.p.where = node.where;
  step.p.op.kind = kind;
  step.p.op.function = std::move(function);
  step.type = node.type;
  return step;
}

void Context::emit(const Node& node, foreign::Step step, std::vector<std::string> inputs) {
  bind(node, net_.emit(std::move(step), node.name, std::move(inputs), {out(node)})[0]);
}

void Context::reshape(const Node& node) {
  bind(node, net_.reshaped(in(node), out(node), node.name, node.where));
}

namespace {

const std::map<std::string, Translate, std::less<>>& table() {
  static const auto entries = [] {
    std::map<std::string, Translate, std::less<>> map;
    for (const auto& list : {compute_operators(), elementwise_operators(), movement_operators()})
      for (const Entry& entry : list) map.emplace(entry.type, entry.translate);
    return map;
  }();
  return entries;
}

/// What follows from constants takes no time: runtimes compute it when they load the model.
void fold(const Model& model, foreign::Network& net, const Node& node) {
  static const std::unordered_set<std::string> keep_bits = {
      "Concat", "DequantizeLinear", "Flatten",   "Identity", "Reshape",
      "Slice",  "Squeeze",          "Transpose", "Unsqueeze"};
  const Constant* first = node.inputs.empty() ? nullptr : net.constant(node.inputs[0]);
  for (const std::string& id : node.outputs) {
    if (id.empty()) continue;
    Constant constant;
    const auto value = node.attributes.find("value");
    if (node.type == "Constant" && value != node.attributes.end() && value->second.tensor) {
      constant = *value->second.tensor;
    } else {
      const auto shape = model.shapes.find(id);
      if (shape == model.shapes.end())
        node.fail(
            fmt::format("tensor \"{}\" has no shape: ONNX's inference finds none", clean(id)));
      constant.shape = shape->second;
      const auto bits = model.bits.find(id);
      if (bits != model.bits.end()) constant.bits = bits->second;
      if (first != nullptr && keep_bits.count(node.type) > 0) constant.bits = first->bits;
      if (const auto values = model.values.find(id); values != model.values.end())
        constant.values = values->second;
      if (node.type == "Constant" && node.has("value_ints"))
        constant.values = node.integers("value_ints").value();
      if (constant.values.size() != static_cast<std::size_t>(constant.elements()))
        constant.values.clear();
    }
    net.add_constant(id, std::move(constant));
  }
  if (node.type != "Constant") net.note("computed once, when the model is loaded", node.name);
}

void translate(Context& context, const Node& node) {
  try {
    table().at(node.type)(context, node);
  } catch (const InputError& error) {  // Of helpers, which know no place.
    if (std::string_view(error.what()).starts_with(context.net().file())) throw;
    node.fail(error.what());
  }
}

}  // namespace
}  // namespace onnx_reader

ImportedNetwork import_onnx(const std::filesystem::path& path, const ImportOptions& options) {
  using namespace onnx_reader;
  const Model model = read_model(path, options, onnx_operators());
  foreign::Network net(path.string(), foreign::Layout::channels_second);
  for (const auto& [id, constant] : model.constants) net.add_constant(id, constant);
  for (const auto& [id, shape] : model.inputs) net.add_input(id, id, net.ours(shape));
  Context context(model, net);
  for (const Node& node : model.nodes) {
    if (node.constant)
      fold(model, net, node);
    else
      translate(context, node);
  }
  for (const std::string& id : model.outputs) net.keep(id, path.string() + ": output");
  return net.build(path.stem().string(), path.filename().string(),
                   fmt::format("ONNX, opset {}", model.opset));
}

std::vector<std::string> onnx_operators() {
  std::vector<std::string> names;
  for (const auto& [name, translate] : onnx_reader::table()) names.push_back(name);
  // Free where they follow from shapes and constants, as every other operator is.
  for (const char* name : {"Constant", "Shape", "Size"}) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace partita
