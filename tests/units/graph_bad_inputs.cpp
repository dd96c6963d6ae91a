// Wrong networks: one clear error that names the place, never a crash.
#include <catch2/catch.hpp>
#include <vector>

#include "sim/base/error.h"
#include "sim/graph/graph.h"

using namespace partita;

namespace {

struct Bad {
  std::string text;
  std::vector<std::string> says;
};

template <class Read>
void check(const std::vector<Bad>& cases, Read read) {
  for (const Bad& bad : cases) {
    INFO(bad.text);
    std::string message = "no error";
    try {
      read(bad.text);
    } catch (const InputError& error) {
      message = error.what();
    }
    INFO(message);
    CHECK(message.find('\n') == std::string::npos);
    for (const std::string& part : bad.says) CHECK_THAT(message, Catch::Contains(part));
  }
}

/// A file of a 1x8x10x12 input (line 2) and these lines (from 3).
std::string net(const std::string& lines) {
  return "operators:\n- {name: x, kind: input, shape: 1x8x10x12}\n" + lines;
}
std::string op(const std::string& keys) {
  return net("- {name: op, in: [x], " + keys + "}\n");
}

const std::string kInput = "7767517\n2 2\nInput x 0 1 x 0=12 1=10 2=8\n";
std::string layer(const std::string& line) {
  return kInput + line + "\n";
}

}  // namespace

