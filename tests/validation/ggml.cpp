// ggml's operators on the Galaxy S25: how wrong is the kernel model about shapes it has not seen?
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>

#include "sim/base/catalog.h"
#include "sim/cost/fitted_model.h"
#include "sim/cost/ggml_kernels.h"

using namespace partita;

namespace {

constexpr std::size_t kFolds = 10;
constexpr double kNinety = 1.645;  // 95 % point of the normal distribution

struct Scores {
  std::size_t rows = 0;
  double all = 0, coverage = 0;
  std::map<std::string, double> of;  ///< Mean absolute error, by operator.
};

Scores left_out(std::string_view unit_name) {
  const Catalog catalog(PARTITA_ROOT);
  const Soc soc = load_soc(catalog.soc("snapdragon-8-elite"));
  const Runtime runtime = load_runtime(catalog.runtime("ggml"));
  const auto folder = std::filesystem::path(PARTITA_ROOT) / "traces" / "snapdragon-8-elite";
  const std::vector<Evidence> evidence{load_evidence(folder / "ggml-fp16"),
                                       load_evidence(folder / "ggml-fp32")};
  const Unit& unit = soc.unit(*soc.find_unit(unit_name));
  const KernelForm& form = *kernel_form("ggml", unit.kind);
  UnitMeasurements measured = measurements_of(
      soc, runtime, form, unit, unit.default_precision, evidence,
      [](std::string_view) -> const Graph* { return nullptr; }, RowsOf::unit);
  for (Measurement& m : measured.operators) m.group %= kFolds;  // a group is one (operator, shape)
  const auto estimates = leave_groups_out(form, measured.operators, {});
  Scores scores;
  std::map<std::string, double> rows;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    const double ratio = estimates[i].latency_s / measured.operators[i].latency_s;
    const std::string& name = measured.operator_rows[i]->name;
    scores.of[name] += std::abs(ratio - 1);
    scores.all += std::abs(ratio - 1);
    rows[name] += 1;
    scores.coverage += std::abs(std::log(ratio)) < kNinety * estimates[i].relative_sd ? 1 : 0;
  }
  for (auto& [name, sum] : scores.of) sum /= rows[name];
  scores.rows = estimates.size();
  scores.all /= static_cast<double>(scores.rows);
  scores.coverage /= static_cast<double>(scores.rows);
  return scores;
}

KernelWork fully_connected(double rows, double depth, double columns, Precision precision) {
  KernelWork w;
  w.operation = OpKind::fully_connected;
  w.precision = precision;
  w.in_channels = depth, w.out_channels = columns;
  w.in_height = w.out_height = rows;
  count_kernel(w);
  return w;
}

std::vector<double> terms_of(const KernelForm& form, KernelWork& work, const UnitTraits& unit) {
  work.kind = form.kind_of(work, unit);
  std::vector<double> seconds(form.kinds()[static_cast<std::size_t>(work.kind)].terms.size());
  form.terms(work, unit, seconds);
  return seconds;
}

}  // namespace

TEST_CASE("ggml on the CPU: shapes left out are told within 20 %, cross-validated") {
  // Measured 2026-11-21: 19.8 %; matmul 27.8 (its rows of one token were disturbed),
  // attention 12.6, softmax 12.0, rope 25.4, copy 27.0, add 9.5 (two rows), sum 55 (three); in the
  // intervals 90.6 %. With what the tables leave out, as no network here has it, 28.6 %.
  Scores s = left_out("cpu-big");
  CHECK(s.rows == 85);
  CHECK(s.all == Approx(0.20).margin(0.03));
  CHECK(s.of["mul-mat"] < 0.33);
  CHECK(s.of["flash-attn-ext"] < 0.17);
  CHECK(s.of["soft-max"] < 0.16);
  CHECK(s.of["rope"] < 0.31);
  CHECK(s.coverage >= 0.85);
  CHECK(s.coverage <= 0.95);
}

