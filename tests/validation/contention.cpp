// Suite contention on the committed matrix, and what it takes from outside.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/engine/contention.h"
#include "validation/contention_data.h"
#include "validation/validation.h"

using namespace partita;

namespace {

const std::filesystem::path kTable =
    std::filesystem::path(PARTITA_ROOT) / "validation/contention/jetson-agx-xavier-gpu.csv";

std::string temporary(const std::string& content) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("contention-" + std::to_string(std::hash<std::string>()(content)));
  write_file(path, content);
  return path.string();
}

std::string refusal(const std::string& content) {
  try {
    fit_contention(read_contention(temporary(content)), "file");
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("contention: half of the columns predict the other half within 5 %") {
  const SuiteResult result = suite("contention").run(Catalog(PARTITA_ROOT), {});
  REQUIRE(result.results.size() == 3);
  const QuantityResult& columns = result.results[0];
  CHECK(columns.quantity == "bandwidth.other-columns");
  CHECK(columns.n == 100);
  CHECK(*columns.mape <= 0.023);
  CHECK(*columns.plain_mape > 0.2);
  CHECK(*result.results[1].mape <= 0.006);
  CHECK(*result.results[2].mape <= 0.023);
}

TEST_CASE("contention: the fitted curve has PCCS's regions") {
  const auto cells = read_contention(kTable);
  REQUIRE(cells.size() == 100);
  CHECK(cells[0].own == 9.3e9);
  CHECK(cells[99].external == 127.4e9);
  const ContentionCurve curve = fit_contention(cells, "table");
  // Rows up to 37.6 GB/s lose 4 % at most in the table, rows above a fifth and more.
  CHECK(curve.normal_limit_bytes_per_s > 37e9);
  CHECK(curve.normal_limit_bytes_per_s < 46e9);
  CHECK(curve.minor_loss < 0.05);
  // Nearly no loss below 30 % of 137 GB/s, whatever the others do.
  CHECK(attained_bytes_per_s(curve, 41e9, 137e9) > 0.93 * 41e9);
  // A floor above: from 60 GB/s on the others take no more than the minor loss.
  const double floor = attained_bytes_per_s(curve, 93.1e9, 60e9);
  CHECK(attained_bytes_per_s(curve, 93.1e9, 127.4e9) > 0.97 * floor);
  CHECK(floor == Approx(50e9).epsilon(0.05));  // 50.9 and 49.9 measured
}

TEST_CASE("contention: a curve's own cells give it back") {
  const ContentionCurve truth{30e9, 0.04, 100e9, 60e9, 0.4};
  std::vector<ContentionCell> cells;
  for (double own = 10e9; own <= 90e9; own += 10e9)
    for (double external = 10e9; external <= 100e9; external += 10e9)
      cells.push_back({own, external, attained_bytes_per_s(truth, own, external)});
  const ContentionCurve found = fit_contention(cells, "made");
  CHECK(found.normal_limit_bytes_per_s == Approx(30e9).epsilon(0.01));
  CHECK(found.minor_loss == Approx(0.04).epsilon(0.05));
  CHECK(found.balance_external_bytes_per_s == Approx(60e9).epsilon(0.01));
  CHECK(found.floor_share == Approx(0.4).epsilon(0.01));
}

TEST_CASE("contention: a matrix as published reads as our table does") {
  const auto cells =
      read_contention(temporary("3\n10 20 30\n3\n5 6.5 7\n\n9\t8\t7\n18\t17\t16\n27\t26\t25\n"));
  REQUIRE(cells.size() == 9);
  CHECK(cells[4].own == 20e9);
  CHECK(cells[4].external == 6.5e9);
  CHECK(cells[4].attained == 17e9);
  ValidateOptions outside;
  outside.data = kTable;
  const SuiteResult result = suite("contention").run(Catalog(PARTITA_ROOT), outside);
  CHECK(result.results[0].n == 100);
  CHECK(*result.results[0].mape <= 0.021);  // the curve in socs/, fitted to these
}

TEST_CASE("contention: wrong measurements are refused with their place") {
  CHECK_THAT(refusal(""), Catch::Contains("ends where the number of own demands is expected"));
  CHECK_THAT(refusal("2.5\n1 2\n"), Catch::Contains("2.5 is not a count"));
  CHECK_THAT(refusal("1\n5\n2\n1 2\n5\n"), Catch::Contains("ends where a bandwidth is expected"));
  CHECK_THAT(refusal("1\n5\n2\n1 2\n5 4 3\n"), Catch::Contains(":5: more numbers"));
  CHECK_THAT(refusal("1\n5\n2\n1 2\n5 x\n"), Catch::Contains(":5: a bandwidth"));
  CHECK_THAT(refusal("1\n5\n2\n1 2\n5 -1\n"), Catch::Contains(":5: demands"));
  CHECK_THAT(refusal("1\n5\n2\n1 2\n5 4\n"), Catch::Contains("three own demands"));
  CHECK_THAT(refusal("own_gb_per_s,external_gb_per_s\n1,2\n"),
             Catch::Contains("attained_gb_per_s"));
}
