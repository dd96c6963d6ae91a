#include "models/mobile.h"

#include <algorithm>

namespace partita::mobile {

using Tensor = Net::Tensor;

std::int64_t scaled(std::int64_t channels, double scale) {
  return static_cast<std::int64_t>(static_cast<double>(channels) * scale);
}

std::int64_t round_channels(double channels, std::int64_t divisor) {
  const auto nearest = static_cast<std::int64_t>(channels + static_cast<double>(divisor) / 2);
  const std::int64_t rounded = std::max(nearest / divisor * divisor, divisor);
  return static_cast<double>(rounded) < 0.9 * channels ? rounded + divisor : rounded;
}

Tensor padded_conv(Net& net, const Tensor& in, Net::Conv conv) {
  conv.pad = 0;
  const std::int64_t each = conv.kernel / 2;
  return net.conv(each > 0 ? net.pad(in, each, each) : in, conv);
}

Tensor depthwise_block(Net& net, const Tensor& in, int kernel, int stride, const std::string& act) {
  const std::int64_t c = net.channels(in);
  return padded_conv(net, in,
                     {.channels = c, .kernel = kernel, .stride = stride, .groups = c, .act = act});
}

Tensor same_padded_conv(Net& net, const Tensor& in, Net::Conv conv) {
  conv.pad = 0;
  const std::int64_t size = net.shape(in)[2];
  const std::int64_t out = (size + conv.stride - 1) / conv.stride;
  const std::int64_t all = std::max<std::int64_t>((out - 1) * conv.stride + conv.kernel - size, 0);
  return net.conv(all > 0 ? net.pad(in, all / 2, all - all / 2) : in, conv);
}

Tensor inverted(Net& net, const Tensor& in, const Inverted& u) {
  Tensor x = u.expand ? conv_block(net, in, u.middle, 1, 1, u.act) : in;
  const std::int64_t c = net.channels(x);
  const Net::Conv depthwise{
      .channels = c, .kernel = u.kernel, .stride = u.stride, .groups = c, .act = u.act};
  x = u.tf_padding ? same_padded_conv(net, x, depthwise) : padded_conv(net, x, depthwise);
  if (u.se > 0) x = net.squeeze_excite(x, u.se, u.se_act, u.se_gate);
  x = conv_block(net, x, u.channels, 1, 1, "");
  const bool same = u.stride == 1 && net.channels(in) == u.channels;
  return u.skip && same ? net.add(x, in) : x;
}

Tensor final_pool(Net& net, const Tensor& in) {
  return net.avg_pool(in, static_cast<int>(net.shape(in)[2]), 1);
}

}  // namespace partita::mobile
