// Dual Path Networks: part of every unit's output is added, part is appended.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Design {
  std::int64_t stem;
  int stem_kernel;
  std::int64_t width_factor, middle, groups;
  std::array<int, 4> units;
  std::array<std::int64_t, 4> increments;
  bool two_ends = false;  ///< Its b-case: two last convolutions for what one makes otherwise.
};

struct Paths {
  Tensor added, appended;
};

Paths divide(Net& n, const Tensor& x, std::int64_t added) {
  return {n.slice(x, 1, 0, added), n.slice(x, 1, added, n.channels(x))};
}

Paths unit(Net& n, const Paths& in, const Design& d, std::size_t stage, bool first) {
  const std::int64_t width = (std::int64_t{64} << stage) * d.width_factor;
  const std::int64_t middle = d.middle << stage, increment = d.increments[stage];
  const int stride = first && stage > 0 ? 2 : 1;
  const Tensor joined = in.appended.empty() ? in.added : n.concat({in.added, in.appended});
  Paths skip = in;
  if (first) {
    const Tensor projected =
        n.conv(n.batch_norm(joined, "relu"),
               {.channels = width + 2 * increment, .stride = stride, .bias = false});
    skip = divide(n, projected, width);
  }
  Tensor x = n.conv(n.batch_norm(joined, "relu"), {.channels = middle, .act = "relu"});
  x = n.conv(
      x, {.channels = middle, .kernel = 3, .stride = stride, .groups = d.groups, .act = "relu"});
  const Paths made =
      d.two_ends ? Paths{n.conv(x, {.channels = width, .bias = false}),
                         n.conv(x, {.channels = increment, .bias = false})}
                 : divide(n, n.conv(x, {.channels = width + increment, .bias = false}), width);
  return {n.add(skip.added, made.added), n.concat({skip.appended, made.appended})};
}

void write_dpn(Net& n, const Design& d) {
  n.pad_apart();
  Tensor x =
      n.conv(n.input(), {.channels = d.stem, .kernel = d.stem_kernel, .stride = 2, .act = "relu"});
  Paths paths{n.pool_same(x, 3, 2, "max"), ""};
  for (std::size_t stage = 0; stage < d.units.size(); ++stage)
    for (int i = 0; i < d.units[stage]; ++i) paths = unit(n, paths, d, stage, i == 0);
  x = n.batch_norm(n.concat({paths.added, paths.appended}), "relu");
  x = n.conv(n.avg_pool(x, 7, 1), {.channels = 1000});
  n.add(n.reduce(x, {2, 3}, "mean", false), n.reduce(x, {2, 3}, "max", false));
}

}  // namespace

void add_dpn(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const char* name, const Design& d) {
    zoo.push_back(network(name, "DPN", "Chen et al., Dual Path Networks, arXiv:1707.01629", 224,
                          [d](Net& n) { write_dpn(n, d); }));
  };
  add("dpn68", {10, 3, 1, 128, 32, {3, 4, 12, 3}, {16, 32, 32, 64}});
  add("dpn68b", {10, 3, 1, 128, 32, {3, 4, 12, 3}, {16, 32, 32, 64}, true});
  add("dpn98", {96, 7, 4, 160, 40, {3, 6, 20, 3}, {16, 32, 32, 128}});
  add("dpn107", {128, 7, 4, 200, 50, {4, 8, 20, 3}, {20, 64, 64, 128}});
  add("dpn131", {128, 7, 4, 160, 40, {4, 8, 28, 3}, {16, 32, 32, 128}});
}

}  // namespace partita
