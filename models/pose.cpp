// High resolution networks for poses, faces and parsing, and MoveNet.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;
using Maps = std::vector<Tensor>;

Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel = 3, int stride = 1,
            const std::string& act = "relu") {
  return net.conv(in, {.channels = channels, .kernel = kernel, .stride = stride, .act = act});
}

Tensor basic(Net& net, const Tensor& in) {
  const std::int64_t c = net.channels(in);
  return net.add(in, conv(net, conv(net, in, c), c, 3, 1, ""), "relu");
}

Tensor bottleneck(Net& net, const Tensor& in) {
  const Tensor x = conv(net, conv(net, conv(net, in, 64, 1), 64), 256, 1, 1, "");
  const bool same = net.channels(in) == 256;
  return net.add(x, same ? in : conv(net, in, 256, 1, 1, ""), "relu");
}

/// From map j to the resolution and channels of map i.
Tensor moved(Net& net, const Maps& maps, std::size_t j, std::size_t i) {
  if (i == j) return maps[j];
  const std::int64_t c = net.channels(maps[i]);
  if (j > i) {
    const Shape to = net.shape(maps[i]);
    return net.resize_to(conv(net, maps[j], c, 1, 1, ""), to[2], to[3], "nearest");
  }
  Tensor x = maps[j];
  for (std::size_t k = j; k + 1 < i; ++k) x = conv(net, x, net.channels(maps[j]), 3, 2);
  return conv(net, x, c, 3, 2, "");
}

/// Four basic units at each resolution, then every one hears all (or only the finest does).
Maps module(Net& net, Maps maps, bool all) {
  for (Tensor& map : maps) {
    for (int i = 0; i < 4; ++i) map = basic(net, map);
  }
  Maps out;
  for (std::size_t i = 0; i < (all ? maps.size() : 1); ++i) {
    Tensor sum = moved(net, maps, 0, i);
    for (std::size_t j = 1; j < maps.size(); ++j) sum = net.add(sum, moved(net, maps, j, i));
    out.push_back(net.activation(sum, "relu"));
  }
  return out;
}

/// The maps after the last stage, the finest first.
Maps hrnet(Net& net, std::int64_t width, bool all) {
  Tensor x = conv(net, conv(net, net.input(), 64, 3, 2), 64, 3, 2);
  for (int i = 0; i < 4; ++i) x = bottleneck(net, x);
  Maps maps{conv(net, x, width), conv(net, x, 2 * width, 3, 2)};
  constexpr std::array<int, 3> kModules = {1, 4, 3};
  for (std::size_t stage = 0; stage < 3; ++stage) {
    if (stage > 0) maps.push_back(conv(net, maps.back(), 2 * net.channels(maps.back()), 3, 2));
    for (int i = 0; i < kModules[stage]; ++i)
      maps = module(net, maps, all || stage < 2 || i + 1 < kModules[stage]);
  }
  return maps;
}

void hrnet_pose(Net& net, std::int64_t width) {
  conv(net, hrnet(net, width, false)[0], 17, 1, 1, "");
}

Tensor joined(Net& net, Maps maps) {
  const Shape to = net.shape(maps[0]);
  for (std::size_t i = 1; i < maps.size(); ++i)
    maps[i] = net.resize_to(maps[i], to[2], to[3], "bilinear");
  return net.concat(maps);
}

void hrnet_face(Net& net, std::int64_t landmarks) {
  const Tensor x = joined(net, hrnet(net, 18, true));
  conv(net, conv(net, x, net.channels(x), 1), landmarks, 1, 1, "");
}

