// Xception and Inception-v4, for pictures of 299 x 299.
#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor valid(Net& n, const Tensor& in, std::int64_t channels, int stride) {
  return n.conv(in, {.channels = channels, .kernel = 3, .stride = stride, .pad = 0, .act = "relu"});
}

Tensor separable(Net& n, const Tensor& in, std::int64_t channels, const std::string& act) {
  const std::int64_t c = n.channels(in);
  const Tensor x = n.conv(in, {.channels = c, .kernel = 3, .groups = c, .bias = false});
  return n.conv(x, {.channels = channels, .act = act});
}

/// Activations come before the convolutions; all but the first are fused into what precedes them.
Tensor xception_unit(Net& n, const Tensor& in, const std::vector<std::int64_t>& channels,
                     bool halve, bool start_active) {
  Tensor x = start_active ? n.activation(in, "relu") : in;
  for (std::size_t i = 0; i < channels.size(); ++i)
    x = separable(n, x, channels[i], i + 1 < channels.size() ? "relu" : "");
  if (!halve) return n.add(x, in);
  x = n.pool_same(x, 3, 2, "max");
  return n.add(x, conv_block(n, in, channels.back(), 1, 2, ""));
}

void write_xception(Net& n) {
  n.pad_apart();
  Tensor x = valid(n, valid(n, n.input(), 32, 2), 64, 1);
  x = xception_unit(n, x, {128, 128}, true, false);
  x = xception_unit(n, x, {256, 256}, true, true);
  x = xception_unit(n, x, {728, 728}, true, true);
  for (int i = 0; i < 8; ++i) x = xception_unit(n, x, {728, 728, 728}, false, true);
  x = xception_unit(n, x, {728, 1024}, true, true);
  classify(n, separable(n, separable(n, x, 1536, "relu"), 2048, "relu"));
}

Tensor wide(Net& n, const Tensor& in, std::int64_t channels, int length) {
  return n.conv(
      in, {.channels = channels, .kernel = 1, .kernel_w = length, .same = true, .act = "relu"});
}

Tensor tall(Net& n, const Tensor& in, std::int64_t channels, int length) {
  return n.conv(
      in, {.channels = channels, .kernel = length, .kernel_w = 1, .same = true, .act = "relu"});
}

Tensor pooled(Net& n, const Tensor& in, std::int64_t channels) {
  return conv_block(n, n.pool_same(in, 3, 1, "avg"), channels);
}

Tensor v4_stem(Net& n) {
  Tensor x = valid(n, valid(n, n.input(), 32, 2), 32, 1);
  x = conv_block(n, x, 64, 3);
  x = n.concat({n.max_pool(x, 3, 2), valid(n, x, 96, 2)});
  Tensor y = tall(n, wide(n, conv_block(n, x, 64), 64, 7), 64, 7);
  x = n.concat({valid(n, conv_block(n, x, 64), 96, 1), valid(n, y, 96, 1)});
  return n.concat({valid(n, x, 192, 2), n.max_pool(x, 3, 2)});
}

Tensor unit_a(Net& n, const Tensor& x) {
  const Tensor y = conv_block(n, conv_block(n, conv_block(n, x, 64), 96, 3), 96, 3);
  return n.concat(
      {conv_block(n, x, 96), conv_block(n, conv_block(n, x, 64), 96, 3), y, pooled(n, x, 96)});
}

Tensor unit_b(Net& n, const Tensor& x) {
  const Tensor y = tall(n, wide(n, conv_block(n, x, 192), 224, 7), 256, 7);
  Tensor z = wide(n, tall(n, conv_block(n, x, 192), 192, 7), 224, 7);
  z = wide(n, tall(n, z, 224, 7), 256, 7);
  return n.concat({conv_block(n, x, 384), y, z, pooled(n, x, 128)});
}

Tensor unit_c(Net& n, const Tensor& x) {
  const Tensor y = conv_block(n, x, 384);
  const Tensor z = wide(n, tall(n, conv_block(n, x, 384), 448, 3), 512, 3);
  const auto cross = [&](const Tensor& t) {
    return n.concat({wide(n, t, 256, 3), tall(n, t, 256, 3)});
  };
  return n.concat({conv_block(n, x, 256), cross(y), cross(z), pooled(n, x, 256)});
}

void write_inceptionv4(Net& n) {
  Tensor x = v4_stem(n);
  for (int i = 0; i < 4; ++i) x = unit_a(n, x);
  Tensor y = valid(n, conv_block(n, conv_block(n, x, 192), 224, 3), 256, 2);
  x = n.concat({valid(n, x, 384, 2), y, n.max_pool(x, 3, 2)});
  for (int i = 0; i < 7; ++i) x = unit_b(n, x);
  y = valid(n, tall(n, wide(n, conv_block(n, x, 256), 256, 7), 320, 7), 320, 2);
  x = n.concat({valid(n, conv_block(n, x, 192), 192, 2), y, n.max_pool(x, 3, 2)});
  for (int i = 0; i < 3; ++i) x = unit_c(n, x);
  classify(n, x);
}

}  // namespace

void add_xception(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(
      network("xception", "Xception", "Chollet, Xception, arXiv:1610.02357", 299, write_xception));
  zoo.push_back(network("inceptionv4", "Inception",
                        "Szegedy et al., Inception-v4, arXiv:1602.07261", 299, write_inceptionv4));
}

}  // namespace partita
