#include "models/net.h"

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "sim/base/error.h"

namespace partita {

using Pending = GraphBuilder::Pending;

struct Net::State {
  explicit State(const std::string& network) : name(network), builder(network) {}

  std::string name;
  GraphBuilder builder;
  std::unordered_map<std::string, Shape> shapes;
  int operators = 0;
  bool pads_convolutions = false, pads_poolings = false;

  [[noreturn]] void fail(const std::string& op, const std::string& problem) const {
    throw std::logic_error(fmt::format("models: {}: {}: {}", name, op, problem));
  }

  const Shape& shape(const std::string& tensor) const {
    const auto found = shapes.find(tensor);
    if (found == shapes.end()) fail(tensor, "no such tensor");
    return found->second;
  }

  /// Names the operator and its tensors, which are its own name where it makes only one.
  std::vector<std::string> add(Pending p, int outputs = 1) {
    if (p.op.name.empty()) p.op.name = fmt::format("{}_{}", operators, to_string(p.op.kind));
    ++operators;
    p.output_names.clear();
    for (int i = 0; i < outputs; ++i)
      p.output_names.push_back(outputs == 1 ? p.op.name : fmt::format("{}.{}", p.op.name, i));
    std::vector<Shape> in;
    for (const std::string& input : p.input_names) in.push_back(shape(input));
    std::vector<std::string> made = p.output_names;
    try {
      const std::vector<Shape> out = infer_shapes(p, in);
      for (std::size_t i = 0; i < made.size(); ++i) shapes.emplace(made[i], out.at(i));
    } catch (const InputError& error) {
      fail(p.op.name, error.what());
    }
    builder.add(std::move(p));
    return made;
  }

