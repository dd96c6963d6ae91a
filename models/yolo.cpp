// YOLO detectors: v5, v8 (with masks too: FastSAM), YOLO11, YOLOv10.
#include <algorithm>
#include <cmath>

#include "models/families.h"
#include "models/token_ops.h"
#include "models/yolo_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;
using namespace yolo;  // NOLINT(google-build-using-namespace): the file's vocabulary.

struct Scale {
  double depth, width;
  std::int64_t most = 1024;  ///< Channels before scaling.
  std::int64_t channels(std::int64_t c) const {
    const double scaled = static_cast<double>(std::min(c, most)) * width;
    return static_cast<std::int64_t>(std::ceil(scaled / 8)) * 8;
  }
  int repeats(int n) const { return std::max(1, static_cast<int>(std::lround(n * depth))); }
};

// ---- YOLOv5

void yolov5(Net& net, const Scale& s) {
  const auto c = [&](std::int64_t channels) { return s.channels(channels); };
  const auto n = [&](int repeats) { return s.repeats(repeats); };
  Tensor x = net.conv(net.input(),
                      {.channels = c(64), .kernel = 6, .stride = 2, .pad = 2, .act = "swish"});
  x = c3(net, conv(net, x, c(128), 3, 2), c(128), n(3), true);
  const Tensor p3 = c3(net, conv(net, x, c(256), 3, 2), c(256), n(6), true);
  const Tensor p4 = c3(net, conv(net, p3, c(512), 3, 2), c(512), n(9), true);
  x = c3(net, conv(net, p4, c(1024), 3, 2), c(1024), n(3), true);
  const Tensor top = conv(net, sppf(net, x, c(1024)), c(512));
  x = c3(net, net.concat({twice(net, top), p4}), c(512), n(3), false);
  const Tensor middle = conv(net, x, c(256));
  const Tensor a = c3(net, net.concat({twice(net, middle), p3}), c(256), n(3), false);
  const Tensor b = c3(net, net.concat({conv(net, a, c(256), 3, 2), middle}), c(512), n(3), false);
  const Tensor d = c3(net, net.concat({conv(net, b, c(512), 3, 2), top}), c(1024), n(3), false);
  for (const Tensor& map : {a, b, d}) {
    const Shape shape = net.shape(map);
    const Tensor out =
        net.reshape(net.conv(map, {.channels = 255}), {1, 3, 85, shape[2] * shape[3]});
    net.activation(net.permute(out, {0, 1, 3, 2}), "sigmoid");
  }
}

// ---- YOLOv8

struct Heads {
  std::int64_t classes = 80;
  std::int64_t masks = 0;  ///< Prototypes; 0: boxes only.
};

Tensor three(Net& net, const Tensor& in, std::int64_t inner, std::int64_t out) {
  return net.conv(conv(net, conv(net, in, inner, 3), inner, 3), {.channels = out});
}

/// Scores by depthwise convolutions, as of YOLOv10.
Tensor light_three(Net& net, const Tensor& in, std::int64_t inner, std::int64_t out) {
  Tensor x = conv(net, depthwise(net, in, net.channels(in), 3), inner);
  x = conv(net, depthwise(net, x, inner, 3), inner);
  return net.conv(x, {.channels = out});
}

void detect(Net& net, const std::vector<Tensor>& maps, const Heads& h, bool light,
            std::int64_t prototypes = 0) {
  const std::int64_t c = net.channels(maps[0]);
  const std::int64_t boxes = std::max({std::int64_t{16}, c / 4, std::int64_t{64}});
  const std::int64_t scores = std::max(c, std::min(h.classes, std::int64_t{100}));
  const std::int64_t masks = std::max(c / 4, h.masks);
  std::vector<Tensor> b, s, m;
  for (const Tensor& map : maps) {
    b.push_back(three(net, map, boxes, 64));
    s.push_back(light ? light_three(net, map, scores, h.classes)
                      : three(net, map, scores, h.classes));
    if (h.masks > 0) m.push_back(three(net, map, masks, h.masks));
  }
  const Tensor out = decode(net, cells(net, b), cells(net, s));
  if (h.masks == 0) return;
  net.concat({out, cells(net, m)}, 1);
  Tensor p = conv(net, maps[0], prototypes, 3);
  p = conv(net, net.deconv(p, prototypes, 2, 2), prototypes, 3);
  conv(net, p, h.masks);
}

