// Does the kernel selection of TFLite's GPU delegate launch what the delegate launches?
#include <catch2/catch.hpp>

#include "sim/cost/tflite_gpu_launch.h"

using namespace partita;

namespace {

UnitTraits gpu(const char* core, int compute_units) {
  UnitTraits t;
  t.unit_kind = UnitKind::gpu;
  t.core = core;
  t.compute_units = compute_units;
  t.macs_per_s = 4e11, t.bytes_per_s = 2e10, t.clock_hz = 6e8, t.dispatch_s = 2e-5;
  return t;
}

/// A square convolution without padding.
KernelWork conv(double in, double size, double out, double kernel, double stride,
                const UnitTraits& unit) {
  KernelWork w;
  w.operation = OpKind::conv;
  w.in_channels = in, w.out_channels = out;
  w.in_height = w.in_width = (size - 1) * stride + kernel;
  w.out_height = w.out_width = size;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.kind = gpu_kernel_kind(w, unit);
  return w;
}

}  // namespace

TEST_CASE("Adreno: blocks by waves for each compute unit, groups by divisors of the slices") {
  const UnitTraits unit = gpu("Adreno 640", 2);
  const KernelWork w = conv(888, 7, 888, 1, 1, unit);
  REQUIRE(w.kind == GpuKernel::conv);
  const GpuLaunch l = gpu_launch(w, unit);
  // 7 x 7 x 222 outputs / 2 / 128 = 42 waves, above 24: blocks of 2 x 2 x 2
  CHECK(l.block() == 8);
  CHECK(l.grid_x == 4);
  CHECK(l.grid_z == 111);
  // largest divisor of 111 up to 64: 37; 256 / 37 = 6 threads of the plane: 4 x 1
  CHECK(l.group_z == 37);
  CHECK(l.group_x == 4);
  CHECK(l.group_y == 1);
  CHECK(l.groups() == 1 * 4 * 3);
  CHECK(l.steps == 222);
}

TEST_CASE("Adreno: a prime number of slices leaves a wave almost empty") {
  const UnitTraits unit = gpu("Adreno 616", 1);
  const KernelWork w = conv(360, 7, 1432, 1, 1, unit);
  const GpuLaunch l = gpu_launch(w, unit);
  CHECK(l.grid_z == 179);  // 358 / 2, a prime
  CHECK(l.group_z == 1);
  CHECK(l.group_threads() == 4 * 2);  // all 4 rows would be one group: halved
  CHECK(l.groups() == 2 * 179);
}

TEST_CASE("Adreno: small weights go to constant memory") {
  const UnitTraits unit = gpu("Adreno 640", 2);
  // 3 x 32 channels x 9 x 2 bytes = 1728 of 3584, 8 slices of 8
  CHECK(conv(3, 112, 32, 3, 2, unit).kind == GpuKernel::constant_conv);
  CHECK(conv(3, 112, 64, 3, 2, unit).kind == GpuKernel::conv);           // 16 slices
  CHECK(conv(96, 56, 24, 1, 1, unit).kind == GpuKernel::conv);           // 4608 bytes
  CHECK(conv(96, 56, 16, 1, 1, unit).kind == GpuKernel::constant_conv);  // 3072
}

TEST_CASE("Mali: Winograd where 16 slices meet 32 tiles") {
  const UnitTraits unit = gpu("Mali-G76 MP12", 12);
  CHECK(conv(64, 28, 64, 3, 1, unit).kind == GpuKernel::winograd);  // 7 x 7 tiles
  CHECK(conv(64, 20, 64, 3, 1, unit).kind == GpuKernel::conv);      // 5 x 5 tiles
  CHECK(conv(60, 28, 64, 3, 1, unit).kind == GpuKernel::conv);      // 15 slices
  CHECK(conv(64, 28, 64, 3, 2, unit).kind == GpuKernel::conv);
}

TEST_CASE("a pooling over the whole map is the reduction kernel") {
  const UnitTraits unit = gpu("Adreno 640", 2);
  KernelWork w = conv(1024, 1, 1024, 7, 1, unit);
  w.operation = OpKind::pool;
  w.kind = gpu_kernel_kind(w, unit);
  REQUIRE(w.kind == GpuKernel::mean);
  const GpuLaunch l = gpu_launch(w, unit);
  // 4 x 4 threads are fewer than a quarter of 256: no joint sum, every thread reads 49 pixels
  CHECK(l.steps == 49);
  CHECK(l.grid_z == 256);
}

TEST_CASE("terms are times at the unit's peak") {
  const UnitTraits unit = gpu("Adreno 640", 2);
  const KernelForm& form = *kernel_form("tflite", UnitKind::gpu);
  const KernelWork w = conv(256, 28, 256, 1, 1, unit);
  std::vector<double> s(form.kinds()[static_cast<std::size_t>(w.kind)].terms.size());
  form.terms(w, unit, s);
  CHECK(s[0] == Approx(2e-5));
  // 28 x 28 pixels in blocks of 2 x 2, 64 slices by 2, 64 steps: nothing is rounded up
  CHECK(s[2] == Approx(28.0 * 28 * 256 * 256 / 4e11));
  CHECK(s[8] == Approx(28.0 * 28 * 256 * 2 / 2e10));  // output in half precision
}
