// TFLite's kernels on CPUs by hand, networks known by their size alone, and the exact end of the
// non-negative fit.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/cost/kernel_fit.h"
#include "sim/cost/kernel_work.h"
#include "sim/cost/size_model.h"

using namespace partita;

namespace {

/// Two threads of 1 MAC a ns each.
UnitTraits two_cores() {
  UnitTraits unit;
  unit.macs_per_s = 2e9;
  unit.clock_hz = 1e9;
  unit.threads = 2;
  return unit;
}

KernelWork work_on(OpKind operation, double in, double out, double size, double window,
                   double groups = 1) {
  KernelWork w;
  w.operation = operation;
  w.in_channels = in, w.out_channels = out, w.groups = groups;
  w.in_height = w.in_width = w.out_height = w.out_width = size;
  w.kernel_h = w.kernel_w = window;
  w.macs = size * size * out * in / groups * window * window;
  w.input_elements = size * size * in;
  w.output_elements = size * size * out;
  w.weight_elements = window * window * in / groups * out + out;
  return w;
}

struct Terms {
  std::string kind;
  std::vector<double> ns;
};

Terms terms_of(KernelWork w) {
  const KernelForm& form = *kernel_form("tflite", UnitKind::cpu);
  const UnitTraits unit = two_cores();
  w.kind = form.kind_of(w, unit);
  const KernelKind& kind = form.kinds()[static_cast<std::size_t>(w.kind)];
  Terms t{kind.name, std::vector<double>(kind.terms.size(), 0)};
  form.terms(w, unit, t.ns);
  for (double& s : t.ns) s *= 1e9;
  return t;
}

}  // namespace

TEST_CASE("convolutions are rounded up to the micro-kernel's tile") {
  // 49 pixels are 9 tiles of 6, 20 channels 3 of 8: 54 x 24 x 10 multiplications, 2 a ns.
  const Terms t = terms_of(work_on(OpKind::conv, 10, 20, 7, 1));
  CHECK(t.kind == "pointwise");
  CHECK(t.ns[0] == Approx(54 * 24 * 10 / 2.0));
  CHECK(t.ns[1] == Approx(490 / 2.0));
  CHECK(t.ns[2] == Approx(980 / 2.0));
  // In bytes: 52 pixels, and 10 channels go in as 12.
  KernelWork bytes = work_on(OpKind::conv, 10, 20, 7, 1);
  bytes.precision = Precision::int8;
  CHECK(terms_of(bytes).ns[0] == Approx(52 * 24 * 12 / 2.0));
  CHECK(terms_of(work_on(OpKind::conv, 16, 16, 7, 3)).kind == "conv");
  CHECK(terms_of(work_on(OpKind::conv, 3, 16, 7, 3)).kind == "stem");
  CHECK(terms_of(work_on(OpKind::conv, 64, 16, 1, 1)).kind == "fully_connected");
}

TEST_CASE("a grouped convolution has one thread") {
  // 49 pixels x 32 channels x 9 taps x 8 channels of the group, 1 a ns
  const Terms t = terms_of(work_on(OpKind::grouped_conv, 32, 32, 7, 3, 4));
  CHECK(t.ns[0] == Approx(49 * 32 * 9 * 8));
  CHECK(t.ns[1] == Approx(49 * 32 * 9));
}

TEST_CASE("depthwise channels beyond whole vectors cost extra") {
  CHECK(terms_of(work_on(OpKind::depthwise_conv, 32, 32, 7, 3, 32)).ns[3] == 0);
  CHECK(terms_of(work_on(OpKind::depthwise_conv, 24, 24, 7, 3, 24)).ns[3] == Approx(49 * 24 / 2.0));
}

TEST_CASE("views of a tensor take no time") {
  CHECK(terms_of(work_on(OpKind::reshape, 8, 8, 7, 1)).ns.empty());
}

TEST_CASE("a network without a graph is told by its relatives") {
  const std::vector<SizedNetwork> measured{{"resnet10", 1e9, 5e6, 0.1},
                                           {"resnet18", 2e9, 10e6, 0.2},
                                           {"regnet2", 1e9, 5e6, 0.4},
                                           {"regnet4", 2e9, 10e6, 0.8}};
  const SizeModel model(measured);
  // As large as one that is known: nearly its time, and four times that in the slow family.
  const KernelEstimate known = model.estimate({"resnet_18", 2e9, 10e6, 0});
  CHECK(known.latency_s == Approx(0.2).epsilon(0.02));
  CHECK(model.estimate({"regnet_4", 2e9, 10e6, 0}).latency_s == Approx(0.8).epsilon(0.02));
  // Nobody's relative: between the families, and unsure.
  const KernelEstimate stranger = model.estimate({"vgg", 2e9, 10e6, 0});
  CHECK(stranger.latency_s == Approx(0.4).epsilon(0.02));  // geometric mean of 0.2 and 0.8
  CHECK(stranger.relative_sd > 5 * known.relative_sd);
  CHECK_THROWS_AS(SizeModel({}), std::invalid_argument);
}

TEST_CASE("a coefficient that would be negative is nothing, and the others know") {
  // Rows of relative error over t = (1, 1): a = (1, 2), b = (2, 1), t = (1, 3). Unbounded: the
  // solution of 1 x + 2 y = 1, 2 x + 1 y = 3 has y = -1/3. With y = 0, rows relative to t are
  // (1, 2/3): x = (1 + 2/3) / (1 + 4/9) = 15/13.
  TrendProblem p;
  p.terms = 2;
  p.design = {1, 2, 2, 1};
  p.measured_s = {1, 3};
  p.relative_sd = {1, 1};
  p.prior = {0, 0};
  p.prior_sd.assign(2, std::numeric_limits<double>::infinity());
  p.huber = std::numeric_limits<double>::infinity();
  const auto x = fit_trend(p);
  CHECK(x[0] == Approx(15.0 / 13));
  CHECK(x[1] == 0);
}
