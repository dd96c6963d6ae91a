// What the families for phones share. Internal to models/.
#pragma once

#include <cstdint>
#include <string>

#include "models/families.h"

namespace partita::mobile {

/// A width multiplier and how names write it.
struct Width {
  const char* suffix;
  double scale;
};
inline constexpr Width kWidths[] = {{"w1", 1.0}, {"w3d4", 0.75}, {"wd2", 0.5}, {"wd4", 0.25}};

/// Rounded down.
std::int64_t scaled(std::int64_t channels, double scale);
/// To the nearest multiple of the divisor that is not below 90 % of `channels`.
std::int64_t round_channels(double channels, std::int64_t divisor = 8);

/// Padding of k / 2 on each side as an operator of its own, then the convolution: how the zoo
/// writes depthwise convolutions and those without a batch normalisation.
Net::Tensor padded_conv(Net& net, const Net::Tensor& in, Net::Conv conv);
Net::Tensor depthwise_block(Net& net, const Net::Tensor& in, int kernel, int stride,
                            const std::string& act = "relu");
/// The same, but padded to ceil(input / stride), at the end first: TensorFlow's "same".
Net::Tensor same_padded_conv(Net& net, const Net::Tensor& in, Net::Conv conv);

/// Expansion 1x1, depthwise, optional squeeze and excite, projection 1x1, optional addition.
struct Inverted {
  std::int64_t channels = 0;  ///< Out.
  std::int64_t middle = 0;    ///< After the expansion.
  int kernel = 3, stride = 1;
  std::string act = "relu";
  bool expand = true;
  bool skip = true;     ///< Add the input where shapes allow.
  std::int64_t se = 0;  ///< Inner channels; 0: none.
  std::string se_act = "relu";
  std::string se_gate = "sigmoid";
  bool tf_padding = false;  ///< Depthwise padded by same_padded_conv().
};
Net::Tensor inverted(Net& net, const Net::Tensor& in, const Inverted& unit);

/// Mean over the last feature map as a 7x7 pooling, kept as a map for 1x1 convolutions.
Net::Tensor final_pool(Net& net, const Net::Tensor& in);

}  // namespace partita::mobile
