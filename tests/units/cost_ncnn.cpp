#include <catch2/catch.hpp>

#include "sim/cost/core_types.h"
#include "sim/cost/ncnn_fit.h"

using namespace partita;

namespace {

double of(const NcnnCounts& counts, NcnnWork work) {
  return counts[static_cast<std::size_t>(work)];
}

const char* const kThree = R"(
network: three
operators:
  - {name: in, kind: input, shape: 1x16x14x14}
  - {name: a, kind: conv, in: [in], channels: 32, kernel: 3, pad: 1}
  - {name: b, kind: conv, in: [a], channels: 30, kernel: 1}
  - {name: c, kind: conv, in: [b], channels: 8, kernel: 3, pad: 1, stride: 2}
)";

NcnnSoc phone() {
  return {"phone",
          {{find_core_type("Cortex-A76"), 2e9, 2}, {find_core_type("Cortex-A55"), 1.5e9, 4}},
          30e9,
          GpuFamily::mali,
          100e9};
}

}  // namespace

TEST_CASE("ncnn selects kernels by shape") {
  const NcnnCounts counts = ncnn_counts(parse_graph_yaml(kThree, "three"));
  // 14 x 14 in tiles of 6 x 6: 3 x 3 tiles of 8 x 8 points, each 16 x 32 multiplications.
  CHECK(of(counts, NcnnWork::winograd) == 9 * 64 * 16 * 32);
  CHECK(of(counts, NcnnWork::winograd_memory) == 9 * 64 * (16 + 32));
  // 196 pixels, 32 channels in, 30 padded to packs of 4 out.
  CHECK(of(counts, NcnnWork::pointwise) == 196 * 32 * 32);
  // Stride 2: over patches, 7 x 7 pixels of 3 x 3 x 32 (30 padded) into 8 channels.
  CHECK(of(counts, NcnnWork::convolution) == 49 * 9 * 32 * 8);
  CHECK(of(counts, NcnnWork::convolution_layer) == 3);
  CHECK(of(counts, NcnnWork::layer) == 0);
}

TEST_CASE("ncnn selects other kernels on GPUs") {
  const NcnnCounts counts = ncnn_counts(parse_graph_yaml(kThree, "three"), true);
  // Tiles of 4 x 4: 4 x 4 of them with 6 x 6 points; of 16 x 32 channels (the least 16) the deep
  // share is 16 / (16 + 128).
  const double products = 16 * 36 * 16 * 32;
  CHECK(of(counts, NcnnWork::gpu_deep_winograd) == Approx(products / 9));
  CHECK(of(counts, NcnnWork::winograd) == Approx(products * 8 / 9));
  CHECK(of(counts, NcnnWork::patches) == 0);
  CHECK(of(counts, NcnnWork::convolution) == 49 * 9 * 32 * 8);
  const char* const grouped = R"(
network: grouped
operators:
  - {name: in, kind: input, shape: 1x16x14x14}
  - {name: a, kind: grouped_conv, in: [in], channels: 32, kernel: 3, pad: 1, groups: 2}
)";
  // One launch for both groups: 196 pixels of 3 x 3 x 8 x 16, twice.
  const NcnnCounts groups = ncnn_counts(parse_graph_yaml(grouped, "grouped"), true);
  CHECK(of(groups, NcnnWork::gpu_grouped) == 196 * 9 * 8 * 16 * 2);
  CHECK(of(groups, NcnnWork::group_call) == 0);
  CHECK(of(groups, NcnnWork::winograd) == 0);
}

TEST_CASE("core types are found in the names of descriptions") {
  CHECK(find_core_type("Cortex-A76 (Kryo 485 Gold)")->macs_per_cycle == 8);
  CHECK(find_core_type("cortex a53")->in_order);
  CHECK(find_core_type("Cortex-A78AE")->name == "Cortex-A78AE");
  CHECK(find_core_type("Kryo485")->half);
  CHECK(find_core_type("Cortex-A7") == nullptr);
}

TEST_CASE("threads run on the cores that ncnn's powersave names") {
  const NcnnUnit big = ncnn_unit(phone(), false, NcnnCores::big, 2, "2024-01-01");
  CHECK(big.running == 2);
  CHECK(big.core_peak == Approx(8 * 2e9));
  CHECK_FALSE(big.mixed);
  const NcnnUnit crowd = ncnn_unit(phone(), false, NcnnCores::big, 4, "2024-01-01");
  CHECK(crowd.running == 2);
  CHECK(crowd.over == Approx(1));  // 2 threads too many on 2 cores
  const NcnnUnit all = ncnn_unit(phone(), false, NcnnCores::all, 6, "2021-01-01");
  CHECK(all.core_peak == Approx(4 * 1.5e9));  // the slowest ends the loop
  CHECK(all.mixed);
  CHECK(all.era == 0);
  CHECK(ncnn_unit(phone(), false, NcnnCores::little, 4, "2022-01-01").in_order);
}

TEST_CASE("coefficients that made the times are found again, and carried to a like place") {
  // Three networks' counts from two kinds of work; the place takes twice and three times the peak.
  const NcnnUnit unit = ncnn_unit(phone(), false, NcnnCores::big, 2, "2024-01-01");
  const std::vector<NcnnPlace> places{{"phone", unit}, {"other", unit}};
  const auto counts = [](double pointwise, double moved) {
    NcnnCounts c{};
    c[static_cast<std::size_t>(NcnnWork::pointwise)] = pointwise;
    c[static_cast<std::size_t>(NcnnWork::move)] = moved;
    return c;
  };
  std::vector<NcnnRun> runs;
  const auto time = [&](const NcnnCounts& c) {
    double best = 0;
    const NcnnSeconds seconds = ncnn_seconds(c, unit);
    for (const double s : seconds) best += s;
    return 2 * best;
  };
  for (std::size_t i = 0; i < 6; ++i) {
    const NcnnCounts c = counts(1e8 * static_cast<double>(i + 1), 1e6 * static_cast<double>(7 - i));
    runs.push_back({0, c, time(c), i});
  }
  const NcnnFit fit(places, runs);
  const NcnnCounts fresh = counts(2.5e8, 2.5e6);
  CHECK(fit.measured(0));
  CHECK_FALSE(fit.measured(1));
  CHECK(fit.estimate(0, fresh).latency_s == Approx(time(fresh)).epsilon(0.03));
  CHECK(fit.estimate(1, fresh).latency_s == Approx(time(fresh)).epsilon(0.12));
  CHECK(fit.estimate(1, fresh).relative_sd > fit.estimate(0, fresh).relative_sd);
  CHECK_THROWS_AS(NcnnFit(places, std::vector<NcnnRun>{}), std::invalid_argument);
}
