// VoVNet and SelecSLS: short chains whose every step is kept and joined at the end.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor one_shot_unit(Net& n, const Tensor& in, std::int64_t branch, std::int64_t channels,
                     bool residual) {
  std::vector<Tensor> kept{in};
  for (int i = 0; i < 5; ++i) kept.push_back(conv_block(n, kept.back(), branch, 3));
  const Tensor x = conv_block(n, n.concat(kept), channels);
  return residual ? n.add(x, in) : x;
}

void write_vovnet(Net& n, const std::array<int, 4>& units, std::int64_t divisor) {
  constexpr std::array<std::int64_t, 4> kChannels{256, 512, 768, 1024}, kBranch{128, 160, 192, 224};
  Tensor x = conv_block(n, n.input(), 64, 3, 2);
  x = conv_block(n, conv_block(n, x, 64, 3), 128, 3, 2);
  for (std::size_t stage = 0; stage < units.size(); ++stage) {
    if (stage > 0)  // Rounds up: a row and a column on each side where the size is even.
      x = n.shape(x)[2] % 2 == 0 ? n.max_pool(n.pad(x, 1, 1), 3, 2) : n.max_pool(x, 3, 2);
    for (int i = 0; i < units[stage]; ++i)
      x = one_shot_unit(n, x, kBranch[stage] / divisor, kChannels[stage] / divisor, i > 0);
  }
  classify(n, x);
}

struct SlsUnit {
  std::int64_t channels, middle;
};

struct SlsDesign {
  std::array<std::vector<SlsUnit>, 3> stages;
  std::array<std::int64_t, 4> head;
  int last_kernel = 1;
};

Tensor sls_step(Net& n, const Tensor& in, std::int64_t middle) {
  return conv_block(n, conv_block(n, in, middle), middle / 2, 3);
}

void write_selecsls(Net& n, const SlsDesign& d) {
  Tensor x = conv_block(n, n.input(), 32, 3, 2), skip;
  for (const auto& stage : d.stages) {
    for (std::size_t i = 0; i < stage.size(); ++i) {
      const Tensor a = conv_block(n, x, stage[i].middle, 3, i == 0 ? 2 : 1);
      const Tensor b = sls_step(n, a, stage[i].middle);
      std::vector<Tensor> kept{a, b, sls_step(n, b, stage[i].middle)};
      if (i > 0) kept.push_back(skip);
      x = conv_block(n, n.concat(kept), stage[i].channels);
      if (i == 0) skip = x;
    }
  }
  x = conv_block(n, conv_block(n, x, d.head[0], 3, 2), d.head[1], 3);
  x = conv_block(n, conv_block(n, x, d.head[2], 3, 2), d.head[3], d.last_kernel);
  classify(n, x);
}

}  // namespace

void add_vovnet(std::vector<ZooNetwork>& zoo) {
  const auto vovnet = [&](const char* name, const std::array<int, 4>& units, std::int64_t divisor) {
    zoo.push_back(network(name, "VoVNet", "Lee et al., arXiv:1904.09730", 224,
                          [=](Net& n) { write_vovnet(n, units, divisor); }));
  };
  vovnet("vovnet27s", {1, 1, 1, 1}, 2);
  vovnet("vovnet39", {1, 1, 2, 2}, 1);
  vovnet("vovnet57", {1, 1, 4, 3}, 1);
  const auto selecsls = [&](const char* name, const SlsDesign& d) {
    zoo.push_back(network(name, "SelecSLS", "Mehta et al., XNect, arXiv:1907.00837", 224,
                          [d](Net& n) { write_selecsls(n, d); }));
  };
  const std::array<std::vector<SlsUnit>, 3> s42{
      {{{64, 64}, {128, 64}}, {{144, 144}, {288, 144}}, {{304, 304}, {480, 304}}}};
  const std::array<std::vector<SlsUnit>, 3> s60{{{{64, 64}, {128, 64}},
                                                 {{128, 128}, {128, 128}, {288, 128}},
                                                 {{288, 288}, {288, 288}, {288, 288}, {416, 288}}}};
  const std::array<std::vector<SlsUnit>, 3> s84{
      {{{64, 64}, {144, 64}},
       {{144, 144}, {144, 144}, {144, 144}, {144, 144}, {304, 144}},
       {{304, 304}, {304, 304}, {304, 304}, {304, 304}, {304, 304}, {512, 304}}}};
  selecsls("selecsls42", {s42, {960, 1024, 1024, 1280}});
  selecsls("selecsls42b", {s42, {960, 1024, 1280, 1024}});
  selecsls("selecsls60", {s60, {756, 1024, 1024, 1280}});
  selecsls("selecsls60b", {s60, {756, 1024, 1280, 1024}});
  selecsls("selecsls84", {s84, {960, 1024, 1024, 1280}, 3});
}

}  // namespace partita
