// Networks found by search over inverted residuals: MnasNet, ProxylessNAS, FBNet, Single-Path NAS.
#include <span>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kMnas = "Tan et al., MnasNet, arXiv:1807.11626";
constexpr const char* kProxyless = "Cai et al., ProxylessNAS, arXiv:1812.00332";
constexpr const char* kFb = "Wu et al., FBNet, arXiv:1812.03443";
constexpr const char* kSp = "Stamoulis et al., Single-Path NAS, arXiv:1904.02877";

/// Equal units in a row, of which the first may halve the size.
struct Run {
  int units;
  std::int64_t channels;
  int kernel, expansion, stride;
  bool se = false;  ///< Inner channels: a quarter of the unit's input.
};

Tensor runs(Net& n, Tensor x, std::span<const Run> all, const std::string& act = "relu",
            bool always_expand = false) {
  for (const Run& r : all) {
    for (int i = 0; i < r.units; ++i) {
      const std::int64_t in = n.channels(x);
      x = inverted(n, x,
                   {.channels = r.channels,
                    .middle = in * r.expansion,
                    .kernel = r.kernel,
                    .stride = i == 0 ? r.stride : 1,
                    .act = act,
                    .expand = always_expand || r.expansion > 1,
                    .se = r.se ? in / 4 : 0});
    }
  }
  return x;
}

constexpr Run kMnasB1[] = {{3, 24, 3, 3, 2}, {3, 40, 5, 3, 2},  {3, 80, 5, 6, 2},
                           {2, 96, 3, 6, 1}, {4, 192, 5, 6, 2}, {1, 320, 3, 6, 1}};
constexpr Run kMnasA1[] = {{2, 24, 3, 6, 2},        {3, 40, 5, 3, 2, true},  {4, 80, 3, 6, 2},
                           {2, 112, 3, 6, 1, true}, {3, 160, 5, 6, 2, true}, {1, 320, 3, 6, 1}};
constexpr Run kMnasSmall[] = {{1, 16, 3, 3, 2},       {2, 16, 3, 6, 2},
                              {4, 32, 5, 6, 2, true}, {3, 32, 3, 6, 1, true},
                              {3, 88, 5, 6, 2, true}, {1, 144, 3, 6, 1}};

/// The first unit expands nothing; `skip`: it may add its input.
void write_mnas(Net& n, std::span<const Run> all, std::int64_t stem, std::int64_t first,
                bool skip) {
  const Tensor x = conv_block(n, n.input(), stem, 3, 2);
  const Tensor y = inverted(n, x, {.channels = first, .expand = false, .skip = skip});
  classify(n, conv_block(n, runs(n, y, all), 1280));
}

void write_fbnet_c(Net& n) {
  constexpr Run kRuns[] = {
      {1, 16, 3, 1, 1},  {1, 24, 3, 6, 2},  {2, 24, 3, 1, 1},  {1, 32, 5, 6, 2}, {1, 32, 5, 3, 1},
      {1, 32, 5, 6, 1},  {1, 32, 3, 6, 1},  {1, 64, 5, 6, 2},  {1, 64, 5, 3, 1}, {2, 64, 5, 6, 1},
      {3, 112, 5, 6, 1}, {1, 112, 5, 3, 1}, {4, 184, 5, 6, 2}, {1, 352, 3, 6, 1}};
  const Tensor x = runs(n, conv_block(n, n.input(), 16, 3, 2), kRuns, "relu", true);
  classify(n, conv_block(n, x, 1984));
}

void write_spnasnet(Net& n) {
  constexpr Run kRuns[] = {{3, 24, 3, 3, 2}, {1, 40, 5, 6, 2},  {3, 40, 3, 3, 1},
                           {1, 80, 5, 6, 2}, {3, 80, 3, 3, 1},  {1, 96, 5, 6, 1},
                           {3, 96, 5, 3, 1}, {4, 192, 5, 6, 2}, {1, 320, 3, 6, 1}};
  const Tensor x = conv_block(n, n.input(), 32, 3, 2);
  const Tensor y = inverted(n, x, {.channels = 16, .expand = false, .skip = false});
  classify(n, conv_block(n, runs(n, y, kRuns), 1280));
}

