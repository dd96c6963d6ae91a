#include "models/resnet_body.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Unit {
  std::int64_t channels, inner, groups;
  int stride, dilation;
  bool bottleneck, stride_first;
};

Tensor unit(Net& net, const Tensor& in, const Unit& u) {
  Net::Tensor x = in;
  const int first = u.bottleneck && u.stride_first ? u.stride : 1;
  if (u.bottleneck) x = net.conv(x, {.channels = u.inner, .stride = first, .act = "relu"});
  x = net.conv(x, {.channels = u.inner,
                   .kernel = 3,
                   .stride = u.stride / first,
                   .dilation = u.dilation,
                   .groups = u.groups,
                   .act = "relu"});
  x = net.conv(x, {.channels = u.channels, .kernel = u.bottleneck ? 1 : 3});
  const bool same = u.stride == 1 && net.channels(in) == u.channels;
  const Tensor way =
      same ? in : net.conv(in, {.channels = u.channels, .kernel = 1, .stride = u.stride});
  return net.add(x, way, "relu");
}

}  // namespace

std::vector<Net::Tensor> resnet_body(Net& net, const Net::Tensor& in, const ResNetBody& body) {
  Net::Tensor x = in;
  if (body.deep_stem) {
    for (int i = 0; i < 3; ++i)
      x = net.conv(
          x, {.channels = i < 2 ? 64 : 128, .kernel = 3, .stride = i == 0 ? 2 : 1, .act = "relu"});
  } else {
    x = net.conv(x, {.channels = 64, .kernel = 7, .stride = 2, .act = "relu"});
  }
  x = net.max_pool(x, 3, 2, 1);
  std::vector<Net::Tensor> stages;
  int dilation = 1;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t base = std::int64_t{64} << stage;
    const bool dilated = stage >= 4 - body.dilated;
    for (int i = 0; i < body.depth[static_cast<std::size_t>(stage)]; ++i) {
      if (i == 1 && dilated) dilation *= 2;
      const int stride = i == 0 && stage > 0 && !dilated ? 2 : 1;
      x = unit(net, x,
               {.channels = body.bottleneck ? 4 * base : base,
                .inner = base * body.width / 64 * body.groups,
                .groups = body.groups,
                .stride = stride,
                .dilation = dilation,
                .bottleneck = body.bottleneck,
                .stride_first = body.stride_first});
    }
    stages.push_back(x);
  }
  return stages;
}

}  // namespace partita
