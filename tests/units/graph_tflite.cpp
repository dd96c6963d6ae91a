// Does the TFLite reader find the operators, shapes and counts that the file says?
#ifdef PARTITA_TFLITE

#include <fmt/format.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "sim/base/error.h"
#include "sim/graph/import.h"
#include "sim/graph/tflite/model_generated.h"

using namespace partita;
namespace fbs = partita::tflite_format;

namespace {

constexpr std::int8_t kFloat = 0, kInt32 = 2, kInt8 = 9;

/// Writes files of the format, tensor by tensor.
class Writer {
 public:
  Writer() { buffers_.push_back(fbs::CreateBuffer(b_)); }

  int tensor(const std::string& name, const std::vector<int>& shape, std::int8_t type = kFloat,
             std::uint32_t buffer = 0, const std::vector<int>& signature = {}) {
    const auto extents = b_.CreateVector(shape);
    const auto changing = signature.empty() ? 0 : b_.CreateVector(signature);
    tensors_.push_back(
        fbs::CreateTensor(b_, extents, type, buffer, b_.CreateString(name), 0, false, 0, changing));
    return static_cast<int>(tensors_.size()) - 1;
  }
  /// Weights: what they hold does not matter.
  int weights(const std::string& name, const std::vector<int>& shape, std::int8_t type = kFloat) {
    std::size_t count = type == kInt8 ? 1 : 4;
    for (const int extent : shape) count *= static_cast<std::size_t>(extent);
    return tensor(name, shape, type, buffer(std::vector<std::uint8_t>(count, 7)));
  }
  int integers(const std::string& name, const std::vector<int>& shape,
               const std::vector<std::int32_t>& values) {
    std::vector<std::uint8_t> bytes(values.size() * 4);
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return tensor(name, shape, kInt32, buffer(bytes));
  }
  template <class Options>
  void op(int code, const std::vector<int>& in, const std::vector<int>& out,
          flatbuffers::Offset<Options> options) {
    codes_.push_back(fbs::CreateOperatorCode(b_, static_cast<std::int8_t>(std::min(code, 127)),
                                             custom_.empty() ? 0 : b_.CreateString(custom_), 1,
                                             code));
    custom_.clear();
    const auto ins = b_.CreateVector(in);
    const auto outs = b_.CreateVector(out);
    operators_.push_back(fbs::CreateOperator(b_, static_cast<std::uint32_t>(codes_.size()) - 1, ins,
                                             outs, options.IsNull() ? 0 : 1, options.o));
  }
  void op(int code, const std::vector<int>& in, const std::vector<int>& out) {
    op(code, in, out, flatbuffers::Offset<fbs::Nothing>());
  }
  void custom(const std::string& name) { custom_ = name; }

  std::string bytes(const std::vector<int>& in, const std::vector<int>& out) {
    const auto tensors = b_.CreateVector(tensors_);
    const auto ins = b_.CreateVector(in);
    const auto outs = b_.CreateVector(out);
    const auto operators = b_.CreateVector(operators_);
    const std::vector<flatbuffers::Offset<fbs::SubGraph>> graphs = {
        fbs::CreateSubGraph(b_, tensors, ins, outs, operators)};
    const auto codes = b_.CreateVector(codes_);
    const auto subgraphs = b_.CreateVector(graphs);
    const auto buffers = b_.CreateVector(buffers_);
    b_.Finish(fbs::CreateModel(b_, 3, codes, subgraphs, 0, buffers), fbs::ModelIdentifier());
    return {reinterpret_cast<const char*>(b_.GetBufferPointer()), b_.GetSize()};
  }
  flatbuffers::FlatBufferBuilder& builder() { return b_; }