/// Object context: pixels attend to 19 class centres.
void hrnet_ocr(Net& net) {
  const Tensor x = joined(net, hrnet(net, 48, true));
  const Shape s = net.shape(x);
  const Tensor rough = conv(net, conv(net, x, s[1], 1), 19, 1, 1, "");
  const Tensor pixels = conv(net, x, 512);
  const std::int64_t n = s[2] * s[3];
  const Tensor weights = net.softmax(net.reshape(rough, {1, 19, n}), 2);
  const Tensor rows = net.permute(net.reshape(pixels, {1, 512, n}), {0, 2, 1});
  const Tensor centres =
      net.reshape(net.permute(net.matmul(weights, rows, false), {0, 2, 1}), {1, 512, 19, 1});
  const auto two = [&](const Tensor& in) { return conv(net, conv(net, in, 256, 1), 256, 1); };
  const Tensor q = net.permute(net.reshape(two(pixels), {1, 256, n}), {0, 2, 1});
  const Tensor k = net.reshape(two(centres), {1, 256, 19});
  const Tensor v = net.permute(net.reshape(conv(net, centres, 256, 1), {1, 256, 19}), {0, 2, 1});
  const Tensor mixed = net.matmul(net.softmax(net.matmul(q, k, false)), v, false);
  const Tensor context = net.reshape(net.permute(mixed, {0, 2, 1}), {1, 256, s[2], s[3]});
  const Tensor all = net.concat({conv(net, context, 512, 1), pixels});
  conv(net, conv(net, all, 512, 1), 19, 1, 1, "");
}

// ---- MoveNet: MobileNetV2 with a pyramid that grows narrower, and four heads

Tensor separable(Net& net, const Tensor& in, std::int64_t channels) {
  return conv(net, net.depthwise(in, 3, 1, ""), channels, 1);
}

void movenet(Net& net) {
  constexpr int kStages[][4] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  const auto relu6 = [&](const Tensor& in, std::int64_t channels) {
    return conv(net, in, channels, 1, 1, "relu6");
  };
  Tensor x = net.conv(net.input(),
                      {.channels = 32, .kernel = 3, .stride = 2, .same = true, .act = "relu6"});
  Maps levels;
  for (const auto& [expand, channels, depth, stride] : kStages) {
    for (int i = 0; i < depth; ++i) {
      const Tensor wide = expand == 1 ? x : relu6(x, expand * net.channels(x));
      const Tensor deep = net.depthwise(wide, 3, i == 0 ? stride : 1, "relu6", true);
      const Tensor out = conv(net, deep, channels, 1, 1, "");
      x = i > 0 ? net.add(x, out) : out;
    }
    if (channels == 24 || channels == 32 || channels == 64) levels.push_back(x);
  }
  Tensor top = conv(net, relu6(x, 1280), 64, 1, 1, "");
  constexpr int kFused[] = {24, 24, 32};
  for (std::size_t i = levels.size(); i-- > 0;) {
    const Tensor side = conv(net, levels[i], net.channels(levels[i]), 1, 1, "");
    top = separable(net, net.add(side, net.resize(top, 2, "bilinear")), kFused[i]);
  }
  for (const int out : {1, 17, 34, 34}) conv(net, separable(net, top, 96), out, 1, 1, "");
}

}  // namespace

void add_pose(std::vector<ZooNetwork>& zoo) {
  const std::string paper = "HRNet, arXiv:1902.09212";
  const auto add = [&](const std::string& name, Shape input, std::function<void(Net&)> write) {
    zoo.push_back(network(name, "HRNet", paper, std::move(input), std::move(write)));
  };
  add("hrnet_w32_pose", {1, 3, 256, 192}, [](Net& net) { hrnet_pose(net, 32); });
  add("hrnet_w48_pose", {1, 3, 256, 192}, [](Net& net) { hrnet_pose(net, 48); });
  add("hrnet_w18_face", {1, 3, 256, 256}, [](Net& net) { hrnet_face(net, 29); });
  add("hrnet_w48_ocr", {1, 3, 1024, 2048}, hrnet_ocr);
  zoo.push_back(network("movenet_lightning", "MoveNet", "MobileNetV2 and a pyramid; TensorFlow Hub",
                        Shape{1, 3, 192, 192}, movenet));
}

}  // namespace partita
