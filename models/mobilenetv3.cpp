// MobileNetV3, large and small.
#include <span>
#include <string>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kSource = "Howard et al., Searching for MobileNetV3, arXiv:1905.02244";

struct Unit {
  int kernel;
  std::int64_t middle, channels;
  bool se;
  const char* act;
  int stride;
};
constexpr const char* kRe = "relu";
constexpr const char* kHs = "hard-swish";

// Tables 1 and 2.
constexpr Unit kLarge[] = {
    {3, 16, 16, false, kRe, 1},  {3, 64, 24, false, kRe, 2},  {3, 72, 24, false, kRe, 1},
    {5, 72, 40, true, kRe, 2},   {5, 120, 40, true, kRe, 1},  {5, 120, 40, true, kRe, 1},
    {3, 240, 80, false, kHs, 2}, {3, 200, 80, false, kHs, 1}, {3, 184, 80, false, kHs, 1},
    {3, 184, 80, false, kHs, 1}, {3, 480, 112, true, kHs, 1}, {3, 672, 112, true, kHs, 1},
    {5, 672, 160, true, kHs, 2}, {5, 960, 160, true, kHs, 1}, {5, 960, 160, true, kHs, 1}};
constexpr Unit kSmall[] = {
    {3, 16, 16, true, kRe, 2},  {3, 72, 24, false, kRe, 2}, {3, 88, 24, false, kRe, 1},
    {5, 96, 40, true, kHs, 2},  {5, 240, 40, true, kHs, 1}, {5, 240, 40, true, kHs, 1},
    {5, 120, 48, true, kHs, 1}, {5, 144, 48, true, kHs, 1}, {5, 288, 96, true, kHs, 2},
    {5, 576, 96, true, kHs, 1}, {5, 576, 96, true, kHs, 1}};

std::int64_t wide(std::int64_t channels, double width) {
  return round_channels(static_cast<double>(channels) * width);
}

void write(Net& n, std::span<const Unit> units, std::int64_t last, double width) {
  Tensor x = conv_block(n, n.input(), wide(16, width), 3, 2, kHs);
  for (const Unit& u : units) {
    const std::int64_t middle = wide(u.middle, width);
    const std::int64_t channels = wide(u.channels, width);
    x = inverted(n, x,
                 {.channels = channels,
                  .middle = middle,
                  .kernel = u.kernel,
                  .stride = u.stride,
                  .act = u.act,
                  .expand = middle != channels,
                  .se = u.se ? round_channels(static_cast<double>(middle) / 4) : 0,
                  .se_gate = "hard-sigmoid"});
  }
  // The paper keeps the last layers' width when it thins the rest.
  x = final_pool(n, conv_block(n, x, width > 1 ? wide(last, width) : last, 1, 1, kHs));
  x = n.conv(x, {.channels = 1280, .bias = false, .act = kHs});
  n.reshape(n.conv(x, {.channels = 1000}), {1, 1000});
}

}  // namespace

void add_mobilenetv3(std::vector<ZooNetwork>& zoo) {
  constexpr Width kV3Widths[] = {
      {"w7d20", 0.35}, {"wd2", 0.5}, {"w3d4", 0.75}, {"w1", 1.0}, {"w5d4", 1.25}};
  for (const auto& [suffix, scale] : kV3Widths) {
    const double w = scale;
    zoo.push_back(network(std::string("mobilenetv3_large_") + suffix, "MobileNetV3", kSource, 224,
                          [w](Net& n) { write(n, kLarge, 960, w); }));
    zoo.push_back(network(std::string("mobilenetv3_small_") + suffix, "MobileNetV3", kSource, 224,
                          [w](Net& n) { write(n, kSmall, 576, w); }));
  }
}

}  // namespace partita
