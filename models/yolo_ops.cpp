#include "models/yolo_ops.h"

namespace partita::yolo {

Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel, int stride,
            const std::string& act) {
  return net.conv(in, {.channels = channels, .kernel = kernel, .stride = stride, .act = act});
}

Tensor depthwise(Net& net, const Tensor& in, std::int64_t channels, int kernel, int stride,
                 const std::string& act) {
  return net.conv(in, {.channels = channels,
                       .kernel = kernel,
                       .stride = stride,
                       .groups = net.channels(in),
                       .act = act});
}

Tensor bottleneck(Net& net, const Tensor& in, std::int64_t inner, bool shortcut, int first) {
  const std::int64_t c = net.channels(in);
  const Tensor x = conv(net, conv(net, in, inner, first), c, 3);
  return shortcut ? net.add(in, x) : x;
}

Tensor c3(Net& net, const Tensor& in, std::int64_t channels, int depth, bool shortcut, int kernel) {
  const std::int64_t half = channels / 2;
  Tensor x = conv(net, in, half);
  for (int i = 0; i < depth; ++i) x = bottleneck(net, x, half, shortcut, kernel);
  return conv(net, net.concat({x, conv(net, in, half)}), channels);
}

Tensor c2f(Net& net, const Tensor& in, std::int64_t channels, int depth, bool shortcut) {
  std::vector<Tensor> all = net.split(conv(net, in, channels), 2);
  for (int i = 0; i < depth; ++i)
    all.push_back(bottleneck(net, all.back(), channels / 2, shortcut));
  return conv(net, net.concat(all), channels);
}

Tensor sppf(Net& net, const Tensor& in, std::int64_t channels, const std::string& act) {
  std::vector<Tensor> all{conv(net, in, net.channels(in) / 2, 1, 1, act)};
  for (int i = 0; i < 3; ++i) all.push_back(net.max_pool(all.back(), 5, 1, 2));
  return conv(net, net.concat(all), channels, 1, 1, act);
}

Tensor twice(Net& net, const Tensor& in) {
  return net.resize(in, 2, "nearest");
}

Tensor cells(Net& net, const std::vector<Tensor>& maps) {
  std::vector<Tensor> flat;
  for (const Tensor& map : maps) {
    const Shape s = net.shape(map);
    flat.push_back(net.reshape(map, {1, s[1], s[2] * s[3]}));
  }
  return net.concat(flat, 2);
}

Tensor decode(Net& net, const Tensor& boxes, const Tensor& scores) {
  const std::int64_t n = net.shape(boxes)[2];
  Tensor bins = net.permute(net.reshape(boxes, {1, 4, 16, n}), {0, 2, 1, 3});
  const Tensor sides =
      net.reshape(net.conv(net.softmax(bins, 1), {.channels = 1, .bias = false}), {1, 4, n});
  const auto ends = net.split(sides, 2, 1);
  const Tensor anchors = net.constant({1, 2, n});
  const Tensor from = net.combine(anchors, ends[0], "sub"), to = net.add(anchors, ends[1]);
  const Tensor middle = net.mul(net.add(from, to), net.constant({1, 1, 1}));
  const Tensor box = net.concat({middle, net.combine(to, from, "sub")}, 1);
  return net.concat({net.mul(box, net.constant({1, 1, n})), net.activation(scores, "sigmoid")}, 1);
}

}  // namespace partita::yolo
