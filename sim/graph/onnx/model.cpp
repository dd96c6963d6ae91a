// The one place that knows protobuf and libonnx: their headers are slow to compile.
#include "sim/graph/onnx/model.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <span>

#include "sim/base/error.h"
#include "sim/graph/onnx/inference.h"
#include "sim/graph/onnx/strip.h"

namespace partita::onnx_reader {
namespace {

using foreign::clean;
constexpr std::size_t kMostNodes = 100'000;
constexpr std::int64_t kMostValues = 1024;  ///< Of a constant whose values are kept.
constexpr std::int64_t kMostExtent = std::int64_t{1} << 40;

int bits_of(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
    case onnx::TensorProto::INT16:
    case onnx::TensorProto::UINT16:
      return 16;
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
      return 8;
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::INT64:
    case onnx::TensorProto::UINT64:
    case onnx::TensorProto::COMPLEX64:
      return 64;
    default:
      return 32;
  }
}

template <class Stored>
std::vector<Stored> raw_values(const std::string& raw) {
  std::vector<Stored> values(raw.size() / sizeof(Stored));
  std::memcpy(values.data(), raw.data(), values.size() * sizeof(Stored));
  return values;
}

template <class To, class From>
void copy_values(std::vector<To>& to, const From& from) {
  for (const auto value : from) to.push_back(static_cast<To>(value));
}

/// Values of a small tensor of int32, int64 or float; none where the file keeps them elsewhere.
void read_values(const onnx::TensorProto& tensor, Constant& constant) {
  const bool raw = !tensor.raw_data().empty();
  switch (tensor.data_type()) {
    case onnx::TensorProto::INT64:
      if (raw)
        copy_values(constant.values, raw_values<std::int64_t>(tensor.raw_data()));
      else
        copy_values(constant.values, tensor.int64_data());
      break;
    case onnx::TensorProto::INT32:
      if (raw)
        copy_values(constant.values, raw_values<std::int32_t>(tensor.raw_data()));
      else
        copy_values(constant.values, tensor.int32_data());
      break;
    case onnx::TensorProto::FLOAT:
      if (raw)
        copy_values(constant.reals, raw_values<float>(tensor.raw_data()));
      else
        copy_values(constant.reals, tensor.float_data());
      break;
    default:
      break;
  }
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, const ImportOptions& options,
         const std::vector<std::string>& known)
      : file_(path.string()), path_(path), options_(options), known_(known) {}

