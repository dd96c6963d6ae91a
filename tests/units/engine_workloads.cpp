// Do requests come as a workload says, and conditions as a timeline says?
#include <catch2/catch.hpp>

#include <cmath>

#include "sim/base/error.h"
#include "sim/engine/conditions.h"
#include "sim/engine/workload.h"

using namespace partita;

namespace {

Workload one(const std::string& arrivals) {
  return parse_workload(
      "title: t\nduration: 1 s\nstreams:\n  a:\n    model: m\n    arrivals: " + arrivals + "\n",
      "w.yaml");
}

std::vector<double> times(const Arrivals& arrivals, std::size_t count, std::uint64_t seed = 1) {
  ArrivalSource source(arrivals, seed);
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(source.next_s());
  return out;
}

Soc phone() {
  Soc soc;
  soc.name = "phone";
  for (const char* name : {"big", "gpu"}) {
    Domain domain;
    domain.name = name;
    domain.opps = {{1e9, {}, {}}, {2e9, {}, {}}};
    soc.domains.push_back(domain);
  }
  Cluster cluster;
  cluster.name = "big";
  cluster.cores = 4;
  soc.clusters = {cluster};
  Unit cpu, gpu;
  cpu.name = "cpu-big";
  gpu.name = "gpu";
  gpu.kind = UnitKind::gpu;
  gpu.domain = make_id<DomainId>(1);
  soc.units = {cpu, gpu};
  return soc;
}

}  // namespace

TEST_CASE("periodic, bursty, recorded and closed arrivals, by hand") {
  CHECK(times(one("{every: 20 ms, offset: 5 ms}").streams[0].arrivals, 3) ==
        std::vector<double>{0.005, 0.025, 0.045});
  const auto burst =
      times(one("{burst: {every: 10 ms, for: 20 ms, pause: 80 ms}}").streams[0].arrivals, 4);
  const std::vector<double> worked{0, 0.01, 0.1, 0.11};  // Two a burst, a burst every 100 ms.
  for (std::size_t i = 0; i < worked.size(); ++i)
    CHECK(burst[i] == Approx(worked[i]).margin(1e-12));
  const auto recorded = times(one("{times: [1 ms, 3 ms]}").streams[0].arrivals, 3);
  CHECK(recorded[1] == 0.003);
  CHECK(std::isinf(recorded[2]));
  CHECK(std::isinf(times(one("{clients: 2}").streams[0].arrivals, 3)[2]));
}

