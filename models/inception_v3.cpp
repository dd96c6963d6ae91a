// Inception V3 as torchvision defines it, without the auxiliary head.
#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

/// kernel_h x kernel_w, padded to keep the size unless the stride is 2.
Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel_h, int kernel_w,
            int stride = 1) {
  return net.conv(in, {.channels = channels,
                       .kernel = kernel_h,
                       .stride = stride,
                       .kernel_w = kernel_w,
                       .pad = stride == 2 ? 0 : -1,
                       .act = "relu"});
}

Tensor one(Net& net, const Tensor& in, std::int64_t channels) {
  return conv(net, in, channels, 1, 1);
}

Tensor pooled(Net& net, const Tensor& in, std::int64_t channels) {
  return one(net, net.avg_pool(in, 3, 1, 1), channels);
}

Tensor block_a(Net& net, const Tensor& in, std::int64_t pool) {
  const Tensor a = one(net, in, 64), b = conv(net, one(net, in, 48), 64, 5, 5);
  const Tensor c = conv(net, conv(net, one(net, in, 64), 96, 3, 3), 96, 3, 3);
  return net.concat({a, b, c, pooled(net, in, pool)});
}

Tensor block_b(Net& net, const Tensor& in) {
  const Tensor a = conv(net, in, 384, 3, 3, 2);
  const Tensor b = conv(net, conv(net, one(net, in, 64), 96, 3, 3), 96, 3, 3, 2);
  return net.concat({a, b, net.max_pool(in, 3, 2)});
}

Tensor block_c(Net& net, const Tensor& in, std::int64_t inner) {
  const Tensor a = one(net, in, 192);
  const Tensor b = conv(net, conv(net, one(net, in, inner), inner, 1, 7), 192, 7, 1);
  Tensor c = conv(net, conv(net, one(net, in, inner), inner, 7, 1), inner, 1, 7);
  c = conv(net, conv(net, c, inner, 7, 1), 192, 1, 7);
  return net.concat({a, b, c, pooled(net, in, 192)});
}

Tensor block_d(Net& net, const Tensor& in) {
  const Tensor a = conv(net, one(net, in, 192), 320, 3, 3, 2);
  const Tensor b = conv(net, conv(net, one(net, in, 192), 192, 1, 7), 192, 7, 1);
  return net.concat({a, conv(net, b, 192, 3, 3, 2), net.max_pool(in, 3, 2)});
}

Tensor block_e(Net& net, const Tensor& in) {
  const Tensor a = one(net, in, 320), b = one(net, in, 384);
  const Tensor c = conv(net, one(net, in, 448), 384, 3, 3);
  const Tensor fan_b = net.concat({conv(net, b, 384, 1, 3), conv(net, b, 384, 3, 1)});
  const Tensor fan_c = net.concat({conv(net, c, 384, 1, 3), conv(net, c, 384, 3, 1)});
  return net.concat({a, fan_b, fan_c, pooled(net, in, 192)});
}

void inception_v3(Net& net) {
  Tensor x = conv(net, net.input(), 32, 3, 3, 2);
  x = net.conv(x, {.channels = 32, .kernel = 3, .pad = 0, .act = "relu"});
  x = net.max_pool(conv(net, x, 64, 3, 3), 3, 2);
  x = net.conv(one(net, x, 80), {.channels = 192, .kernel = 3, .pad = 0, .act = "relu"});
  x = net.max_pool(x, 3, 2);
  for (const int pool : {32, 64, 64}) x = block_a(net, x, pool);
  x = block_b(net, x);
  for (const int inner : {128, 160, 160, 192}) x = block_c(net, x, inner);
  x = block_d(net, x);
  for (int i = 0; i < 2; ++i) x = block_e(net, x);
  net.fully_connected(net.global_pool(x), 1000);
}

}  // namespace

void add_inception_v3(std::vector<ZooNetwork>& zoo) {
  const std::string paper = "arXiv:1512.00567, as torchvision";
  zoo.push_back(network("inception_v3", "Inception", paper, 299, inception_v3));
  zoo.push_back(network("inception_v3_224", "Inception", paper, 224, inception_v3));
}

}  // namespace partita
