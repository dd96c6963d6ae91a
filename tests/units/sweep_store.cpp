// Does a database of a sweep keep what was committed, give back what is missing, and refuse what is
// not its own?
#include <catch2/catch.hpp>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "sim/base/error.h"
#include "sim/sweep/store.h"

using namespace partita;
using namespace partita::sweep;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("partita-store-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

Design ten() {
  Axis soc, x;
  soc.name = "soc";
  soc.names = {"a", "b\"c"};
  x.name = "memory.bandwidth";
  x.numbers = {0.5, 1, 2, 4, 8};
  return Design({soc, x}, {});
}

const Identity kPlan{"a plan", "0.1", "0123"};
const std::vector<std::string> kFigures{"latency_s", "energy_j"};

Row row(std::uint64_t point) {
  const auto x = static_cast<double>(point);
  if (point == 3) return {point, "no link, \"none\"", "", {}};
  return {point, "", "GGB", {0.1 * x, point == 4 ? std::nan("") : 1 / (1 + x)}};
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges(
    std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> all) {
  return all;
}

}  // namespace

TEST_CASE("rows come back as they were written, by number, bit by bit") {
  const Folder folder;
  Store store = Store::create(folder.path / "s.sqlite", kPlan, ten(), kFigures, 4);
  CHECK(store.missing() == ranges({{0, 4}, {4, 8}, {8, 10}}));
  store.add({row(9), row(8)});
  store.add(unpack(pack({row(2), row(0), row(3), row(1)}), 2));
  CHECK(store.missing() == ranges({{4, 8}}));
  CHECK(store.done() == 6);
  store.add({row(4), row(5), row(6), row(7)});
  CHECK(store.missing().empty());
  std::uint64_t next = 0;
  store.each([&](const Row& r, std::span<const double> values) {
    const Row wanted = row(next);
    REQUIRE(r.point == next++);
    CHECK(r.reason == wanted.reason);
    CHECK(r.plan == wanted.plan);
    REQUIRE(r.figures.size() == wanted.figures.size());
    for (std::size_t f = 0; f < r.figures.size(); ++f)
      CHECK((r.figures[f] == wanted.figures[f] ||
             (std::isnan(r.figures[f]) && std::isnan(wanted.figures[f]))));
    CHECK(values[0] == static_cast<double>(r.point / 5));
    CHECK(values[1] == std::exp2(static_cast<double>(r.point % 5) - 1));
  });
  CHECK(next == 10);
}

TEST_CASE("a database goes on with what is missing, and is of one plan only") {
  const Folder folder;
  const fs::path file = folder.path / "s.sqlite";
  {
    Store store = Store::resume(file, kPlan, ten(), kFigures, 4);  // None is there: begun.
    store.add({row(4), row(5), row(6), row(7)});
    // All or nothing: 7 is there already.
    CHECK_THROWS_AS(store.add({row(8), row(7)}), InputError);
    CHECK(store.done() == 4);
  }
  Store again = Store::resume(file, kPlan, ten(), kFigures, 999);
  CHECK(again.batch() == 4);  // As it was begun.
  CHECK(again.missing() == ranges({{0, 4}, {8, 10}}));
  CHECK_THROWS_WITH(Store::create(file, kPlan, ten(), kFigures, 4),
                    Catch::Contains("is there already; --resume"));
  for (const Identity& other : {Identity{"b", "0.1", "0123"}, Identity{"a plan", "0.2", "0123"},
                                Identity{"a plan", "0.1", "4567"}})
    CHECK_THROWS_WITH(Store::resume(file, other, ten(), kFigures, 4),
                      Catch::Contains("is of another"));
}

TEST_CASE("what is no database of a sweep is refused") {
  const Folder folder;
  const fs::path text = folder.path / "text";
  std::ofstream(text) << "This is a text, and longer than the header that a database begins with, "
                         "which has one hundred bytes.\n";
  CHECK_THROWS_AS(Store::resume(text, kPlan, ten(), kFigures, 4), InputError);
  CHECK_THROWS_WITH(Store::create(folder.path / "no" / "where", kPlan, ten(), kFigures, 4),
                    Catch::Contains("cannot be opened"));
  CHECK_THROWS(unpack("short", 2));
  CHECK_THROWS(unpack(pack({row(1)}), 3));
  std::string cut = pack({row(1), row(2)});
  cut.pop_back();
  CHECK_THROWS(unpack(cut, 2));
}
