// Suite cpu-models: are published tables read as written, and refused where they are not?
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "validation/qed_tables.h"
#include "validation/validation.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

fs::path written(const std::string& name, const std::string& text) {
  const fs::path path = fs::temp_directory_path() / ("partita-qed-" + name + ".csv");
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("a table of whole networks is read as published") {
  const QedTable t = read_qed_table(
      written("good",
              "model,FLOPS,size,pixel4|1large1med|float|mean,pixel4|1large1med|float|std,"
              "s10|gpu|quant|mean\n"
              "resnet18,3600000000,46800000,50000.0,500.0,\n"
              "alexnet,1400000000,244000000,,,7000\n"));
  REQUIRE(t.columns.size() == 2);
  CHECK(t.columns[0].soc == "snapdragon-855");
  CHECK(t.columns[0].cores == "1large1med");
  CHECK(t.columns[1].soc == "exynos-9820");
  CHECK(t.columns[1].precision == Precision::int8);
  REQUIRE(t.rows.size() == 2);
  CHECK(t.rows[0].macs == Approx(1.8e9));
  CHECK(t.rows[0].weights == Approx(11.7e6));
  REQUIRE(t.rows[0].cells.size() == 1);
  CHECK(t.rows[0].cells[0].latency_s == Approx(0.05));
  CHECK(*t.rows[0].cells[0].sd_s == Approx(0.0005));
  CHECK(t.rows[1].cells[0].column == 1);
  CHECK_FALSE(t.rows[1].cells[0].sd_s);
}

TEST_CASE("a table with anything else is refused by name") {
  using Catch::Matchers::Contains;
  const auto reading = [](const std::string& name, const std::string& text) {
    return [path = written(name, text)] { read_qed_table(path); };
  };
  CHECK_THROWS_WITH(reading("colour", "model,FLOPS,size,colour\n")(), Contains("\"colour\""));
  CHECK_THROWS_WITH(reading("device", "model,FLOPS,size,pixel9|gpu|float|mean\n")(),
                    Contains("unknown device"));
  CHECK_THROWS_WITH(reading("twice", "model,FLOPS,size,s10|gpu|float|mean\na,2,4,1\na,2,4,1\n")(),
                    Contains(":3") && Contains("twice"));
  CHECK_THROWS_WITH(reading("zero", "model,FLOPS,size,s10|gpu|float|mean\na,2,4,0\n")(),
                    Contains("positive"));
}

TEST_CASE("cores are counted from the fastest cluster") {
  const Soc soc = load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-855"));
  CHECK(qed_cores(soc, "1large", "test") == "prime:1");
  CHECK(qed_cores(soc, "1large1med", "test") == "prime:1 gold:1");
  CHECK(qed_cores(soc, "4small", "test") == "silver:4");
  CHECK_THROWS_AS(qed_cores(soc, "1tiny", "test"), InputError);
}

TEST_CASE("networks left out are told within 4.5 % on every phone, cross-validated") {
  const Catalog catalog(PARTITA_ROOT);
  const SuiteResult result = suite("cpu-models").run(catalog, {});
  std::size_t socs = 0;
  for (const QuantityResult& q : result.results) {
    if (!q.regret) continue;  // One combination of cores alone.
    INFO(q.quantity);
    ++socs;
    CHECK(*q.mape < 0.045);
    CHECK(*q.coverage_90 > 0.85);
    CHECK(*q.mape < 0.2 * *q.plain_mape);
    CHECK(*q.regret < 0.05);
    CHECK(*q.kendall_tau > 0.93);
  }
  CHECK(socs == 14);  // two precisions of six phones, and both together
}
