// Networks of inverted residuals as torchvision defines them, and GPUNet.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Inverted {
  std::int64_t expand = 1;  ///< Of the input's channels, or the inner channels when above 16.
  int kernel = 3, stride = 1;
  std::int64_t channels = 0;
  std::string act = "relu6";
  std::int64_t squeezed = 0;  ///< Inner channels of squeeze and excite; 0: none.
  std::string squeeze_act = "relu", gate = "hard-sigmoid";
  bool fused = false;  ///< One convolution instead of 1x1 and depthwise.
};

Tensor inverted(Net& net, const Tensor& in, const Inverted& v) {
  const std::int64_t c = net.channels(in);
  const std::int64_t inner = v.expand > 16 ? v.expand : c * v.expand;
  Tensor x = in;
  if (v.fused) {
    const bool single = inner == c;
    x = net.conv(x, {.channels = single ? v.channels : inner,
                     .kernel = v.kernel,
                     .stride = v.stride,
                     .act = v.act});
    if (!single) x = net.conv(x, {.channels = v.channels});
  } else {
    if (inner != c) x = net.conv(x, {.channels = inner, .act = v.act});
    x = net.depthwise(x, v.kernel, v.stride, v.act);
    if (v.squeezed > 0) x = net.squeeze_excite(x, v.squeezed, v.squeeze_act, v.gate);
    x = net.conv(x, {.channels = v.channels});
  }
  return v.stride == 1 && c == v.channels ? net.add(in, x) : x;
}

Tensor stem(Net& net, std::int64_t channels, const std::string& act) {
  return net.conv(net.input(), {.channels = channels, .kernel = 3, .stride = 2, .act = act});
}

void head(Net& net, const Tensor& in, std::int64_t channels, const std::string& act) {
  net.fully_connected(net.global_pool(net.conv(in, {.channels = channels, .act = act})), 1000);
}

// ---- MobileNet V2, V3 and MNASNet

void mobilenet_v2(Net& net) {
  constexpr int kStages[][4] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  Tensor x = stem(net, 32, "relu6");
  for (const auto& [expand, channels, depth, stride] : kStages) {
    for (int i = 0; i < depth; ++i)
      x = inverted(net, x, {.expand = expand, .stride = i == 0 ? stride : 1, .channels = channels});
  }
  head(net, x, 1280, "relu6");
}

struct V3Row {
  int kernel, inner, channels, squeezed;
  bool hard_swish;
  int stride;
};

void mobilenet_v3(Net& net, const std::vector<V3Row>& rows, std::int64_t last,
                  std::int64_t hidden) {
  Tensor x = stem(net, 16, "hard-swish");
  for (const V3Row& r : rows)
    x = inverted(net, x,
                 {.expand = r.inner == 16 ? 1 : r.inner,
                  .kernel = r.kernel,
                  .stride = r.stride,
                  .channels = r.channels,
                  .act = r.hard_swish ? "hard-swish" : "relu",
                  .squeezed = r.squeezed});
  x = net.global_pool(net.conv(x, {.channels = last, .act = "hard-swish"}));
  net.fully_connected(net.fully_connected(x, hidden, "hard-swish"), 1000);
}

void mobilenet_v3_large(Net& net) {
  mobilenet_v3(net,
               {{3, 16, 16, 0, false, 1},
                {3, 64, 24, 0, false, 2},
                {3, 72, 24, 0, false, 1},
                {5, 72, 40, 24, false, 2},
                {5, 120, 40, 32, false, 1},
                {5, 120, 40, 32, false, 1},
                {3, 240, 80, 0, true, 2},
                {3, 200, 80, 0, true, 1},
                {3, 184, 80, 0, true, 1},
                {3, 184, 80, 0, true, 1},
                {3, 480, 112, 120, true, 1},
                {3, 672, 112, 168, true, 1},
                {5, 672, 160, 168, true, 2},
                {5, 960, 160, 240, true, 1},
                {5, 960, 160, 240, true, 1}},
               960, 1280);
}

void mobilenet_v3_small(Net& net) {
  mobilenet_v3(net,
               {{3, 16, 16, 8, false, 2},
                {3, 72, 24, 0, false, 2},
                {3, 88, 24, 0, false, 1},
                {5, 96, 40, 24, true, 2},
                {5, 240, 40, 64, true, 1},
                {5, 240, 40, 64, true, 1},
                {5, 120, 48, 32, true, 1},
                {5, 144, 48, 40, true, 1},
                {5, 288, 96, 72, true, 2},
                {5, 576, 96, 144, true, 1},
                {5, 576, 96, 144, true, 1}},
               576, 1024);
}

