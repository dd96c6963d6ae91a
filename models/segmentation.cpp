// Segmentation on top of residual networks and of MobileNetV2: FCN, DeepLab, PSPNet, U-Net, FFNet.
#include <array>

#include "models/families.h"
#include "models/resnet_body.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel = 3, int stride = 1,
            const std::string& act = "relu") {
  return net.conv(in, {.channels = channels, .kernel = kernel, .stride = stride, .act = act});
}

Tensor resize_like(Net& net, const Tensor& in, const Tensor& like,
                   const std::string& function = "bilinear") {
  const Shape to = net.shape(like);
  return net.resize_to(in, to[2], to[3], function);
}

// ---- FCN and DeepLab V3 of torchvision: the last two stages dilated

constexpr ResNetBody kDilated{.depth = {3, 4, 6, 3}, .dilated = 2};

void fcn_resnet50(Net& net) {
  const Tensor x = resnet_body(net, net.input(), kDilated).back();
  resize_like(net, conv(net, conv(net, x, 512), 21, 1, 1, ""), net.input());
}

/// Atrous pyramid: a 1x1, three dilated 3x3, and the mean, joined by a 1x1.
Tensor pyramid(Net& net, const Tensor& in, const std::array<int, 3>& rates) {
  std::vector<Tensor> ways{conv(net, in, 256, 1)};
  for (const int rate : rates)
    ways.push_back(net.conv(in, {.channels = 256, .kernel = 3, .dilation = rate, .act = "relu"}));
  ways.push_back(resize_like(net, conv(net, net.global_pool(in, true), 256, 1), in));
  return conv(net, net.concat(ways), 256, 1);
}

void deeplabv3_resnet50(Net& net) {
  const Tensor x = resnet_body(net, net.input(), kDilated).back();
  const Tensor y = conv(net, pyramid(net, x, {12, 24, 36}), 256);
  resize_like(net, conv(net, y, 21, 1, 1, ""), net.input());
}

// ---- DeepLab V3+ on MobileNetV2 with an output stride of 16

void deeplabv3_plus_mobilenet(Net& net) {
  constexpr int kStages[][5] = {{1, 16, 1, 1, 1}, {6, 24, 2, 2, 1}, {6, 32, 3, 2, 1},
                                {6, 64, 4, 2, 1}, {6, 96, 3, 1, 1}, {6, 160, 3, 1, 2},
                                {6, 320, 1, 1, 2}};
  Tensor x = conv(net, net.input(), 32, 3, 2, "relu6"), low;
  for (const auto& [expand, channels, depth, stride, dilation] : kStages) {
    for (int i = 0; i < depth; ++i) {
      const std::int64_t c = net.channels(x), inner = expand * c;
      Tensor y = expand == 1 ? x : conv(net, x, inner, 1, 1, "relu6");
      y = net.conv(y, {.channels = inner,
                       .kernel = 3,
                       .stride = i == 0 ? stride : 1,
                       .dilation = dilation,
                       .groups = inner,
                       .act = "relu6"});
      y = conv(net, y, channels, 1, 1, "");
      x = i > 0 ? net.add(x, y) : y;
    }
    if (channels == 24) low = x;
  }
  const Tensor high = resize_like(net, pyramid(net, x, {6, 12, 18}), low);
  Tensor y = net.concat({high, conv(net, low, 48, 1)});
  y = conv(net, conv(net, conv(net, y, 256), 256), 21, 1, 1, "");
  resize_like(net, y, net.input());
}

// ---- PSPNet: pooled to 1, 2, 3 and 6 bins

void pspnet101(Net& net) {
  const ResNetBody body{.depth = {3, 4, 23, 3}, .dilated = 2, .deep_stem = true};
  const Tensor x = resnet_body(net, net.input(), body).back();
  const int side = static_cast<int>(net.shape(x)[2]);
  std::vector<Tensor> ways{x};
  for (const int bins : {1, 2, 3, 6}) {
    const Tensor pooled = net.avg_pool(x, side / bins, side / bins);
    ways.push_back(resize_like(net, conv(net, pooled, 512, 1), x));
  }
  const Tensor y = conv(net, conv(net, net.concat(ways), 512), 150, 1, 1, "");
  resize_like(net, y, net.input());
}

// ---- U-Net with padding and transposed convolutions

