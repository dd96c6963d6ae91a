#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/report/describe.h"
#include "sim/report/json_text.h"
#include "sim/report/outcome.h"
#include "sim/report/table.h"

using namespace partita;

TEST_CASE("JSON: bytes that are not UTF-8, numbers that are not finite", "[report]") {
  // Overlong "/", a surrogate, a sequence cut short, a bare continuation byte.
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\x80", "\xf5\x80\x80\x80"}) {
    const std::string name = std::string("a") + bad + "b";
    for (const std::string& out : {json_text({{"name", name}}), json_line({{"name", name}})}) {
      const auto text = nlohmann::json::parse(out)["name"].get<std::string>();
      CHECK(text.front() == 'a');
      CHECK(text.back() == 'b');
      CHECK(text.find("\xef\xbf\xbd") == 1);
    }
  }
  CHECK(json_text({{"b", std::nan("")}, {"a", or_null({})}, {"c", or_null(0.1)}}) ==
        "{\n  \"b\": null,\n  \"a\": null,\n  \"c\": 0.1\n}\n");
}

TEST_CASE("A table pads by code points, cuts long cells and has no trailing spaces", "[report]") {
  TextTable table({{"name", TextTable::Align::left, 6}, {"µs", TextTable::Align::right}});
  table.add({"ab", "1"});
  table.add({"abcdefghi", "±22"});
  CHECK(table.render({}, 0) ==
        "name     µs\n"
        "──────  ───\n"
        "ab        1\n"
        "abcde…  ±22\n");
  CHECK_THROWS_AS(table.add({"one cell"}), std::logic_error);
}

TEST_CASE("Colours only where asked for", "[report]") {
  CHECK(Style{false}.apply(Emphasis::good, "x") == "x");
  CHECK(Style{true}.apply(Emphasis::good, "x") == "\x1b[32mx\x1b[0m");
}

TEST_CASE("Sentences wrap at the width", "[report]") {
  CHECK(wrap("aaa bbb ccc", 7) == "aaa bbb\nccc\n");
  CHECK(wrap("aaa bbb", 7, 2) == "  aaa\n  bbb\n");
  CHECK(wrap("") == "");
}

TEST_CASE("Percentages, counts and CSV fields", "[report]") {
  CHECK(percent(0.1234) == "12.3 %");
  CHECK(percent(-0.0001) == "0.0 %");
  CHECK(percent(-0.01) == "-1.0 %");
  CHECK(percent(std::numeric_limits<double>::infinity()) == "-");
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1.00 k");
  CHECK(format_count(724e6) == "724 M");
  CHECK(format_count(99.96e6) == "100 M");
  CHECK(csv_line({"a", "b,c", "d\"e", ""}) == "a,\"b,c\",\"d\"\"e\",\n");
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(std::nan("")) == "");
}

TEST_CASE("Mappings that do not fit are counted in runs", "[report]") {
  CHECK(short_mapping("GGLLBBBB", 16) == "GGLLBBBB");
  CHECK(short_mapping("GGGGGGGGGGGGBBBLLLLL", 16) == "G12 B3 L5");
  CHECK(short_mapping("GBGBGBGBGBGBGBGBGBGB", 16) == "G1 B1 G1 B1 G1 …");
}

TEST_CASE("Where costs come from, in words", "[report]") {
  CHECK(cost_sources_text({0.098, 0, 0.002, 0}) == "98.0 % of the time measured, 2.0 % roofline");
  CHECK(cost_sources_text({0, 0, 0.5, 0}) == "100 % of the time roofline");
  CHECK(cost_sources_text({}) == "nothing to cost");
}
