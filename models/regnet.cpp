// RegNetX and RegNetY: stages follow from four numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

/// Table 5 and 6 of the paper (as in its code release).
struct Design {
  int megaflops_100;  ///< In the name: 002 is 200 MF.
  std::int64_t first_width;
  double slope, ratio;
  int depth;
  std::int64_t group_width;
};

constexpr Design kX[] = {{2, 24, 36.44, 2.49, 13, 8},     {4, 24, 24.48, 2.54, 22, 16},
                         {6, 48, 36.97, 2.24, 16, 24},    {8, 56, 35.73, 2.28, 16, 16},
                         {16, 80, 34.01, 2.25, 18, 24},   {32, 88, 26.31, 2.25, 25, 48},
                         {40, 96, 38.65, 2.43, 23, 40},   {64, 184, 60.83, 2.07, 17, 56},
                         {80, 80, 49.56, 2.88, 23, 120},  {120, 168, 73.36, 2.37, 19, 112},
                         {160, 216, 55.59, 2.1, 22, 128}, {320, 320, 69.86, 2.0, 23, 168}};
constexpr Design kY[] = {{2, 24, 36.44, 2.49, 13, 8},       {4, 48, 27.89, 2.09, 16, 8},
                         {6, 48, 32.54, 2.32, 15, 16},      {8, 56, 38.84, 2.4, 14, 16},
                         {16, 48, 20.71, 2.65, 27, 24},     {32, 80, 42.63, 2.66, 21, 24},
                         {40, 96, 31.41, 2.24, 22, 64},     {64, 112, 33.22, 2.27, 25, 72},
                         {80, 192, 76.82, 2.19, 17, 56},    {120, 168, 73.36, 2.37, 19, 112},
                         {160, 200, 106.23, 2.48, 18, 112}, {320, 232, 115.89, 2.53, 20, 232}};

/// Units by width, ascending. std::nearbyint rounds halves to even, as the release does.
std::map<std::int64_t, int> stages(const Design& d) {
  std::map<std::int64_t, int> widths;
  const auto first = static_cast<double>(d.first_width);
  for (int i = 0; i < d.depth; ++i) {
    const double wanted = first + d.slope * i;
    const double power = std::nearbyint(std::log(wanted / first) / std::log(d.ratio));
    const double width = first * std::pow(d.ratio, power);
    ++widths[static_cast<std::int64_t>(std::nearbyint(width / 8)) * 8];
  }
  return widths;
}

Tensor unit(Net& n, const Tensor& in, std::int64_t width, std::int64_t group_width, int stride,
            bool se) {
  Tensor x = conv_block(n, in, width);
  x = conv_block(n, x, width, 3, stride, "relu", width / group_width);
  if (se) x = n.squeeze_excite(x, n.channels(in) / 4);
  x = conv_block(n, x, width, 1, 1, "");
  const bool same = stride == 1 && n.channels(in) == width;
  return n.add(x, same ? in : conv_block(n, in, width, 1, stride, ""), "relu");
}

void write_regnet(Net& n, const Design& design, bool se) {
  Tensor x = conv_block(n, n.input(), 32, 3, 2);
  for (const auto& [width, units] : stages(design)) {
    const std::int64_t group = std::min(design.group_width, width);
    const std::int64_t fitting = static_cast<std::int64_t>(std::nearbyint(
                                     static_cast<double>(width) / static_cast<double>(group))) *
                                 group;
    for (int i = 0; i < units; ++i) x = unit(n, x, fitting, group, i == 0 ? 2 : 1, se);
  }
  classify(n, x);
}

}  // namespace

void add_regnet(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const Design& d, char letter) {
    zoo.push_back(network(fmt::format("regnet{}{:03}", letter, d.megaflops_100),
                          letter == 'x' ? "RegNetX" : "RegNetY",
                          "Radosavovic et al., Designing Network Design Spaces, arXiv:2003.13678",
                          224, [d, letter](Net& n) { write_regnet(n, d, letter == 'y'); }));
  };
  for (const Design& d : kX) add(d, 'x');
  for (const Design& d : kY) add(d, 'y');
}

}  // namespace partita
