// Tuned TVM kernels on Adreno: are the tables read as written, does the fit find a law that it is
// shown, and are the suite's figures what the documentation says?
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "sim/base/error.h"
#include "validation/tvm_tables.h"
#include "validation/validation.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

const std::string kHeader =
    "soc,task,dtype,input_shape,weight_shape,strides,pad,dilation,macs,best_ms,n_records,models\n";

fs::path written(const std::string& name, const std::string& text) {
  const fs::path path = fs::temp_directory_path() / ("partita-adreno-" + name + ".csv");
  std::ofstream(path) << text;
  return path;
}

TvmKernel convolution(double in, double out, double size, double window) {
  TvmKernel k;
  k.in_channels = in;
  k.out_channels = out;
  k.in_height = k.in_width = k.out_height = k.out_width = size;
  k.kernel_h = k.kernel_w = window;
  return k;
}

}  // namespace

TEST_CASE("a table of tuned kernels is read as published") {
  const TvmTables t = read_tvm_file(written(
      "kernels",
      kHeader +
          // 3x3, stride 2, padded by one below and right: (224 + 1 - 3) / 2 + 1 = 112
          "SD888_Adreno660(2022 "
          "logs),conv2d_nchwc.image2d,float16,1x3x224x224,32x3x3x3,2x2,0x0x1x1,"
          "1x1,10838016,0.25,1,a\n"
          // blocks of four channels: 128 x 4 = 512 in, 256 x 4 = 1024 out
          "SD8Gen1_Adreno730,conv2d_nchwc_acc32.image2d,float16,1x128x7x7x4,256x512x1x1x4,1x1,"
          "0x0x0x0,1x1,,0.3,1,a\n"
          "SD8Gen2_Adreno740,depthwise_conv2d_nhwc.image2d,float32,1x65x65x384,3x3x384x1,1x1,"
          "2x2x2x2,"
          "2x2,14601600,0.5,1,b\n"
          "SD888_Adreno660(2022 logs),conv2d_nchw_spatial_pack.mali,float16,1x8x4x4,8x8x1x1,1x1,"
          "0x0x0x0,1x1,,9,1,a\n"
          "SD888_Adreno660(2022 "
          "logs),conv2d_nchw_winograd.image2d,float16,1x64x56x56,64x64x3x3,1x1,"
          "1x1x1x1,1x1,,1,1,n_float16\n"
          "SD888_Adreno660(2022 "
          "logs),conv2d_nchw_winograd.image2d,float16,1x64x56x56,64x64x3x3,1x1,"
          "1x1x1x1,1x1,,2,1,n\n"));
  REQUIRE(t.kernels.size() == 5);
  CHECK(t.dropped == 1);
  CHECK(t.kernels[0].soc == "snapdragon-888");
  CHECK(t.kernels[0].kernel.out_width == 112);
  CHECK(t.kernels[0].kernel.macs() == 10838016);
  CHECK(t.kernels[1].kernel.in_channels == 512);
  CHECK(t.kernels[1].kernel.out_channels == 1024);
  CHECK(t.kernels[1].kernel.numbers == TvmNumbers::mixed);
  CHECK(t.kernels[2].soc == "snapdragon-8-gen-2");
  CHECK(t.kernels[2].kernel.out_height == 65);  // 65 + 4 - 2 x 2 - 1 + 1
  CHECK(t.kernels[2].kernel.macs() == 14601600);
  // The pair: one is named fp16, so the other sums in fp32.
  CHECK(t.kernels[3].kernel.numbers == TvmNumbers::half);
  CHECK(t.kernels[4].kernel.numbers == TvmNumbers::mixed);
  CHECK(t.kernels[4].numbers_known);
}

TEST_CASE("a table that is something else is refused") {
  CHECK_THROWS_AS(read_tvm_file(written("other", "a,b\n1,2\n")), InputError);
  CHECK_THROWS_AS(
      read_tvm_file(written("shape", kHeader + "SD888_A,conv2d_nchwc.image2d,float16,1x3x8,8x3x1x1,"
                                               "1x1,0x0x0x0,1x1,,0.1,1,a\n")),
      InputError);
  CHECK_THROWS_AS(
      read_tvm_file(written("time", kHeader + "SD888_A,conv2d_nchwc.image2d,float16,1x4x8x8,"
                                              "8x4x1x1,1x1,0x0x0x0,1x1,,0,1,a\n")),
      InputError);
}

TEST_CASE("winograd serves square windows of stride one") {
  TvmKernel k = convolution(64, 64, 56, 3);
  CHECK(tvm_winograd_serves(k));
  k.stride = 2;
  CHECK_FALSE(tvm_winograd_serves(k));
  CHECK_FALSE(tvm_winograd_serves(convolution(64, 64, 56, 1)));
}

TEST_CASE("the fit finds the law it is shown, and scales it to an unmeasured device") {
  // 6 x the time at the peak, and 8 us: what the fit expects of direct convolutions.
  constexpr double kPeak = 1e12;
  const auto law = [](const TvmKernel& k) { return 6 * k.macs() / kPeak + 8e-6; };
  std::vector<TvmMeasurement> measured;
  for (const double channels : {64., 128., 256., 512.})
    for (const double size : {14., 28., 56.})
      for (const double window : {3., 5.}) {
        const TvmKernel k = convolution(channels, channels, size, window);
        measured.push_back({k, 0, law(k)});
      }
  const TvmGpuFit fit({{kPeak, kPeak / 2}, {2 * kPeak, kPeak}}, measured);
  const TvmKernel unseen = convolution(192, 192, 28, 3);
  const KernelEstimate own = fit.predict(unseen, 0), other = fit.predict(unseen, 1);
  CHECK(own.latency_s == Approx(law(unseen)).epsilon(0.1));
  // Twice the peak: half the time, but for the launch and what a work item does one by one.
  CHECK(other.latency_s / own.latency_s == Approx(0.5).margin(0.1));
  CHECK(other.relative_sd > own.relative_sd);
}

TEST_CASE("the suite's cross-validated figures are those of the documentation") {
  const SuiteResult result = suite("adreno-ops").run(Catalog(PARTITA_ROOT), {});
  const auto quantity = [&](const std::string& name) {
    for (const QuantityResult& q : result.results)
      if (q.quantity == name) return q;
    FAIL("no quantity " << name);
    return QuantityResult{};
  };
  const QuantityResult kernels = quantity("operators.unseen-network");
  CHECK(kernels.n == 1595);
  CHECK(*kernels.mape < 0.15);
  CHECK(*kernels.mape < *kernels.plain_mape);
  CHECK(*kernels.coverage_90 > 0.85);
  CHECK(*kernels.coverage_90 < 0.95);
  const QuantityResult networks = quantity("networks");
  CHECK(networks.n == 30);
  CHECK(*networks.mape < 0.12);
  CHECK(*networks.coverage_90 >= 0.85);
}
