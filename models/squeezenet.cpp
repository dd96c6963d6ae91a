// SqueezeNet, with and without residual connections, and SqueezeNext.
#include <string>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kSqueeze = "Iandola et al., SqueezeNet, arXiv:1602.07360";
constexpr const char* kNext = "Gholami et al., SqueezeNext, arXiv:1803.10615";

/// Rounds the size up, which TensorFlow's poolings cannot without padding of their own.
Tensor pool_up(Net& n, const Tensor& in) {
  return n.max_pool((n.shape(in)[2] - 3) % 2 == 0 ? in : n.pad(in, 1, 1), 3, 2);
}

Tensor fire(Net& n, const Tensor& in, std::int64_t channels, bool residual) {
  const Tensor squeezed = n.conv(in, {.channels = channels / 8, .act = "relu"});
  const Tensor one = n.conv(squeezed, {.channels = channels / 2, .act = "relu"});
  const Tensor three =
      padded_conv(n, squeezed, {.channels = channels / 2, .kernel = 3, .act = "relu"});
  const Tensor out = n.concat({one, three});
  return residual ? n.add(out, in) : out;
}

struct Fire {
  std::int64_t channels;
  bool pool_before;
};

void write_squeezenet(Net& n, bool v1_1, bool residual) {
  const std::vector<Fire> fires =
      v1_1 ? std::vector<Fire>{{128, true}, {128, false}, {256, true},  {256, false},
                               {384, true}, {384, false}, {512, false}, {512, false}}
           : std::vector<Fire>{{128, true},  {128, false}, {256, false}, {256, true},
                               {384, false}, {384, false}, {512, false}, {512, true}};
  Tensor x =
      v1_1 ? n.conv(n.input(), {.channels = 64, .kernel = 3, .stride = 2, .pad = 0, .act = "relu"})
           : n.conv(n.input(), {.channels = 96, .kernel = 7, .stride = 2, .pad = 0, .act = "relu"});
  for (const Fire& f : fires) {
    if (f.pool_before) x = pool_up(n, x);
    x = fire(n, x, f.channels, residual && n.channels(x) == f.channels);
  }
  n.global_pool(n.conv(x, {.channels = 1000, .act = "relu"}));
}

/// A bottleneck in two steps and a 3x3 convolution as 1x3 and 3x1.
Tensor next_unit(Net& n, const Tensor& in, std::int64_t channels, int stride) {
  const std::int64_t c = n.channels(in);
  const bool resize = stride == 2 || c > channels;
  const std::int64_t middle = stride == 2 ? c : (resize ? c / 4 : c / 2);
  Tensor x = conv_block(n, conv_block(n, in, middle, 1, stride), middle / 2);
  x = n.conv(x, {.channels = middle, .kernel = 1, .kernel_w = 3, .same = true, .act = "relu"});
  x = n.conv(x, {.channels = middle, .kernel = 3, .kernel_w = 1, .same = true, .act = "relu"});
  x = conv_block(n, x, channels);
  return n.add(resize ? conv_block(n, in, channels, 1, stride) : in, x, "relu");
}

void write_next(Net& n, const std::vector<int>& units, double width) {
  Tensor x =
      n.conv(n.pad(n.input(), 1, 1),
             {.channels = scaled(64, width), .kernel = 7, .stride = 2, .pad = 0, .act = "relu"});
  x = pool_up(n, x);
  for (std::size_t stage = 0; stage < units.size(); ++stage)
    for (int i = 0; i < units[stage]; ++i)
      x = next_unit(n, x, scaled(std::int64_t{32} << stage, width), i == 0 && stage > 0 ? 2 : 1);
  classify(n, conv_block(n, x, scaled(128, width)));
}

}  // namespace

void add_squeezenet(std::vector<ZooNetwork>& zoo) {
  for (const bool residual : {false, true}) {
    const std::string name = residual ? "squeezeresnet" : "squeezenet";
    const char* family = residual ? "SqueezeResNet" : "SqueezeNet";
    for (const bool v1_1 : {false, true})
      zoo.push_back(network(name + (v1_1 ? "_v1_1" : "_v1_0"), family, kSqueeze, 224,
                            [=](Net& n) { write_squeezenet(n, v1_1, residual); }));
  }
  for (const auto& [suffix, scale] : {Width{"w1", 1.0}, Width{"w3d2", 1.5}, Width{"w2", 2.0}}) {
    const double w = scale;
    zoo.push_back(network(std::string("sqnxt23_") + suffix, "SqueezeNext", kNext, 224, [w](Net& n) {
      write_next(n, {6, 6, 8, 1}, w);
    }));
    zoo.push_back(
        network(std::string("sqnxt23v5_") + suffix, "SqueezeNext", kNext, 224, [w](Net& n) {
          write_next(n, {2, 4, 14, 1}, w);
        }));
  }
}

}  // namespace partita
