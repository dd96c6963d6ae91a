// Suite thermal on the committed tables: its figures, what a prediction may know, what is refused.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "validation/board_heat.h"
#include "validation/phone_heat.h"
#include "validation/validation.h"

using namespace partita;

namespace {

const std::filesystem::path kTables = std::filesystem::path(PARTITA_ROOT) / "validation/thermal";

Soc phone() {
  return load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-8-elite"));
}

std::vector<PhoneRun> phone_runs() {
  return read_phone_runs(read_csv(kTables / "galaxy-s25.csv")).runs;
}

const QuantityResult& find(const SuiteResult& result, const std::string& quantity) {
  for (const QuantityResult& q : result.results)
    if (q.quantity == quantity) return q;
  FAIL("no " << quantity);
  throw std::logic_error("not reached");
}

template <typename Read>
std::string refusal(Read read, const std::string& text) {
  try {
    read(parse_csv(text, "t.csv"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

/// Two sections of 200 samples, one core and all of them, without temperatures.
BoardTrace made_trace() {
  BoardTrace trace{"made", "a board", {}};
  for (int i = 0; i < 400; ++i)
    trace.samples.push_back(
        {i * 5.0, i < 200 ? "ramlat" : "cpuminer", {1800}, i < 200 ? 0.25 : 1, 0});
  return trace;
}

}  // namespace

TEST_CASE("thermal: runs and boards left out are predicted within the limits") {
  const SuiteResult result = suite("thermal").run(Catalog(PARTITA_ROOT), {});
  const QuantityResult& heat = find(result, "temperature.phone");
  CHECK(heat.n == 1521);  // 1576 samples; the first of 55 runs is given
  CHECK(*heat.rmse <= 1.1);
  CHECK(*heat.rmse < 0.6 * *heat.plain_rmse);
  const QuantityResult& clock = find(result, "clock.phone");
  CHECK(clock.n == 53);  // two runs end while they load
  CHECK(*clock.mape <= 0.08);
  CHECK(*clock.mape < 0.3 * *clock.plain_mape);
  CHECK(*find(result, "clock-samples.phone").median_ape <= 0.12);
  CHECK(*find(result, "temperature.boards").rmse <= 2.6);
  CHECK(*find(result, "temperature.new-program").rmse <= 3.6);
}

TEST_CASE("thermal: a run is predicted from its first temperature and its workload alone") {
  const Soc soc = phone();
  for (PhoneRun run : phone_runs()) {
    const auto before = predict_run(soc, run);
    for (std::size_t i = 0; i < run.samples.size(); ++i) {
      PhoneSample& s = run.samples[i];
      if (i > 0) s.temperature_c += 7;
      s.gold_hz = s.prime_hz = s.gpu_hz = 1e9;
    }
    const auto after = predict_run(soc, run);
    REQUIRE(before.size() == after.size());
    CHECK(before[0].temperature_c == Approx(run.samples[0].temperature_c));
    for (std::size_t i = 0; i < before.size(); ++i) {
      CHECK(before[i].temperature_c == after[i].temperature_c);
      CHECK(before[i].gold_hz == after[i].gold_hz);
    }
    // Warmer at first: never a higher clock at first.
    run.samples[0].temperature_c += 5;
    CHECK(predict_run(soc, run)[0].gold_hz <= before[0].gold_hz);
  }
}

TEST_CASE("thermal: the description of the phone is what the fit finds") {
  const Soc soc = phone(), fitted = fit_phone(soc, phone_runs());
  REQUIRE(soc.thermal->nodes.size() == fitted.thermal->nodes.size());
  for (std::size_t n = 0; n < soc.thermal->nodes.size(); ++n) {
    CHECK(soc.thermal->nodes[n].capacity_j_per_k ==
          Approx(fitted.thermal->nodes[n].capacity_j_per_k).epsilon(0.01));
    CHECK(soc.thermal->nodes[n].paths[0].resistance_k_per_w ==
          Approx(fitted.thermal->nodes[n].paths[0].resistance_k_per_w).epsilon(0.01));
  }
  CHECK(soc.thermal->zones[0].trips.size() == fitted.thermal->zones[0].trips.size());
  CHECK(busy_power_w(soc, *soc.find_unit("cpu-big"),
                     soc.top_opp(soc.unit(*soc.find_unit("cpu-big")).domain)) ==
        Approx(15).epsilon(0.01));  // the scale, assumed
}

TEST_CASE("thermal: a board's own heat is found again, from half of its samples") {
  BoardTrace trace = made_trace();
  const BoardHeat truth{30, 15, 20, 150};
  trace.samples[0].temperature_c = 33;
  const auto temperatures = predict_board(trace, truth);
  for (std::size_t i = 0; i < temperatures.size(); ++i)
    trace.samples[i].temperature_c = temperatures[i];
  std::vector<bool> known(400);
  for (std::size_t i = 0; i < 400; ++i) {
    known[i] = i / 50 % 2 == 0;
    if (!known[i]) trace.samples[i].temperature_c = 99;  // must not matter
  }
  const auto again = predict_board(trace, fit_board(trace, known));
  for (std::size_t i = 0; i < 400; ++i) CHECK(again[i] == Approx(temperatures[i]).margin(0.7));
}

TEST_CASE("thermal: steady boards end where the resistances say") {
  BoardTrace trace = made_trace();
  for (BoardSample& s : trace.samples) s.section = "something else", s.load = 1;
  trace.samples.back().t_s = 1e5;
  trace.samples[0].temperature_c = 25;
  CHECK(predict_board(trace, {20, 15, 10, 100}).back() == Approx(45));
}

TEST_CASE("thermal: tables as logged read as ours do") {
  const PhoneRuns logged = read_phone_runs(parse_csv(
      "file,t_s,temp_c,gpu_freq_hz,gpu_load,cpu_load,mem_mb,proc_mem_mb,cpu0_khz,cpu1_khz,"
      "cpu2_khz,cpu3_khz,cpu4_khz,cpu5_khz,cpu6_khz,cpu7_khz,phase\n"
      "a_opencl_b,0,30,222000000,0,0,1,1,1,2,3,4,5,6,7,9,\n"
      "a_opencl_b,1,31,222000000,0,0,1,1,1,2,3,4,5,6,7,9,ModelLoadStart\n"
      "a_opencl_b,2,31,222000000,90,20,1,1,1,2,3,4,5,6,7,9,PrefillStart\n"
      "a_opencl_b,3,32,1200000000,40,20,1,,1,2,3,4,5,6,7,9,DecodingStart\n"
      "laptop,0,45,0,0,0,1,1,1,2,3,4,5,6,7,9,\nlaptop,1,45,0,0,0,1,1,1,2,3,4,5,6,7,9,\n"
      "laptop,2,45,0,0,0,1,1,1,2,3,4,5,6,7,9,\nlaptop,3,45,0,0,0,1,1,1,2,3,4,5,6,7,9,\n",
      "t.csv"));
  REQUIRE(logged.runs.size() == 1);
  REQUIRE(logged.notes.size() == 1);
  CHECK_THAT(logged.notes[0], Catch::Contains("laptop left out: no GPU clock"));
  const PhoneRun& run = logged.runs[0];
  CHECK(run.on_gpu);
  CHECK(run.prefill_load == Approx(0.9));
  CHECK(run.decode_load == Approx(0.4));
  CHECK(run.samples[3].gold_hz == 6e3);
  CHECK(run.samples[3].prime_hz == 9e3);
  CHECK(run.samples[3].phase == RunPhase::decode);
  std::string raw = "result,device,section,line\n";
  for (int i = 0; i < 10; ++i)
    raw += "1x,Board,running cpuminer,23:59:5" + std::to_string(i) +
           ": 1896/1800MHz 1.20 50% 0% 0% 0% 0% 0% 34.3°C 1.0V\n";
  raw +=
      "1x,Board,running cpuminer,00:00:10: 1896/1800MHz 1.20 50% 0% 0% 0% 0% 0% 35.3°C\n"
      "1x,Board,running cpuminer,00:00:20: --- 1.20 50% 0% 0% 0% 0% 0% 35.3°C\n";
  const BoardTraces boards = read_boards(parse_csv(raw, "t.csv"));
  REQUIRE(boards.traces.size() == 1);
  REQUIRE(boards.traces[0].samples.size() == 11);
  CHECK(boards.traces[0].samples[10].t_s == 20);  // past midnight
  CHECK(boards.traces[0].samples[10].temperature_c == 35.3);
  CHECK(boards.traces[0].samples[0].clocks_mhz == std::vector<double>{1896, 1800});
  CHECK(boards.traces[0].samples[0].section == "cpuminer");
}

TEST_CASE("thermal: wrong tables are refused with their place") {
  CHECK_THAT(refusal(read_phone_runs, "run,t_s\na,0\n"), Catch::Contains("temperature_c"));
  const std::string columns =
      "run,backend,t_s,phase,temperature_c,cpu_load_percent,gpu_load_percent,gold_mhz,prime_mhz,"
      "gpu_mhz\n";
  CHECK_THAT(refusal(read_phone_runs, columns + "a,npu,0,load,30,0,0,1,1,1\n"),
             Catch::Contains("t.csv:2: backend: unknown backend \"npu\""));
  CHECK_THAT(
      refusal(read_phone_runs, columns + "a,cpu,1,load,30,0,0,1,1,1\na,cpu,0,load,30,0,0,1,1,1\n"),
      Catch::Contains("t.csv:3: t_s: time goes back"));
  CHECK_THAT(refusal(read_phone_runs, columns + "a,cpu,0,load,warm,0,0,1,1,1\n"),
             Catch::Contains("t.csv:2: temperature_c"));
  CHECK_THAT(refusal(read_phone_runs, columns), Catch::Contains("no run to predict"));
  const std::string lines = "result,device,section,line\n";
  CHECK_THAT(refusal(read_boards, lines + "x,b,s,yesterday\nx,b,s,00:00:01: 0/1MHz 1 1% 3°C\n"),
             Catch::Contains("no trace to predict"));
  const std::string ours = "result,device,section,t_s,clocks_mhz,load_percent,temperature_c\n";
  CHECK_THAT(refusal(read_boards, ours + "x,b,s,0,1800/0,50,40\n"),
             Catch::Contains("t.csv:2: clocks_mhz: a clock must be positive"));
  CHECK_THAT(refusal(read_boards, lines), Catch::Contains("no trace to predict"));
  ValidateOptions outside;
  outside.data = PARTITA_ROOT "/validation/contention/jetson-agx-xavier-gpu.csv";
  CHECK_THROWS_AS(suite("thermal").run(Catalog(PARTITA_ROOT), outside), InputError);
}
