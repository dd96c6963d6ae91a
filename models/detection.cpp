// RTMDet, the first stage of Faster R-CNN, and face embedding.
#include "models/families.h"
#include "models/resnet_body.h"
#include "models/yolo_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

// ---- RTMDet-m: CSPNeXt with 5x5 depthwise convolutions and channel attention

Tensor next_block(Net& net, const Tensor& in, bool shortcut) {
  const std::int64_t c = net.channels(in);
  Tensor x = yolo::conv(net, in, c, 3);
  x = yolo::conv(net, yolo::depthwise(net, x, c, 5), c);
  return shortcut ? net.add(in, x) : x;
}

Tensor csp_next(Net& net, const Tensor& in, std::int64_t channels, int depth, bool attention,
                bool shortcut) {
  const Tensor way = yolo::conv(net, in, channels / 2);
  Tensor x = yolo::conv(net, in, channels / 2);
  for (int i = 0; i < depth; ++i) x = next_block(net, x, shortcut);
  Tensor joined = net.concat({x, way});
  if (attention) {
    const Tensor gate =
        net.conv(net.global_pool(joined, true), {.channels = channels, .act = "hard-sigmoid"});
    joined = net.mul(joined, gate);
  }
  return yolo::conv(net, joined, channels);
}

Tensor pooling_pyramid(Net& net, const Tensor& in) {
  const Tensor x = yolo::conv(net, in, net.channels(in) / 2);
  const Tensor all = net.concat(
      {x, net.max_pool(x, 5, 1, 2), net.max_pool(x, 9, 1, 4), net.max_pool(x, 13, 1, 6)});
  return yolo::conv(net, all, net.channels(in));
}

void rtmdet_m(Net& net) {
  Tensor x = yolo::conv(net, net.input(), 24, 3, 2);
  x = yolo::conv(net, yolo::conv(net, x, 24, 3), 48, 3);
  const auto down = [&](const Tensor& in, std::int64_t channels) {
    return yolo::conv(net, in, channels, 3, 2);
  };
  x = csp_next(net, down(x, 96), 96, 2, true, true);
  const Tensor p3 = csp_next(net, down(x, 192), 192, 4, true, true);
  const Tensor p4 = csp_next(net, down(p3, 384), 384, 4, true, true);
  x = pooling_pyramid(net, down(p4, 768));
  const Tensor top = yolo::conv(net, csp_next(net, x, 768, 2, true, false), 384);
  x = csp_next(net, net.concat({yolo::twice(net, top), p4}), 384, 2, false, false);
  const Tensor middle = yolo::conv(net, x, 192);
  const Tensor a = csp_next(net, net.concat({yolo::twice(net, middle), p3}), 192, 2, false, false);
  const Tensor b = csp_next(net, net.concat({down(a, 192), middle}), 384, 2, false, false);
  const Tensor c = csp_next(net, net.concat({down(b, 384), top}), 768, 2, false, false);
  std::vector<Tensor> boxes, scores;
  for (const Tensor& map : {a, b, c}) {
    const Tensor in = yolo::conv(net, map, 192, 3);
    const auto two = [&] { return yolo::conv(net, yolo::conv(net, in, 192, 3), 192, 3); };
    scores.push_back(net.conv(two(), {.channels = 80, .act = "sigmoid"}));
    boxes.push_back(net.activation(net.conv(two(), {.channels = 4}), "exp"));
  }
  yolo::cells(net, scores);
  yolo::cells(net, boxes);
}

// ---- Faster R-CNN R50-C4: the body up to its third stage, 15 anchors at each of its pixels

void proposal_generator(Net& net) {
  const ResNetBody body{.depth = {3, 4, 6, 0}, .stride_first = true};
  const Tensor map = resnet_body(net, net.input(), body)[2];
  const Tensor x = net.conv(map, {.channels = 1024, .kernel = 3, .act = "relu"});
  net.conv(x, {.channels = 15});
  net.conv(x, {.channels = 60});
}

// ---- IR-SE-100: residual units that normalise first, with squeeze and excite

Tensor face_unit(Net& net, const Tensor& in, std::int64_t channels, int stride) {
  Tensor x = net.conv(net.batch_norm(in), {.channels = channels, .kernel = 3, .act = "prelu"});
  x = net.conv(x, {.channels = channels, .kernel = 3, .stride = stride});
  x = net.squeeze_excite(x, channels / 16);
  const bool same = net.channels(in) == channels;
  Tensor way = in;
  if (!same) way = net.conv(in, {.channels = channels, .stride = stride});
  if (same && stride > 1) way = net.max_pool(in, 1, stride);
  return net.add(x, way);
}

void face_ir_se_100(Net& net) {
  constexpr int kRows[][2] = {{64, 3}, {128, 13}, {256, 30}, {512, 3}};
  Tensor x = net.conv(net.input(), {.channels = 64, .kernel = 3, .act = "prelu"});
  for (const auto& [channels, depth] : kRows) {
    for (int i = 0; i < depth; ++i) x = face_unit(net, x, channels, i == 0 ? 2 : 1);
  }
  const Tensor all = net.batch_norm(x);
  net.fully_connected(net.reshape(all, {1, 512 * 7 * 7}), 512);
}

}  // namespace

void add_detection(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(network("rtmdet_m", "RTMDet", "arXiv:2212.07784", 640, rtmdet_m));
  zoo.push_back(network("faster_rcnn_r50_c4_proposals", "R-CNN", "arXiv:1506.01497, detectron2",
                        800, proposal_generator));
  zoo.push_back(
      network("ir_se_100", "face", "arXiv:1801.07698, with arXiv:1709.01507", 112, face_ir_se_100));
}

}  // namespace partita
