// Are the points of a design those it promises, and is what a sweep says of them right?
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "sim/base/error.h"
#include "sim/sweep/design.h"
#include "sim/sweep/summary.h"

using namespace partita;
using namespace partita::sweep;

namespace {

Axis names(std::string name, std::vector<std::string> levels) {
  Axis axis;
  axis.name = std::move(name);
  axis.names = std::move(levels);
  return axis;
}

Axis range(std::string name, double from, double to, bool log, int steps = 0) {
  Axis axis;
  axis.name = std::move(name);
  axis.range = Range{from, to, log, steps};
  return axis;
}

std::vector<std::vector<double>> points_of(const Design& design) {
  std::vector<std::vector<double>> points;
  for (std::uint64_t i = 0; i < design.size(); ++i) {
    points.emplace_back(design.axes().size());
    design.point(i, points.back());
  }
  return points;
}

}  // namespace

TEST_CASE("a grid: every combination, the last axis fastest, ends exact") {
  const Design design({names("soc", {"a", "b"}), range("f", 0.25, 4, true, 5)}, {});
  REQUIRE(design.size() == 10);
  const auto points = points_of(design);
  const std::vector<double> steps{0.25, 0.5, 1, 2, 4};
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(points[i][0] == static_cast<double>(i / 5));
    CHECK(points[i][1] == Approx(steps[i % 5]).epsilon(1e-14));
  }
  CHECK(points[4][1] == 4);
  CHECK_THROWS(Design({names("soc", {})}, {}));
  const auto wide = range("x", 0, 1, false, 100'000);
  CHECK_THROWS(Design({wide, wide}, {}));
}

TEST_CASE("a permutation is one, for every size") {
  for (std::uint64_t count = 1; count < 300; ++count) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < count; ++i) seen.insert(permuted(i, count, 7));
    REQUIRE(seen.size() == count);
    REQUIRE(*seen.rbegin() == count - 1);
  }
  // And mixes: of 1,000 values about one stays where it was.
  int fixed = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) fixed += permuted(i, 1000, 3) == i ? 1 : 0;
  CHECK(fixed < 10);
}

TEST_CASE("a Latin hypercube has one point in each stratum of every axis") {
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 20; ++trial) {
    DesignOptions options{DesignKind::latin_hypercube, 1 + random() % 500, random(), 1};
    const Design design({range("x", 0, 1, false), range("y", 1, 16, true), names("z", {"a", "b"})},
                        options);
    const auto points = points_of(design);
    const auto n = static_cast<double>(options.points);
    std::set<int> x, y;
    double a = 0;
    for (const auto& p : points) {
      x.insert(static_cast<int>(p[0] * n));
      y.insert(static_cast<int>(std::log(p[1]) / std::log(16) * n));
      a += p[2] == 0 ? 1 : 0;
    }
    REQUIRE(x.size() == options.points);
    REQUIRE(y.size() >= options.points - 1);  // A logarithm may round across a border.
    REQUIRE(std::abs(a - n / 2) <= 1);        // Levels of a list are strata, too.
  }
}

TEST_CASE("of several Latin hypercubes the one whose nearest points are farthest apart") {
  const auto nearest = [](const Design& design) {
    const auto points = points_of(design);
    double least = 1e9;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        least =
            std::min(least, std::hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]));
    return least;
  };
  const std::vector<Axis> axes{range("x", 0, 1, false), range("y", 0, 1, false)};
  int better = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    DesignOptions options{DesignKind::latin_hypercube, 30, seed, 1};
    const double one = nearest(Design(axes, options));
    options.draws = 25;
    const Design drawn(axes, options);
    REQUIRE(nearest(drawn) >= one);
    better += nearest(drawn) > one ? 1 : 0;
    REQUIRE(points_of(drawn) == points_of(Design(axes, options)));
  }
  CHECK(better >= 9);
}

