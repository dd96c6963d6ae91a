// MixNet: depthwise convolutions of several kernel sizes side by side.
#include <span>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kSource = "Tan and Le, MixConv, arXiv:1907.09595";

struct Unit {
  std::int64_t channels;
  int stride;
  int expand_parts, kernels, project_parts;  ///< Convolutions side by side.
  int expansion;
  std::int64_t se;  ///< Inner channels: the unit's input over this; 0: none.
};
constexpr Unit kSmall[] = {
    {24, 2, 2, 1, 2, 6, 0},  {24, 1, 2, 1, 2, 3, 0},  {40, 2, 1, 3, 1, 6, 2},
    {40, 1, 2, 2, 2, 6, 2},  {40, 1, 2, 2, 2, 6, 2},  {40, 1, 2, 2, 2, 6, 2},
    {80, 2, 1, 3, 2, 6, 4},  {80, 1, 1, 2, 2, 6, 4},  {80, 1, 1, 2, 2, 6, 4},
    {120, 1, 2, 3, 2, 6, 2}, {120, 1, 2, 4, 2, 3, 2}, {120, 1, 2, 4, 2, 3, 2},
    {200, 2, 1, 5, 1, 6, 2}, {200, 1, 1, 4, 2, 6, 2}, {200, 1, 1, 4, 2, 6, 2}};
constexpr Unit kMedium[] = {
    {32, 2, 2, 3, 2, 6, 0},  {32, 1, 2, 1, 2, 3, 0},  {40, 2, 1, 4, 1, 6, 2},
    {40, 1, 2, 2, 2, 6, 2},  {40, 1, 2, 2, 2, 6, 2},  {40, 1, 2, 2, 2, 6, 2},
    {80, 2, 1, 3, 1, 6, 4},  {80, 1, 2, 4, 2, 6, 4},  {80, 1, 2, 4, 2, 6, 4},
    {80, 1, 2, 4, 2, 6, 4},  {120, 1, 1, 1, 1, 6, 2}, {120, 1, 2, 4, 2, 3, 2},
    {120, 1, 2, 4, 2, 3, 2}, {120, 1, 2, 4, 2, 3, 2}, {200, 2, 1, 4, 1, 6, 2},
    {200, 1, 1, 4, 2, 6, 2}, {200, 1, 1, 4, 2, 6, 2}, {200, 1, 1, 4, 2, 6, 2}};

/// Equal shares, the first also taking what is left over.
std::vector<std::int64_t> shares(std::int64_t channels, int parts) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(parts), channels / parts);
  all.front() += channels % parts;
  return all;
}

std::vector<Tensor> split(Net& n, const Tensor& in, int parts) {
  const std::int64_t channels = n.channels(in);
  if (channels % parts == 0) return n.split(in, parts);
  std::vector<Tensor> out;
  std::int64_t begin = 0;
  for (const std::int64_t share : shares(channels, parts)) {
    out.push_back(n.slice(in, 1, begin, begin + share));
    begin += share;
  }
  return out;
}

/// The batch normalisation follows the concatenation, so it cannot be folded.
Tensor mixed_pointwise(Net& n, const Tensor& in, std::int64_t channels, int parts,
                       const std::string& act) {
  if (parts == 1) return conv_block(n, in, channels, 1, 1, act);
  std::vector<Tensor> out;
  const std::vector<std::int64_t> widths = shares(channels, parts);
  for (const Tensor& part : split(n, in, parts))
    out.push_back(n.conv(part, {.channels = widths[out.size()], .bias = false}));
  return n.batch_norm(n.concat(out), act);
}

Tensor mixed_depthwise(Net& n, const Tensor& in, int kernels, int stride, const std::string& act) {
  if (kernels == 1) return depthwise_block(n, in, 3, stride, act);
  std::vector<Tensor> out;
  int kernel = 3;
  for (const Tensor& part : split(n, in, kernels)) {
    const std::int64_t c = n.channels(part);
    out.push_back(padded_conv(
        n, part, {.channels = c, .kernel = kernel, .stride = stride, .groups = c, .bias = false}));
    kernel += 2;
  }
  return n.batch_norm(n.concat(out), act);
}

Tensor unit(Net& n, const Tensor& in, const Unit& u, std::int64_t channels,
            const std::string& act) {
  const std::int64_t width = n.channels(in);
  Tensor x = in;
  if (u.expansion > 1) x = mixed_pointwise(n, x, width * u.expansion, u.expand_parts, act);
  x = mixed_depthwise(n, x, u.kernels, u.stride, act);
  if (u.se > 0) x = n.squeeze_excite(x, width / u.se, act);
  x = mixed_pointwise(n, x, channels, u.project_parts, "");
  return u.stride == 1 && width == channels ? n.add(x, in) : x;
}

void write(Net& n, std::span<const Unit> units, std::int64_t stem, double width) {
  const auto wide = [width](std::int64_t channels) {
    return round_channels(static_cast<double>(channels) * width);
  };
  Tensor x = conv_block(n, n.input(), wide(stem), 3, 2);
  x = unit(n, x, {stem, 1, 1, 1, 1, 1, 0}, wide(stem), "relu");
  for (std::size_t i = 0; i < units.size(); ++i)
    x = unit(n, x, units[i], wide(units[i].channels), i < 2 ? "relu" : "swish");
  classify(n, conv_block(n, x, 1536, 1, 1, "swish"));
}

}  // namespace

void add_mixnet(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(
      network("mixnet_s", "MixNet", kSource, 224, [](Net& n) { write(n, kSmall, 16, 1.0); }));
  zoo.push_back(
      network("mixnet_m", "MixNet", kSource, 224, [](Net& n) { write(n, kMedium, 24, 1.0); }));
  zoo.push_back(
      network("mixnet_l", "MixNet", kSource, 224, [](Net& n) { write(n, kMedium, 24, 1.3); }));
}

}  // namespace partita