void mnasnet0_5(Net& net) {
  constexpr int kStages[][5] = {{3, 2, 3, 16, 3}, {5, 2, 3, 24, 3}, {5, 2, 6, 40, 3},
                                {3, 1, 6, 48, 2}, {5, 2, 6, 96, 4}, {3, 1, 6, 160, 1}};
  Tensor x = stem(net, 16, "relu");
  x = net.conv(net.depthwise(x, 3, 1, "relu"), {.channels = 8});
  for (const auto& [kernel, stride, expand, channels, depth] : kStages) {
    for (int i = 0; i < depth; ++i)
      x = inverted(net, x,
                   {.expand = expand,
                    .kernel = kernel,
                    .stride = i == 0 ? stride : 1,
                    .channels = channels,
                    .act = "relu"});
  }
  head(net, x, 1280, "relu");
}

// ---- EfficientNet

struct Stage {
  bool fused;
  int expand, kernel, stride, channels, depth;
};

void efficientnet(Net& net, std::int64_t first, const std::vector<Stage>& stages,
                  std::int64_t last) {
  Tensor x = stem(net, first, "swish");
  for (const Stage& s : stages) {
    for (int i = 0; i < s.depth; ++i)
      x = inverted(net, x,
                   {.expand = s.expand,
                    .kernel = s.kernel,
                    .stride = i == 0 ? s.stride : 1,
                    .channels = s.channels,
                    .act = "swish",
                    .squeezed = s.fused ? 0 : net.channels(x) / 4,
                    .squeeze_act = "swish",
                    .gate = "sigmoid",
                    .fused = s.fused});
  }
  head(net, x, last, "swish");
}

const std::vector<Stage> kB0 = {{false, 1, 3, 1, 16, 1},  {false, 6, 3, 2, 24, 2},
                                {false, 6, 5, 2, 40, 2},  {false, 6, 3, 2, 80, 3},
                                {false, 6, 5, 1, 112, 3}, {false, 6, 5, 2, 192, 4},
                                {false, 6, 3, 1, 320, 1}};
const std::vector<Stage> kB4 = {{false, 1, 3, 1, 24, 2},  {false, 6, 3, 2, 32, 4},
                                {false, 6, 5, 2, 56, 4},  {false, 6, 3, 2, 112, 6},
                                {false, 6, 5, 1, 160, 6}, {false, 6, 5, 2, 272, 8},
                                {false, 6, 3, 1, 448, 2}};
const std::vector<Stage> kV2S = {{true, 1, 3, 1, 24, 2},   {true, 4, 3, 2, 48, 4},
                                 {true, 4, 3, 2, 64, 4},   {false, 4, 3, 2, 128, 6},
                                 {false, 6, 3, 1, 160, 9}, {false, 6, 3, 2, 256, 15}};

// ---- GPUNet-0, found by search for latency on a GPU

void gpunet_0(Net& net) {
  Tensor x = stem(net, 32, "relu");
  for (int i = 0; i < 2; ++i) x = net.conv(x, {.channels = 32, .kernel = 3, .act = "relu"});
  struct Row {
    bool fused;
    int channels, stride;
    const char* act;
    bool squeeze;
  };
  constexpr Row kRows[] = {{true, 32, 2, "relu", false},    {true, 32, 1, "relu", false},
                           {true, 64, 2, "relu", false},    {true, 64, 1, "relu", false},
                           {true, 64, 1, "relu", false},    {false, 256, 2, "swish", false},
                           {false, 256, 1, "swish", false}, {false, 256, 1, "swish", false},
                           {false, 704, 2, "relu", true},   {false, 704, 1, "relu", true}};
  for (const Row& r : kRows)
    x = inverted(net, x,
                 {.expand = 5,
                  .stride = r.stride,
                  .channels = r.channels,
                  .act = r.act,
                  .squeezed = r.squeeze ? net.channels(x) / 4 : 0,
                  .gate = "sigmoid",
                  .fused = r.fused});
  head(net, x, 1280, "relu");
}

}  // namespace

void add_torchvision_mobile(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& family, std::int64_t size,
                       std::function<void(Net&)> write) {
    zoo.push_back(network(name, family, "torchvision", size, std::move(write)));
  };
  add("mobilenet_v2", "MobileNetV2", 224, mobilenet_v2);
  add("mobilenet_v3_large", "MobileNetV3", 224, mobilenet_v3_large);
  add("mobilenet_v3_small", "MobileNetV3", 224, mobilenet_v3_small);
  add("mnasnet0_5", "MnasNet", 224, mnasnet0_5);
  add("tv_efficientnet_b0", "EfficientNet", 224,
      [](Net& net) { efficientnet(net, 32, kB0, 1280); });
  for (const auto& [name, size] :
       {std::pair{"tv_efficientnet_b4", 380}, {"tv_efficientnet_b4_224", 224}})
    add(name, "EfficientNet", size, [](Net& net) { efficientnet(net, 48, kB4, 1792); });
  for (const auto& [name, size] :
       {std::pair{"efficientnet_v2_s", 384}, {"efficientnet_v2_s_224", 224}})
    add(name, "EfficientNetV2", size, [](Net& net) { efficientnet(net, 24, kV2S, 1280); });
  zoo.push_back(network("gpunet_0", "GPUNet", "arXiv:2205.00841", 224, gpunet_0));
}

}  // namespace partita