void yolov8(Net& net, const Scale& s, const Heads& h) {
  const auto c = [&](std::int64_t channels) { return s.channels(channels); };
  const auto n = [&](int repeats) { return s.repeats(repeats); };
  Tensor x = conv(net, conv(net, net.input(), c(64), 3, 2), c(128), 3, 2);
  x = c2f(net, x, c(128), n(3), true);
  const Tensor p3 = c2f(net, conv(net, x, c(256), 3, 2), c(256), n(6), true);
  const Tensor p4 = c2f(net, conv(net, p3, c(512), 3, 2), c(512), n(6), true);
  x = c2f(net, conv(net, p4, c(1024), 3, 2), c(1024), n(3), true);
  const Tensor p5 = sppf(net, x, c(1024));
  const Tensor m = c2f(net, net.concat({twice(net, p5), p4}), c(512), n(3), false);
  const Tensor a = c2f(net, net.concat({twice(net, m), p3}), c(256), n(3), false);
  const Tensor b = c2f(net, net.concat({conv(net, a, c(256), 3, 2), m}), c(512), n(3), false);
  const Tensor d = c2f(net, net.concat({conv(net, b, c(512), 3, 2), p5}), c(1024), n(3), false);
  detect(net, {a, b, d}, h, false, c(256));
}

// ---- YOLO11 and YOLOv10: attention over the smallest map

/// Attention whose keys are half as wide as its values, plus positions by a depthwise convolution.
Tensor map_attention(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  const std::int64_t heads = std::max<std::int64_t>(1, s[1] / 64), value = s[1] / heads;
  const std::int64_t key = value / 2, n = s[2] * s[3];
  const Tensor all = net.reshape(net.conv(in, {.channels = s[1] + 2 * key * heads}),
                                 {1, heads, 2 * key + value, n});
  const auto part = [&](std::int64_t from, std::int64_t to) { return net.slice(all, 2, from, to); };
  const Tensor q = part(0, key), k = part(key, 2 * key), v = part(2 * key, 2 * key + value);
  const Tensor scores = net.softmax(net.matmul(net.permute(q, {0, 1, 3, 2}), k, false));
  const Tensor mixed = net.reshape(net.matmul(v, scores, true), {1, s[1], s[2], s[3]});
  const Tensor places = depthwise(net, net.reshape(v, {1, s[1], s[2], s[3]}), s[1], 3, 1, "");
  return net.conv(net.add(mixed, places), {.channels = s[1]});
}

/// Half of the channels pass attention and a feed-forward part.
Tensor partial_attention(Net& net, const Tensor& in) {
  const std::int64_t c = net.channels(in);
  const auto halves = net.split(conv(net, in, c), 2);
  const Tensor x = net.add(halves[1], map_attention(net, halves[1]));
  const Tensor y = net.add(x, net.conv(conv(net, x, c), {.channels = c / 2}));
  return conv(net, net.concat({halves[0], y}), c);
}

/// c2f whose inner part is a c3 of two bottlenecks, or one bottleneck.
Tensor c3k2(Net& net, const Tensor& in, std::int64_t channels, bool nested, double share = 0.5) {
  const auto inner = static_cast<std::int64_t>(static_cast<double>(channels) * share);
  std::vector<Tensor> all = net.split(conv(net, in, 2 * inner), 2);
  all.push_back(nested ? c3(net, all.back(), inner, 2, true, 3)
                       : bottleneck(net, all.back(), inner / 2, true));
  return conv(net, net.concat(all), channels);
}

