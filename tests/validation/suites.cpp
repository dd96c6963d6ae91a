// Every suite on the committed measurements: the figures that docs/costs.md states, held.
#include <catch2/catch.hpp>
#include <string>

#include "sim/base/catalog.h"
#include "validation/validation.h"

using namespace partita;

namespace {

/// What a suite must reach, cross-validated; the figures are rounded up from those in the docs.
struct Held {
  std::string suite, quantity;
  double most_mape;
  double least_within_10pct;
};

SuiteResult run(const std::string& name) {
  return suite(name).run(Catalog(PARTITA_ROOT), {});
}

const QuantityResult& find(const SuiteResult& result, const std::string& quantity) {
  for (const QuantityResult& q : result.results)
    if (q.quantity == quantity) return q;
  FAIL(result.suite << " has no " << quantity);
  throw std::logic_error("not reached");
}

void check(const std::vector<Held>& held) {
  const SuiteResult result = run(held.front().suite);
  for (const Held& h : held) {
    const QuantityResult& q = find(result, h.quantity);
    INFO(h.suite << " " << h.quantity);
    CHECK(*q.mape <= h.most_mape);
    CHECK(*q.within_10pct >= h.least_within_10pct);
    CHECK(*q.coverage_90 >= 0.85);
    CHECK(*q.coverage_90 <= 0.95);
    CHECK(*q.mape < *q.plain_mape);
  }
}

}  // namespace

TEST_CASE("operators of TFLite's GPU delegate") {
  check({{"gpu-ops", "latency.snapdragon-855", 0.055, 0.87},
         {"gpu-ops", "latency.snapdragon-710", 0.032, 0.93},
         {"gpu-ops", "latency.exynos-9820", 0.09, 0.69}});
}

TEST_CASE("networks on phone GPUs") {
  check({{"gpu-models", "latency", 0.036, 0.92}});
}

TEST_CASE("networks on phone CPUs") {
  check({{"cpu-models", "latency.fp32", 0.031, 0.94}, {"cpu-models", "latency.int8", 0.033, 0.94}});
}
