#include "units/onnx_sample.h"

#ifdef PARTITA_ONNX

#include <fmt/format.h>
#include <onnx/defs/parser.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

namespace partita::test {

onnx::ModelProto model_of(const std::string& inputs, const std::string& outputs,
                          const std::string& nodes, int opset) {
  const std::string text =
      fmt::format("<ir_version: 7, opset_import: [\"\" : {}]>\nnet ({}) => ({}) {{\n{}\n}}", opset,
                  inputs, outputs, nodes);
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  if (!status.IsOK()) throw std::logic_error(status.ErrorMessage() + "\n" + text);
  return model;
}

void add_weights(onnx::ModelProto& model, const std::string& name, const Shape& shape, int type) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& place = *tensor.add_external_data();
  place.set_key("location");
  place.set_value("weights-that-nobody-needs.bin");
}

void add_integers(onnx::ModelProto& model, const std::string& name,
                  const std::vector<std::int64_t>& values, bool scalar) {
  onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  if (!scalar) tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) tensor.add_int64_data(value);
}

std::string written_bytes(const std::string& bytes, const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("onnx-{}", getpid());
  std::filesystem::create_directories(folder);
  const std::string path = (folder / name).string();
  std::filesystem::remove(path);  // Some file systems wait for the disk when one is overwritten.
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string written(const onnx::ModelProto& model, const std::string& name) {
  return written_bytes(model.SerializeAsString(), name);
}

namespace {

/// One of our graphs in ONNX's operators.
class Exporter {
 public:
  explicit Exporter(const Graph& graph) : graph_(graph) {
    model_.set_ir_version(7);
    auto& opset = *model_.add_opset_import();
    opset.set_domain("");
    opset.set_version(13);
    model_.mutable_graph()->set_name("net");
  }

  std::optional<onnx::ModelProto> run() {
    for (const OpId id : graph_.order())
      if (!add(graph_.op(id))) return std::nullopt;
    for (const Tensor& tensor : graph_.tensors())
      if (tensor.consumers.empty()) value(*model_.mutable_graph()->add_output(), tensor.name, {});
    return model_;
  }

 private:
  std::string name(TensorId id) const { return graph_.tensor(id).name; }
  const Shape& shape(TensorId id) const { return graph_.tensor(id).shape; }

  static void value(onnx::ValueInfoProto& info, const std::string& tensor, const Shape& shape) {
    info.set_name(tensor);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }

  onnx::NodeProto& node(const char* type, const std::vector<std::string>& in,
                        const std::string& out) {
    onnx::NodeProto& made = *model_.mutable_graph()->add_node();
    made.set_op_type(type);
    made.set_name("node of " + out);
    for (const std::string& tensor : in) made.add_input(tensor);
    made.add_output(out);
    return made;
  }
  static void number(onnx::NodeProto& made, const char* key, std::int64_t value) {
    auto& attribute = *made.add_attribute();
    attribute.set_name(key);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  static void numbers(onnx::NodeProto& made, const char* key,
                      const std::vector<std::int64_t>& values) {
    auto& attribute = *made.add_attribute();
    attribute.set_name(key);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }
  std::string weights(const Operator& op, const char* which, const Shape& shape) {
    add_weights(model_, op.name + which, shape);
    return op.name + which;
  }
  std::string integers(const std::string& of, const std::vector<std::int64_t>& values) {
    add_integers(model_, of, values);
    return of;
  }

  static void window(onnx::NodeProto& made, const Window& w, bool dilated) {
    numbers(made, "kernel_shape", {w.kernel_h, w.kernel_w});
    numbers(made, "strides", {w.stride_h, w.stride_w});
    numbers(made, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    if (dilated) numbers(made, "dilations", {w.dilation_h, w.dilation_w});
  }

  static const char* activation(const std::string& function) {
    static const std::map<std::string, const char*> types = {{"abs", "Abs"},
                                                             {"elu", "Elu"},
                                                             {"exp", "Exp"},
                                                             {"hard-sigmoid", "HardSigmoid"},
                                                             {"leaky-relu", "LeakyRelu"},
                                                             {"relu", "Relu"},
                                                             {"relu6", "Clip"},
                                                             {"sigmoid", "Sigmoid"},
                                                             {"sqrt", "Sqrt"},
                                                             {"tanh", "Tanh"}};
    const auto found = types.find(function);
    return found == types.end() ? nullptr : found->second;
  }
  /// The activation of an operator or on its own, as exporters write it.
  bool activate(const std::string& function, const std::string& in, const std::string& out) {
    if (function == "swish" || function == "hard-swish") {
      node(function == "swish" ? "Sigmoid" : "HardSigmoid", {in}, out + "/gate");
      node("Mul", {in, out + "/gate"}, out);
      return true;
    }
    if (function == "gelu") {
      add_weights(model_, out + "/root", {});
      add_weights(model_, out + "/one", {});
      add_weights(model_, out + "/half", {});
      node("Div", {in, out + "/root"}, out + "/scaled");
      node("Erf", {out + "/scaled"}, out + "/erf");
      node("Add", {out + "/erf", out + "/one"}, out + "/sum");
      node("Mul", {in, out + "/sum"}, out + "/product");
      node("Mul", {out + "/product", out + "/half"}, out);
      return true;
    }
    const char* type = activation(function);
    if (type == nullptr) return false;
    node(type, {in}, out);
    return true;
  }

  /// The name under which an operator makes its result before its activation.
  static std::string raw(const Operator& op, const std::string& out) {
    return op.function.empty() ? out : out + "/raw";
  }

  bool convolution(const Operator& op, const std::string& x, const std::string& out) {
    const std::int64_t in = shape(op.inputs[0])[1], channels = shape(op.outputs[0])[1];
    const bool transposed = op.kind == OpKind::deconv;
    const std::int64_t taps = std::int64_t{op.window.kernel_h} * op.window.kernel_w;
    const Shape kernel =
        transposed ? Shape{in, channels / op.groups, op.window.kernel_h, op.window.kernel_w}
                   : Shape{channels, in / op.groups, op.window.kernel_h, op.window.kernel_w};
    std::vector<std::string> inputs = {x, weights(op, ".w", kernel)};
    if (op.weight_elements > taps * kernel[0] * kernel[1])
      inputs.push_back(weights(op, ".b", {channels}));
    auto& made = node(transposed ? "ConvTranspose" : "Conv", inputs, raw(op, out));
    window(made, op.window, true);
    number(made, "group", op.groups);
    return op.function.empty() || activate(op.function, raw(op, out), out);
  }

  bool product(const Operator& op, std::string x, const std::string& out) {
    const Shape &in = shape(op.inputs[0]), &made = shape(op.outputs[0]);
    const std::int64_t channels = made.back();
    std::int64_t width = in.back();
    if (in.size() != 3) {
      width = elements(in) / in[0];
      if (in.size() != 2) {
        number(node("Flatten", {x}, out + "/flat"), "axis", 1);
        x = out + "/flat";
      }
    }
    const bool bias = op.weight_elements > width * channels;
    std::vector<std::string> inputs = {x, weights(op, ".w", {width, channels})};
    if (in.size() != 3) {
      if (bias) inputs.push_back(weights(op, ".b", {channels}));
      node("Gemm", inputs, raw(op, out));
    } else if (bias) {
      node("MatMul", inputs, out + "/product");
      node("Add", {weights(op, ".b", {channels}), out + "/product"}, raw(op, out));
    } else {
      node("MatMul", inputs, raw(op, out));
    }
    return op.function.empty() || activate(op.function, raw(op, out), out);
  }

  bool pool(const Operator& op, const std::string& x, const std::string& out) {
    const Shape &in = shape(op.inputs[0]), &made = shape(op.outputs[0]);
    const bool whole = op.window.kernel_h == in[2] && op.window.kernel_w == in[3] &&
                       op.window.pad_top + op.window.pad_left == 0 && op.function == "avg";
    if (made.size() == 2 && !whole) return false;
    if (whole) {
      node("GlobalAveragePool", {x}, made.size() == 2 ? out + "/map" : out);
      if (made.size() == 2) number(node("Flatten", {out + "/map"}, out), "axis", 1);
      return true;
    }
    window(node(op.function == "avg" ? "AveragePool" : "MaxPool", {x}, out), op.window, false);
    return true;
  }

  bool shuffle(const Operator& op, const std::string& x, const std::string& out) {
    const Shape& s = shape(op.inputs[0]);
    const Shape parts = {s[0], op.groups, s[1] / op.groups, s[2], s[3]};
    node("Reshape", {x, integers(out + "/parts", parts)}, out + "/cut");
    numbers(node("Transpose", {out + "/cut"}, out + "/swapped"), "perm", {0, 2, 1, 3, 4});
    node("Reshape", {out + "/swapped", integers(out + "/shape", s)}, out);
    return true;
  }

  bool elementwise(const Operator& op, const std::vector<std::string>& in, const std::string& out) {
    static const std::map<std::string, const char*> types = {
        {"add", "Add"}, {"div", "Div"}, {"mul", "Mul"}, {"sub", "Sub"}};
    const auto found = types.find(op.function);
    if (found == types.end() || in.size() != 2) return false;
    std::vector<std::string> inputs = in;
    for (std::size_t i = 0; i < 2; ++i) {  // A vector of channels, which ours widen by themselves.
      const Shape& s = shape(op.inputs[i]);
      if (s.size() != 2 || shape(op.outputs[0]).size() != 4) continue;
      node("Unsqueeze", {in[i], integers(fmt::format("{}/axes{}", out, i), {2, 3})},
           fmt::format("{}/wide{}", out, i));
      inputs[i] = fmt::format("{}/wide{}", out, i);
    }
    node(found->second, inputs, out);
    return true;
  }

  bool add(const Operator& op) {
    std::vector<std::string> in;
    for (const TensorId id : op.inputs) in.push_back(name(id));
    const std::string out = name(op.outputs[0]);
    switch (op.kind) {
      case OpKind::input:
        value(*model_.mutable_graph()->add_input(), out, shape(op.outputs[0]));
        return true;
      case OpKind::conv:
      case OpKind::depthwise_conv:
      case OpKind::grouped_conv:
      case OpKind::deconv:
        return convolution(op, in[0], out);
      case OpKind::fully_connected:
        return product(op, in[0], out);
      case OpKind::matmul:
        if (op.macs !=
            elements(shape(op.outputs[0])) * shape(op.inputs[1])[shape(op.inputs[1]).size() - 2])
          return false;  // The second one is transposed.
        node("MatMul", in, out);
        return op.function.empty();
      case OpKind::pool:
        return pool(op, in[0], out);
      case OpKind::elementwise:
        return elementwise(op, in, out);
      case OpKind::activation:
        return op.weight_elements == 0 && activate(op.function, in[0], out);
      case OpKind::softmax:
        number(node("Softmax", in, out), "axis", op.axis);
        return true;
      case OpKind::concat:
        number(node("Concat", in, out), "axis", op.axis);
        return true;
      case OpKind::normalization:
        return normalization(op, in[0], out);
      case OpKind::shuffle:
        return shuffle(op, in[0], out);
      default:
        return move(op, in, out);
    }
  }

  bool normalization(const Operator& op, const std::string& x, const std::string& out) {
    if (op.function != "batch" || op.weight_elements % shape(op.inputs[0])[1] != 0) return false;
    const std::int64_t channels = shape(op.inputs[0])[1];
    if (op.weight_elements != 2 * channels && op.weight_elements != 4 * channels) return false;
    std::vector<std::string> inputs = {x};
    for (const char* part : {".scale", ".shift", ".mean", ".variance"})
      inputs.push_back(weights(op, part, {channels}));
    node("BatchNormalization", inputs, out);
    return true;
  }

  bool move(const Operator& op, const std::vector<std::string>& in, const std::string& out) {
    const Shape& made = shape(op.outputs[0]);
    switch (op.kind) {
      case OpKind::reshape:
        node("Reshape", {in[0], integers(out + "/shape", made)}, out);
        return true;
      case OpKind::permute:
        numbers(node("Transpose", in, out), "perm", op.sizes);
        return true;
      case OpKind::reduction: {
        if (op.function != "mean") return false;
        auto& reduce = node("ReduceMean", in, out);
        numbers(reduce, "axes", op.sizes);
        number(reduce, "keepdims", made.size() == shape(op.inputs[0]).size() ? 1 : 0);
        return true;
      }
      case OpKind::slice: {
        auto& split = node("Split", {in[0], integers(out + "/sizes", op.sizes)}, out);
        for (std::size_t i = 1; i < op.outputs.size(); ++i) split.add_output(name(op.outputs[i]));
        number(split, "axis", op.axis);
        return true;
      }
      case OpKind::crop: {
        std::vector<std::int64_t> axes, begins, ends;
        for (std::size_t i = 0; i < op.sizes.size(); i += 3) {
          axes.push_back(op.sizes[i]);
          begins.push_back(op.sizes[i + 1]);
          ends.push_back(op.sizes[i + 2]);
        }
        node("Slice",
             {in[0], integers(out + "/begins", begins), integers(out + "/ends", ends),
              integers(out + "/axes", axes)},
             out);
        return true;
      }
      default:
        return false;
    }
  }

  const Graph& graph_;
  onnx::ModelProto model_;
};

}  // namespace

std::optional<onnx::ModelProto> exported(const Graph& graph) {
  return Exporter(graph).run();
}

}  // namespace partita::test

#endif
