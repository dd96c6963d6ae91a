// Other YOLO lines: YOLOX, YOLOv6 3.0, YOLOv7-tiny.
#include "models/families.h"
#include "models/yolo_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;
using namespace yolo;  // NOLINT(google-build-using-namespace): the file's vocabulary.

// ---- YOLOX-S

void yolox_s(Net& net) {
  // Focus: every second row and column to the channels.
  const Shape s = net.shape(net.input());
  Tensor x = net.reshape(net.input(), {3, s[2] / 2, 2, s[3] / 2, 2});
  x = net.reshape(net.permute(x, {2, 4, 0, 1, 3}), {1, 12, s[2] / 2, s[3] / 2});
  x = conv(net, conv(net, x, 32, 3), 64, 3, 2);
  x = c3(net, x, 64, 1, true);
  const Tensor p3 = c3(net, conv(net, x, 128, 3, 2), 128, 3, true);
  const Tensor p4 = c3(net, conv(net, p3, 256, 3, 2), 256, 3, true);
  x = conv(net, conv(net, p4, 512, 3, 2), 256);
  x = net.concat(
      {x, net.max_pool(x, 5, 1, 2), net.max_pool(x, 9, 1, 4), net.max_pool(x, 13, 1, 6)});
  const Tensor top = conv(net, c3(net, conv(net, x, 512), 512, 1, false), 256);
  x = c3(net, net.concat({twice(net, top), p4}), 256, 1, false);
  const Tensor middle = conv(net, x, 128);
  const Tensor a = c3(net, net.concat({twice(net, middle), p3}), 128, 1, false);
  const Tensor b = c3(net, net.concat({conv(net, a, 128, 3, 2), middle}), 256, 1, false);
  const Tensor d = c3(net, net.concat({conv(net, b, 256, 3, 2), top}), 512, 1, false);
  std::vector<Tensor> outputs;
  for (const Tensor& map : {a, b, d}) {
    const Tensor stem = conv(net, map, 128);
    const auto two = [&] { return conv(net, conv(net, stem, 128, 3), 128, 3); };
    const Tensor scores = net.conv(two(), {.channels = 80, .act = "sigmoid"});
    const Tensor boxes = two();
    const Tensor box = net.conv(boxes, {.channels = 4});
    const Tensor object = net.conv(boxes, {.channels = 1, .act = "sigmoid"});
    outputs.push_back(net.concat({box, object, scores}));
  }
  net.permute(cells(net, outputs), {0, 2, 1});
}

// ---- YOLOv6-N 3.0, branches folded to single 3x3 convolutions

Tensor rep(Net& net, Tensor x, std::int64_t channels, int depth = 1, int stride = 1) {
  for (int i = 0; i < depth; ++i) x = conv(net, x, channels, 3, i == 0 ? stride : 1, "relu");
  return x;
}

Tensor csp_sppf(Net& net, const Tensor& in, std::int64_t channels) {
  const std::int64_t half = channels / 2;
  const auto relu = [&](const Tensor& x, std::int64_t c, int kernel = 1) {
    return conv(net, x, c, kernel, 1, "relu");
  };
  std::vector<Tensor> all{relu(relu(relu(in, half), half, 3), half)};
  for (int i = 0; i < 3; ++i) all.push_back(net.max_pool(all.back(), 5, 1, 2));
  const Tensor pooled = relu(relu(net.concat(all), half), half, 3);
  return relu(net.concat({relu(in, half), pooled}), channels);
}

/// A map, the one above it and the one below it.
Tensor fuse(Net& net, const Tensor& up, const Tensor& here, const Tensor& below,
            std::int64_t channels) {
  const Tensor down = conv(net, conv(net, below, channels, 1, 1, "relu"), channels, 3, 2, "relu");
  const Tensor all =
      net.concat({net.deconv(up, channels, 2, 2), conv(net, here, channels, 1, 1, "relu"), down});
  return conv(net, all, channels, 1, 1, "relu");
}

