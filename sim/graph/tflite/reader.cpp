// From a TFLite model's operators to a graph.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/graph/tflite/operators.h"

namespace partita {
namespace tflite_reader {

const TensorInfo& Context::tensor(const Op& op, std::size_t i) const {
  if (!has(op, i)) op.fail(fmt::format("input {} is missing", i + 1));
  return model_.tensors[static_cast<std::size_t>(op.inputs[i])];
}

Shape Context::in_layout(const TensorInfo& tensor, const std::string& where) const {
  for (const std::int64_t extent : tensor.shape)
    if (extent < 1)
      throw InputError(fmt::format("{}: tensor \"{}\" has no shape: {}", where, tensor.name,
                                   to_string(tensor.shape)));
  return net_.ours(tensor.shape);
}

const foreign::Constant& Context::constant(const Op& op, std::size_t i, const char* what) const {
  const TensorInfo& info = tensor(op, i);
  const foreign::Constant* constant = net_.constant(id(op, i));
  if (constant == nullptr)
    op.fail(fmt::format("{} must be constant, but \"{}\" depends on the input", what, info.name));
  return *constant;
}

std::vector<std::int64_t> Context::values(const Op& op, std::size_t i, const char* what) const {
  const foreign::Constant& held = constant(op, i, what);
  if (held.values.empty() && held.elements() > 0)
    op.fail(fmt::format("the values of {} are not in the file", what));
  return held.values;
}

foreign::Step Context::step(const Op& op, OpKind kind, std::string function) const {
  foreign::Step step;
  step.p.where = op.where;
  step.p.op.kind = kind;
  step.p.op.function = std::move(function);
  step.type = op.type;
  return step;
}

std::string Context::activation_name(const Op& op) const {
  switch (op.options.activation) {
    case 0:
      return "";
    case 1:
      return "relu";
    case 2:
      return "clip";
    case 3:
      return "relu6";
    case 4:
      return "tanh";
    default:
      op.fail(fmt::format("activation {} is not supported", op.options.activation));
  }
}

void Context::emit(const Op& op, foreign::Step step, std::vector<std::string> inputs) {
  bind(op, net_.emit(std::move(step), op.name, std::move(inputs), {out(op)})[0]);
}

void Context::bind(const Op& op, const std::string& our_name) {
  net_.alias(std::to_string(op.outputs[0]), our_name);
}

void Context::bind_activated(const Op& op, const std::string& our_name) {
  const std::string function = activation_name(op);
  if (function.empty()) return bind(op, our_name);
  bind(op, net_.emit(step(op, OpKind::activation, function), op.name + "." + function, {our_name},
                     {net_.shape(our_name)})[0]);
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

bool follows_from_constants(const foreign::Network& net, const Op& op) {
  if (op.type == "SHAPE") return true;
  bool any = false;
  for (const int tensor : op.inputs) {
    if (tensor < 0) continue;
    any = true;
    if (net.constant(std::to_string(tensor)) == nullptr) return false;
  }
  return any;
}

/// What follows from constants takes no time: the runtime computes it once.
void fold(const Model& model, foreign::Network& net, const Op& op) {
  for (const int output : op.outputs) {
    const TensorInfo& info = model.tensors[static_cast<std::size_t>(output)];
    foreign::Constant constant;
    constant.shape = info.shape;
    for (const std::int64_t extent : info.shape)
      if (extent < 0) op.fail(fmt::format("tensor \"{}\" has no shape", info.name));
    const bool stored = op.type == "DEQUANTIZE" && !op.inputs.empty() && op.inputs[0] >= 0;
    constant.bits = stored ? net.constant(std::to_string(op.inputs[0]))->bits : info.bits;
    net.add_constant(std::to_string(output), std::move(constant));
  }
  net.note("computed once, when the model is loaded", op.name);
}

void translate(Context& context, const Op& op) {
  const auto found = table().find(op.type);
  if (found == table().end())
    throw_unknown_of_many(op.where, "operator", op.type, tflite_operators(),
                          "partita import --help");
  try {
    found->second(context, op);
  } catch (const InputError& error) {  // Of helpers, which know no place.
    if (std::string_view(error.what()).starts_with(context.net().file())) throw;
    op.fail(error.what());
  }
}

void add_inputs(const Model& model, Context& context, const std::string& file) {
  for (const int input : model.inputs) {
    const TensorInfo& info = model.tensors[static_cast<std::size_t>(input)];
    if (info.constant) continue;
    context.net().add_input(std::to_string(input), info.name,
                            context.in_layout(info, file + ": input"));
    if (info.dynamic)
      context.net().note("input that can change, in the shape the file stores", info.name);
  }
}

}  // namespace
}  // namespace tflite_reader

ImportedNetwork import_tflite(const std::filesystem::path& path) {
  using namespace tflite_reader;
  const Model model = read_model(path);
  foreign::Network net(path.string(), foreign::Layout::channels_last);
  for (std::size_t i = 0; i < model.tensors.size(); ++i)
    if (model.tensors[i].constant) net.add_constant(std::to_string(i), model.tensors[i].value);
  Context context(model, net);
  add_inputs(model, context, path.string());
  for (const Op& op : model.operators) {
    if (follows_from_constants(net, op))
      fold(model, net, op);
    else
      translate(context, op);
  }
  for (const int output : model.outputs)
    net.keep(std::to_string(output), path.string() + ": output");
  return net.build(path.stem().string(), path.filename().string(), "TFLite");
}

std::vector<std::string> tflite_operators() {
  std::vector<std::string> names = {"SHAPE"};
  for (const auto& [name, translate] : tflite_reader::table()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace partita