 private:
  std::uint32_t buffer(const std::vector<std::uint8_t>& bytes) {
    b_.ForceVectorAlignment(bytes.size(), 1, 16);
    buffers_.push_back(fbs::CreateBuffer(b_, b_.CreateVector(bytes)));
    return static_cast<std::uint32_t>(buffers_.size()) - 1;
  }
  flatbuffers::FlatBufferBuilder b_;
  std::string custom_;
  std::vector<flatbuffers::Offset<fbs::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<fbs::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<fbs::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<fbs::Operator>> operators_;
};

std::string written(const std::string& bytes, const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("tflite-{}", getpid());
  std::filesystem::create_directories(folder);
  const std::string path = (folder / name).string();
  std::filesystem::remove(path);  // Some file systems wait for the disk when one is overwritten.
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string kinds(const Graph& graph) {
  std::string text;
  for (const Operator& op : graph.operators()) {
    if (!text.empty()) text += " ";
    text += to_string(op.kind);
    if (!op.function.empty()) text += ":" + op.function;
  }
  return text;
}

/// conv 3->8 /2 relu6, depthwise, pointwise, add relu, mean, fully connected 8->10, softmax.
std::string block(std::int8_t type) {
  Writer w;
  auto& b = w.builder();
  const int x = w.tensor("x", {1, 16, 16, 3}, type), a = w.tensor("a", {1, 8, 8, 8}, type),
            d = w.tensor("d", {1, 8, 8, 8}, type), c = w.tensor("c", {1, 8, 8, 8}, type),
            s = w.tensor("s", {1, 8, 8, 8}, type), m = w.tensor("m", {1, 8}, type),
            f = w.tensor("f", {1, 10}, type), p = w.tensor("p", {1, 10}, type);
  const int w1 = w.weights("w1", {8, 3, 3, 3}, type), b1 = w.weights("b1", {8}, kInt32),
            w2 = w.weights("w2", {1, 3, 3, 8}, type), w3 = w.weights("w3", {8, 1, 1, 8}, type),
            w4 = w.weights("w4", {10, 8}, type), b4 = w.weights("b4", {10}, kInt32),
            axes = w.integers("axes", {2}, {1, 2});
  w.op(3, {x, w1, b1}, {a}, fbs::CreateConvOptions(b, 0, 2, 2, 3));
  w.op(4, {a, w2, -1}, {d}, fbs::CreateDepthwiseOptions(b, 0, 1, 1, 1));
  w.op(3, {d, w3}, {c}, fbs::CreateConvOptions(b, 1, 1, 1));
  w.op(0, {c, a}, {s}, fbs::CreateActivationOptions(b, 1));
  w.op(40, {s, axes}, {m}, fbs::CreateReducerOptions(b, false));
  w.op(9, {m, w4, b4}, {f}, fbs::CreateFullyConnectedOptions(b));
  w.op(25, {f}, {p});
  return w.bytes({x}, {p});
}

std::string error_of(const std::string& bytes, const std::string& name) {
  try {
    import_tflite(written(bytes, name));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a block of MobileNet from TFLite, in our layout and in its precision") {
  for (const std::int8_t type : {kFloat, kInt8}) {
    const ImportedNetwork net = import_tflite(written(block(type), "block.tflite"));
    const Graph& graph = net.graph;
    CHECK(net.format == "TFLite");
    CHECK(kinds(graph) ==
          "input conv:relu6 depthwise_conv conv elementwise:add activation:relu reduction:mean "
          "fully_connected softmax");
    CHECK(graph.tensors()[0].shape == Shape{1, 3, 16, 16});
    CHECK(graph.tensors()[1].shape == Shape{1, 8, 8, 8});
    CHECK(graph.total_macs() == 13824 + 4608 + 4096 + 80);  // As from ONNX.
    CHECK(graph.total_weight_elements() == 450);
    CHECK(graph.operators()[1].weight_bits == (type == kInt8 ? 8 : 32));
    // "same" padding of stride 2 on 16: one row, at the end.
    CHECK(graph.operators()[1].window.pad_top == 0);
    CHECK(graph.operators()[1].window.pad_bottom == 1);
    CHECK(parse_graph_yaml(to_yaml(graph), "block") == graph);
  }
}

TEST_CASE("TFLite's axes become ours") {
  Writer w;
  auto& b = w.builder();
  const int x = w.tensor("x", {1, 4, 6, 8}, kFloat, 0, {-1, 4, 6, 8}),
            t = w.tensor("t", {1, 6, 4, 8}), c = w.tensor("c", {1, 6, 4, 16}),
            pad = w.tensor("pad", {1, 6, 7, 16}), cut = w.tensor("cut", {6, 7, 2}),
            one = w.tensor("one", {1, 6, 7, 1}), half = w.tensor("half", {1, 6, 4, 8}),
            other = w.tensor("other", {1, 6, 4, 8});
  const int order = w.integers("order", {4}, {0, 2, 1, 3}),
            pads = w.integers("pads", {4, 2}, {0, 0, 0, 0, 1, 2, 0, 0}),
            begin = w.integers("begin", {4}, {0, 0, 0, 3}),
            end = w.integers("end", {4}, {1, 0, 0, 5}),
            strides = w.integers("strides", {4}, {1, 1, 1, 1}),
            axis = w.integers("axis", {1}, {-1}), three = w.integers("three", {}, {3});
  w.op(39, {x, order}, {t});
  w.op(2, {t, t}, {c}, fbs::CreateAxisOptions(b, 3));
  w.op(34, {c, pads}, {pad});
  w.op(45, {pad, begin, end, strides}, {cut}, fbs::CreateStridedSliceOptions(b, 0, 6, 0, 0, 1));
  w.op(40, {pad, axis}, {one}, fbs::CreateReducerOptions(b, true));
  w.op(49, {three, c}, {half, other});
  const ImportedNetwork net = import_tflite(written(w.bytes({x}, {cut, one}), "axes.tflite"));
  CHECK(kinds(net.graph) == "input permute concat pad crop reshape reduction:mean slice");
  const auto ops = net.graph.operators();
  CHECK(ops[1].sizes == std::vector<std::int64_t>{0, 1, 3, 2});  // Height and width change places.
  CHECK(ops[2].axis == 1);
  CHECK(ops[3].sizes == std::vector<std::int64_t>{3, 1, 2});
  CHECK(ops[4].sizes == std::vector<std::int64_t>{1, 3, 5});
  CHECK(ops[6].sizes == std::vector<std::int64_t>{1});
  CHECK(ops[7].axis == 1);
  CHECK(net.graph.tensor(ops[7].outputs[1]).shape == Shape{1, 8, 6, 4});
  REQUIRE(net.notes.size() == 1);
  CHECK(net.notes[0].what == "input that can change, in the shape the file stores");
}

TEST_CASE("TFLite's half precision, broadcasts, blocks and detection heads") {
  Writer w;
  auto& b = w.builder();
  const int x = w.tensor("x", {1, 4, 4, 8}), s = w.tensor("s", {1, 4, 4, 8}),
            g = w.tensor("g", {1, 8}), up = w.tensor("up", {1, 8, 8, 2}),
            boxes = w.tensor("boxes", {1, 16, 4}), scores = w.tensor("scores", {1, 16, 3}),
            found = w.tensor("found", {1, 10, 4}), count = w.tensor("count", {1}),
            y = w.tensor("y", {1, 4, 4, 2});
  const int half = w.tensor("half", {2, 1, 1, 8}, 1, 0), full = w.tensor("full", {2, 1, 1, 8});
  (void)half;
  const int stored = w.weights("stored", {2, 1, 1, 8}, 1);  // float16 in a buffer
  w.op(6, {stored}, {full});
  w.op(3, {x, full}, {y}, fbs::CreateConvOptions(b, 0, 1, 1));
  w.op(18, {x, g}, {s}, fbs::CreateActivationOptions(b));
  w.op(5, {s}, {up}, fbs::CreateBlockOptions(b, 2));
  w.custom("TFLite_Detection_PostProcess");
  w.op(32, {boxes, scores, w.weights("anchors", {16, 4})}, {found, count});
  const ImportedNetwork net =
      import_tflite(written(w.bytes({x, g, boxes, scores}, {up, found, y}), "more.tflite"));
  CHECK(kinds(net.graph) ==
        "input input input input conv reshape elementwise:mul reshape permute reshape detection");
  CHECK(net.graph.operators()[4].weight_bits == 16);
  CHECK(net.graph.tensor(net.graph.operators()[9].outputs[0]).shape == Shape{1, 2, 8, 8});
}

TEST_CASE("TFLite files that cannot be read say why") {
  Writer unknown;
  const int x = unknown.tensor("x", {1, 4}), y = unknown.tensor("y", {1, 4});
  unknown.op(48, {x}, {y});
  CHECK_THAT(error_of(unknown.bytes({x}, {y}), "unknown.tflite"),
             Catch::Contains("unknown.tflite: operator 0 \"y\" (TOPK_V2): unknown operator"));
  Writer shapeless;
  const int a = shapeless.tensor("a", {1, 4}), h = shapeless.tensor("h", {-1, 4});
  shapeless.op(19, {a}, {h});
  CHECK_THAT(error_of(shapeless.bytes({a}, {h}), "shapeless.tflite"),
             Catch::Contains("tensor \"h\" has no shape: -1x4"));
  Writer optionless;
  const int in = optionless.tensor("in", {1, 4, 4, 1}),
            out = optionless.tensor("out", {1, 4, 4, 1});
  optionless.op(17, {in}, {out});
  CHECK_THAT(error_of(optionless.bytes({in}, {out}), "optionless.tflite"),
             Catch::Contains("operator 0 \"out\" (MAX_POOL_2D): its options are missing"));
  CHECK_THAT(error_of("", "empty.tflite"), Catch::Contains("not a TFLite file"));
  CHECK_THROWS_WITH(import_tflite("/nowhere.tflite"), Catch::Contains("cannot be read"));
}

TEST_CASE("a TFLite file cut off at any byte is refused in one line") {
  const std::string bytes = block(kInt8);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string what = error_of(bytes.substr(0, length), "cut.tflite");
    INFO(length << " " << what);
    // The root comes first; trailing bytes are of what it reaches.
    CHECK(what.find("cut.tflite: ") != std::string::npos);
    CHECK(what.find('\n') == std::string::npos);
  }
}

TEST_CASE("damaged TFLite files are refused or read, never more") {
  std::uint64_t state = 54321;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  const std::string good = block(kFloat);
  int read = 0, refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string bytes = good;
    for (std::uint64_t flips = 1 + draw(3); flips > 0; --flips)
      bytes[draw(bytes.size())] = static_cast<char>(draw(256));
    const std::string what = error_of(bytes, "damaged.tflite");
    ++(what.empty() ? read : refused);
    CHECK((what.empty() || what.find("damaged.tflite") != std::string::npos));
    CHECK(what.find('\n') == std::string::npos);
  }
  CHECK(read > 100);
  CHECK(refused > 500);
}

#endif
