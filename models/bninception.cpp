// BN-Inception: GoogLeNet's second version.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

/// Rounding up, which TensorFlow needs a row and a column on each side for.
Tensor max_pool_half(Net& n, const Tensor& in) {
  return n.max_pool(n.pad(in, 1, 1), 3, 2);
}

struct Module {
  std::int64_t direct, single_in, single_out, double_in, double_out, pooled;
  int stride = 1;
  bool max = false;  ///< The pooling of a module that keeps the size.
};

Tensor module(Net& n, const Tensor& in, const Module& m) {
  std::vector<Tensor> out;
  if (m.stride == 1) out.push_back(conv_block(n, in, m.direct));
  out.push_back(conv_block(n, conv_block(n, in, m.single_in), m.single_out, 3, m.stride));
  Tensor x = conv_block(n, conv_block(n, in, m.double_in), m.double_out, 3);
  out.push_back(conv_block(n, x, m.double_out, 3, m.stride));
  if (m.stride == 1)
    out.push_back(conv_block(n, n.pool_same(in, 3, 1, m.max ? "max" : "avg"), m.pooled));
  else
    out.push_back(max_pool_half(n, in));
  return n.concat(out);
}

void write_bninception(Net& n) {
  Tensor x = max_pool_half(n, conv_block(n, n.input(), 64, 7, 2));
  x = max_pool_half(n, conv_block(n, conv_block(n, x, 64), 192, 3));
  constexpr Module kModules[] = {
      {64, 64, 64, 64, 96, 32},       {64, 64, 96, 64, 96, 64},
      {0, 128, 160, 64, 96, 0, 2},    {224, 64, 96, 96, 128, 128},
      {192, 96, 128, 96, 128, 128},   {160, 128, 160, 128, 160, 128},
      {96, 128, 192, 160, 192, 128},  {0, 128, 192, 192, 256, 0, 2},
      {352, 192, 320, 160, 224, 128}, {352, 192, 320, 192, 224, 128, 1, true}};
  for (const Module& m : kModules) x = module(n, x, m);
  classify(n, x);
}

}  // namespace

void add_bninception(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(network("bninception", "BN-Inception",
                        "Ioffe and Szegedy, Batch Normalization, arXiv:1502.03167", 224,
                        write_bninception));
}

}  // namespace partita