void unet(Net& net) {
  Tensor x = conv(net, conv(net, net.input(), 64), 64);
  std::vector<Tensor> skips;
  for (const int channels : {128, 256, 512, 1024}) {
    skips.push_back(x);
    x = conv(net, conv(net, net.max_pool(x, 2, 2), channels), channels);
  }
  for (std::size_t i = skips.size(); i-- > 0;) {
    const std::int64_t channels = net.channels(skips[i]);
    x = net.concat({skips[i], net.deconv(x, channels, 2, 2)});
    x = conv(net, conv(net, x, channels), channels);
  }
  conv(net, x, 2, 1, 1, "");
}

// ---- FFNet: a slim residual network and a fuse-up neck

Tensor basic(Net& net, const Tensor& in, std::int64_t channels, int stride) {
  const Tensor x = conv(net, conv(net, in, channels, 3, stride), channels, 3, 1, "");
  const bool same = stride == 1 && net.channels(in) == channels;
  return net.add(x, same ? in : conv(net, in, channels, 1, stride, ""), "relu");
}

struct FFNet {
  std::array<int, 4> depth;
  int first_stride;
  char head;  ///< B or C.
};

void ffnet(Net& net, const FFNet& f) {
  constexpr std::array<std::int64_t, 4> kWidth = {64, 128, 192, 320};
  Tensor x = conv(net, conv(net, net.input(), 32, 3, 2), 64, 3, 2);
  std::vector<Tensor> maps;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < f.depth[stage]; ++i)
      x = basic(net, x, kWidth[stage], i > 0 ? 1 : stage == 0 ? f.first_stride : 2);
    maps.push_back(x);
  }
  const bool b = f.head == 'B';
  const std::array<std::int64_t, 4> base = b ? std::array<std::int64_t, 4>{64, 128, 128, 256}
                                             : std::array<std::int64_t, 4>{128, 128, 128, 128};
  const std::array<std::int64_t, 4> out = b ? std::array<std::int64_t, 4>{96, 96, 64, 32}
                                            : std::array<std::int64_t, 4>{128, 16, 16, 16};
  for (std::size_t i = 0; i < 4; ++i) maps[i] = conv(net, maps[i], base[i], 1);
  std::vector<Tensor> fused(4);
  Tensor up;
  for (std::size_t i = 4; i-- > 0;) {
    const Tensor in = i == 3 ? maps[3] : net.add(resize_like(net, up, maps[i], "nearest"), maps[i]);
    fused[i] = conv(net, in, out[i]);
    if (i > 0) up = conv(net, in, base[i - 1], 1);
  }
  for (std::size_t i = 1; i < 4; ++i) fused[i] = resize_like(net, fused[i], fused[0], "nearest");
  const int kernel = b ? 3 : 1;
  conv(net, conv(net, net.concat(fused), b ? 256 : 128, kernel), 19, kernel, 1, "");
}

}  // namespace

void add_segmentation(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& family,
                       const std::string& source, Shape input, std::function<void(Net&)> write) {
    zoo.push_back(network(name, family, source, std::move(input), std::move(write)));
  };
  for (const std::int64_t size : {224, 520}) {
    const std::string at(size == 520 ? "" : "_224");
    add("fcn_resnet50" + at, "FCN", "torchvision", {1, 3, size, size}, fcn_resnet50);
    add("deeplabv3_resnet50" + at, "DeepLab", "torchvision", {1, 3, size, size},
        deeplabv3_resnet50);
  }
  add("deeplabv3_plus_mobilenet", "DeepLab", "arXiv:1802.02611, output stride 16", {1, 3, 513, 513},
      deeplabv3_plus_mobilenet);
  add("pspnet101", "PSPNet", "arXiv:1612.01105", {1, 3, 473, 473}, pspnet101);
  add("unet", "U-Net", "arXiv:1505.04597, padded", {1, 3, 224, 224}, unet);
  const std::string paper = "arXiv:2206.08236";
  const auto add_ffnet = [&](const std::string& name, const FFNet& f, std::int64_t height) {
    add(name, "FFNet", paper, {1, 3, height, 2 * height}, [f](Net& net) { ffnet(net, f); });
  };
  add_ffnet("ffnet_40s", {{4, 5, 6, 4}, 2, 'B'}, 1024);
  add_ffnet("ffnet_54s", {{5, 8, 8, 5}, 2, 'B'}, 1024);
  add_ffnet("ffnet_78s", {{6, 12, 12, 8}, 2, 'B'}, 1024);
  add_ffnet("ffnet_78s_lowres", {{6, 12, 12, 8}, 1, 'C'}, 512);
}

}  // namespace partita
