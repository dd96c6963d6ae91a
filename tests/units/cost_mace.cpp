// MACE's kernels: steps by hand, and published convolutions by the priors alone.
#include <catch2/catch.hpp>

#include <cmath>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/cost/evidence.h"
#include "sim/cost/kernel_fit.h"
#include "sim/cost/mace_kernels.h"
#include "sim/cost/runtime.h"

using namespace partita;

namespace {

KernelWork conv(double in_side_h, double in_side_w, double in_channels, double out_channels,
                double kernel, double stride = 1) {
  KernelWork w;
  w.operation = OpKind::conv;
  w.in_height = in_side_h, w.in_width = in_side_w, w.in_channels = in_channels;
  w.out_height = in_side_h / stride, w.out_width = in_side_w / stride;
  w.out_channels = out_channels;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.precision = Precision::fp32;
  count_kernel(w);
  return w;
}

}  // namespace

TEST_CASE("MACE picks kernels by window, stride and channels") {
  using mace::CpuKernel;
  CHECK(mace::cpu_kernel(conv(52, 52, 256, 128, 1)) == CpuKernel::gemm);
  CHECK(mace::cpu_kernel(conv(40, 40, 512, 1024, 1, 2)) == CpuKernel::gemm);
  CHECK(mace::cpu_kernel(conv(112, 112, 32, 64, 3)) == CpuKernel::winograd);
  CHECK(mace::cpu_kernel(conv(112, 112, 8, 8, 3)) == CpuKernel::winograd);
  CHECK(mace::cpu_kernel(conv(112, 112, 3, 64, 3)) == CpuKernel::direct);
  CHECK(mace::cpu_kernel(conv(112, 112, 64, 6, 3)) == CpuKernel::direct);
  CHECK(mace::cpu_kernel(conv(240, 320, 64, 128, 3, 2)) == CpuKernel::direct);
  CHECK(mace::cpu_kernel(conv(32, 32, 128, 128, 7)) == CpuKernel::direct);
  KernelWork wide = conv(112, 112, 32, 64, 3);
  wide.dilation = 2;
  CHECK(mace::cpu_kernel(wide) == CpuKernel::direct);
}

TEST_CASE("loops are cut into two tiles a thread") {
  // 16 items, 4 threads: 8 tiles of 2, two tiles a thread.
  CHECK(mace::busiest(16, 4) == 4);
  // 17: tiles of floor(17 / 8) = 2 make 9, so one thread has three.
  CHECK(mace::busiest(17, 4) == 6);
  // Fewer items than threads: one each.
  CHECK(mace::busiest(1, 4) == 1);
  CHECK(mace::busiest(3, 4) == 1);
  // 5: tiles of 1, two of them somewhere.
  CHECK(mace::busiest(5, 4) == 2);
  CHECK(mace::busiest(7, 1) == 7);
  CHECK(mace::busiest(0, 4) == 0);
  for (int items = 1; items < 300; ++items)
    for (int threads = 1; threads <= 8; ++threads) {
      CHECK(mace::busiest(items, threads) * threads >= items);
      CHECK(mace::busiest(items, threads) <= items);
    }
}

TEST_CASE("a product of matrices in blocks of 8, 4 and 8") {
  // 1x1, 256 -> 128 on 52 x 52: M = 128 / 8 = 16 blocks, K = 256 / 4 = 64, N = 2704 / 8 = 338.
  // Of 16 blocks each of 4 threads has 4; of 338, tiles of 42 make 9, three on one thread: 126.
  const mace::GemmSteps s = mace::gemm_steps(conv(52, 52, 256, 128, 1), 4);
  CHECK(s.left == 4 * 64);
  CHECK(s.right == 126 * 64);
  CHECK(s.products == 4 * 64 * 338);
  // A block of 256 products: one thread does a quarter of 128 x 256 x 2704.
  CHECK(s.products * 256 * 4 == 128. * 256 * 2704);
}

TEST_CASE("Winograd tiles by the shorter side of the output") {
  CHECK(mace::winograd_tile(65, 65) == 6);
  CHECK(mace::winograd_tile(64, 200) == 4);
  CHECK(mace::winograd_tile(17, 17) == 4);
  CHECK(mace::winograd_tile(16, 200) == 2);
  // 112 x 112, 32 -> 64: 19 x 19 = 361 tiles of 6, read as 8 x 8. Input: 32 channels over 4
  // threads, tiles of 4: 8 each. Products: 64 of (8 / 4 = 2 blocks) x (32 / 4) x ceil(361 / 8)
  // = 46.
  const mace::WinogradSteps s = mace::winograd_steps(conv(112, 112, 32, 64, 3), 4);
  CHECK(s.tile == 6);
  CHECK(s.tiles == 361);
  CHECK(s.input == 8 * 361);
  CHECK(s.products == 64 * 2 * 8 * 46);
  CHECK(s.output == 16 * 361);
  CHECK(s.padded == 112 * 112 * 32);
  CHECK(s.cropped == 112 * 112 * 64);
  // Half of its rows are 56: tiles of 4, so half of the work takes more than half of the products.
  KernelWork half = conv(112, 112, 32, 64, 3);
  half.out_height = 56;
  const mace::WinogradSteps h = mace::winograd_steps(half, 4);
  CHECK(h.tile == 4);
  CHECK(h.products == 36 * 2 * 8 * 49);  // 14 x 28 = 392 tiles, 49 blocks
  CHECK(2 * h.products > s.products);
}

