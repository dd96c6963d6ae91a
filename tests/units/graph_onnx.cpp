// Does the ONNX reader find the operators, shapes and counts that the file says?
#ifdef PARTITA_ONNX

#include <sys/resource.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "sim/graph/import.h"
#include "units/onnx_sample.h"

using namespace partita;
using namespace partita::test;

namespace {

ImportedNetwork imported(const onnx::ModelProto& model, const ImportOptions& options = {}) {
  return import_onnx(written(model, "net.onnx"), options);
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

/// conv 3->8 /2, depthwise, pointwise, add, global pool, fully connected 8->10, softmax.
onnx::ModelProto block() {
  onnx::ModelProto model = model_of("float[1, 3, 16, 16] x", "float[1, 10] p",
                                    "a = Conv <strides = [2, 2], pads = [1, 1, 1, 1]> (x, w1, b1)\n"
                                    "r = Relu (a)\n"
                                    "d = Conv <pads = [1, 1, 1, 1], group = 8> (r, w2)\n"
                                    "c = Conv (d, w3)\n"
                                    "s = Add (c, r)\n"
                                    "g = GlobalAveragePool (s)\n"
                                    "f = Flatten (g)\n"
                                    "l = Gemm <transB = 1> (f, w4, b4)\n"
                                    "p = Softmax (l)");
  add_weights(model, "w1", {8, 3, 3, 3});
  add_weights(model, "b1", {8});
  add_weights(model, "w2", {8, 1, 3, 3});
  add_weights(model, "w3", {8, 8, 1, 1});
  add_weights(model, "w4", {10, 8});
  add_weights(model, "b4", {10});
  return model;
}

std::string error_of(const std::string& path, const ImportOptions& options = {}) {
  try {
    import_onnx(path, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a block of MobileNet from ONNX, its weights in a file that is not there") {
  const ImportedNetwork net = imported(block());
  CHECK(net.format == "ONNX, opset 13");
  CHECK(kinds(net.graph) ==
        "input conv activation:relu depthwise_conv conv elementwise:add pool:avg reshape "
        "fully_connected softmax");
  // 8x8 outputs: 64 x 8 x 27, 64 x 8 x 9, 64 x 8 x 8; 8 x 10.
  CHECK(net.graph.total_macs() == 13824 + 4608 + 4096 + 80);
  // 216 + 8, 72, 64, 80 + 10.
  CHECK(net.graph.total_weight_elements() == 450);
  CHECK(parse_graph_yaml(to_yaml(net.graph), "net") == net.graph);
}

TEST_CASE("names: nodes without one, two alike, and bytes that are no text") {
  onnx::ModelProto model = model_of("float[1, 4] x", "float[1, 4] z", "y = Relu (x)\nz = Relu (y)");
  model.mutable_graph()->mutable_node(0)->set_name("same\nline \xff");
  model.mutable_graph()->mutable_node(1)->set_name("same\nline \xff");
  const Graph graph = imported(model).graph;
  CHECK(graph.operators()[1].name == "same_line _");
  CHECK(graph.operators()[2].name == "same_line _.2");
}

TEST_CASE("dynamic dimensions are given by name, or the file is refused with the name") {
  onnx::ModelProto model = model_of("float[batch, 3, 8, side] x", "float[] y", "y = Relu (x)");
  const std::string path = written(model, "dynamic.onnx");
  CHECK_THAT(error_of(path),
             Catch::Contains("input \"x\" is batchx3x8xside") && Catch::Contains("--dim batch=1"));
  CHECK_THAT(error_of(path, {{{"batch", 2}}}), Catch::Contains("--dim side=1"));
  CHECK_THAT(error_of(path, {{{"batch", 2}, {"sides", 8}}}),
             Catch::Contains("unknown dynamic dimension \"sides\" (did you mean \"side\"?)"));
  CHECK(import_onnx(path, {{{"batch", 2}, {"side", 8}}}).graph.tensors()[1].shape ==
        Shape{2, 3, 8, 8});
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(3)
      ->clear_dim_param();
  CHECK(import_onnx(written(model, "dynamic.onnx"), {{{"batch", 1}, {"x.3", 5}}})
            .graph.tensors()[0]
            .shape == Shape{1, 3, 8, 5});
}

TEST_CASE("what is unknown is named") {
  const std::string unknown = error_of(written(
      model_of("float[1, 4] x", "float[] y", "h = Relu (x)\ny = Softsing (h)"), "unknown.onnx"));
  CHECK_THAT(unknown, Catch::Contains("unknown.onnx: node \"y\" (Softsing): unknown operator") &&
                          Catch::Contains("partita import --help"));
  CHECK_THAT(
      error_of(written(model_of("float[1, 4] x", "float[] y", "y = Relu (x)", 18), "new.onnx")),
      Catch::Contains("opset 18; opsets 6 to 17 are read"));
  // The target of the reshape is data, so the first tensor without a shape is h.
  CHECK_THAT(error_of(written(model_of("float[1, 4] x, int64[2] s", "float[] y",
                                       "h = Reshape (x, s)\ny = Relu (h)"),
                              "shapeless.onnx")),
             Catch::Contains("node \"h\" (Reshape): tensor \"h\" has no shape"));
}

TEST_CASE("quantised networks keep their precision") {
  onnx::ModelProto model = model_of("float[1, 3, 8, 8] x", "float[1, 4, 6, 6] z",
                                    "q = QuantizeLinear (x, sx, zx)\n"
                                    "c = QLinearConv (q, sx, zx, w, sw, zw, sy, zy, b)\n"
                                    "z = DequantizeLinear (c, sy, zy)");
  add_weights(model, "w", {4, 3, 3, 3}, onnx::TensorProto::INT8);
  add_weights(model, "b", {4}, onnx::TensorProto::INT32);
  for (const char* scale : {"sx", "sw", "sy"}) add_weights(model, scale, {});
  for (const char* zero : {"zx", "zw", "zy"}) add_weights(model, zero, {}, onnx::TensorProto::INT8);
  const Graph graph = imported(model).graph;
  CHECK(kinds(graph) == "input activation:quantize conv activation:quantize");
  CHECK(graph.operators()[2].weight_bits == 8);
  CHECK(graph.total_macs() == 36 * 4 * 27);
}

TEST_CASE("pairs of quantise and dequantise become part of the kernels around them") {
  onnx::ModelProto model = model_of("float[1, 3, 8, 8] x", "float[1, 4, 8, 8] y",
                                    "q = QuantizeLinear (x, s, o)\n"
                                    "d = DequantizeLinear (q, s, o)\n"
                                    "wd = DequantizeLinear (w, s, o)\n"
                                    "c = Conv (d, wd)\n"
                                    "r = Relu (c)\n"
                                    "rq = QuantizeLinear (r, s, o)\n"
                                    "rd = DequantizeLinear (rq, s, o)\n"
                                    "y = Sigmoid (rd)");
  add_weights(model, "w", {4, 3, 1, 1}, onnx::TensorProto::INT8);
  add_weights(model, "s", {});
  add_weights(model, "o", {}, onnx::TensorProto::INT8);
  const ImportedNetwork net = imported(model);
  CHECK(kinds(net.graph) == "input activation:quantize conv activation:relu activation:sigmoid");
  CHECK(net.graph.operators()[2].weight_bits == 8);
  CHECK(net.notes.size() == 3);  // Two kinds of pairs' halves, and the weights' own.
}

TEST_CASE("operators that exporters write as several are one again") {
  onnx::ModelProto model = model_of("float[1, 6, 8] x", "float[1, 6, 8] z",
                                    "m = ReduceMean <axes = [-1]> (x)\n"
                                    "c = Sub (x, m)\n"
                                    "p = Pow (c, two)\n"
                                    "v = ReduceMean <axes = [-1]> (p)\n"
                                    "e = Add (v, epsilon)\n"
                                    "s = Sqrt (e)\n"
                                    "n = Div (c, s)\n"
                                    "n1 = Mul (n, gamma)\n"
                                    "n2 = Add (n1, beta)\n"
                                    "f = MatMul (n2, w)\n"
                                    "fb = Add (b, f)\n"
                                    "g1 = Div (fb, root)\n"
                                    "g2 = Erf (g1)\n"
                                    "g3 = Add (g2, one)\n"
                                    "g4 = Mul (fb, g3)\n"
                                    "g5 = Mul (g4, half)\n"
                                    "h = Sigmoid (g5)\n"
                                    "z = Mul (g5, h)");
  for (const char* scalar : {"two", "epsilon", "root", "one", "half"})
    add_weights(model, scalar, {});
  for (const char* vector : {"gamma", "beta", "b"}) add_weights(model, vector, {8});
  add_weights(model, "w", {8, 8});
  const Graph graph = imported(model).graph;
  CHECK(kinds(graph) ==
        "input normalization:layer fully_connected activation:gelu activation:swish");
  CHECK(graph.operators()[1].weight_elements == 16);
  CHECK(graph.operators()[2].weight_elements == 72);
  // A result of the network in the middle of a pattern stays what it is.
  auto& middle = *model.mutable_graph()->add_output();
  middle = model.graph().output(0);
  middle.set_name("h");
  CHECK(kinds(imported(model).graph) ==
        "input normalization:layer fully_connected activation:gelu activation:sigmoid "
        "elementwise:mul");
}

TEST_CASE("shapes computed in the file from shapes cost nothing") {
  onnx::ModelProto model = model_of("float[n, 8, 4, 4] x", "float[] y",
                                    "s = Shape (x)\n"
                                    "n = Gather <axis = 0> (s, zero)\n"
                                    "u = Unsqueeze (n, first)\n"
                                    "t = Concat <axis = 0> (u, rest)\n"
                                    "y = Reshape (x, t)");
  add_integers(model, "zero", {0}, true);
  add_integers(model, "first", {0});
  add_integers(model, "rest", {-1});
  const Graph graph = imported(model, {{{"n", 2}}}).graph;
  CHECK(kinds(graph) == "input reshape");
  CHECK(graph.tensors()[1].shape == Shape{2, 128});
}

TEST_CASE("strided slices, products of more axes, and sequences fit our kinds") {
  onnx::ModelProto model =
      model_of("float[1, 3, 8, 8] x, float[1, 2, 12] q", "float[] y, float[] k, float[] v",
               "y = Slice (x, begin, end, axis, step)\n"
               "k = Conv <kernel_shape = [3], strides = [2]> (q, w)\n"
               "v = MatMul (x, m)");
  add_integers(model, "begin", {1});
  add_integers(model, "end", {8});
  add_integers(model, "axis", {2});
  add_integers(model, "step", {2});
  add_weights(model, "w", {5, 2, 3});
  add_weights(model, "m", {8, 6});
  const Graph graph = imported(model).graph;
  std::map<std::string, Shape> shapes;
  for (const Tensor& tensor : graph.tensors()) shapes[tensor.name] = tensor.shape;
  CHECK(kinds(graph) ==
        "input input reshape crop reshape reshape conv reshape reshape fully_connected reshape");
  CHECK(shapes.at("y.joined") == Shape{1, 3, 4, 8});
  CHECK(shapes.at("k.sequence") == Shape{1, 5, 5});
  CHECK(shapes.at("v.shape") == Shape{1, 3, 8, 6});
  CHECK(graph.total_macs() == 5 * 5 * 6 + 3 * 8 * 8 * 6);
}

TEST_CASE("networks of the zoo, exported and read again, count the same") {
  int compared = 0;
  for (const ZooNetwork& network : zoo()) {
    const Graph graph = network.make();
    const auto model = exported(graph);
    if (!model) continue;
    INFO(network.name);
    const Graph again = imported(*model).graph;
    CHECK(again.total_macs() == graph.total_macs());
    const auto weights = [](const Graph& g) {
      std::int64_t sum = 0;  // Our batch normalisation is folded to two vectors, ONNX has four.
      for (const Operator& op : g.operators())
        if (op.function != "batch") sum += op.weight_elements;
      return sum;
    };
    CHECK(weights(again) == weights(graph));
    ++compared;
  }
  CHECK(compared > 100);
}

TEST_CASE("ONNX's own test models: a network or one line") {
  const std::filesystem::path data = "/usr/share/libonnx-testdata/data";
  if (!std::filesystem::exists(data)) {
    WARN("libonnx-testdata is not installed");
    return;
  }
  int read = 0, refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (entry.path().filename() != "model.onnx") continue;
    INFO(entry.path().string());
    try {
      const Graph graph = import_onnx(entry.path()).graph;
      CHECK(parse_graph_yaml(to_yaml(graph), graph.name()) == graph);
      ++read;
    } catch (const InputError& error) {
      const std::string what = error.what();
      CHECK(what.rfind(entry.path().string() + ": ", 0) == 0);
      CHECK(what.find('\n') == std::string::npos);
      ++refused;
    }
  }
  CHECK(read > 400);
  CHECK(refused > 0);
  // As PyTorch exported it: Conv2d(3, 4, (3, 2)) on 2x3x7x5 with bias; 2x4x5x4 outputs.
  const Graph conv = import_onnx(data / "pytorch-converted/test_Conv2d/model.onnx").graph;
  CHECK(conv.total_macs() == 2 * 4 * 5 * 4 * 3 * 6);
  CHECK(conv.total_weight_elements() == 4 * 3 * 6 + 4);
  // Linear(10, 8) on 4x10.
  const Graph linear = import_onnx(data / "pytorch-converted/test_Linear/model.onnx").graph;
  CHECK(linear.total_macs() == 4 * 10 * 8);
}

TEST_CASE("an ONNX file cut off at any byte is refused in one line") {
  const std::string bytes = block().SerializeAsString();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO(length);
    try {
      import_onnx(written_bytes(bytes.substr(0, length), "cut.onnx"));
      // A cut between two fields leaves a whole message: what is missing was not needed.
      CHECK(length > bytes.size() / 2);
    } catch (const InputError& error) {
      const std::string what = error.what();
      CHECK(what.find("cut.onnx: ") != std::string::npos);
      CHECK(what.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("damaged ONNX files are refused or read, never more") {
  std::uint64_t state = 12345;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  onnx::ModelProto other =
      model_of("float[1, 8, 6, 6] x", "float[] z",
               "a = MaxPool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (x)\n"
               "b = Transpose <perm = [0, 2, 3, 1]> (a)\n"
               "c = Slice (b, one, two, one)\n"
               "d = Concat <axis = -1> (c, c)\n"
               "e = Reshape (d, shape)\n"
               "f = ReduceMean <axes = [1], keepdims = 0> (e)\n"
               "p, q = Split <axis = 1> (f)\n"
               "z = Mul (p, q)");
  add_integers(other, "one", {1});
  add_integers(other, "two", {2});
  add_integers(other, "shape", {1, -1, 4});
  int read = 0, refused = 0;
  for (const std::string& good : {block().SerializeAsString(), other.SerializeAsString()}) {
    for (int i = 0; i < 1500; ++i) {
      std::string bytes = good;
      for (std::uint64_t flips = 1 + draw(3); flips > 0; --flips)
        bytes[draw(bytes.size())] = static_cast<char>(draw(256));
      try {
        import_onnx(written_bytes(bytes, "damaged.onnx"));
        ++read;
      } catch (const InputError& error) {
        const std::string what = error.what();
        CHECK(what.find("damaged.onnx") != std::string::npos);
        CHECK(what.find('\n') == std::string::npos);
        ++refused;
      }
    }
  }
  CHECK(read > 100);
  CHECK(refused > 500);
}

TEST_CASE("weights of 1.5 GiB in the file are stepped over") {
  onnx::ModelProto model = model_of("float[1, 4] x", "float[] y", "y = Relu (x)");
  const std::uint64_t size = std::uint64_t{3} << 29;
  // After the model: a second piece of its graph with one tensor of raw data, which is a hole.
  const auto varint = [](std::uint64_t value) {
    std::string digits;
    for (; value >= 128; value >>= 7) digits += static_cast<char>((value & 127) | 128);
    return digits += static_cast<char>(value);
  };
  std::string tensor;  // Its extent, type 1, name "w", raw data.
  tensor.append("\x08")
      .append(varint(size / 4))
      .append("\x10\x01\x42\x01w\x4a")
      .append(varint(size));
  std::string graph;  // One initialiser.
  graph.append("\x2a").append(varint(tensor.size() + size)).append(tensor);
  std::string bytes = model.SerializeAsString();
  bytes.append("\x3a").append(varint(graph.size() + size)).append(graph);
  const std::string path = written_bytes(bytes, "large.onnx");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + size);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  CHECK(import_onnx(path).graph.size() == 2);
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);  // KiB
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  CHECK_THAT(error_of(path), Catch::Contains("cut off"));
  std::filesystem::remove(path);
}

#endif