  Model read() {
    load();
    read_opset();
    read_nodes();
    read_inputs();
    check_operators();
    infer();
    collect_shapes();
    return std::move(model_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(file_ + ": " + problem);
  }

  void load() {
    std::error_code error;
    if (std::filesystem::is_directory(path_, error)) fail("a folder, not a file");
    std::ifstream in(path_, std::ios::binary);
    const auto size = std::filesystem::file_size(path_, error);
    if (!in || error) fail("cannot be read");
    const std::string bytes = without_weights(in, size, file_);
    google::protobuf::LogSilencer silence;
    if (!proto_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      fail("not an ONNX file, or a damaged one");
    if (!proto_.has_graph()) fail("not an ONNX file: it has no graph");
    if (proto_.graph().node_size() == 0) fail("the graph has no node");
    if (static_cast<std::size_t>(proto_.graph().node_size()) > kMostNodes)
      fail(fmt::format("{} nodes; at most {} are read", proto_.graph().node_size(), kMostNodes));
  }

  void read_opset() {
    for (const auto& import : proto_.opset_import()) {
      if (!import.domain().empty() && import.domain() != "ai.onnx") continue;
      if (import.version() < kLeastOpset || import.version() > kMostOpset)
        fail(fmt::format("opset {}; opsets {} to {} are read", import.version(), kLeastOpset,
                         kMostOpset));
      model_.opset = static_cast<int>(import.version());
    }
    if (model_.opset == 0) fail("names no opset of ONNX's own operators");
    // Their bodies can refer to each other without end.
    if (proto_.functions_size() > 0) fail("has functions of its own, which are not read");
  }

  Constant read_tensor(const onnx::TensorProto& tensor, const std::string& where) const {
    Constant constant;
    constant.bits = bits_of(tensor.data_type());
    for (const std::int64_t extent : tensor.dims()) {
      if (extent < 0 || extent > kMostExtent || constant.shape.size() == 8)
        throw InputError(fmt::format("{}: a shape with extent {}", where, extent));
      constant.shape.push_back(extent);
    }
    std::int64_t count = 0;
    try {
      count = constant.elements();
    } catch (const InputError& error) {
      throw InputError(where + ": " + error.what());
    }
    const bool external = tensor.data_location() == onnx::TensorProto::EXTERNAL;
    if (count > kMostValues || external || tensor.has_segment()) return constant;
    read_values(tensor, constant);
    const std::size_t held = constant.values.size() + constant.reals.size();
    if (held > 0 && held != static_cast<std::size_t>(count))
      throw InputError(fmt::format("{}: {} values for a tensor of {}", where, held, count));
    return constant;
  }

  Attribute read_attribute(const onnx::AttributeProto& a, const std::string& where) const {
    using Type = Attribute::Type;
    Attribute read;
    switch (a.type()) {
      case onnx::AttributeProto::INT:
        read.type = Type::integer;
        read.integer = a.i();
        break;
      case onnx::AttributeProto::FLOAT:
        read.type = Type::real;
        read.real = a.f();
        break;
      case onnx::AttributeProto::STRING:
        read.type = Type::text;
        read.text = a.s();
        break;
      case onnx::AttributeProto::INTS:
        read.type = Type::integers;
        copy_values(read.integers, a.ints());
        break;
      case onnx::AttributeProto::FLOATS:
        read.type = Type::reals;
        copy_values(read.reals, a.floats());
        break;
      case onnx::AttributeProto::TENSOR:
        read.type = Type::tensor;
        read.tensor = read_tensor(a.t(), where + ": attribute " + clean(a.name()));
        break;
      default:
        break;
    }
    return read;
  }

  void read_nodes() {
    const onnx::GraphProto& graph = proto_.graph();
    for (const auto& tensor : graph.initializer())
      model_.constants[tensor.name()] =
          read_tensor(tensor, fmt::format("{}: tensor \"{}\"", file_, clean(tensor.name())));
    if (graph.sparse_initializer_size() > 0) fail("has sparse tensors, which are not read");
    for (const auto& [name, constant] : model_.constants) constant_.insert(name);
    for (const auto& proto : graph.node()) {
      Node node;
      node.name = clean(proto.name());
      node.type = clean(proto.op_type());
      if (!proto.domain().empty() && proto.domain() != "ai.onnx")
        node.type = clean(proto.domain()) + "." + node.type;
      for (const std::string& name : proto.input()) node.inputs.push_back(name);
      for (const std::string& name : proto.output()) node.outputs.push_back(name);
      if (node.outputs.empty() || node.outputs[0].empty())
        fail(fmt::format("node \"{}\" ({}) makes no tensor", node.name, node.type));
      if (node.name.empty()) node.name = clean(node.outputs[0]);
      node.where = fmt::format("{}: node \"{}\" ({})", file_, node.name, node.type);
      for (const auto& a : proto.attribute())
        node.attributes[a.name()] = read_attribute(a, node.where);
      node.constant = follows_from_constants(node);
      if (node.constant)
        for (const std::string& name : node.outputs) constant_.insert(name);
      model_.nodes.push_back(std::move(node));
    }
  }

  bool follows_from_constants(const Node& node) const {
    if (node.type == "Constant" || node.type == "Shape" || node.type == "Size") return true;
    if (node.type.starts_with("Random")) return false;
    bool any = false;
    for (const std::string& name : node.inputs) {
      if (name.empty()) continue;
      any = true;
      if (constant_.count(name) == 0) return false;
    }
    return any;
  }

  /// The dimensions of a shape that `--dim` names become numbers.
  void set_dims(onnx::TensorShapeProto& shape, const std::string& tensor) {
    for (int i = 0; i < shape.dim_size(); ++i) {
      auto& dim = *shape.mutable_dim(i);
      if (dim.has_dim_value() && dim.dim_value() > 0) continue;
      const std::string named =
          dim.dim_param().empty() ? fmt::format("{}.{}", clean(tensor), i) : clean(dim.dim_param());
      dynamic_.insert(named);
      const auto given = options_.dims.find(named);
      if (given != options_.dims.end())
        dim.set_dim_value(given->second);
      else if (dim.has_dim_value())
        dim.clear_dim_value();  // 0 and -1 stand for unknown in some exporters.
    }
  }

  void read_inputs() {
    onnx::GraphProto& graph = *proto_.mutable_graph();
    for (auto* list : {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()})
      for (auto& value : *list)
        if (value.type().has_tensor_type() && value.type().tensor_type().has_shape())
          set_dims(*value.mutable_type()->mutable_tensor_type()->mutable_shape(), value.name());
    for (const auto& [name, extent] : options_.dims)
      if (dynamic_.count(name) == 0) {
        const std::vector<std::string> known(dynamic_.begin(), dynamic_.end());
        if (known.empty()) fail("--dim " + name + ": no dimension of the file is dynamic");
        throw_unknown(file_, "dynamic dimension", name, known);
      }
    for (const auto& value : graph.input())
      if (constant_.count(value.name()) == 0) read_input(value);
    for (const auto& value : graph.output()) model_.outputs.push_back(value.name());
  }

  void read_input(const onnx::ValueInfoProto& value) {
    const std::string name = clean(value.name());
    if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape())
      fail(fmt::format("input \"{}\" is no tensor with a shape", name));
    Shape shape;
    std::string text;
    std::string missing;
    const auto& dims = value.type().tensor_type().shape().dim();
    for (int i = 0; i < dims.size(); ++i) {
      const auto& dim = dims[i];
      const bool known = dim.has_dim_value() && dim.dim_value() > 0;
      const std::string named =
          dim.dim_param().empty() ? fmt::format("{}.{}", name, i) : clean(dim.dim_param());
      if (!known && missing.empty()) missing = named;
      text += (i > 0 ? "x" : "") + (known ? std::to_string(dim.dim_value()) : named);
      shape.push_back(dim.dim_value());
    }
    if (!missing.empty())
      fail(fmt::format("input \"{}\" is {}; say how large \"{}\" is: --dim {}=1", name, text,
                       missing, missing));
    if (shape.size() > 8) fail(fmt::format("input \"{}\" has {} axes", name, shape.size()));
    model_.inputs.emplace_back(value.name(), std::move(shape));
  }

  void check_operators() const {
    for (const Node& node : model_.nodes)
      if (!node.constant && std::find(known_.begin(), known_.end(), node.type) == known_.end())
        throw_unknown_of_many(node.where, "operator", node.type, known_, "partita import --help");
  }

  void infer() {
    for (auto& [name, values] : infer_shapes(proto_, constant_, file_))
      model_.values[name] = std::move(values);
  }

  void collect_shapes() {
    const onnx::GraphProto& graph = proto_.graph();
    for (const auto* list : {&graph.input(), &graph.value_info(), &graph.output()})
      for (const auto& value : *list) {
        if (value.type().has_tensor_type())
          model_.bits[value.name()] = bits_of(value.type().tensor_type().elem_type());
        if (!is_static(value.type())) continue;
        Shape shape;
        for (const auto& dim : value.type().tensor_type().shape().dim())
          shape.push_back(dim.dim_value());
        model_.shapes[value.name()] = std::move(shape);
      }
  }

  std::string file_;
  const std::filesystem::path& path_;
  const ImportOptions& options_;
  const std::vector<std::string>& known_;
  onnx::ModelProto proto_;
  Model model_;
  std::set<std::string> constant_, dynamic_;
};

}  // namespace

Model read_model(const std::filesystem::path& path, const ImportOptions& options,
                 const std::vector<std::string>& known) {
  return Reader(path, options, known).read();
}

}  // namespace partita::onnx_reader
