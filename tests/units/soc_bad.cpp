// Is a wrong SoC description refused, with its place and the choices?
#include <catch2/catch.hpp>
#include <string>

#include "sim/base/error.h"
#include "sim/soc/soc.h"
#include "units/soc_sample.h"

using namespace partita;

namespace {

std::string message(const std::string& text) {
  try {
    parse_soc(text, "x.yaml");
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

struct Case {
  const char* from;  // First occurrence in the sample, replaced by
  const char* to;
  const char* place;  // line:column: key.path
  const char* says;
};

}  // namespace

// Lines and columns are those of kSampleSoc in soc_sample.h, counted from 1.
TEST_CASE("a SoC description with a wrong number is refused") {
  const Case cases[] = {
      {"1.5 W", "1.5", "x.yaml:6:21: base_power.value", "has no unit; known: W, kW, mW"},
      {"1.5 W", "-1.5 W", "x.yaml:6:21: base_power.value", "is negative"},
      {"1.5 W", "1.5 GW", "x.yaml:6:21: base_power.value", "unknown unit \"GW\"; known: W, kW, mW"},
      {"10 GB/s", "10 GiBps", "x.yaml:11:9: memory.peak",
       "unknown unit \"GiBps\" (did you mean \"GiB/s\"?); known: B/s, kB/s"},
      {"10 GB/s", "0 GB/s", "x.yaml:11:9: memory.peak", "must be greater than zero"},
      {"shared: 8 GB/s", "shared: 11 GB/s", "x.yaml:12:11: memory.shared", "is above the peak"},
      {"{frequency: 2 GHz", "{frequency: 1 GHz", "x.yaml:22:21: domains.big.opps[1].frequency",
       "OPPs must ascend by frequency"},
      {"{frequency: 1 GHz", "{frequency: 0 GHz", "x.yaml:21:21: domains.big.opps[0].frequency",
       "must be greater than zero"},
      {"2 GHz, voltage: 1 V", "2 GHz", "x.yaml:22:9: domains.big.opps[1]",
       "every OPP of a domain has a voltage, or none has"},
      {"cores: 2\n", "cores: 0\n", "x.yaml:34:12: clusters.big.cores",
       "0 is not between 1 and 1024"},
      {"cores: 2\n", "cores: 1.5\n", "x.yaml:34:12: clusters.big.cores", "is not a whole number"},
      {"shared_by: 2", "shared_by: 0", "x.yaml:36:49: clusters.big.caches[0].shared_by",
       "is not between 1 and 1024"},
      {"macs_per_cycle: 4", "macs_per_cycle: 0",
       "x.yaml:37:39: clusters.big.per_core.fp32.macs_per_cycle", "must be greater than zero"},
      {"macs_per_cycle: 4", "macs_per_cycle: -4",
       "x.yaml:37:39: clusters.big.per_core.fp32.macs_per_cycle", "is negative"},
      {"efficiency: 50 %", "efficiency: 150 %",
       "x.yaml:37:54: clusters.big.per_core.fp32.efficiency", "is not between 0 % and 100 %"},
      {"busy: [1 W, 2 W]", "busy: [1 W]", "x.yaml:73:12: units.gpu.power",
       "1 busy powers, but domain gpu has 2 OPPs"},
      {"{big: 2, little: 1}", "{big: 3}", "x.yaml:59:18: units.all.cores.big",
       "3 threads, but cluster big has 2 cores"},
      {"{big: 2, little: 1}", "{}", "x.yaml:59:12: units.all.cores", "at least one cluster"},
      {"memory_bandwidth: 6 GB/s", "memory_bandwidth: 60 GB/s",
       "x.yaml:55:23: units.big.memory_bandwidth", "is above the memory's peak"},
  };
  for (const Case& c : cases) {
    INFO(c.from << " -> " << c.to);
    CHECK_THAT(message(replaced(kSampleSoc, c.from, c.to)),
               Catch::StartsWith(std::string(c.place) + ": ") && Catch::Contains(c.says));
  }
}

TEST_CASE("a SoC description with a wrong name is refused") {
  const Case cases[] = {
      {"board:", "bord:", "x.yaml:1:1", "key \"board\" is missing; present: title, bord, sources"},
      {"transition: 1 ms", "transtion: 1 ms", "x.yaml:19:5: domains.big",
       "key \"transition\" is missing; present: transtion"},
      {"capacity: 1024", "capacities: 1024", "x.yaml:39:5: clusters.big.capacities",
       "unknown key \"capacities\"; known: source, known, core"},
      {"letter: G", "letters: G", "x.yaml:64:5: units.gpu.letters",
       "unknown key \"letters\" (did you mean \"letter\"?)"},
      {"domain: gpu", "domain: gpo", "x.yaml:66:13: units.gpu.domain",
       "unknown domain \"gpo\" (did you mean \"gpu\"?); known: big, little, gpu"},
      {"host: big", "host: prime", "x.yaml:67:11: units.gpu.host",
       "unknown domain \"prime\"; known: big, little, gpu"},
      {"{big: 2, little: 1}", "{bug: 2}", "x.yaml:59:18: units.all.cores.bug",
       "unknown cluster \"bug\" (did you mean \"big\"?); known: big, little"},
      {"kind: gpu", "kind: tpu", "x.yaml:65:11: units.gpu.kind", "known: cpu, gpu, npu, dsp"},
      {"precision: fp16", "precision: int8", "x.yaml:69:16: units.gpu.precision",
       "the unit has no throughput in int8"},
      {"precision: fp16", "precision: fp61", "x.yaml:69:16: units.gpu.precision",
       "unknown precision \"fp61\" (did you mean \"fp16\"?); known: fp32, fp16, int8"},
      {"letter: G", "letter: B", "x.yaml:64:13: units.gpu.letter",
       "letter B is already that of unit big"},
      {"letter: G", "letter: GG", "x.yaml:64:13: units.gpu.letter", "\"GG\" is not one letter"},
      {"[deconv]", "[deconv, deconv]", "x.yaml:72:27: units.gpu.unsupported[1]", "stands twice"},
      {"  all:\n", "  big:\n", "x.yaml:57:3: units.big", "duplicate key \"big\", first on line 50"},
      {"  all:\n", "  a b:\n", "x.yaml:58:5: units.a b", "may hold only letters, digits"},
      {"  all:\n", "  from:\n", "x.yaml:58:5: units.from", "this name is used by the links"},
      {"from: big", "from: bog", "x.yaml:75:11: links[0].from",
       "unknown unit \"bog\" (did you mean \"big\"?); known: big, all, gpu"},
      {"to: gpu", "to: big", "x.yaml:75:5: links[0]", "big to itself"},
      {"to: gpu", "to: [gpu, gpu]", "x.yaml:75:5: links[0]", "a second price for big to gpu"},
      {"on: to", "on: two", "x.yaml:81:27: links[0].terms[1].on",
       "unknown unit \"two\" (did you mean \"to\"?); known: from, to, big, all, gpu"},
      {"map: 0.1 ms", "mop: 0.1 ms", "x.yaml:81:10: links[0].terms[1].mop",
       "unknown key \"mop\" (did you mean \"map\"?); known: source, known, transform, map"},
      {"map: 0.1 ms", "map: 0.1 ms, sync: 1 ms", "x.yaml:81:9: links[0].terms[1]",
       "one term is one of"},
  };
  for (const Case& c : cases) {
    INFO(c.from << " -> " << c.to);
    CHECK_THAT(message(replaced(kSampleSoc, c.from, c.to)),
               Catch::StartsWith(std::string(c.place) + ": ") && Catch::Contains(c.says));
  }
}

TEST_CASE("a SoC description without provenance is refused") {
  const Case cases[] = {
      {"source: lab\n  known: measured\n  big:", "known: measured\n  big:",
       "x.yaml:20:21: domains.big.opps[0].frequency", "no source covers this number"},
      {"source: lab\n  known: measured\n  big:", "source: lab\n  big:",
       "x.yaml:20:21: domains.big.opps[0].frequency", "how this number is known is not said"},
      {"source: lab", "source: lob", "x.yaml:6:36: base_power.source",
       "unknown source \"lob\" (did you mean \"lab\"?); known: lab, book"},
      {"known: fitted", "known: guessed", "x.yaml:6:48: base_power.known",
       "unknown way of knowing \"guessed\"; known: measured, published, fitted, assumed"},
      {"licence: none", "license: none", "x.yaml:4:8: sources.lab",
       "key \"licence\" is missing; present: what, license"},
      {"{value: 1.5 W, ", "{val: 1.5 W, ", "x.yaml:6:13: base_power", "key \"value\" is missing"},
      {"known: fitted}", "known: fitted, unit: W}", "x.yaml:6:56: base_power.unit",
       "unknown key \"unit\"; known: source, known, value"},
  };
  for (const Case& c : cases) {
    INFO(c.from << " -> " << c.to);
    CHECK_THAT(message(replaced(kSampleSoc, c.from, c.to)),
               Catch::StartsWith(std::string(c.place) + ": ") && Catch::Contains(c.says));
  }
}