  std::string one(Pending p) { return add(std::move(p)).front(); }
};

namespace {

Pending pending(OpKind kind, std::vector<std::string> inputs, const std::string& function = "") {
  Pending p;
  p.op.kind = kind;
  p.op.function = function;
  p.input_names = std::move(inputs);
  return p;
}

bool is_fused(const std::string& act) {
  return act == "relu" || act == "relu6";
}

void set_window(Window& window, int kernel, int stride, int pad) {
  window.kernel_h = window.kernel_w = kernel;
  window.stride_h = window.stride_w = stride;
  window.pad_top = window.pad_bottom = window.pad_left = window.pad_right = pad;
}

Pending pad_rows_and_columns(const std::string& in, const Window& w) {
  Pending p = pending(OpKind::pad, {in});
  p.op.sizes = {2, w.pad_top, w.pad_bottom, 3, w.pad_left, w.pad_right};
  return p;
}

}  // namespace

Net::Net(std::string name, std::int64_t height, std::int64_t width)
    : Net(std::move(name), Shape{1, 3, height, width}) {}

Net::Net(std::string name, Shape input) : state_(std::make_shared<State>(name)) {
  this->input("input", std::move(input));
}

Net::Tensor Net::input(const std::string& name, Shape shape) {
  Pending p = pending(OpKind::input, {});
  p.op.name = name;
  p.output_shapes = {std::move(shape)};
  return state_->one(std::move(p));
}

void Net::set_source(std::string source) {
  state_->builder.set_source(std::move(source));
}

void Net::pad_apart(bool convolutions, bool poolings) {
  state_->pads_convolutions = convolutions;
  state_->pads_poolings = poolings;
}

Net::Tensor Net::conv(const Tensor& in, const Conv& c) {
  const std::int64_t inputs = channels(in);
  Pending p = pending(OpKind::conv, {in}, is_fused(c.act) ? c.act : "");
  if (c.groups > 1) {
    const bool depthwise = c.groups == inputs && c.groups == c.channels;
    p.op.kind = depthwise ? OpKind::depthwise_conv : OpKind::grouped_conv;
  }
  p.op.groups = c.groups;
  p.out_channels = c.channels;
  p.bias = c.bias;
  p.same_pad = c.same;
  Window& w = p.op.window;
  set_window(w, c.kernel, c.stride, 0);
  if (c.kernel_w > 0) w.kernel_w = c.kernel_w;
  w.dilation_h = w.dilation_w = c.dilation;
  if (!c.same) {
    w.pad_top = w.pad_bottom = c.pad >= 0 ? c.pad : c.dilation * (w.kernel_h - 1) / 2;
    w.pad_left = w.pad_right = c.pad >= 0 ? c.pad : c.dilation * (w.kernel_w - 1) / 2;
    if (state_->pads_convolutions && w.pad_top + w.pad_left > 0) {
      p.input_names = {state_->one(pad_rows_and_columns(in, w))};
      w.pad_top = w.pad_bottom = w.pad_left = w.pad_right = 0;
    }
  }
  const Tensor out = state_->one(std::move(p));
  return is_fused(c.act) ? out : activation(out, c.act);
}

Net::Tensor Net::depthwise(const Tensor& in, int kernel, int stride, const std::string& act,
                           bool same) {
  const std::int64_t c = channels(in);
  return conv(
      in,
      {.channels = c, .kernel = kernel, .stride = stride, .same = same, .groups = c, .act = act});
}

Net::Tensor Net::deconv(const Tensor& in, std::int64_t channels, int kernel, int stride, int pad) {
  Pending p = pending(OpKind::deconv, {in});
  p.out_channels = channels;
  set_window(p.op.window, kernel, stride, pad);
  return state_->one(std::move(p));
}

Net::Tensor Net::fully_connected(const Tensor& in, std::int64_t channels, const std::string& act,
                                 bool bias) {
  Pending p = pending(OpKind::fully_connected, {in}, is_fused(act) ? act : "");
  p.out_channels = channels;
  p.bias = bias;
  const Tensor out = state_->one(std::move(p));
  return is_fused(act) ? out : activation(out, act);
}

Net::Tensor Net::activation(const Tensor& in, const std::string& function) {
  if (function.empty()) return in;
  return state_->one(pending(OpKind::activation, {in}, function));
}

Net::Tensor Net::batch_norm(const Tensor& in, const std::string& act) {
  return activation(state_->one(pending(OpKind::normalization, {in}, "batch")), act);
}

Net::Tensor Net::layer_norm(const Tensor& in) {
  return state_->one(pending(OpKind::normalization, {in}, "layer"));
}

Net::Tensor Net::add(const Tensor& a, const Tensor& b, const std::string& act) {
  return activation(combine(a, b, "add"), act);
}

Net::Tensor Net::mul(const Tensor& a, const Tensor& b) {
  return combine(a, b, "mul");
}

Net::Tensor Net::combine(const Tensor& a, const Tensor& b, const std::string& function) {
  return state_->one(pending(OpKind::elementwise, {a, b}, function));
}

Net::Tensor Net::concat(const std::vector<Tensor>& in, int axis) {
  if (in.size() == 1) return in.front();
  Pending p = pending(OpKind::concat, in);
  p.op.axis = axis;
  return state_->one(std::move(p));
}

std::vector<Net::Tensor> Net::split(const Tensor& in, int parts, int axis) {
  Pending p = pending(OpKind::slice, {in});
  p.op.axis = axis;
  p.op.sizes.assign(static_cast<std::size_t>(parts), -1);
  return state_->add(std::move(p), parts);
}

Net::Tensor Net::slice(const Tensor& in, int axis, std::int64_t begin, std::int64_t end) {
  Pending p = pending(OpKind::crop, {in});
  p.op.sizes = {axis, begin, end};
  return state_->one(std::move(p));
}

namespace {

Pending pooling(const Net::Tensor& in, const std::string& function, int kernel, int stride,
                int pad) {
  Pending p = pending(OpKind::pool, {in}, function);
  set_window(p.op.window, kernel, stride, pad);
  return p;
}

}  // namespace

Net::Tensor Net::max_pool(const Tensor& in, int kernel, int stride, int pad, bool ceil) {
  Pending p = pooling(in, "max", kernel, stride, pad);
  p.ceil_mode = ceil;
  if (state_->pads_poolings && pad > 0) {
    p.input_names = {state_->one(pad_rows_and_columns(in, p.op.window))};
    set_window(p.op.window, kernel, stride, 0);
  }
  return state_->one(std::move(p));
}

Net::Tensor Net::avg_pool(const Tensor& in, int kernel, int stride, int pad, bool ceil) {
  Pending p = pooling(in, "avg", kernel, stride, pad);
  p.ceil_mode = ceil;
  if (state_->pads_poolings && pad > 0) {
    p.input_names = {state_->one(pad_rows_and_columns(in, p.op.window))};
    set_window(p.op.window, kernel, stride, 0);
  }
  return state_->one(std::move(p));
}

Net::Tensor Net::pool_same(const Tensor& in, int kernel, int stride, const std::string& function) {
  Pending p = pooling(in, function, kernel, stride, 0);
  p.same_pad = true;
  return state_->one(std::move(p));
}

Net::Tensor Net::global_pool(const Tensor& in, bool keep_dims) {
  Pending p = pending(OpKind::pool, {in}, "avg");
  p.global = true;
  p.keep_dims = keep_dims;
  return state_->one(std::move(p));
}

Net::Tensor Net::reduce(const Tensor& in, std::vector<std::int64_t> axes,
                        const std::string& function, bool keep_dims) {
  Pending p = pending(OpKind::reduction, {in}, function);
  p.op.sizes = std::move(axes);
  p.keep_dims = keep_dims;
  return state_->one(std::move(p));
}

Net::Tensor Net::pad(const Tensor& in, std::int64_t before, std::int64_t after) {
  Pending p = pending(OpKind::pad, {in});
  p.op.sizes = {2, before, after, 3, before, after};
  return state_->one(std::move(p));
}

Net::Tensor Net::pad_channels(const Tensor& in, std::int64_t more) {
  Pending p = pending(OpKind::pad, {in});
  p.op.sizes = {1, 0, more};
  return state_->one(std::move(p));
}

Net::Tensor Net::shuffle(const Tensor& in, std::int64_t groups) {
  Pending p = pending(OpKind::shuffle, {in});
  p.op.groups = groups;
  return state_->one(std::move(p));
}

Net::Tensor Net::reshape(const Tensor& in, Shape to) {
  Pending p = pending(OpKind::reshape, {in});
  p.op.sizes = std::move(to);
  return state_->one(std::move(p));
}

Net::Tensor Net::permute(const Tensor& in, std::vector<std::int64_t> axes) {
  Pending p = pending(OpKind::permute, {in});
  p.op.sizes = std::move(axes);
  return state_->one(std::move(p));
}

Net::Tensor Net::softmax(const Tensor& in, int axis) {
  Pending p = pending(OpKind::softmax, {in});
  p.op.axis = axis;
  return state_->one(std::move(p));
}

Net::Tensor Net::matmul(const Tensor& a, const Tensor& b, bool transpose_b) {
  Pending p = pending(OpKind::matmul, {a, b});
  p.transpose_b = transpose_b;
  return state_->one(std::move(p));
}

Net::Tensor Net::resize(const Tensor& in, double scale, const std::string& function) {
  Pending p = pending(OpKind::resize, {in}, function);
  p.scale_h = p.scale_w = scale;
  return state_->one(std::move(p));
}

Net::Tensor Net::resize_to(const Tensor& in, std::int64_t height, std::int64_t width,
                           const std::string& function) {
  Pending p = pending(OpKind::resize, {in}, function);
  p.op.sizes = {height, width};
  return state_->one(std::move(p));
}

Net::Tensor Net::constant(Shape shape) {
  Pending p = pending(OpKind::constant, {});
  p.output_shapes = {std::move(shape)};
  return state_->one(std::move(p));
}

Net::Tensor Net::squeeze_excite(const Tensor& in, std::int64_t inner, const std::string& act,
                                const std::string& gate) {
  const Tensor squeezed = conv(global_pool(in, true), {.channels = inner, .act = act});
  return mul(in, conv(squeezed, {.channels = channels(in), .act = gate}));
}

const Shape& Net::shape(const Tensor& tensor) const {
  return state_->shape(tensor);
}

Graph Net::build() {
  try {
    return state_->builder.build();
  } catch (const InputError& error) {
    state_->fail("build", error.what());
  }
}

}  // namespace partita
