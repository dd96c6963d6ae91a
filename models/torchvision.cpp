// Classifiers as torchvision defines them: padding is part of the convolution.
#include <array>

#include "models/families.h"
#include "models/resnet_body.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

void resnet(Net& net, const ResNetBody& body) {
  net.fully_connected(net.global_pool(resnet_body(net, net.input(), body).back()), 1000);
}

// ---- DenseNet: normalisation before each convolution; the first of a pair folds into it not.

void densenet121(Net& net) {
  Tensor x = net.conv(net.input(), {.channels = 64, .kernel = 7, .stride = 2, .act = "relu"});
  x = net.max_pool(x, 3, 2, 1);
  constexpr int kDepth[] = {6, 12, 24, 16};
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < kDepth[stage]; ++i) {
      const Tensor narrow = net.conv(net.batch_norm(x, "relu"), {.channels = 128, .act = "relu"});
      x = net.concat({x, net.conv(narrow, {.channels = 32, .kernel = 3, .bias = false})});
    }
    x = net.batch_norm(x, "relu");
    if (stage == 3) break;
    x = net.avg_pool(net.conv(x, {.channels = net.channels(x) / 2, .bias = false}), 2, 2);
  }
  net.fully_connected(net.global_pool(x), 1000);
}

// ---- SqueezeNet 1.1

void squeezenet(Net& net) {
  Tensor x =
      net.conv(net.input(), {.channels = 64, .kernel = 3, .stride = 2, .pad = 0, .act = "relu"});
  constexpr int kSqueeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
  for (int i = 0; i < 8; ++i) {
    if (i == 0 || i == 2 || i == 4) x = net.max_pool(x, 3, 2, 0, true);
    const Tensor s = net.conv(x, {.channels = kSqueeze[i], .act = "relu"});
    x = net.concat({net.conv(s, {.channels = 4 * kSqueeze[i], .act = "relu"}),
                    net.conv(s, {.channels = 4 * kSqueeze[i], .kernel = 3, .act = "relu"})});
  }
  net.global_pool(net.conv(x, {.channels = 1000, .act = "relu"}));
}

// ---- ShuffleNet V2

Tensor shuffle_unit(Net& net, const Tensor& in, std::int64_t channels, int stride) {
  const std::int64_t half = channels / 2;
  Tensor left = in, right = in;
  if (stride == 1) {
    const auto halves = net.split(in, 2);
    left = halves[0];
    right = halves[1];
  } else {
    left = net.conv(net.depthwise(in, 3, 2, ""), {.channels = half, .act = "relu"});
  }
  right = net.conv(right, {.channels = half, .act = "relu"});
  right = net.conv(net.depthwise(right, 3, stride, ""), {.channels = half, .act = "relu"});
  return net.shuffle(net.concat({left, right}), 2);
}

void shufflenet_v2(Net& net, const std::array<std::int64_t, 3>& width) {
  Tensor x = net.conv(net.input(), {.channels = 24, .kernel = 3, .stride = 2, .act = "relu"});
  x = net.max_pool(x, 3, 2, 1);
  constexpr int kDepth[] = {4, 8, 4};
  for (std::size_t stage = 0; stage < 3; ++stage) {
    for (int i = 0; i < kDepth[stage]; ++i) x = shuffle_unit(net, x, width[stage], i == 0 ? 2 : 1);
  }
  net.fully_connected(net.global_pool(net.conv(x, {.channels = 1024, .act = "relu"})), 1000);
}

// ---- RegNet

struct RegNet {
  std::array<std::int64_t, 4> width;
  std::array<int, 4> depth;
  std::int64_t group;
  bool squeeze;
};

void regnet(Net& net, const RegNet& r) {
  Tensor x = net.conv(net.input(), {.channels = 32, .kernel = 3, .stride = 2, .act = "relu"});
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const std::int64_t width = r.width[stage];
    for (int i = 0; i < r.depth[stage]; ++i) {
      const std::int64_t before = net.channels(x);
      const int stride = i == 0 ? 2 : 1;
      const Tensor way = i == 0 ? net.conv(x, {.channels = width, .stride = 2}) : x;
      Tensor y = net.conv(x, {.channels = width, .act = "relu"});
      y = net.conv(y, {.channels = width,
                       .kernel = 3,
                       .stride = stride,
                       .groups = width / r.group,
                       .act = "relu"});
      if (r.squeeze) y = net.squeeze_excite(y, before / 4);
      x = net.add(net.conv(y, {.channels = width}), way, "relu");
    }
  }
  net.fully_connected(net.global_pool(x), 1000);
}

