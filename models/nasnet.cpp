// NASNet-A.
#include <map>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kSource =
    "Zoph et al., Learning Transferable Architectures, arXiv:1707.07012";

/// Writes cells. Sizes of 2 n are halved over a row and column of zeros in front (`shifted`), as
/// TensorFlow pads them.
class Cells {
 public:
  explicit Cells(Net& net) : net_(net) {}

  Tensor pointwise(const Tensor& in, std::int64_t channels) {
    return conv_block(net_, relu(in), channels, 1, 1, "");
  }

  Tensor average(const Tensor& in) { return net_.pool_same(in, 3, 1, "avg"); }

  /// Two depthwise separable convolutions; `wide_first`: the first already has all channels.
  Tensor separable(const Tensor& in, std::int64_t channels, int kernel, int stride, bool shifted,
                   bool wide_first = false) {
    const std::int64_t middle = wide_first ? channels : net_.channels(in);
    return half(half(in, middle, kernel, stride, shifted), channels, kernel, 1, false);
  }

  /// Halves the size by two 1x1 convolutions, one of them a pixel further.
  Tensor halve(const Tensor& in, std::int64_t channels) {
    const Tensor x = relu(in);
    const auto path = [&](const Tensor& from) {
      return net_.conv(net_.avg_pool(from, 1, 2), {.channels = channels / 2, .bias = false});
    };
    const Tensor first = path(x);
    return net_.batch_norm(net_.concat({first, path(crop(net_.pad(x, 0, 1)))}));
  }

  Tensor pool(const Tensor& in, bool shifted, bool max) {
    const Tensor x = net_.pad(shifted ? net_.pad(in, 1, 0) : in, 1, 1);
    const Tensor out = max ? net_.max_pool(x, 3, 2) : net_.avg_pool(x, 3, 2);
    return shifted ? crop(out) : out;
  }

  /// The reduction cell; in the first one (`stem`) the right side is as wide as its input.
  Tensor reduction(const Tensor& left, const Tensor& right, std::int64_t c, bool shifted,
                   bool stem = false) {
    const Tensor x0 =
        net_.add(separable(left, c, 5, 2, shifted), separable(right, c, 7, 2, shifted, stem));
    const Tensor x1 = net_.add(pool(left, shifted, true), separable(right, c, 7, 2, shifted, stem));
    const Tensor x2 =
        net_.add(pool(left, shifted, false), separable(right, c, 5, 2, shifted, stem));
    const Tensor x3 = net_.add(average(x0), x1);
    const Tensor x4 = net_.add(separable(x0, c, 3, 1, shifted), pool(left, shifted, true));
    return net_.concat({x1, x2, x3, x4});
  }

  Tensor normal(const Tensor& left, const Tensor& right, std::int64_t c) {
    const Tensor x0 = net_.add(separable(left, c, 5, 1, false), separable(right, c, 3, 1, false));
    const Tensor x1 = net_.add(separable(right, c, 5, 1, false), separable(right, c, 3, 1, false));
    const Tensor x2 = net_.add(average(left), right);
    const Tensor x3 = net_.add(average(right), average(right));
    const Tensor x4 = net_.add(separable(left, c, 3, 1, false), left);
    return net_.concat({right, x0, x1, x2, x3, x4});
  }

 private:
  /// One for all readers of a tensor.
  Tensor relu(const Tensor& in) {
    const auto [entry, added] = relus_.try_emplace(in);
    if (added) entry->second = net_.activation(in, "relu");
    return entry->second;
  }

  Tensor crop(const Tensor& in) {
    const Shape shape = net_.shape(in);
    return net_.slice(net_.slice(in, 2, 1, shape[2]), 3, 1, shape[3]);
  }

  Tensor half(const Tensor& in, std::int64_t channels, int kernel, int stride, bool shifted) {
    const Tensor x = shifted ? net_.pad(relu(in), 1, 0) : relu(in);
    const std::int64_t c = net_.channels(x);
    const Tensor y = net_.conv(
        net_.pad(x, kernel / 2, kernel / 2),
        {.channels = c, .kernel = kernel, .stride = stride, .pad = 0, .groups = c, .bias = false});
    const Tensor out = conv_block(net_, y, channels, 1, 1, "");
    return shifted ? crop(out) : out;
  }

  Net& net_;
  std::map<Tensor, Tensor> relus_;
};

struct Size {
  int repeat;
  std::int64_t stem, last;
  bool shifted;    ///< Even sizes throughout.
  bool skip_back;  ///< The cell after a reduction looks past the reduction's input.
};

void write(Net& n, const Size& size) {
  Cells cells(n);
  const std::int64_t chunk = size.last / 24;
  Tensor before = n.conv(n.input(), {.channels = size.stem, .kernel = 3, .stride = 2, .pad = 0});
  Tensor x = cells.reduction(cells.pointwise(before, chunk / 4), before, chunk / 4, false, true);
  const auto advance = [&](Tensor next) {
    before = x;
    x = std::move(next);
  };
  advance(cells.reduction(cells.pointwise(x, chunk / 2), cells.halve(before, chunk / 2), chunk / 2,
                          size.shifted));
  for (int stage = 0; stage < 3; ++stage) {
    const std::int64_t wide = chunk << stage;
    if (stage > 0) {
      const Tensor older = before;
      const Tensor left = cells.pointwise(x, wide);
      advance(
          cells.reduction(left, cells.pointwise(before, wide), wide, stage == 1 || size.shifted));
      if (size.skip_back) before = older;
    }
    for (int i = 0; i < size.repeat; ++i) {
      const bool larger = n.shape(before)[2] != n.shape(x)[2];
      const Tensor left = cells.pointwise(x, wide);
      advance(cells.normal(left, larger ? cells.halve(before, wide) : cells.pointwise(before, wide),
                           wide));
    }
  }
  classify(n, n.activation(x, "relu"));
}

}  // namespace

void add_nasnet(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(network("nasnet_4a1056", "NASNet", kSource, 224, [](Net& n) {
    write(n, {4, 32, 1056, true, false});
  }));
  zoo.push_back(network("nasnet_6a4032", "NASNet", kSource, 331, [](Net& n) {
    write(n, {6, 96, 4032, false, true});
  }));
}

}  // namespace partita