void yolov6n(Net& net) {
  Tensor x = rep(net, net.input(), 16, 1, 2);
  const Tensor p2 = rep(net, rep(net, x, 32, 1, 2), 32, 2);
  const Tensor p3 = rep(net, rep(net, p2, 64, 1, 2), 64, 4);
  const Tensor p4 = rep(net, rep(net, p3, 128, 1, 2), 128, 6);
  const Tensor p5 = csp_sppf(net, rep(net, rep(net, p4, 256, 1, 2), 256, 2), 256);
  const Tensor top = conv(net, p5, 64, 1, 1, "relu");
  const Tensor f4 = rep(net, fuse(net, top, p4, p3, 64), 64, 4);
  const Tensor middle = conv(net, f4, 32, 1, 1, "relu");
  const Tensor a = rep(net, fuse(net, middle, p3, p2, 32), 32, 4);
  const Tensor b = rep(net, net.concat({conv(net, a, 32, 3, 2, "relu"), middle}), 64, 4);
  const Tensor d = rep(net, net.concat({conv(net, b, 64, 3, 2, "relu"), top}), 128, 4);
  std::vector<Tensor> boxes, scores;
  for (const Tensor& map : {a, b, d}) {
    const std::int64_t c = net.channels(map);
    const Tensor stem = conv(net, map, c);
    scores.push_back(net.conv(conv(net, stem, c, 3), {.channels = 80, .act = "sigmoid"}));
    boxes.push_back(net.conv(conv(net, stem, c, 3), {.channels = 4}));
  }
  const Tensor sides = cells(net, boxes);
  const std::int64_t n = net.shape(sides)[2];
  const auto ends = net.split(sides, 2, 1);
  const Tensor anchors = net.constant({1, 2, n});
  const Tensor from = net.combine(anchors, ends[0], "sub"), to = net.add(anchors, ends[1]);
  const Tensor box = net.concat(
      {net.mul(net.add(from, to), net.constant({1, 1, 1})), net.combine(to, from, "sub")}, 1);
  const Tensor scaled = net.mul(box, net.constant({1, 1, n}));
  net.permute(net.concat({scaled, net.constant({1, 1, n}), cells(net, scores)}, 1), {0, 2, 1});
}

// ---- YOLOv7-tiny

Tensor leaky(Net& net, const Tensor& in, std::int64_t channels, int kernel = 1, int stride = 1) {
  return conv(net, in, channels, kernel, stride, "leaky-relu");
}

/// Two 1x1 and two 3x3 in a row, all joined.
Tensor aggregate(Net& net, const Tensor& in, std::int64_t inner, std::int64_t out) {
  const Tensor a = leaky(net, in, inner), b = leaky(net, in, inner);
  const Tensor c = leaky(net, b, inner, 3), d = leaky(net, c, inner, 3);
  return leaky(net, net.concat({d, c, b, a}), out);
}

void yolov7_tiny(Net& net) {
  Tensor x = leaky(net, leaky(net, net.input(), 32, 3, 2), 64, 3, 2);
  x = aggregate(net, x, 32, 64);
  const Tensor p3 = aggregate(net, net.max_pool(x, 2, 2), 64, 128);
  const Tensor p4 = aggregate(net, net.max_pool(p3, 2, 2), 128, 256);
  x = aggregate(net, net.max_pool(p4, 2, 2), 256, 512);
  const Tensor side = leaky(net, x, 256), y = leaky(net, x, 256);
  x = net.concat(
      {net.max_pool(y, 13, 1, 6), net.max_pool(y, 9, 1, 4), net.max_pool(y, 5, 1, 2), y});
  const Tensor top = leaky(net, net.concat({leaky(net, x, 256), side}), 256);
  x = net.concat({leaky(net, p4, 128), twice(net, leaky(net, top, 128))});
  const Tensor middle = aggregate(net, x, 64, 128);
  x = net.concat({leaky(net, p3, 64), twice(net, leaky(net, middle, 64))});
  const Tensor a = aggregate(net, x, 32, 64);
  const Tensor b = aggregate(net, net.concat({leaky(net, a, 128, 3, 2), middle}), 64, 128);
  const Tensor d = aggregate(net, net.concat({leaky(net, b, 256, 3, 2), top}), 128, 256);
  for (const Tensor& map : {a, b, d}) {
    const Tensor wide = leaky(net, map, 2 * net.channels(map), 3);
    const Shape s = net.shape(wide);
    const Tensor out = net.reshape(net.conv(wide, {.channels = 255}), {1, 3, 85, s[2] * s[3]});
    net.activation(net.permute(out, {0, 1, 3, 2}), "sigmoid");
  }
}

}  // namespace

void add_yolo_late(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(network("yolox_s", "YOLO", "arXiv:2107.08430", 640, yolox_s));
  zoo.push_back(network("yolov6n", "YOLO", "YOLOv6 v3.0, arXiv:2301.05586", 640, yolov6n));
  zoo.push_back(network("yolov7_tiny", "YOLO", "arXiv:2207.02696", 640, yolov7_tiny));
}

}  // namespace partita