// Units that the search left out are not listed: there the tensor passes.
constexpr Run kProxylessCpu[] = {
    {1, 24, 3, 1, 1},  {1, 32, 3, 6, 2},  {3, 32, 3, 3, 1},  {1, 48, 3, 6, 2},  {2, 48, 3, 3, 1},
    {1, 48, 5, 3, 1},  {1, 88, 3, 6, 2},  {1, 88, 3, 3, 1},  {1, 104, 5, 6, 1}, {3, 104, 3, 3, 1},
    {1, 216, 5, 6, 2}, {2, 216, 5, 3, 1}, {1, 216, 3, 3, 1}, {1, 360, 5, 6, 1}};
constexpr Run kProxylessGpu[] = {
    {1, 24, 3, 1, 1},  {1, 32, 5, 3, 2},  {1, 56, 7, 3, 2},  {1, 56, 3, 3, 1},  {1, 112, 7, 6, 2},
    {1, 112, 5, 3, 1}, {1, 128, 5, 6, 1}, {1, 128, 3, 3, 1}, {1, 128, 5, 3, 1}, {1, 256, 7, 6, 2},
    {2, 256, 7, 6, 1}, {1, 256, 5, 6, 1}, {1, 432, 7, 6, 1}};
constexpr Run kProxylessMobile[] = {
    {1, 16, 3, 1, 1},  {1, 32, 5, 3, 2},  {1, 32, 3, 3, 1},  {1, 40, 7, 3, 2}, {1, 40, 3, 3, 1},
    {2, 40, 5, 3, 1},  {1, 80, 7, 6, 2},  {3, 80, 5, 3, 1},  {1, 96, 5, 6, 1}, {3, 96, 5, 3, 1},
    {1, 192, 7, 6, 2}, {1, 192, 7, 6, 1}, {2, 192, 7, 3, 1}, {1, 320, 7, 6, 1}};
constexpr Run kProxylessMobile14[] = {
    {1, 24, 3, 1, 1},  {1, 40, 5, 3, 2},  {1, 40, 3, 3, 1},  {1, 56, 7, 3, 2},  {1, 56, 3, 3, 1},
    {2, 56, 5, 3, 1},  {1, 112, 7, 6, 2}, {3, 112, 5, 3, 1}, {1, 136, 5, 6, 1}, {3, 136, 5, 3, 1},
    {1, 256, 7, 6, 2}, {1, 256, 7, 6, 1}, {2, 256, 7, 3, 1}, {1, 448, 7, 6, 1}};

void write_proxyless(Net& n, std::span<const Run> all, std::int64_t stem, std::int64_t last) {
  const Tensor x = runs(n, conv_block(n, n.input(), stem, 3, 2, "relu6"), all, "relu6");
  classify(n, conv_block(n, x, last, 1, 1, "relu6"));
}

}  // namespace

void add_mnasnet(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const char* name, const char* family, const char* source,
                       std::function<void(Net&)> write) {
    zoo.push_back(network(name, family, source, 224, std::move(write)));
  };
  add("mnasnet_b1", "MnasNet", kMnas, [](Net& n) { write_mnas(n, kMnasB1, 32, 16, false); });
  add("mnasnet_a1", "MnasNet", kMnas, [](Net& n) { write_mnas(n, kMnasA1, 32, 16, false); });
  add("mnasnet_small", "MnasNet", kMnas, [](Net& n) { write_mnas(n, kMnasSmall, 8, 8, true); });
  add("fbnet_cb", "FBNet", kFb, write_fbnet_c);
  add("spnasnet", "Single-Path NASNet", kSp, write_spnasnet);
  add("proxylessnas_cpu", "ProxylessNAS", kProxyless,
      [](Net& n) { write_proxyless(n, kProxylessCpu, 40, 1432); });
  add("proxylessnas_gpu", "ProxylessNAS", kProxyless,
      [](Net& n) { write_proxyless(n, kProxylessGpu, 40, 1728); });
  add("proxylessnas_mobile", "ProxylessNAS", kProxyless,
      [](Net& n) { write_proxyless(n, kProxylessMobile, 32, 1280); });
  add("proxylessnas_mobile14", "ProxylessNAS", kProxyless,
      [](Net& n) { write_proxyless(n, kProxylessMobile14, 48, 1792); });
}

}  // namespace partita
