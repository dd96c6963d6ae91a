// Are quantities read and written right? Expected values are the SI definitions.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/base/error.h"
#include "sim/base/units.h"

using namespace partita;
using D = Dimension;

TEST_CASE("a quantity is read into SI units, correctly rounded") {
  struct Case {
    const char* text;
    D dimension;
    double si;
  };
  const Case cases[] = {
      {"2.84 GHz", D::frequency, 2.84e9},
      {"408 MHz", D::frequency, 408e6},
      {"32.768 kHz", D::frequency, 32768},
      {"1Hz", D::frequency, 1},
      {"0.07 ms", D::time, 0.07e-3},
      {"3 us", D::time, 3e-6},
      {"7 ns", D::time, 7e-9},
      {"1 ps", D::time, 1e-12},
      {"2 min", D::time, 120},
      {"1.5 h", D::time, 5400},
      {"825 mV", D::voltage, 0.825},
      {"812500 uV", D::voltage, 0.8125},
      {"0 W", D::power, 0},
      {"-0 W", D::power, 0},
      {"1843 mW", D::power, 1.843},
      {"12.5 uJ", D::energy, 12.5e-6},
      {"1 Wh", D::energy, 3600},
      {"48 KiB", D::size, 49152},
      {"48 kB", D::size, 48000},
      {"4 GiB", D::size, 4294967296.0},
      {"34.1 GB/s", D::bandwidth, 34.1e9},
      {"1 MiB/s", D::bandwidth, 1048576},
      {"3 TOP/s", D::compute, 3e12},
      {"164 GFLOP/s", D::compute, 164e9},
      {"60 pJ/B", D::energy_per_byte, 60e-12},
      {"0.04 ns/B", D::time_per_byte, 0.04e-9},
      {"5 us/B", D::time_per_byte, 5e-6},
      {"-10.5 C", D::temperature, -10.5},
      {"95 degC", D::temperature, 95},
      {"35 %", D::fraction, 0.35},
      {"0.35", D::fraction, 0.35},
      {"100%", D::fraction, 1},
      {"0.38 nF", D::capacitance, 0.38e-9},
      {"  1e3   kB  ", D::size, 1e6},
      {"1e+2 ms", D::time, 0.1},
      {"2.5E-1 GHz", D::frequency, 250e6},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(parse_quantity(c.text, c.dimension) == c.si);
  }
  CHECK_FALSE(std::signbit(parse_quantity("-0 W", D::power)));
}

TEST_CASE("a wrong quantity says what is wrong with it") {
  struct Case {
    const char* text;
    D dimension;
    const char* says;
  };
  const Case cases[] = {
      {"", D::time, "is not a number with a unit"},
      {"ms", D::time, "is not a number with a unit"},
      {"+3 ms", D::time, "is not a number with a unit"},
      {"3,5 ms", D::time, "unknown unit \",5 ms\""},
      {"3", D::time, "\"3\" has no unit; known: s, ms, us"},
      {"0", D::bandwidth, "\"0\" has no unit; known: B/s"},
      {"3 GiBps", D::bandwidth,
       "unknown unit \"GiBps\" (did you mean \"GiB/s\"?); known: B/s, kB/s"},
      {"3 ghz", D::frequency, "unknown unit \"ghz\" (did you mean \"GHz\"?); known: Hz, kHz"},
      {"3 mhz", D::frequency, "did you mean \"MHz\"?"},
      {"3 Mb", D::size, "did you mean \"MB\"?"},
      {"3 ms", D::power, "unknown unit \"ms\""},
      {"3 m s", D::time, "unknown unit \"m s\""},
      {"nan ms", D::time, "is not finite"},
      {"inf Hz", D::frequency, "is not finite"},
      {"-3 ms", D::time, "\"-3 ms\" is negative"},
      {"-1e-9 J", D::energy, "is negative"},
      {"1e999 s", D::time, "out of range"},
      {"1e308 GHz", D::frequency, "out of range"},
      {"1e308 GiB", D::size, "is not finite"},
      {"0x10 B", D::size, "unknown unit \"x10 B\""},
      {"101 %", D::fraction, "is not between 0 % and 100 %"},
      {"1.2", D::fraction, "is not between 0 % and 100 %"},
      {"-300 C", D::temperature, "below absolute zero"},
      {"20 K", D::temperature, "unknown unit \"K\"; known: C, degC"},
      {"1 2 ms", D::time, "unknown unit \"2 ms\""},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK_THROWS_AS(parse_quantity(c.text, c.dimension), InputError);
    try {
      parse_quantity(c.text, c.dimension);
    } catch (const InputError& e) {
      CHECK_THAT(e.what(), Catch::Contains(c.says));
    }
  }
}