void yolo11n(Net& net, const Heads& h) {
  Tensor x = conv(net, conv(net, net.input(), 16, 3, 2), 32, 3, 2);
  x = conv(net, c3k2(net, x, 64, false, 0.25), 64, 3, 2);
  const Tensor p3 = c3k2(net, x, 128, false, 0.25);
  const Tensor p4 = c3k2(net, conv(net, p3, 128, 3, 2), 128, true);
  x = c3k2(net, conv(net, p4, 256, 3, 2), 256, true);
  const Tensor p5 = partial_attention(net, sppf(net, x, 256));
  const Tensor m = c3k2(net, net.concat({twice(net, p5), p4}), 128, false);
  const Tensor a = c3k2(net, net.concat({twice(net, m), p3}), 64, false);
  const Tensor b = c3k2(net, net.concat({conv(net, a, 64, 3, 2), m}), 128, false);
  const Tensor d = c3k2(net, net.concat({conv(net, b, 128, 3, 2), p5}), 256, true);
  detect(net, {a, b, d}, h, true, 64);
}

/// 1x1, then depthwise with stride 2.
Tensor apart_down(Net& net, const Tensor& in, std::int64_t channels) {
  return depthwise(net, conv(net, in, channels), channels, 3, 2, "");
}

/// c2f of one compact inverted block: depthwise 3x3 (7x7 folded into it where large), 1x1, ...
Tensor compact(Net& net, const Tensor& in, std::int64_t channels, int kernel) {
  const std::int64_t half = channels / 2;
  std::vector<Tensor> all = net.split(conv(net, in, channels), 2);
  const Tensor y = all.back();
  Tensor x = conv(net, depthwise(net, y, half, 3), 2 * half);
  x = conv(net, depthwise(net, x, 2 * half, kernel), half);
  all.push_back(net.add(y, depthwise(net, x, half, 3)));
  return conv(net, net.concat(all), channels);
}

void yolov10n(Net& net) {
  Tensor x = conv(net, conv(net, net.input(), 16, 3, 2), 32, 3, 2);
  x = conv(net, c2f(net, x, 32, 1, true), 64, 3, 2);
  const Tensor p3 = c2f(net, x, 64, 2, true);
  const Tensor p4 = c2f(net, apart_down(net, p3, 128), 128, 2, true);
  x = c2f(net, apart_down(net, p4, 256), 256, 1, true);
  const Tensor p5 = partial_attention(net, sppf(net, x, 256));
  const Tensor m = c2f(net, net.concat({twice(net, p5), p4}), 128, 1, false);
  const Tensor a = c2f(net, net.concat({twice(net, m), p3}), 64, 1, false);
  const Tensor b = c2f(net, net.concat({conv(net, a, 64, 3, 2), m}), 128, 1, false);
  const Tensor d = compact(net, net.concat({apart_down(net, b, 128), p5}), 256, 7);
  detect(net, {a, b, d}, {}, true);
}

}  // namespace

void add_yolo(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& source,
                       std::function<void(Net&)> write) {
    zoo.push_back(network(name, "YOLO", source, 640, std::move(write)));
  };
  const Scale nano{0.33, 0.25}, small{0.33, 0.5}, extra{1.0, 1.25, 512};
  add("yolov5s", "ultralytics YOLOv5 6.0", [=](Net& net) { yolov5(net, small); });
  add("yolov5m", "ultralytics YOLOv5 6.0", [](Net& net) { yolov5(net, {0.67, 0.75}); });
  const std::string v8 = "ultralytics YOLOv8";
  add("yolov8n", v8, [=](Net& net) { yolov8(net, nano, {}); });
  add("yolov8s", v8, [=](Net& net) { yolov8(net, small, {}); });
  add("yolov8n_seg", v8, [=](Net& net) { yolov8(net, nano, {.masks = 32}); });
  const Heads anything{.classes = 1, .masks = 32};
  add("fastsam_s", "FastSAM, arXiv:2306.12156", [=](Net& net) { yolov8(net, small, anything); });
  add("fastsam_x", "FastSAM, arXiv:2306.12156", [=](Net& net) { yolov8(net, extra, anything); });
  add("yolo11n", "ultralytics YOLO11", [](Net& net) { yolo11n(net, {}); });
  add("yolo11n_seg", "ultralytics YOLO11", [](Net& net) { yolo11n(net, {.masks = 32}); });
  add("yolov10n", "arXiv:2405.14458", yolov10n);
}

}  // namespace partita