TEST_CASE("direct convolutions share out groups of channels") {
  CHECK(mace::direct_steps(conv(32, 32, 128, 128, 7), 4) == 32);
  // Three channels are one group of four: one thread has all.
  CHECK(mace::direct_steps(conv(480, 640, 32, 3, 9), 4) == 4);
  // Stride 2 takes them singly: 128 over 4.
  CHECK(mace::direct_steps(conv(240, 320, 64, 128, 3, 2), 4) == 32);
  // Stride 1 by twos: 6 are three groups, one each.
  CHECK(mace::direct_steps(conv(160, 160, 256, 6, 3), 4) == 2);
}

TEST_CASE("work items and waves of a GPU") {
  const mace::GpuShape adreno = mace::gpu_shape("Adreno 640", 2);
  CHECK(adreno.compute_units == 2);
  CHECK(adreno.wave == 64);
  const mace::GpuShape mali = mace::gpu_shape("Mali-G76", 16);
  CHECK(mali.compute_units == 16);
  CHECK(mali.wave == 8);
  CHECK(mali.largest_group == 384);
  // 13 x 13, 1024 -> 1024, 3x3: ceil(13 / 5) = 3 blocks of the width, 256 of the channels.
  const mace::GpuSteps s = mace::gpu_steps(conv(13, 13, 1024, 1024, 3), adreno);
  CHECK(s.in_blocks == 256);
  CHECK(s.out_blocks == 256);
  CHECK(s.width_blocks == 3);
  CHECK(s.items == 256 * 3 * 13);  // 9984 items, 156 waves, 78 on each unit
  CHECK(s.waves == 78);
  CHECK(mace::gpu_steps(conv(13, 13, 1024, 1024, 1), adreno).width_blocks == 4);
  // ceil(1024 / 64) x ceil(ceil(9984 / 1024) / 2) = 16 x 5
  CHECK(mace::waves(9984, 1024, adreno) == 80);
}

TEST_CASE("priors of MACE's kernels give CoDL's published convolutions") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc soc = load_soc(catalog.soc("snapdragon-855"));
  const auto time_ms = [&](const char* runtime, const char* unit, KernelWork work) {
    const Unit& u = soc.unit(soc.unit_by_name(unit, "test"));
    const KernelForm& form = *kernel_form(runtime, u.kind);
    const KernelFit prior(form, prior_coefficients(form));
    const UnitTraits traits = traits_of(soc, u, Precision::fp32);
    work.kind = form.kind_of(work, traits);
    return prior.trend_s(work, traits) * 1e3;
  };
  KernelWork half = conv(112, 112, 32, 64, 3);
  half.out_height = 56;
  half.in_height = 57;
  count_kernel(half);
  const KernelWork pointwise = conv(52, 52, 256, 128, 1);
  struct Published {
    const char *runtime, *unit;
    KernelWork work;
    double ms;
  };
  // Snapdragon 855. Section 3.1: 3x3 112 x 112 x 32 -> 64, half of the rows, beside the other half
  // (so alone it is no slower); 1x1 52 x 52 x 256 -> 128 alone. Figure 5: 3x3, 64 -> 64.
  const std::vector<Published> all{{"mace", "cpu-big", half, 1.95},
                                   {"mace", "gpu", half, 1.89},
                                   {"mace", "cpu-big", pointwise, 1.505},
                                   {"mace", "gpu", pointwise, 1.126},
                                   {"mace", "gpu", conv(256, 256, 64, 64, 3), 21},
                                   {"mace", "gpu", conv(128, 128, 64, 64, 3), 5.6},
                                   {"mace", "gpu", conv(64, 64, 64, 64, 3), 1.7},
                                   {"mace-buffer", "gpu", conv(256, 256, 64, 64, 3), 86},
                                   {"mace-buffer", "gpu", conv(128, 128, 64, 64, 3), 21.5},
                                   {"mace-buffer", "gpu", conv(64, 64, 64, 64, 3), 4.6}};
  double sum = 0;
  for (const Published& p : all) {
    const double ms = time_ms(p.runtime, p.unit, p.work);
    INFO(p.runtime << " " << p.unit << " " << p.work.in_height << ": " << ms << ", " << p.ms);
    CHECK(std::abs(ms / p.ms - 1) <= 0.3);
    sum += std::abs(ms / p.ms - 1);
  }
  CHECK(sum / static_cast<double>(all.size()) <= 0.15);
  CHECK(time_ms("mace", "gpu", half) < 1.89);
}

TEST_CASE("networks that CoDL lists have the multiplications of its lists") {
  struct Listed {
    const char* name;
    double convolutions_g, others_g;
  };
  // Sums over the published lists of convolutions; fully connected 7x7x512 -> 4096 -> 4096 -> 1000;
  // transposed convolutions 120 x 160 x 128 -> 64 and 240 x 320 x 64 -> 32, 3x3 from every pixel.
  const double connected = (7 * 7 * 512. * 4096 + 4096. * 4096 + 4096. * 1000) * 1e-9;
  const double transposed = (120 * 160 * 128. * 64 * 9 + 240 * 320 * 64. * 32 * 9) * 1e-9;
  for (const Listed& listed : {Listed{"codl_retinaface", 92.44, 0},
                               {"codl_yolov2", 15.06, 0},
                               {"codl_vgg16", 15.35, connected},
                               {"codl_posenet", 30.16, 0},
                               {"codl_style", 35.92, transposed}}) {
    INFO(listed.name);
    const ZooNetwork* network = find_network(listed.name);
    REQUIRE(network != nullptr);
    double convolutions = 0, others = 0;
    const Graph graph = network->make();
    for (const Operator& op : graph.operators())
      (op.kind == OpKind::conv ? convolutions : others) += static_cast<double>(op.macs) * 1e-9;
    CHECK(convolutions == Approx(listed.convolutions_g).margin(0.006));
    CHECK(others == Approx(listed.others_g).margin(1e-9));
  }
}
