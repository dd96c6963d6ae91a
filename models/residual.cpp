#include "models/residual.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace partita {
namespace {

using Layers = std::array<int, 4>;

Layers layers_of(int blocks, bool bottleneck) {
  struct Known {
    int blocks;
    bool bottleneck;
    Layers layers;
  };
  static constexpr Known kKnown[] = {
      {10, false, {1, 1, 1, 1}},  {12, false, {2, 1, 1, 1}},  {14, false, {2, 2, 1, 1}},
      {16, false, {2, 2, 2, 1}},  {18, false, {2, 2, 2, 2}},  {26, false, {3, 3, 3, 3}},
      {34, false, {3, 4, 6, 3}},  {14, true, {1, 1, 1, 1}},   {26, true, {2, 2, 2, 2}},
      {38, true, {3, 3, 3, 3}},   {50, true, {3, 4, 6, 3}},   {101, true, {3, 4, 23, 3}},
      {152, true, {3, 8, 36, 3}}, {200, true, {3, 24, 36, 3}}};
  for (const Known& known : kKnown)
    if (known.blocks == blocks && known.bottleneck == bottleneck) return known.layers;
  throw std::logic_error(fmt::format("models: no residual network of {} blocks", blocks));
}

}  // namespace

ResidualNet residual_net(int blocks, bool bottleneck, bool b, double width) {
  const Layers layers = layers_of(blocks, bottleneck);
  const auto scaled = [&](std::int64_t channels) {
    return static_cast<std::int64_t>(static_cast<double>(channels) * width);
  };
  ResidualNet net{scaled(64), bottleneck, !b, {}};
  for (std::size_t stage = 0; stage < layers.size(); ++stage) {
    const std::int64_t channels = std::int64_t{bottleneck ? 256 : 64} << stage;
    for (int i = 0; i < layers[stage]; ++i)
      net.units.push_back({scaled(channels), stage > 0 && i == 0 ? 2 : 1});
    if (stage + 1 == layers.size()) net.units.back().channels = channels;
  }
  return net;
}

std::vector<ResidualName> residual_names(std::string_view prefix) {
  std::vector<ResidualName> names;
  const auto add = [&](const std::string& suffix, int blocks, bool bottleneck, bool b,
                       double width = 1) {
    names.push_back({std::string(prefix) + suffix, blocks, bottleneck, b, width});
  };
  for (const int blocks : {10, 12, 14, 16}) add(std::to_string(blocks), blocks, false, false);
  add("18_wd4", 18, false, false, 0.25);
  add("18_wd2", 18, false, false, 0.5);
  add("18_w3d4", 18, false, false, 0.75);
  for (const int blocks : {18, 26, 34}) add(std::to_string(blocks), blocks, false, false);
  for (const int blocks : {14, 26, 38}) add(fmt::format("bc{}b", blocks), blocks, true, true);
  for (const int blocks : {50, 101, 152, 200}) {
    add(std::to_string(blocks), blocks, true, false);
    add(fmt::format("{}b", blocks), blocks, true, true);
  }
  return names;
}

}  // namespace partita