TEST_CASE("Poisson arrivals have their rate and its variance, and the seed decides") {
  const Arrivals arrivals = one("{poisson: 100 Hz}").streams[0].arrivals;
  const auto first = times(arrivals, 20'000), again = times(arrivals, 20'000);
  CHECK(first == again);
  CHECK(first != times(arrivals, 20'000, 2));
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < first.size(); ++i) {
    const double gap = first[i] - first[i - 1];
    sum += gap, squares += gap * gap;
  }
  const double n = static_cast<double>(first.size() - 1), mean = sum / n;
  CHECK(mean == Approx(0.01).epsilon(0.03));  // 4 standard errors of 0.7 %.
  CHECK(squares / n - mean * mean == Approx(1e-4).epsilon(0.1));
}

TEST_CASE("jitter delays, never reorders") {
  const auto late = times(one("{every: 10 ms, jitter: 30 ms}").streams[0].arrivals, 1000);
  for (std::size_t i = 0; i < late.size(); ++i) {
    CHECK(late[i] >= 0.01 * static_cast<double>(i));
    if (i > 0) CHECK(late[i] >= late[i - 1]);
  }
}

TEST_CASE("workloads that are wrong say where and what is known") {
  CHECK_THROWS_WITH(one("{every: 20}"), Catch::StartsWith("w.yaml:6:23: streams.a.arrivals.every"));
  CHECK_THROWS_WITH(one("{every: 20 ms, poisson: 3 Hz}"), Catch::Contains("one way to arrive"));
  CHECK_THROWS_WITH(one("{after: {stream: b}}"), Catch::Contains("unknown stream \"b\""));
  CHECK_THROWS_WITH(one("{after: {stream: a}}"), Catch::Contains("a follows itself"));
  CHECK_THROWS_WITH(one("{sometimes: 3}"), Catch::Contains("sometimes"));
  CHECK_THROWS_WITH(one("{times: [3 ms, 1 ms]}"), Catch::Contains("ascend"));
}

TEST_CASE("a course holds its last value; a periodic one repeats") {
  const Course course(1, {{2, 5}, {4, 0}});
  CHECK(course.at(1.9) == 1);
  CHECK(course.at(2) == 5);
  CHECK(course.at(9) == 0);
  CHECK(course.next_change_s(2) == 4);
  CHECK(std::isinf(course.next_change_s(4)));
  const Course wave(0, {{0, 1}, {3, 0}}, 10);
  CHECK(wave.at(0) == 1);
  CHECK(wave.at(12.9) == 1);
  CHECK(wave.at(13) == 0);
  CHECK(wave.next_change_s(13) == Approx(20));
  CHECK(wave.next_change_s(20) == Approx(23));
}

TEST_CASE("conditions by cluster, accelerator and clock domain") {
  const Soc soc = phone();
  const Conditions c = parse_conditions(R"(title: t
governors: {big: schedutil, others: powersave}
ambient: 35 degC
background: {cpu: 30 %, gpu: {every: 10 ms, for: 4 ms, value: 50 %}}
offline: {big: [{at: 1 s, cores: 2}]}
caps: {cpu: 60 %, gpu: [{at: 2 s, value: 1 GHz}]}
memory: {bandwidth: 2 GB/s}
network: {round_trip: [{at: 1 s, value: 20 ms}]}
failures: [{unit: gpu, operator: softmax, at: 1 s}]
)",
                                        "c.yaml", soc);
  CHECK(c.governors.of(soc.domains[0]).kind == GovernorKind::schedutil);
  CHECK(c.governors.of(soc.domains[1]).kind == GovernorKind::powersave);
  CHECK(c.ambient_c->at(0) == 35);
  CHECK(c.load[0].at(7) == 0.3);
  CHECK(c.load[hardware_index(soc, make_id<UnitId>(1))].at(0.012) == 0.5);
  CHECK(c.offline[0].at(0.5) == 0);
  CHECK(c.offline[0].at(1.5) == 2);
  CHECK(c.cap_hz[0].at(0) == Approx(1.2e9));
  CHECK(std::isinf(c.cap_hz[1].at(1)));
  CHECK(c.memory_bytes_per_s.at(0) == 2e9);
  CHECK(c.round_trip_s.at(0.5) == 0);
  CHECK(c.round_trip_s.at(1.5) == 0.02);
  CHECK(c.failures[0].operator_kind == "softmax");
}

TEST_CASE("conditions that are wrong say where and what is known") {
  const Soc soc = phone();
  const auto read = [&](const std::string& line) {
    parse_conditions("title: t\n" + line + "\n", "c.yaml", soc);
  };
  CHECK_THROWS_WITH(
      read("background: {cpu-big: 30 %}"),
      Catch::Contains("unknown cluster or accelerator \"cpu-big\"; known: cpu, big, gpu"));
  CHECK_THROWS_WITH(read("background: {gpu: {every: 4 ms, for: 5 ms}}"),
                    Catch::Contains("less than `every`"));
  CHECK_THROWS_WITH(read("caps: {npu: 1 GHz}"), Catch::Contains("unknown clock domain \"npu\""));
  CHECK_THROWS_WITH(read("failures: [{unit: gpu, operator: conv9}]"),
                    Catch::Contains("unknown operator \"conv9\""));
  CHECK_THROWS_WITH(read("offline: {big: [{at: 2 s, cores: 1}, {at: 1 s, cores: 0}]}"),
                    Catch::Contains("times must ascend"));
  CHECK_THROWS_WITH(read("weather: 3"), Catch::Contains("weather"));
}
