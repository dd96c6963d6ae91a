#include "sim/graph/onnx/inference.h"

#include <google/protobuf/stubs/logging.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "sim/base/error.h"
#include "sim/graph/onnx/apart.h"

namespace partita::onnx_reader {

bool is_static(const onnx::TypeProto& type) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape()) return false;
  const auto& dims = type.tensor_type().shape().dim();
  return std::all_of(dims.begin(), dims.end(),
                     [](const auto& dim) { return dim.has_dim_value() && dim.dim_value() > 0; });
}

namespace {

using Values = std::unordered_map<std::string, std::vector<std::int64_t>>;

/// One line of what libonnx says.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 240)) {
    const bool gap = c <= ' ' || c > '~';
    if (!gap || (!line.empty() && line.back() != ' ')) line += gap ? ' ' : c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

class Inference {
 public:
  Inference(onnx::ModelProto& proto, const std::set<std::string>& constants,
            const std::string& file)
      : proto_(proto), constant_(constants), file_(file) {}

  /// Apart: libonnx 1.12 does not survive some damaged models.
  Values run() {
    const std::optional<std::string> bytes = apart([this] {
      try {
        return inferred();
      } catch (...) {
        return std::string();
      }
    });
    if (!bytes || bytes->empty())
      throw InputError(file_ + ": ONNX's shape inference fails on it: the file is damaged");
    if (bytes->front() == 'E')
      throw InputError(file_ + ": the shapes contradict each other: " + bytes->substr(1));
    google::protobuf::LogSilencer silence;
    onnx::GraphProto held;
    if (!held.ParseFromArray(bytes->data() + 1, static_cast<int>(bytes->size()) - 1))
      throw InputError(file_ + ": ONNX's shape inference fails on it: the file is damaged");
    Values values;
    for (const onnx::TensorProto& tensor : held.initializer())
      values[tensor.name()] = {tensor.int64_data().begin(), tensor.int64_data().end()};
    proto_.mutable_graph()->mutable_value_info()->Swap(held.mutable_value_info());
    proto_.mutable_graph()->mutable_output()->Swap(held.mutable_output());
    return values;
  }

 private:
  bool all_static() const {
    std::set<std::string> known = constant_;
    for (const auto* list : {&proto_.graph().value_info(), &proto_.graph().output()})
      for (const auto& value : *list)
        if (is_static(value.type())) known.insert(value.name());
    for (const auto& node : proto_.graph().node())
      for (const std::string& name : node.output())
        if (!name.empty() && known.count(name) == 0) return false;
    return true;
  }

  /// Puts known values in place of the nodes that compute them; false: there were none.
  bool keep_values(const std::unordered_map<std::string, onnx::TensorShapeProto>& values) {
    onnx::GraphProto& graph = *proto_.mutable_graph();
    std::unordered_map<std::string, const onnx::TypeProto*> types;
    for (const auto& value : graph.value_info()) types[value.name()] = &value.type();
    google::protobuf::RepeatedPtrField<onnx::NodeProto> left;
    const int before = graph.node_size();
    for (auto& node : *graph.mutable_node()) {
      const std::string name = node.output_size() == 1 ? node.output(0) : "";
      const auto value = values.find(name);
      const auto type = types.find(name);
      onnx::TensorProto tensor;
      if (value == values.end() || type == types.end() ||
          !as_tensor(value->second, *type->second, tensor)) {
        left.Add()->Swap(&node);
        continue;
      }
      tensor.set_name(name);
      graph.add_initializer()->Swap(&tensor);
    }
    graph.mutable_node()->Swap(&left);
    return graph.node_size() < before;
  }

  static bool as_tensor(const onnx::TensorShapeProto& value, const onnx::TypeProto& type,
                        onnx::TensorProto& tensor) {
    if (!is_static(type) || type.tensor_type().elem_type() != onnx::TensorProto::INT64)
      return false;
    const auto& shape = type.tensor_type().shape();
    const std::int64_t count = shape.dim_size() == 0 ? 1 : shape.dim(0).dim_value();
    if (shape.dim_size() > 1 || count != value.dim_size()) return false;
    tensor.set_data_type(onnx::TensorProto::INT64);
    if (shape.dim_size() == 1) tensor.add_dims(count);
    for (const auto& dim : value.dim()) {
      if (!dim.has_dim_value()) return false;
      tensor.add_int64_data(dim.dim_value());
    }
    return true;
  }

  /// The model with inferred shapes, and as initialisers of a second graph the values that follow
  /// from shapes; or after an `E` why there are none.
  std::string inferred() {
    google::protobuf::LogSilencer silence;
    std::unordered_map<std::string, onnx::TensorShapeProto> values;
    try {
      // libonnx follows shapes through the operators that compute with them, but not always into
      // those that take a shape: what it found becomes constant, then it looks again.
      constexpr int kMostRounds = 64;
      for (int round = 0; round < kMostRounds; ++round) {
        onnx::shape_inference::InferShapes(proto_, onnx::OpSchemaRegistry::Instance(),
                                           onnx::ShapeInferenceOptions(false, 0, true), &values);
        if (all_static() || !keep_values(values)) break;
      }
    } catch (const std::exception& error) {
      return "E" + one_line(error.what());
    }
    onnx::GraphProto held;
    for (const auto& [name, shape] : values) {
      onnx::TensorProto& tensor = *held.add_initializer();
      tensor.set_name(name);
      for (const auto& dim : shape.dim())
        if (dim.has_dim_value()) tensor.add_int64_data(dim.dim_value());
      if (tensor.int64_data_size() != shape.dim_size()) held.mutable_initializer()->RemoveLast();
    }
    *held.mutable_value_info() = proto_.graph().value_info();
    *held.mutable_output() = proto_.graph().output();
    std::string bytes = "S";
    held.AppendToString(&bytes);
    return bytes;
  }

  onnx::ModelProto& proto_;
  const std::set<std::string>& constant_;
  const std::string& file_;
};

}  // namespace

Values infer_shapes(onnx::ModelProto& model, const std::set<std::string>& constants,
                    const std::string& file) {
  return Inference(model, constants, file).run();
}

}  // namespace partita::onnx_reader
