#include "sim/graph/foreign.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace partita::foreign {

std::string clean(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, 120)) text += c >= ' ' && c <= '~' ? c : '_';
  return text;
}

Shape Network::ours(const Shape& shape) const {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {1, shape[0]};
  if (shape.size() == 4 && layout_ == Layout::channels_last)
    return {shape[0], shape[3], shape[1], shape[2]};
  return shape;
}

int Network::axis(std::int64_t axis, std::size_t rank) const {
  const auto axes = static_cast<std::int64_t>(rank);
  if (axis < -axes || axis >= axes)
    throw InputError(fmt::format("axis {} is outside a tensor of {} axes", axis, axes));
  const int at = static_cast<int>(axis < 0 ? axis + axes : axis);
  if (rank == 1) return 1;
  if (rank != 4 || layout_ == Layout::channels_second) return at;
  return at == 0 ? 0 : at == 3 ? 1 : at + 1;
}

const Constant* Network::constant(const std::string& id) const {
  const auto found = constants_.find(id);
  return found == constants_.end() ? nullptr : &found->second;
}

std::string Network::tensor(const std::string& id, const std::string& where) {
  if (const auto found = names_.find(id); found != names_.end()) return found->second;
  const auto constant = constants_.find(id);
  if (constant == constants_.end())
    throw InputError(
        fmt::format("{}: reads tensor \"{}\", which nothing before it makes", where, clean(id)));
  Step step;
  step.p.where = where;
  step.p.op.kind = OpKind::constant;
  step.p.op.weight_bits = constant->second.bits;
  const std::string name = emit(step, id, {}, {ours(constant->second.shape)})[0];
  names_[id] = name;
  return name;
}

std::string Network::unique(const std::string& wanted) {
  std::string base = clean(wanted);
  if (base.empty()) base = "unnamed";
  std::string name = base;
  if (used_.insert(name).second) return name;
  int& number = numbered_[base];  // Goes on where it was: a file may name everything alike.
  do name = fmt::format("{}.{}", base, ++number + 1);
  while (!used_.insert(name).second);
  return name;
}

void Network::add_input(const std::string& id, const std::string& name, const Shape& shape) {
  Step step;
  step.p.where = fmt::format("{}: input \"{}\"", file_, clean(name));
  step.p.op.kind = OpKind::input;
  names_[id] = emit(std::move(step), name, {}, {shape})[0];
}

std::vector<std::string> Network::emit(Step step, const std::string& name,
                                       std::vector<std::string> inputs,
                                       const std::vector<Shape>& outputs) {
  Pending& p = step.p;
  p.op.name = unique(name);
  p.input_names = std::move(inputs);
  p.output_shapes = outputs;
  p.output_names.clear();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // A tensor takes its operator's name; several are numbered.
    p.output_names.push_back(outputs.size() == 1 ? p.op.name
                                                 : unique(fmt::format("{}.{}", p.op.name, i)));
    shapes_[p.output_names.back()] = outputs[i];
  }
  steps_.push_back(std::move(step));
  return steps_.back().p.output_names;
}

std::string Network::reshaped(const std::string& our_name, const Shape& to, const std::string& name,
                              const std::string& where) {
  if (shape(our_name) == to) return our_name;
  Step step;
  step.p.where = where;
  step.p.op.kind = OpKind::reshape;
  step.p.op.sizes = to;
  return emit(std::move(step), name, {our_name}, {to})[0];
}

ImportedNetwork Network::build(std::string name, std::string source, std::string format) {
  ImportedNetwork result;
  result.format = std::move(format);
  GraphBuilder builder(std::move(name));
  builder.set_source(std::move(source));
  for (Step& step : join_patterns(std::move(steps_), kept_, notes_)) builder.add(std::move(step.p));
  result.graph = builder.build();
  for (auto& [what, where] : notes_) result.notes.push_back({what, std::move(where)});
  return result;
}

namespace {

/// Leading axes of 1 up to the rank, as broadcasting in the file sees them.
std::string widened(Network& net, const std::string& our_name, std::size_t rank,
                    const std::string& name, const std::string& where) {
  Shape shape = net.shape(our_name);
  if (shape.size() >= rank) return our_name;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return net.reshaped(our_name, net.ours(shape), name + ".widened", where);
}

}  // namespace

