// Is a device's recording read as what it says, in each of its forms?
#include <catch2/catch.hpp>

#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/engine/device_trace.h"

using namespace partita;

namespace {

Soc phone() {
  Soc soc;
  soc.name = "phone";
  for (auto [name, ghz] :
       {std::pair{"big", 2.0}, std::pair{"little", 1.5}, std::pair{"gpu", 0.8}}) {
    Domain domain;
    domain.name = name;
    domain.opps = {{0.5e9, {}, {}}, {ghz * 1e9, {}, {}}};
    soc.domains.push_back(domain);
  }
  Cluster big, little;
  big.name = "big";
  big.cores = 2;
  little.name = "little";
  little.cores = 4;
  little.domain = make_id<DomainId>(1);
  soc.clusters = {big, little};
  Unit gpu;
  gpu.name = "gpu";
  gpu.kind = UnitKind::gpu;
  gpu.domain = make_id<DomainId>(2);
  soc.units = {gpu};
  return soc;
}

DeviceTrace read(const std::string& text, const char* name = "trace") {
  const auto path = std::filesystem::temp_directory_path() / (std::string("partita_") + name);
  write_file(path, text);
  const DeviceTrace trace = load_device_trace(path, phone());
  std::filesystem::remove(path);
  return trace;
}

}  // namespace

TEST_CASE("our CSV: clocks, loads, ambient; other columns are left out") {
  const DeviceTrace t = read(
      "at_s,big_hz,gpu_load,ambient_c,power_w\n10,2e9,0,25,1\n11,5e8,0.5,30,1\n12,5e8,0.25,30,1\n");
  CHECK(t.duration_s == 2);  // The recording begins at its first line.
  CHECK(t.conditions.cap_hz[0].at(0.5) == 2e9);
  CHECK(t.conditions.cap_hz[0].at(1.5) == 5e8);
  CHECK(t.conditions.load[2].at(1) == 0.5);
  CHECK(t.conditions.load[2].at(9) == 0.25);
  CHECK(t.conditions.ambient_c->at(1) == 30);
}

TEST_CASE("ftrace text: cpu numbers count from the little cores up") {
  const DeviceTrace t = read(
      "# tracer: nop\n"
      "  swapper-0 [001] d..2 100.500000: cpu_frequency: state=1500000 cpu_id=3\n"
      "  swapper-0 [004] d..2 101.000000: cpu_frequency: state=2000000 cpu_id=4\n"
      "  kworker-9 [000] .... 102.000000: gpu_frequency: state=800000 gpu_id=0\n"
      "  swapper-0 [004] d..2 102.500000: cpu_frequency: state=500000 cpu_id=5\n");
  CHECK(t.conditions.cap_hz[1].at(0) == 1.5e9);
  CHECK(t.conditions.cap_hz[0].at(1) == 2e9);
  CHECK(t.conditions.cap_hz[0].at(2) == 5e8);
  CHECK(t.conditions.cap_hz[2].at(3) == 8e8);
  CHECK(t.duration_s == 2);
}

TEST_CASE("trace events: counters of ours and of Perfetto's") {
  const DeviceTrace t = read(R"({"traceEvents":[
    {"ph":"M","name":"process_name","args":{"name":"x"}},
    {"ph":"C","name":"clock big","ts":0,"args":{"MHz":500}},
    {"ph":"C","name":"Cpu 0 Frequency","ts":1000000,"args":{"value":1500000}},
    {"ph":"C","name":"gpufreq","ts":2000000,"args":{"value":800000}},
    {"ph":"X","name":"conv","ts":3,"dur":5}]})");
  CHECK(t.conditions.cap_hz[0].at(0) == 5e8);
  CHECK(t.conditions.cap_hz[1].at(1) == 1.5e9);
  CHECK(t.conditions.cap_hz[2].at(2) == 8e8);
}

TEST_CASE("recordings that are none say why") {
  CHECK_THROWS_WITH(read(""), Catch::Contains("is empty"));
  CHECK_THROWS_WITH(read("at_s,moon_hz\n0,1\n"), Catch::Contains("no clock, load or ambient"));
  CHECK_THROWS_WITH(read("big_hz\n1\n"), Catch::Contains("unknown column \"at_s\""));
  CHECK_THROWS_WITH(read("{\"a\": 1}"), Catch::Contains("no traceEvents"));
  CHECK_THROWS_WITH(read(std::string("\x0a\x00\x01", 3)), Catch::Contains("traceconv"));
  CHECK_THROWS_WITH(read("at_s,gpu_load\n0,3\n"), Catch::Contains("between 0 and 1"));
}
