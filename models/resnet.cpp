// ResNet, and what changes one thing about it: SE-ResNet, ResNeXt, SE-ResNeXt, wide, BAM, CBAM.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "models/families.h"
#include "models/residual.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

constexpr const char* kResNet = "He et al., Deep Residual Learning, arXiv:1512.03385";
constexpr const char* kSe = "Hu et al., Squeeze-and-Excitation Networks, arXiv:1709.01507";
constexpr const char* kResNeXt =
    "Xie et al., Aggregated Residual Transformations, arXiv:1611.05431";
constexpr const char* kWide = "Zagoruyko and Komodakis, Wide Residual Networks, arXiv:1605.07146";

struct Unit {
  std::int64_t channels = 0;  ///< Out.
  std::int64_t middle = 0;    ///< Of a bottleneck; 0: two 3x3 convolutions.
  int stride = 1;
  bool stride_first = false;  ///< In the first 1x1 convolution of a bottleneck.
  std::int64_t groups = 1;
  bool se = false;
};

Tensor unit(Net& n, const Tensor& in, const Unit& u) {
  Tensor x = in;
  if (u.middle > 0) {
    x = conv_block(n, x, u.middle, 1, u.stride_first ? u.stride : 1);
    x = conv_block(n, x, u.middle, 3, u.stride_first ? 1 : u.stride, "relu", u.groups);
    x = conv_block(n, x, u.channels, 1, 1, "");
  } else {
    x = conv_block(n, x, u.channels, 3, u.stride);
    x = conv_block(n, x, u.channels, 3, 1, "");
  }
  if (u.se) x = n.squeeze_excite(x, u.channels / 16);
  const bool same = n.channels(in) == u.channels && u.stride == 1;
  return n.add(x, same ? in : conv_block(n, in, u.channels, 1, u.stride, ""), "relu");
}

Tensor stem(Net& n, std::int64_t channels) {
  return n.pool_same(conv_block(n, n.input(), channels, 7, 2), 3, 2, "max");
}

void write_resnet(Net& n, const ResidualNet& net, bool se) {
  Tensor x = stem(n, net.stem);
  for (const ResidualUnit& r : net.units)
    x = unit(n, x,
             {.channels = r.channels,
              .middle = net.bottleneck ? r.channels / 4 : 0,
              .stride = r.stride,
              .stride_first = net.stride_first,
              .se = se});
  classify(n, x);
}

/// Cardinality x width, e.g. 32x4d.
void write_resnext(Net& n, int blocks, std::int64_t groups, std::int64_t width, bool se) {
  Tensor x = stem(n, 64);
  for (const ResidualUnit& r : residual_net(blocks, true).units)
    x = unit(n, x,
             {.channels = r.channels,
              .middle = groups * (r.channels / 4 * width / 64),
              .stride = r.stride,
              .groups = groups,
              .se = se});
  classify(n, x);
}

void write_wide(Net& n, int blocks, std::int64_t factor) {
  Tensor x = stem(n, 64);
  for (const ResidualUnit& r : residual_net(blocks, true).units)
    x = unit(n, x, {.channels = r.channels, .middle = r.channels / 4 * factor, .stride = r.stride});
  classify(n, x);
}

void add_resnext(std::vector<ZooNetwork>& zoo, bool se, int blocks, std::int64_t groups,
                 std::int64_t width) {
  zoo.push_back(network(fmt::format("{}resnext{}_{}x{}d", se ? "se" : "", blocks, groups, width),
                        se ? "SE-ResNeXt" : "ResNeXt", se ? kSe : kResNeXt, 224,
                        [=](Net& n) { write_resnext(n, blocks, groups, width, se); }));
}

}  // namespace

void add_resnet(std::vector<ZooNetwork>& zoo) {
  for (const bool se : {false, true})
    for (const ResidualName& name : residual_names(se ? "seresnet" : "resnet"))
      zoo.push_back(network(
          name.name, se ? "SE-ResNet" : "ResNet", se ? kSe : kResNet, 224, [name, se](Net& n) {
            write_resnet(n, residual_net(name.blocks, name.bottleneck, name.b, name.width), se);
          }));
  for (const int blocks : {14, 26}) {
    add_resnext(zoo, false, blocks, 16, 4);
    add_resnext(zoo, false, blocks, 32, 2);
    add_resnext(zoo, false, blocks, 32, 4);
  }
  for (const bool se : {false, true}) {
    if (!se) add_resnext(zoo, se, 38, 32, 4);
    add_resnext(zoo, se, 50, 32, 4);
    add_resnext(zoo, se, 101, 32, 4);
    add_resnext(zoo, se, 101, 64, 4);
  }
  zoo.push_back(network("wrn50_2", "WRN", kWide, 224, [](Net& n) { write_wide(n, 50, 2); }));
}

}  // namespace partita
