// Super-resolution: QuickSRNet, SESR, XLSR, ESRGAN and its compact sibling.
#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

/// 1 x C f^2 x H x W to 1 x C x fH x fW.
Tensor depth_to_space(Net& net, const Tensor& in, std::int64_t factor) {
  const Shape s = net.shape(in);
  const std::int64_t c = s[1] / (factor * factor);
  const Tensor apart = net.reshape(in, {c, factor, factor, s[2], s[3]});
  return net.reshape(net.permute(apart, {0, 3, 1, 4, 2}), {1, c, s[2] * factor, s[3] * factor});
}

Tensor conv(Net& net, const Tensor& in, std::int64_t channels, const std::string& act,
            int kernel = 3) {
  return net.conv(in, {.channels = channels, .kernel = kernel, .act = act});
}

/// The picture itself, each channel repeated for every pixel it becomes.
Tensor repeated(Net& net, std::int64_t factor) {
  return net.conv(net.input(), {.channels = 3 * factor * factor});
}

struct Quick {
  std::int64_t width;
  int depth;
  bool residual;
};

void quicksrnet(Net& net, const Quick& q, std::int64_t factor) {
  Tensor x = conv(net, net.input(), q.width, "clip");
  for (int i = 0; i < q.depth; ++i) x = conv(net, x, q.width, "clip");
  x = conv(net, x, 3 * factor * factor, "");
  if (q.residual) x = net.add(repeated(net, factor), x);
  depth_to_space(net, net.activation(x, "clip"), factor);
}

/// SESR for deployment: each linear block collapsed to one convolution, the residual folded in.
void sesr_m5(Net& net, std::int64_t factor) {
  const Tensor first = conv(net, net.input(), 16, "relu", 5);
  Tensor x = first;
  for (int i = 0; i < 5; ++i) x = conv(net, x, 16, "relu");
  x = conv(net, net.add(x, first), 3 * factor * factor, "", 5);
  depth_to_space(net, net.add(x, repeated(net, factor)), factor);
}

/// SESR as trained: each block expands to 256 channels and squeezes them.
void sesr_m5_expanded(Net& net, std::int64_t factor) {
  const auto linear = [&](const Tensor& in, std::int64_t channels, int kernel) {
    const Tensor wide = net.conv(in, {.channels = 256, .kernel = kernel, .bias = false});
    return conv(net, wide, channels, "", 1);
  };
  const Tensor first = net.activation(linear(net.input(), 16, 5), "relu");
  Tensor x = first;
  for (int i = 0; i < 5; ++i) x = net.add(linear(x, 16, 3), x, "relu");
  x = linear(net.add(x, first), 3 * factor * factor, 5);
  depth_to_space(net, net.add(x, repeated(net, factor)), factor);
}

void xlsr(Net& net, std::int64_t factor) {
  const Tensor residual = conv(net, net.input(), 16, "");
  Tensor x = conv(net, conv(net, net.input(), 32, "relu"), 32, "", 1);
  for (int i = 0; i < 3; ++i) {
    x = net.conv(x, {.channels = 32, .kernel = 3, .groups = 4, .act = "relu"});
    x = conv(net, x, 32, "", 1);
  }
  x = conv(net, net.concat({x, residual}), 32, "relu", 1);
  x = depth_to_space(net, conv(net, x, 3 * factor * factor, ""), factor);
  net.activation(x, "clip");
}

/// Five convolutions, each of all before it; a fifth of the result is added.
Tensor dense_block(Net& net, const Tensor& in) {
  std::vector<Tensor> all{in};
  for (int i = 0; i < 4; ++i) all.push_back(conv(net, net.concat(all), 32, "leaky-relu"));
  const Tensor last = conv(net, net.concat(all), 64, "");
  return net.add(in, net.mul(last, net.constant({1, 1, 1, 1})));
}

void rrdb(Net& net) {
  const Tensor first = conv(net, net.input(), 64, "");
  Tensor x = first;
  for (int i = 0; i < 23; ++i) {
    Tensor y = x;
    for (int j = 0; j < 3; ++j) y = dense_block(net, y);
    x = net.add(x, net.mul(y, net.constant({1, 1, 1, 1})));
  }
  x = net.add(first, conv(net, x, 64, ""));
  for (int i = 0; i < 2; ++i) x = conv(net, net.resize(x, 2, "nearest"), 64, "leaky-relu");
  conv(net, conv(net, x, 64, "leaky-relu"), 3, "");
}

void srvgg(Net& net) {
  Tensor x = conv(net, net.input(), 64, "prelu");
  for (int i = 0; i < 32; ++i) x = conv(net, x, 64, "prelu");
  x = depth_to_space(net, conv(net, x, 48, ""), 4);
  net.add(x, net.resize(net.input(), 4, "nearest"));
}

}  // namespace

void add_super_resolution(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& paper,
                       std::function<void(Net&)> write) {
    zoo.push_back(network(name, "super-resolution", paper, 128, std::move(write)));
  };
  const std::string quick = "QuickSRNet, arXiv:2303.04336";
  for (const std::int64_t factor : {3, 4}) {
    const std::string by = "_x" + std::to_string(factor);
    const auto add_quick = [&](const std::string& name, const Quick& q) {
      add(name + by, quick, [=](Net& net) { quicksrnet(net, q, factor); });
    };
    add_quick("quicksrnet_small", {32, 2, false});
    add_quick("quicksrnet_medium", {32, 5, false});
    add_quick("quicksrnet_large", {64, 11, true});
    const std::string sesr = "SESR, arXiv:2103.09404";
    add("sesr_m5" + by, sesr, [=](Net& net) { sesr_m5(net, factor); });
    add("sesr_m5_expanded" + by, sesr, [=](Net& net) { sesr_m5_expanded(net, factor); });
    add("xlsr" + by, "XLSR, arXiv:2105.10288", [=](Net& net) { xlsr(net, factor); });
  }
  add("rrdbnet_x4", "ESRGAN, arXiv:1809.00219", rrdb);
  add("srvggnet_x4", "Real-ESRGAN, arXiv:2107.10833", srvgg);
}

}  // namespace partita
