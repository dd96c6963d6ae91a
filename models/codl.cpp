// The five networks CoDL was measured on, from the layer shapes its authors publish
// (github.com/csu-eis/CoDL). The lists hold convolutions, poolings and fully connected layers;
// additions, joins, transposed convolutions and upsampling between them are from the networks'
// papers. Activations are part of MACE's convolutions and left out, normalisation is folded.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor conv(Net& n, const Tensor& in, std::int64_t channels, int kernel, int stride = 1) {
  return n.conv(in, {.channels = channels, .kernel = kernel, .stride = stride, .same = true});
}

/// Convolutions of 3x3, with 1x1 of half the channels in between.
Tensor darknet_stage(Net& n, Tensor x, std::int64_t channels, int count) {
  for (int i = 0; i < count; ++i)
    x = conv(n, x, i % 2 == 0 ? channels : channels / 2, i % 2 == 0 ? 3 : 1);
  return x;
}

void write_yolov2(Net& n) {
  Tensor x = n.input();
  const std::array<int, 5> counts{1, 1, 3, 3, 5};
  for (std::size_t stage = 0; stage < counts.size(); ++stage) {
    x = darknet_stage(n, x, std::int64_t{32} << stage, counts[stage]);
    x = n.max_pool(x, 2, 2);
  }
  const Tensor passed = x;  // 13 x 13 x 512: 1536 channels are listed after the join
  x = darknet_stage(n, x, 1024, 5);
  for (int i = 0; i < 2; ++i) x = conv(n, x, 1024, 3);
  x = conv(n, n.concat({x, passed}), 1024, 3);
  conv(n, x, 125, 1);
}

void write_vgg(Net& n) {
  Tensor x = n.input();
  const std::array<int, 5> counts{2, 2, 3, 3, 3};
  const std::array<std::int64_t, 5> channels{64, 128, 256, 512, 512};
  for (std::size_t stage = 0; stage < counts.size(); ++stage) {
    for (int i = 0; i < counts[stage]; ++i) x = conv(n, x, channels[stage], 3);
    x = n.max_pool(x, 2, 2);
  }
  n.fully_connected(n.fully_connected(n.fully_connected(x, 4096), 4096), 1000);
}

/// Convolutional pose machine: stages refine 21 maps beside 128 features.
void write_posenet(Net& n) {
  Tensor x = n.input();
  for (const std::int64_t c : {64, 64}) x = conv(n, x, c, 3);
  x = n.max_pool(x, 2, 2);
  for (const std::int64_t c : {128, 128}) x = conv(n, x, c, 3);
  x = n.max_pool(x, 2, 2);
  for (const std::int64_t c : {256, 256, 256, 256}) x = conv(n, x, c, 3);
  x = n.max_pool(x, 2, 2);
  for (const std::int64_t c : {512, 512, 256, 256, 256, 256, 128}) x = conv(n, x, c, 3);
  const Tensor features = x;
  Tensor maps = conv(n, conv(n, features, 512, 1), 21, 1);
  for (int stage = 0; stage < 2; ++stage) {
    x = n.concat({maps, features});
    for (int i = 0; i < 5; ++i) x = conv(n, x, 128, 7);
    maps = conv(n, conv(n, x, 128, 1), 21, 1);
  }
}

void write_style(Net& n) {
  Tensor x = conv(n, n.input(), 32, 9);
  x = conv(n, conv(n, x, 64, 3, 2), 128, 3, 2);
  for (int i = 0; i < 5; ++i) x = n.add(x, conv(n, conv(n, x, 128, 3), 128, 3));
  for (const std::int64_t c : {64, 32}) {
    const std::int64_t rows = 2 * n.shape(x)[2], columns = 2 * n.shape(x)[3];
    x = n.deconv(x, c, 3, 2);  // one row and column more than twice
    x = n.slice(n.slice(x, 2, 0, rows), 3, 0, columns);
  }
  conv(n, x, 3, 9);
}

/// Bottleneck of ResNet v2 as TensorFlow has it: a block's last unit halves.
Tensor bottleneck(Net& n, const Tensor& in, std::int64_t inner, int stride, bool project) {
  Tensor beside = in;
  if (project) beside = conv(n, in, 4 * inner, 1);
  if (stride == 2) beside = n.max_pool(in, 2, 2);
  const Tensor x = conv(n, conv(n, conv(n, in, inner, 1), inner, 3, stride), 4 * inner, 1);
  return n.add(x, beside);
}

void detect(Net& n, const Tensor& level) {
  const Tensor context =
      n.concat({conv(n, level, 128, 3), conv(n, level, 64, 3), conv(n, level, 64, 3)});
  const Tensor x = conv(n, context, 256, 3);
  conv(n, x, 12, 3);
  conv(n, x, 6, 3);
}

void write_retinaface(Net& n) {
  Tensor x = n.max_pool(conv(n, n.input(), 64, 7, 2), 2, 2);
  const std::array<int, 4> units{3, 4, 6, 3};
  std::vector<Tensor> levels;
  for (std::size_t block = 0; block < units.size(); ++block)
    for (int i = 0; i < units[block]; ++i) {
      const bool halves = i + 1 == units[block] && block + 1 < units.size();
      if (block == 0 && halves) levels.push_back(x);
      x = bottleneck(n, x, std::int64_t{64} << block, halves ? 2 : 1, i == 0);
      if (halves && block < 2) levels.push_back(x);
    }
  Tensor top = conv(n, x, 256, 1);
  std::vector<Tensor> pyramid{top};
  for (std::size_t i = levels.size(); i-- > 0;) {
    const Tensor beside = conv(n, levels[i], 256, 1);
    top = conv(n, n.add(beside, n.resize(top, 2, "nearest")), 256, 3);
    pyramid.push_back(top);
  }
  pyramid.push_back(conv(n, pyramid.front(), 256, 3, 2));
  for (const Tensor& level : pyramid) detect(n, level);
}

}  // namespace

void add_codl(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const char* name, const char* source, std::int64_t height,
                       std::int64_t width, void (*write)(Net&)) {
    zoo.push_back(network(name, "CoDL", source, Shape{1, 3, height, width}, write));
  };
  add("codl_retinaface",
      "Deng et al., RetinaFace, arXiv:1905.00641, on ResNet-50 v2, as CoDL lists", 640, 640,
      write_retinaface);
  add("codl_yolov2", "Redmon and Farhadi, YOLO9000, arXiv:1612.08242, as CoDL lists its layers",
      416, 416, write_yolov2);
  add("codl_vgg16", "Simonyan and Zisserman, arXiv:1409.1556, as CoDL lists its layers", 224, 224,
      write_vgg);
  add("codl_posenet",
      "Wei et al., Convolutional Pose Machines, arXiv:1602.00134, as CoDL lists its layers", 256,
      256, write_posenet);
  add("codl_style",
      "Johnson et al., Perceptual Losses for Real-Time Style Transfer, arXiv:1603.08155, as CoDL "
      "lists its layers",
      480, 640, write_style);
}

}  // namespace partita
