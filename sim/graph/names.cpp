// Names of kinds and axes, and shapes as text.
#include <array>
#include <string>
#include <vector>

#include "sim/base/error.h"
#include "sim/graph/graph.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, kOpKinds> kKindNames = {
    "input",           "constant", "conv",      "depthwise_conv", "grouped_conv", "deconv",
    "fully_connected", "matmul",   "attention", "pool",           "elementwise",  "activation",
    "normalization",   "softmax",  "reduction", "concat",         "slice",        "split",
    "reshape",         "permute",  "pad",       "crop",           "resize",       "shuffle",
    "detection",       "block"};
static_assert(static_cast<std::size_t>(OpKind::block) + 1 == kOpKinds);

}  // namespace

std::string_view to_string(OpKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

std::vector<std::string> op_kind_names() {
  return {kKindNames.begin(), kKindNames.end()};
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (std::int64_t extent : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(extent);
  }
  return text;
}

std::int64_t elements(const Shape& shape) {
  std::int64_t product = 1;
  for (std::int64_t extent : shape) product = rules::times(product, extent);
  return product;
}

std::string_view to_string(Axis axis) {
  switch (axis) {
    case Axis::none:
      return "none";
    case Axis::batch:
      return "batch";
    case Axis::channel:
      return "channel";
    case Axis::height:
      return "height";
  }
  throw std::logic_error("no such axis");
}

}  // namespace partita