TEST_CASE("ggml on the GPU: shapes left out are told within 12 %, cross-validated") {
  // Measured 2026-11-21: 12.3 %; matmul 19.3, attention 16.4, softmax 8.6, rope 4.9, add 30 (two
  // rows), sum 18 (three); in the intervals 92.5 %.
  // With what the tables leave out 17.7 %.
  Scores s = left_out("gpu");
  CHECK(s.rows == 80);
  CHECK(s.all == Approx(0.123).margin(0.03));
  CHECK(s.of["mul-mat"] < 0.24);
  CHECK(s.of["flash-attn-ext"] < 0.21);
  CHECK(s.of["soft-max"] < 0.12);
  CHECK(s.of["rope"] < 0.08);
  CHECK(s.coverage >= 0.85);
  CHECK(s.coverage <= 0.95);
}

TEST_CASE("ggml's products count whole tiles on the GPU, and nothing but the work on the CPU") {
  UnitTraits unit;
  unit.macs_per_s = 1e9, unit.bytes_per_s = 1e9, unit.clock_hz = 1e9, unit.threads = 1;
  const KernelForm& gpu = *kernel_form("ggml", UnitKind::gpu);
  // 65 tokens are two tiles of 64, 100 results two: 128 x 128 x 10 MACs at 1e9 a second.
  KernelWork w = fully_connected(65, 10, 100, Precision::fp16);
  CHECK(terms_of(gpu, w, unit)[0] == Approx(163840e-9));
  // One token has a kernel of its own: 100 x 10 MACs.
  KernelWork one = fully_connected(1, 10, 100, Precision::fp16);
  CHECK(terms_of(gpu, one, unit)[0] == Approx(1000e-9));
  CHECK(one.kind == ggml::vector);
  // 65 x 100 x 10 MACs; 100 x (10 + 1) weights of 4 bytes.
  KernelWork single = fully_connected(65, 10, 100, Precision::fp32);
  const auto cpu = terms_of(*kernel_form("ggml", UnitKind::cpu), single, unit);
  CHECK(cpu[0] == Approx(65000e-9));
  CHECK(cpu[2] == Approx(4400e-9));
  CHECK(single.kind == ggml::product_fp32);
}

TEST_CASE("ggml sees heads and depth in either layout of a product") {
  // 12 heads of 384 x 64 by 64 x 384, as 1 x 12 x 384 x 64: heads in the channels.
  KernelWork w;
  w.operation = OpKind::matmul;
  w.in_channels = w.out_channels = 12;
  w.in_height = w.out_height = 384;
  w.in_width = 64, w.out_width = 384;
  w.output_elements = 12.0 * 384 * 384;
  w.macs = w.output_elements * 64;
  const ggml::Product p = ggml::product_of(w);
  CHECK(p.batch == 12);
  CHECK(p.rows == 384);
  CHECK(p.columns == 384);
  CHECK(p.depth == 64);
  CHECK(p.weights == 12 * 64 * 384);
}

TEST_CASE("ggml's attention keeps its four projections apart from its scores") {
  // 197 tokens of 768, 12 heads of 64: 4 x 768^2 weights; 197 x 4 x 768^2 and 2 x 197^2 x 768 MACs.
  KernelWork w;
  w.operation = OpKind::attention;
  w.groups = 12;
  w.in_channels = w.out_channels = 768;
  w.in_height = w.out_height = 197;
  w.weight_elements = 4.0 * 768 * 768;
  const double projections = 197 * 4.0 * 768 * 768, scores = 2.0 * 197 * 197 * 768;
  w.macs = projections + scores;
  const ggml::Attended a = ggml::attended_of(w);
  CHECK(a.size == Approx(64));
  CHECK(a.keys == Approx(197));
  CHECK(a.projections == Approx(projections));
  CHECK(a.scores == Approx(scores));
}