TEST_CASE("a quantity is shown with three significant digits and an SI prefix") {
  struct Case {
    double si;
    D dimension;
    const char* text;
  };
  const Case cases[] = {
      {1.8449e-3, D::time, "1.84 ms"},
      {999.4e-6, D::time, "999 us"},
      {999.6e-6, D::time, "1 ms"},
      {0, D::time, "0 s"},
      {12, D::time, "12 s"},
      {5400, D::time, "5400 s"},
      {34.1e9, D::bandwidth, "34.1 GB/s"},
      {2.84e9, D::frequency, "2.84 GHz"},
      {0.825, D::voltage, "825 mV"},
      {7.3912, D::power, "7.39 W"},
      {49152, D::size, "49.2 kB"},
      {3e12, D::compute, "3 TOP/s"},
      {60e-12, D::energy_per_byte, "60 pJ/B"},
      {0.352, D::fraction, "35.2 %"},
      {-3.25, D::temperature, "-3.25 C"},
      {0.38e-9, D::capacitance, "380 pF"},
      {3e-13, D::time, "0.3 ps"},
      {-2e-3, D::time, "-2 ms"},
  };
  for (const Case& c : cases) CHECK(format_quantity(c.si, c.dimension) == c.text);
}

TEST_CASE("what is shown can be read back") {
  for (int d = 0; d <= static_cast<int>(D::capacitance); ++d) {
    const auto dimension = static_cast<D>(d);
    for (const double si : {1.0, 0.123456, 0.9996, 1e-3, 0.5}) {
      const std::string text = format_quantity(si, dimension);
      INFO(text);
      // Three digits: at most half a unit in the third, 0.5 %.
      CHECK(parse_quantity(text, dimension) == Approx(si).epsilon(0.005));
    }
    CHECK_FALSE(known_units(dimension).empty());
    for (const std::string& unit : known_units(dimension)) {
      if (dimension != D::fraction && dimension != D::temperature) {
        CHECK(parse_quantity("1 " + unit, dimension) > 0);
      }
    }
  }
  CHECK(si_unit(D::bandwidth) == "B/s");
  CHECK(si_unit(D::compute) == "OP/s");
}

TEST_CASE("seconds become picoseconds in one place, rounded and range-checked") {
  CHECK(to_picoseconds(0) == 0);
  CHECK(to_picoseconds(1e-12) == 1);
  CHECK(to_picoseconds(1.4e-12) == 1);
  CHECK(to_picoseconds(1.6e-12) == 2);
  CHECK(to_picoseconds(0.07e-3) == 70'000'000);
  CHECK(to_picoseconds(1e6) == 1'000'000'000'000'000'000);
  CHECK(to_seconds(2'500'000'000) == 0.0025);
  for (const double bad : {-1e-12, 1.1e6, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(to_picoseconds(bad), std::logic_error);
  }
}

TEST_CASE("an unknown name is answered with the known ones") {
  CHECK(join_choices({"big", "gpu", "little"}) == "big, gpu, little");
  CHECK(join_choices({}) == "none");
  CHECK(join_choices({"a", "b", "c"}, 2) == "a, b, ... (1 more)");
  const auto message = [](std::string_view where, std::string_view got) {
    try {
      throw_unknown(where, "unit", got, {"cpu-big", "gpu"});
    } catch (const InputError& e) {
      return std::string(e.what());
    }
  };
  CHECK(message("x.yaml:1:2", "cpu-bog") ==
        "x.yaml:1:2: unknown unit \"cpu-bog\" (did you mean \"cpu-big\"?); known: cpu-big, gpu");
  CHECK(message("", "npu-9000") == "unknown unit \"npu-9000\"; known: cpu-big, gpu");
  CHECK(message("", "a\nb") == "unknown unit \"a?b\"; known: cpu-big, gpu");
}