std::string elementwise(Network& net, Step like, const std::string& name,
                        const std::vector<std::string>& ids, const Shape& out) {
  std::vector<std::string> inputs;
  std::int64_t weights = 0;
  for (const std::string& id : ids) {
    const Constant* constant = net.constant(id);
    if (constant == nullptr)
      inputs.push_back(net.tensor(id, like.p.where));
    else if (constant->elements() > 1)  // A scalar is part of the code.
      weights += constant->elements(), like.p.op.weight_bits = constant->bits;
  }
  if (inputs.size() == 1 && net.shape(inputs[0]) == out) {
    if (like.p.op.kind == OpKind::elementwise) like.p.op.function = "linear";
    like.p.op.kind = OpKind::activation;
    like.p.given_weight_elements = weights;
    return net.emit(std::move(like), name, std::move(inputs), {out})[0];
  }
  inputs.clear();
  for (const std::string& id : ids)
    inputs.push_back(widened(net, net.tensor(id, like.p.where), out.size(), name, like.p.where));
  if (like.p.op.kind != OpKind::elementwise)
    throw InputError(like.p.where + ": a tensor as its parameter is not supported");
  if (inputs.size() == 1) return inputs[0];
  like.p.op.weight_bits = 32;
  return net.emit(std::move(like), name, std::move(inputs), {out})[0];
}

std::string fully_connected(Network& net, Step like, const std::string& name, std::string input,
                            std::int64_t width, const Shape& out) {
  const std::string where = like.p.where;
  const Shape in = net.shape(input);
  const std::int64_t channels = like.p.out_channels;
  like.p.op.kind = OpKind::fully_connected;
  const bool rows = in.size() == 3 && in[2] == width && out == Shape{in[0], in[1], channels};
  const bool flat =
      in.size() != 3 && elements(in) == in[0] * width && out == Shape{in[0], channels};
  if (rows || flat) return net.emit(std::move(like), name, {std::move(input)}, {out})[0];
  if (width < 1 || elements(in) % width != 0)
    throw InputError(
        fmt::format("{}: {} is no whole number of rows of {}", where, to_string(in), width));
  const std::int64_t count = elements(in) / width;
  input = net.reshaped(input, {1, count, width}, name + ".rows", where);
  input = net.emit(std::move(like), name, {input}, {{1, count, channels}})[0];
  return net.reshaped(input, out, name + ".shape", where);
}

std::string matmul(Network& net, Step like, const std::string& name, std::string a, std::string b,
                   const Shape& out) {
  const std::string where = like.p.where;
  like.p.op.kind = OpKind::matmul;
  const std::size_t rank = std::max(net.shape(a).size(), net.shape(b).size());
  const auto wide = [&](const std::string& x) {
    Shape shape = net.shape(x);
    shape.insert(shape.begin(), rank - shape.size(), 1);
    return net.reshaped(x, shape, name + ".widened", where);
  };
  a = wide(a);
  b = wide(b);
  return net.emit(std::move(like), name, {a, b}, {out})[0];
}

std::string move_blocks(Network& net, const Step& like, const std::string& name,
                        const std::string& input, std::int64_t block, Blocks blocks) {
  const Shape in = net.shape(input);
  if (in.size() != 4) throw InputError(like.p.where + ": needs a tensor of four axes");
  const std::int64_t n = in[0], c = in[1], h = in[2], w = in[3];
  const bool to_space = blocks != Blocks::to_depth;
  if (block < 1 || block > 1024 ||
      (to_space ? c % (block * block) != 0 : h % block != 0 || w % block != 0))
    throw InputError(
        fmt::format("{}: blocks of {} do not divide {}", like.p.where, block, to_string(in)));
  Shape cut, out;
  std::vector<std::int64_t> order;
  if (to_space) {
    const std::int64_t left = c / (block * block);
    const bool outer = blocks == Blocks::to_space;
    cut = outer ? Shape{n, block, block, left, h, w} : Shape{n, left, block, block, h, w};
    order = outer ? std::vector<std::int64_t>{0, 3, 4, 1, 5, 2}
                  : std::vector<std::int64_t>{0, 1, 4, 2, 5, 3};
    out = {n, left, h * block, w * block};
  } else {
    cut = {n, c, h / block, block, w / block, block};
    order = {0, 3, 5, 1, 2, 4};
    out = {n, c * block * block, h / block, w / block};
  }
  const std::string parts = net.reshaped(input, cut, name + ".blocks", like.p.where);
  Shape permuted;
  for (const std::int64_t axis : order) permuted.push_back(cut[static_cast<std::size_t>(axis)]);
  Step step = like;
  step.p.op.kind = OpKind::permute;
  step.p.op.sizes = order;
  const std::string moved = net.emit(std::move(step), name, {parts}, {permuted})[0];
  return net.reshaped(moved, out, name + ".joined", like.p.where);
}

}  // namespace partita::foreign