// ---- GoogLeNet with batch normalisation and without auxiliary heads

void googlenet(Net& net) {
  Tensor x = net.conv(net.input(), {.channels = 64, .kernel = 7, .stride = 2, .act = "relu"});
  x = net.conv(net.max_pool(x, 3, 2, 0, true), {.channels = 64, .act = "relu"});
  x = net.max_pool(net.conv(x, {.channels = 192, .kernel = 3, .act = "relu"}), 3, 2, 0, true);
  constexpr int kWidths[9][6] = {
      {64, 96, 128, 16, 32, 32},     {128, 128, 192, 32, 96, 64},   {192, 96, 208, 16, 48, 64},
      {160, 112, 224, 24, 64, 64},   {128, 128, 256, 24, 64, 64},   {112, 144, 288, 32, 64, 64},
      {256, 160, 320, 32, 128, 128}, {256, 160, 320, 32, 128, 128}, {384, 192, 384, 48, 128, 128}};
  for (int i = 0; i < 9; ++i) {
    if (i == 2) x = net.max_pool(x, 3, 2, 0, true);
    if (i == 7) x = net.max_pool(x, 2, 2, 0, true);
    const auto& w = kWidths[i];
    const auto pair = [&](int narrow, int wide) {
      return net.conv(net.conv(x, {.channels = narrow, .act = "relu"}),
                      {.channels = wide, .kernel = 3, .act = "relu"});
    };
    const Tensor a = net.conv(x, {.channels = w[0], .act = "relu"});
    const Tensor b = pair(w[1], w[2]), c = pair(w[3], w[4]);
    const Tensor d = net.conv(net.max_pool(x, 3, 1, 1), {.channels = w[5], .act = "relu"});
    x = net.concat({a, b, c, d});
  }
  net.fully_connected(net.global_pool(x), 1000);
}

}  // namespace

void add_torchvision(std::vector<ZooNetwork>& zoo) {
  const std::string source = "torchvision";
  const auto add = [&](const std::string& name, const std::string& family,
                       std::function<void(Net&)> write) {
    zoo.push_back(network(name, family, source, 224, std::move(write)));
  };
  const auto add_residual = [&](const std::string& name, const ResNetBody& body) {
    add(name, "ResNet", [body](Net& net) { resnet(net, body); });
  };
  add_residual("tv_resnet18", kResNet18);
  add_residual("tv_resnet50", kResNet50);
  add_residual("tv_resnet101", kResNet101);
  add_residual("wide_resnet50_2", {.depth = {3, 4, 6, 3}, .width = 128});
  add_residual("tv_resnext50_32x4d", {.depth = {3, 4, 6, 3}, .groups = 32, .width = 4});
  add_residual("resnext101_32x8d", {.depth = {3, 4, 23, 3}, .groups = 32, .width = 8});
  add("tv_densenet121", "DenseNet", densenet121);
  add("squeezenet1_1", "SqueezeNet", squeezenet);
  add("shufflenet_v2_x0_5", "ShuffleNetV2", [](Net& net) { shufflenet_v2(net, {48, 96, 192}); });
  add("shufflenet_v2_x1_0", "ShuffleNetV2", [](Net& net) { shufflenet_v2(net, {116, 232, 464}); });
  const RegNet x{{96, 192, 432, 1008}, {2, 6, 15, 2}, 48, false};
  add("regnet_x_3_2gf", "RegNet", [x](Net& net) { regnet(net, x); });
  const RegNet y{{64, 144, 320, 784}, {1, 3, 8, 2}, 16, true};
  add("regnet_y_800mf", "RegNet", [y](Net& net) { regnet(net, y); });
  add("tv_googlenet", "GoogLeNet", googlenet);
}

}  // namespace partita
