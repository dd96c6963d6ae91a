// Residual networks without their head, as torchvision builds them. Internal to models/.
#pragma once

#include <array>
#include <vector>

#include "models/net.h"

namespace partita {

struct ResNetBody {
  std::array<int, 4> depth{};
  bool bottleneck = true;
  std::int64_t groups = 1,
               width = 64;    ///< Of the 3x3 convolution; width of a group at 64 channels.
  int dilated = 0;            ///< Last stages whose stride becomes dilation.
  bool deep_stem = false;     ///< Three 3x3 convolutions of 64, 64 and 128 channels.
  bool stride_first = false;  ///< A bottleneck's stride is in its first 1x1.
};
/// The four stages' outputs; the stride of a bottleneck is that of its 3x3 convolution, unless
/// told.
std::vector<Net::Tensor> resnet_body(Net& net, const Net::Tensor& in, const ResNetBody& body);

inline constexpr ResNetBody kResNet18{{2, 2, 2, 2}, false};
inline constexpr ResNetBody kResNet50{{3, 4, 6, 3}};
inline constexpr ResNetBody kResNet101{{3, 4, 23, 3}};

}  // namespace partita
