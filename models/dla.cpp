// Deep Layer Aggregation: trees of residual blocks whose roots join what is below them.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Design {
  std::array<int, 4> levels;
  std::array<std::int64_t, 4> channels;
  bool bottleneck = true;
  std::int64_t cardinality = 1;  ///< Above 1: ResNeXt's bottleneck, 8 wide.
  bool residual_root = false;
};

Tensor body(Net& n, const Tensor& in, const Design& d, std::int64_t channels, int stride) {
  if (!d.bottleneck)
    return conv_block(n, conv_block(n, in, channels, 3, stride), channels, 3, 1, "");
  const bool grouped = d.cardinality > 1;
  const std::int64_t middle = grouped ? d.cardinality * (channels / 4 * 8 / 64) : channels / 2;
  Tensor x = conv_block(n, in, middle);
  x = conv_block(n, x, middle, 3, stride, "relu", d.cardinality);
  return conv_block(n, x, channels, 1, 1, "");
}

struct Block {
  Tensor out, down;  ///< `down`: the input at the size of the output.
};

Block block(Net& n, const Tensor& in, const Design& d, std::int64_t channels, int stride) {
  const Tensor x = body(n, in, d, channels, stride);
  const Tensor down = stride > 1 ? n.max_pool(in, stride, stride) : in;
  const Tensor identity =
      n.channels(in) == channels ? down : conv_block(n, down, channels, 1, 1, "");
  return {n.add(x, identity, "relu"), down};
}

struct Place {
  int level = 1, stride = 1;
  bool add_down = false;
};

Block tree(Net& n, const Tensor& in, const Design& d, std::int64_t channels, const Place& p,
           std::vector<Tensor> extra) {
  if (p.level > 1) {
    const Block first = tree(n, in, d, channels, {p.level - 1, p.stride, false}, {});
    if (p.add_down) extra.push_back(first.down);
    extra.push_back(first.out);
    return {tree(n, first.out, d, channels, {p.level - 1, 1, false}, extra).out, first.down};
  }
  const Block first = block(n, in, d, channels, p.stride);
  if (p.add_down) extra.push_back(first.down);
  const Tensor second = block(n, first.out, d, channels, 1).out;
  std::vector<Tensor> joined{second, first.out};
  joined.insert(joined.end(), extra.begin(), extra.end());
  Tensor x = conv_block(n, n.concat(joined), channels, 1, 1, d.residual_root ? "" : "relu");
  if (d.residual_root) x = n.add(x, second, "relu");
  return {x, first.down};
}

void write_dla(Net& n, const Design& d) {
  Tensor x = conv_block(n, conv_block(n, n.input(), 16, 7), 16, 3);
  x = conv_block(n, x, 32, 3, 2);
  for (std::size_t stage = 0; stage < d.levels.size(); ++stage)
    x = tree(n, x, d, d.channels[stage], {d.levels[stage], 2, stage > 0}, {}).out;
  n.conv(n.avg_pool(x, 7, 1), {.channels = 1000});
}

}  // namespace

void add_dla(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const char* name, const Design& d) {
    zoo.push_back(network(name, "DLA", "Yu et al., Deep Layer Aggregation, arXiv:1707.06484", 224,
                          [d](Net& n) { write_dla(n, d); }));
  };
  constexpr std::array<std::int64_t, 4> kCompact{64, 64, 128, 256}, kWide{128, 256, 512, 1024};
  add("dla34", {{1, 2, 2, 1}, {64, 128, 256, 512}, false});
  add("dla46c", {{1, 2, 2, 1}, kCompact});
  add("dla46xc", {{1, 2, 2, 1}, kCompact, true, 32});
  add("dla60", {{1, 2, 3, 1}, kWide});
  add("dla60x", {{1, 2, 3, 1}, kWide, true, 32});
  add("dla60xc", {{1, 2, 3, 1}, kCompact, true, 32});
  add("dla102", {{1, 3, 4, 1}, kWide, true, 1, true});
  add("dla102x", {{1, 3, 4, 1}, kWide, true, 32, true});
  add("dla102x2", {{1, 3, 4, 1}, kWide, true, 64, true});
  add("dla169", {{2, 3, 5, 1}, kWide, true, 1, true});
}

}  // namespace partita
