// GhostNet.
#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

struct Unit {
  int kernel;
  std::int64_t middle, channels;
  bool se;
  int stride;
};

// Table 1 of the paper.
constexpr Unit kUnits[] = {{3, 16, 16, false, 1},   {3, 48, 24, false, 2},  {3, 72, 24, false, 1},
                           {5, 72, 40, true, 2},    {5, 120, 40, true, 1},  {3, 240, 80, false, 2},
                           {3, 200, 80, false, 1},  {3, 184, 80, false, 1}, {3, 184, 80, false, 1},
                           {3, 480, 112, true, 1},  {3, 672, 112, true, 1}, {5, 672, 160, true, 2},
                           {5, 960, 160, false, 1}, {5, 960, 160, true, 1}, {5, 960, 160, false, 1},
                           {5, 960, 160, true, 1}};

/// Half the features by a 1x1 convolution, the other half from them by a cheap depthwise one.
Tensor ghost(Net& n, const Tensor& in, std::int64_t channels, const std::string& act) {
  const Tensor main = conv_block(n, in, channels / 2, 1, 1, act);
  return n.concat({main, depthwise_block(n, main, 3, 1, act)});
}

Tensor unit(Net& n, const Tensor& in, const Unit& u) {
  Tensor x = ghost(n, in, u.middle, "relu");
  if (u.stride > 1) x = depthwise_block(n, x, u.kernel, u.stride, "");
  if (u.se) x = n.squeeze_excite(x, u.middle / 4, "relu", "clip");
  x = ghost(n, x, u.channels, "");
  if (u.stride == 1 && n.channels(in) == u.channels) return n.add(x, in);
  const Tensor identity = depthwise_block(n, in, 3, u.stride);
  return n.add(x, conv_block(n, identity, u.channels, 1, 1, ""));
}

void write(Net& n) {
  Tensor x = conv_block(n, n.input(), 16, 3, 2);
  for (const Unit& u : kUnits) x = unit(n, x, u);
  x = final_pool(n, conv_block(n, x, 960));
  x = n.conv(x, {.channels = 1280, .act = "relu"});
  n.reshape(n.conv(x, {.channels = 1000}), {1, 1000});
}

}  // namespace

void add_ghostnet(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(
      network("ghostnet", "GhostNet", "Han et al., GhostNet, arXiv:1911.11907", 224, write));
}

}  // namespace partita