TEST_CASE("wrong YAML networks", "[graph]") {
  const std::vector<Bad> cases = {
      {"network: a\n", {"bad.yaml", "operators"}},
      {"operators: []\n", {"bad", "at least one operator"}},
      {net("- {name: op, kind: conv}\n"), {"bad:3:", "operators[1]", "channels"}},
      {net("- {kind: conv}\n"), {"bad:3:", "name"}},
      {op("kind: convolution, channels: 8, kernel: 3"),
       {"bad:3:", "operators[1].kind", "convolution", "conv"}},
      {op("kind: conv, channels: 8, kernel: 3, strid: 2"), {"bad:3:", "strid", "stride"}},
      {op("kind: conv, channels: 8, kernel: -3"), {"bad:3:", "kernel", "-3"}},
      {op("kind: conv, channels: 8, kernel: 99999999999"), {"bad:3:", "kernel"}},
      {op("kind: conv, channels: 8, kernel: [3]"), {"bad:3:", "[height, width]"}},
      {op("kind: conv, channels: 8, kernel: 11, stride: 2"),
       {"bad:3:", "kernel covers 11 but height is only 10"}},
      {op("kind: conv, channels: 8, kernel: 3, shape: 1x8x9x10"),
       {"bad:3:", "shape 1x8x9x10 given", "1x8x8x10"}},
      {op("kind: conv, channels: 8, kernel: 3, shape: 1xx8"),
       {"bad:3:", "operators[1].shape", "1x64x56x56"}},
      {op("kind: conv, channels: 8, kernel: 1048576, stride: 1, pad: 1048576, dilation: 1"),
       {"bad:3:", "more than 2^53"}},
      {op("kind: conv, channels: 9007199254740992, kernel: 3"), {"bad:3:", "more than 2^53"}},
      {op("kind: conv, channels: 8, kernel: 3, weights: 7"),
       {"bad:3:", "7 weights, but its shapes need 584"}},
      {op("kind: grouped_conv, channels: 9, kernel: 1, groups: 3"),
       {"bad:3:", "3 groups do not divide 8 input"}},
      {op("kind: depthwise_conv, channels: 16, kernel: 3"), {"bad:3:", "16 groups"}},
      {op("kind: activation, function: rellu"),
       {"bad:3:", "operators[1].function", "rellu", "relu"}},
      {op("kind: activation"), {"bad:3:", "function"}},
      {net("- {name: op, kind: elementwise, function: add, in: [x]}\n"),
       {"bad:3:", "2 or more inputs, got 1"}},
      {net("- {name: op, kind: activation, function: relu, in: [y]}\n"),
       {"bad:3:", "\"y\", which no operator makes"}},
      {net("- {name: x, kind: input, shape: 1x2}\n"), {"bad:3:", "second operator named \"x\""}},
      {net("- {name: z, out: [x], kind: input, shape: 1x2}\n"),
       {"bad:3:", "second tensor named \"x\""}},
      {net("- {name: z, kind: input}\n"), {"bad:3:", "needs its shape"}},
      {net("- {name: z, kind: input, shape: 0x2}\n"), {"bad:3:", "0x2"}},
      {net("- {name: z, kind: input, shape: \"5\"}\n"), {"bad:3:", "2 to 8 extents"}},
      {net("- {name: z, kind: input, shape: 1x94906267x94906267}\n"), {"bad:3:", "more than 2^53"}},
      {net("- {name: z, kind: input, in: [x], shape: 1x2}\n"), {"bad:3:", "input has no inputs"}},
      {op("kind: reshape, sizes: [0, 7]"), {"bad:3:", "960 elements do not fill 1x7"}},
      {op("kind: permute, sizes: [0, 1, 1, 2]"), {"bad:3:", "no order of 4 axes"}},
      {op("kind: concat, axis: 4"), {"bad:3:", "axis 4 is outside"}},
      {op("kind: slice, out: [a, b], sizes: [3, 4]"), {"bad:3:", "leave 1 of 8"}},
      {op("kind: slice, sizes: [4, 4]"), {"bad:3:", "makes 2 tensors, 1 named"}},
      {op("kind: crop, sizes: [1, 4, 9]"), {"bad:3:", "crop 4..9 of 8"}},
      {op("kind: fully_connected, channels: 0"), {"bad:3:", "channels"}},
      {op("kind: resize, function: nearest, scale: 1e300"), {"bad:3:", "too large"}},
      {net("- {name: a, kind: activation, function: relu, in: [c]}\n- {name: b, kind: activation, "
           "function: relu, in: "
           "[a]}\n- {name: c, kind: elementwise, function: add, in: [b, x]}\n"),
       {"bad:3:", "the network has a cycle: a -> b -> c -> a"}},
      {net("- {name: a, kind: activation, function: relu, in: [a]}\n"),
       {"bad:3:", "cycle: a -> a"}},
      {"operators: {a: 1}\n", {"bad:1:", "operators"}},
      {"operators: [\n", {"bad:"}},
  };
  check(cases, [](const std::string& text) {
    parse_graph_yaml(text, text.starts_with("network") ? "bad.yaml" : "bad");
  });
}

