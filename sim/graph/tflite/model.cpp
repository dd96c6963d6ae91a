// The one place that knows the file format: what the rest sees is checked.
#include "sim/graph/tflite/model.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "sim/base/error.h"
#include "sim/graph/tflite/codes.h"
#include "sim/graph/tflite/model_generated.h"

namespace partita::tflite_reader {

void Op::fail(const std::string& problem) const {
  throw InputError(where + ": " + problem);
}

namespace {

namespace fbs = partita::tflite_format;
constexpr std::size_t kMostTables = 4'000'000;
constexpr std::uint32_t kMostOperators = 100'000;
constexpr std::int64_t kMostValues = 1024;  ///< Of a constant whose values are kept.

/// A file in memory, page by page as it is read.
class Mapped {
 public:
  explicit Mapped(const std::filesystem::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
      if (file >= 0) close(file);
      throw InputError(path.string() + ": cannot be read");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ > 0) data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data_ == MAP_FAILED) throw InputError(path.string() + ": cannot be read");
  }
  ~Mapped() {
    if (data_ != nullptr && data_ != MAP_FAILED) munmap(data_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(data_); }
  std::size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

int bits_of(int type) {
  switch (type) {
    case 17:  // int4
      return 4;
    case 3:  // uint8, bool, int8
    case 6:
    case 9:
      return 8;
    case 1:  // float16, int16, uint16
    case 7:
    case 16:
      return 16;
    case 4:  // int64, complex64, float64, uint64
    case 8:
    case 10:
    case 12:
      return 64;
    default:
      return 32;
  }
}

template <class Stored>
std::vector<std::int64_t> whole_numbers(const flatbuffers::Vector<std::uint8_t>& data) {
  std::vector<Stored> stored(data.size() / sizeof(Stored));
  if (!stored.empty()) std::memcpy(stored.data(), data.data(), stored.size() * sizeof(Stored));
  return {stored.begin(), stored.end()};
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : file_(path.string()),
        bytes_(path),
        verifier_(bytes_.data(),
                  std::min<std::size_t>(bytes_.size(), FLATBUFFERS_MAX_BUFFER_SIZE - 1), 64,
                  kMostTables) {}

  Model read() {
    if (bytes_.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
      fail("larger than 2 GiB, which the format allows");
    if (bytes_.size() < 8 || !fbs::ModelBufferHasIdentifier(bytes_.data()))
      fail("not a TFLite file: it has no identifier TFL3");
    if (!fbs::VerifyModelBuffer(verifier_)) fail("the file is cut off or damaged");
    const fbs::Model& root = *fbs::GetModel(bytes_.data());
    if (root.version() != 3) fail(fmt::format("version {}; version 3 is read", root.version()));
    if (root.subgraphs() == nullptr || root.subgraphs()->size() == 0) fail("has no graph");
    const fbs::SubGraph& graph = *root.subgraphs()->Get(0);
    if (graph.tensors() == nullptr || graph.operators() == nullptr ||
        graph.operators()->size() == 0)
      fail("the graph has no operators");
    if (graph.operators()->size() > kMostOperators)
      fail(fmt::format("{} operators; at most {} are read", graph.operators()->size(),
                       kMostOperators));
    for (const fbs::Tensor* tensor : *graph.tensors()) read_tensor(root, *tensor);
    model_.inputs = tensors(graph.inputs(), "inputs of the graph", false);
    model_.outputs = tensors(graph.outputs(), "outputs of the graph", false);
    for (std::uint32_t i = 0; i < graph.operators()->size(); ++i)
      read_operator(root, *graph.operators()->Get(i), i);
    return std::move(model_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(file_ + ": " + problem);
  }

  void read_tensor(const fbs::Model& root, const fbs::Tensor& tensor) {
    TensorInfo info;
    info.name = tensor.name() == nullptr ? "" : foreign::clean(tensor.name()->string_view());
    if (info.name.empty()) info.name = fmt::format("tensor-{}", model_.tensors.size());
    info.bits = bits_of(tensor.type());
    if (tensor.shape() != nullptr)
      info.shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    if (info.shape.size() > 8) fail(fmt::format("tensor \"{}\" has more than 8 axes", info.name));
    if (tensor.shape_signature() != nullptr)
      for (const int extent : *tensor.shape_signature()) info.dynamic |= extent < 0;
    const auto* buffers = root.buffers();
    if (tensor.buffer() > 0) {
      if (buffers == nullptr || tensor.buffer() >= buffers->size())
        fail(fmt::format("tensor \"{}\": there is no buffer {}", info.name, tensor.buffer()));
      const auto* data = buffers->Get(tensor.buffer())->data();
      if (data != nullptr && data->size() > 0) read_constant(tensor, *data, info);
    }
    model_.tensors.push_back(std::move(info));
  }

  void read_constant(const fbs::Tensor& tensor, const flatbuffers::Vector<std::uint8_t>& data,
                     TensorInfo& info) const {
    info.constant = true;
    info.value.shape = info.shape;
    info.value.bits = info.bits;
    for (const std::int64_t extent : info.shape)
      if (extent < 0) fail(fmt::format("tensor \"{}\" has the extent {}", info.name, extent));
    std::int64_t count = 0;
    try {
      count = info.value.elements();
    } catch (const InputError& error) {
      fail(fmt::format("tensor \"{}\": {}", info.name, error.what()));
    }
    if (count > kMostValues || (tensor.type() != 2 && tensor.type() != 4)) return;
    info.value.values =
        tensor.type() == 2 ? whole_numbers<std::int32_t>(data) : whole_numbers<std::int64_t>(data);
    if (info.value.values.size() != static_cast<std::size_t>(count))
      fail(fmt::format("tensor \"{}\": {} values for a tensor of {}", info.name,
                       info.value.values.size(), count));
  }

  std::vector<int> tensors(const flatbuffers::Vector<std::int32_t>* list, const std::string& what,
                           bool optional) const {
    std::vector<int> read;
    if (list == nullptr) return read;
    for (const int tensor : *list) {
      if (tensor < (optional ? -1 : 0) || tensor >= static_cast<int>(model_.tensors.size()))
        fail(fmt::format("{}: there is no tensor {}", what, tensor));
      read.push_back(tensor);
    }
    return read;
  }

  void read_operator(const fbs::Model& root, const fbs::Operator& proto, std::uint32_t number) {
    const auto* codes = root.operator_codes();
    if (codes == nullptr || proto.code() >= codes->size())
      fail(fmt::format("operator {}: there is no operator code {}", number, proto.code()));
    const fbs::OperatorCode& code = *codes->Get(proto.code());
    Op op;
    const int builtin = std::max<int>(code.old_code(), code.code());
    op.type = builtin == 32 ? "CUSTOM " + (code.custom() == nullptr
                                               ? std::string("without a name")
                                               : foreign::clean(code.custom()->string_view()))
                            : code_name(builtin);
    op.where = fmt::format("{}: operator {} ({})", file_, number, op.type);
    op.inputs = tensors(proto.inputs(), op.where, true);
    op.outputs = tensors(proto.outputs(), op.where, false);
    if (op.outputs.empty()) op.fail("makes no tensor");
    op.name = model_.tensors[static_cast<std::size_t>(op.outputs[0])].name;
    op.where = fmt::format("{}: operator {} \"{}\" ({})", file_, number, op.name, op.type);
    read_options(proto, op);
    model_.operators.push_back(std::move(op));
  }

  /// The options as the table that the operator's type has.
  template <class Table>
  const Table& as(const fbs::Operator& proto, const Op& op) {
    const auto* table = reinterpret_cast<const Table*>(proto.options());
    if (table == nullptr) op.fail("its options are missing");
    if (!table->Verify(verifier_)) op.fail("its options are damaged");
    return *table;
  }

  template <class Table>
  void read_window(const Table& table, Options& o) {
    o.same_padding = table.padding() == 0;
    o.stride_w = table.stride_w();
    o.stride_h = table.stride_h();
    o.activation = table.activation();
  }

  void read_options(const fbs::Operator& proto, Op& op) {
    Options& o = op.options;
    const std::string& type = op.type;
    if (type == "CONV_2D") {
      const auto& table = as<fbs::ConvOptions>(proto, op);
      read_window(table, o);
      o.dilation_w = table.dilation_w();
      o.dilation_h = table.dilation_h();
    } else if (type == "DEPTHWISE_CONV_2D") {
      const auto& table = as<fbs::DepthwiseOptions>(proto, op);
      read_window(table, o);
      o.dilation_w = table.dilation_w();
      o.dilation_h = table.dilation_h();
    } else if (type == "AVERAGE_POOL_2D" || type == "MAX_POOL_2D") {
      const auto& table = as<fbs::PoolOptions>(proto, op);
      read_window(table, o);
      o.filter_w = table.filter_w();
      o.filter_h = table.filter_h();
    } else if (type == "TRANSPOSE_CONV") {
      read_window(as<fbs::TransposeConvOptions>(proto, op), o);
    } else {
      read_other_options(proto, op);
    }
    for (const int number :
         {o.stride_w, o.stride_h, o.filter_w, o.filter_h, o.dilation_w, o.dilation_h})
      if (number < 1 || number > (1 << 20))
        op.fail(fmt::format("a stride, filter or dilation of {} is not in 1..2^20", number));
  }

  void read_other_options(const fbs::Operator& proto, Op& op) {
    Options& o = op.options;
    const std::string& type = op.type;
    if (type == "FULLY_CONNECTED") {
      const auto& table = as<fbs::FullyConnectedOptions>(proto, op);
      o.activation = table.activation();
      o.keep_dims = table.keep_dims();
    } else if (type == "ADD" || type == "SUB" || type == "MUL" || type == "DIV" ||
               type == "L2_NORMALIZATION") {
      if (proto.options() != nullptr)
        o.activation = as<fbs::ActivationOptions>(proto, op).activation();
    } else if (type == "CONCATENATION") {
      const auto& table = as<fbs::AxisOptions>(proto, op);
      o.axis = table.axis();
      o.activation = table.activation();
    } else if (type == "LOCAL_RESPONSE_NORMALIZATION") {
      o.radius = as<fbs::LocalResponseOptions>(proto, op).radius();
    } else if (type == "MEAN" || type == "SUM" || type.starts_with("REDUCE_")) {
      o.keep_dims = as<fbs::ReducerOptions>(proto, op).keep_dims();
    } else if (type == "DEPTH_TO_SPACE" || type == "SPACE_TO_DEPTH") {
      o.block = as<fbs::BlockOptions>(proto, op).size();
    } else if (type == "BATCH_MATMUL") {
      const auto& table = as<fbs::MatMulOptions>(proto, op);
      o.transpose_a = table.transpose_a();
      o.transpose_b = table.transpose_b();
    } else if (type == "STRIDED_SLICE") {
      const auto& table = as<fbs::StridedSliceOptions>(proto, op);
      if (table.ellipsis_mask() != 0 || table.new_axis_mask() != 0)
        op.fail("an ellipsis or a new axis is not supported");
      if (table.offset()) op.fail("an end counted from the begin is not supported");
      o.begin_mask = table.begin_mask();
      o.end_mask = table.end_mask();
      o.shrink_axis_mask = table.shrink_axis_mask();
    } else if (type == "GATHER") {
      o.axis = as<fbs::GatherOptions>(proto, op).axis();
    } else if (type == "PACK") {
      o.axis = as<fbs::PackOptions>(proto, op).axis();
    }
  }

  std::string file_;
  Mapped bytes_;
  flatbuffers::Verifier verifier_;
  Model model_;
};

}  // namespace

Model read_model(const std::filesystem::path& path) {
  return Reader(path).read();
}

}  // namespace partita::tflite_reader