TEST_CASE("random points: their own by seed, even over a range") {
  DesignOptions options{DesignKind::random, 20'000, 5, 1};
  const Design design({range("x", 2, 6, false), names("z", {"a", "b", "c", "d"})}, options);
  double sum = 0;
  std::vector<int> counts(4);
  for (const auto& p : points_of(design)) {
    REQUIRE((p[0] >= 2 && p[0] < 6));
    sum += p[0];
    ++counts[static_cast<std::size_t>(p[1])];
  }
  // Mean 4, standard deviation 4 / sqrt(12 n) = 0.008; 5,000 a level with sd 61.
  CHECK(std::abs(sum / 20'000 - 4) < 0.04);
  for (const int count : counts) CHECK(std::abs(count - 5000) < 300);
  options.seed = 6;
  std::vector<double> a(2), b(2);
  design.point(17, a);
  Design({range("x", 2, 6, false), names("z", {"a", "b", "c", "d"})}, options).point(17, b);
  CHECK(a[0] != b[0]);
}

TEST_CASE("best points, front and effects are those of a look at every point") {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 50; ++trial) {
    const Design design({names("z", {"a", "b", "c"}), range("x", 1, 4, true, 7)}, {});
    const std::vector<Figure> figures{{"latency_s"}, {"energy_j"}, {"rate_per_s", true}};
    Summarizer summarizer(design, figures, 1, 4, {0, 2});
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < design.size(); ++i) {
      Row row{i, random() % 8 == 0 ? "no link" : "", "", {}};
      // Small whole numbers: many are equal.
      if (row.reason.empty())
        for (int f = 0; f < 3; ++f) row.figures.push_back(static_cast<double>(random() % 6));
      std::vector<double> values(2);
      design.point(i, values);
      summarizer.take(row, values);
      rows.push_back(row);
    }
    const Summary summary = summarizer.finish();
    std::vector<Row> ran;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(ran),
                 [](const Row& r) { return r.reason.empty(); });
    REQUIRE(summary.ran == ran.size());
    REQUIRE(
        (ran.size() == rows.size() || summary.reasons.at("no link") == rows.size() - ran.size()));
    auto sorted = ran;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Row& a, const Row& b) { return a.figures[1] < b.figures[1]; });
    REQUIRE(summary.best.size() == std::min<std::size_t>(4, ran.size()));
    for (std::size_t i = 0; i < summary.best.size(); ++i)
      REQUIRE(summary.best[i].row.point == sorted[i].point);
    // Every point is on the front or no better than one that is; none on it beats another.
    const auto no_worse = [](const Row& a, const Row& b) {
      return a.figures[0] <= b.figures[0] && a.figures[2] >= b.figures[2];
    };
    for (const Row& row : ran)
      REQUIRE(std::any_of(summary.front.begin(), summary.front.end(),
                          [&](const Kept& k) { return no_worse(k.row, row); }));
    for (const Kept& a : summary.front)
      for (const Kept& b : summary.front)
        REQUIRE((a.row.point == b.row.point || !no_worse(a.row, b.row)));
    for (std::size_t level = 0; level < 3; ++level) {
      double sum = 0, least = 1e9, most = -1;
      std::uint64_t count = 0;
      for (const Row& row : ran)
        if (row.point / 7 == level) {
          sum += row.figures[1];
          least = std::min(least, row.figures[1]);
          most = std::max(most, row.figures[1]);
          ++count;
        }
      const Effect& effect = summary.effects[0][level];
      REQUIRE(effect.points == count);
      if (count == 0) continue;
      REQUIRE(effect.mean == Approx(sum / static_cast<double>(count)));
      REQUIRE((effect.least == least && effect.most == most));
    }
    REQUIRE(summary.effects[1].size() == 7);
  }
}

TEST_CASE("figures go by the beginning of their names") {
  const std::vector<Figure> figures{{"energy_j"}, {"energy_per_inference_j"}, {"latency_s"}};
  CHECK(figure_by_name(figures, "latency", "") == 2);
  CHECK(figure_by_name(figures, "energy", "") == 0);
  CHECK(figure_by_name(figures, "energy_per_inference_j", "") == 1);
  CHECK_THROWS_AS(figure_by_name(figures, "late", "--by"), InputError);
}