TEST_CASE("wrong ncnn files", "[graph]") {
  const std::vector<Bad> cases = {
      {"", {"bad.param:1", "before its layers"}},
      {"hello\n", {"bad.param:1", "7767517"}},
      {"7767517\n", {"bad.param:2", "before its layers"}},
      {"7767517\n2\n", {"bad.param:2", "numbers of layers"}},
      {"7767517\n-1 2\n", {"bad.param:2", "numbers of layers"}},
      {"7767517\n99999999999999999999 2\n", {"bad.param:2", "numbers of layers"}},
      {"7767517\n3 2\nInput x 0 1 x 0=4\n", {"bad.param:4", "3 layers announced, 1 found"}},
      {"7767517\n1 7\nInput x 0 1 x 0=4\n", {"7 tensors announced, 1 found"}},
      {"7767517\n1 2\nInput x 0 1 x 0=4\nReLU r 1 1 x r\n", {"1 layers announced, 2 found"}},
      {layer("ReLU r"), {"bad.param:4", "type name inputs outputs"}},
      {layer("ReLU r one 1 x r"), {"bad.param:4: ReLU r", "\"one\" is no number of inputs"}},
      {layer("ReLU r 1 900000000 x r"), {"bad.param:4: ReLU r", "no number of outputs"}},
      {layer("ReLU r 2 1 x r"), {"bad.param:4: ReLU r", "2 inputs and 1 outputs announced"}},
      {layer("ReLU r 1 1 q r"), {"bad.param:4: ReLU r", "\"q\", which no layer before it makes"}},
      {layer("ReLU r 1 1 x x"), {"bad.param:4: ReLU r", "second tensor named \"x\""}},
      {layer("ReLU x 1 1 x r"), {"bad.param:4: ReLU x", "second operator named \"x\""}},
      {layer("Relu r 1 1 x r"), {"bad.param:4: Relu r", "unknown layer type \"Relu\"", "ReLU"}},
      {layer("Pooling p 1 1 x p 0=0 1=0"), {"bad.param:4: Pooling p", "parameter 1 = 0"}},
      {layer("Pooling p 1 1 x p 0=0 1=-3"), {"bad.param:4: Pooling p", "parameter 1 = -3"}},
      {layer("Pooling p 1 1 x p 0=0"), {"bad.param:4: Pooling p", "parameter 1 is missing"}},
      {layer("Pooling p 1 1 x p 0=0 1=3 7=1"), {"bad.param:4: Pooling p", "parameter 7"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 77=1"),
       {"bad.param:4: Convolution c", "\"77=1\" is not in 0..31"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 19=1"),
       {"bad.param:4: Convolution c", "unknown parameter 19; known: 0, 1"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=289"),
       {"bad.param:4: Convolution c", "289 weights", "need 288"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 1=3 6=288"),
       {"bad.param:4: Convolution c", "parameter 1 is given twice"}},
      {layer("Convolution c 1 1 x c 0=4.5 1=3 6=288"),
       {"bad.param:4: Convolution c", "\"4.5\" is no whole number"}},
      {layer("Convolution c 1 1 x c 0=99999999999999999999 1=3 6=288"),
       {"bad.param:4", "no whole number"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 4=-234 6=288"), {"bad.param:4", "parameter 4 = -234"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 -23330=4,3,10,8,5"),
       {"bad.param:4", "shape 1x5x8x10 given", "1x4x8x10"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 -23330=4,3,10,8"),
       {"bad.param:4", "as many values as it says"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 -23330=4,9,10,8,4"),
       {"bad.param:4", "a shape of 9 axes"}},
      {layer("Convolution c 1 1 x c 0=4 1=3 6=288 oops"),
       {"bad.param:4", "expected id=value, got \"oops\""}},
      {layer("ConvolutionDepthWise c 1 1 x c 0=8 1=3 6=72 7=3"),
       {"bad.param:4", "3 groups do not divide"}},
      {layer("Concat c 1 1 x c -23300=1,2"),
       {"bad.param:4: Concat c", "parameter 0 must be one value"}},
      {layer("Slice s 1 1 x s -23300=1,9"), {"bad.param:4: Slice s", "slice 9 of 8"}},
      {layer("Reshape r 1 1 x r 1=5"), {"bad.param:4: Reshape r", "parameter 0 is missing"}},
      {layer("Interp i 1 1 x i 0=2 1=nan 2=2.0"), {"bad.param:4: Interp i", "parameter 1"}},
      {layer("PriorBox p 1 1 x p"), {"bad.param:4: PriorBox p", "smallest sizes"}},
      {"7767517\n1 1\nInput x 0 1 x\n", {"bad.param:3: Input x", "--input 1x3x352x352"}},
  };
  NcnnOptions options;
  options.file = "bad.param";
  check(cases, [&](const std::string& text) { parse_ncnn(text, "bad", options); });
}

TEST_CASE("files that are not there, or of an unknown kind", "[graph]") {
  CHECK_THROWS_WITH(load_graph("/nowhere/net.yaml"), Catch::Contains("/nowhere/net.yaml"));
  CHECK_THROWS_WITH(load_graph("/nowhere/net.pb"), Catch::Contains("known: .yaml, .param"));
}
