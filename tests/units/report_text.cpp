#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/report/describe.h"
#include "sim/report/json.h"
#include "sim/report/outcome.h"
#include "sim/report/table.h"

using namespace partita;

TEST_CASE("JSON text reads back as what was written", "[report]") {
  for (const auto layout : {JsonWriter::Layout::compact, JsonWriter::Layout::indented}) {
    std::string out;
    JsonWriter json(out, layout);
    json.begin_object()
        .member("name", "a \"b\"\\\n\t\x01 é")
        .member("third", 1.0 / 3)
        .member("n", 7);
    json.member("nan", std::nan("")).member("none", std::optional<double>());
    json.member("list", std::vector<std::string>{"x", "y"}).key("empty").begin_array().end_array();
    json.member("yes", true).end_object();
    const auto parsed = nlohmann::json::parse(out);
    CHECK(parsed["name"] == "a \"b\"\\\n\t\x01 é");
    CHECK(parsed["third"].get<double>() == 1.0 / 3);
    CHECK(parsed["n"] == 7);
    CHECK(parsed["nan"].is_null());
    CHECK(parsed["none"].is_null());
    CHECK(parsed["list"].size() == 2);
    CHECK(parsed["empty"].empty());
    CHECK(parsed["yes"] == true);
  }
}

TEST_CASE("Bytes that are not UTF-8 still give valid JSON", "[report]") {
  // Overlong "/", a surrogate, a sequence cut short, a bare continuation byte.
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\x80", "\xf5\x80\x80\x80"}) {
    std::string out;
    JsonWriter json(out);
    json.begin_array().value(std::string("a") + bad + "b").end_array();
    const auto text = nlohmann::json::parse(out)[0].get<std::string>();
    CHECK(text.front() == 'a');
    CHECK(text.back() == 'b');
    CHECK(text.find("\xef\xbf\xbd") == 1);
  }
}

TEST_CASE("Misuse of the JSON writer is a logic error", "[report]") {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  CHECK_THROWS_AS(json.value(1), std::logic_error);
  CHECK_THROWS_AS(json.end_array(), std::logic_error);
  json.key("k");
  CHECK_THROWS_AS(json.key("again"), std::logic_error);
  CHECK_THROWS_AS(json.end_object(), std::logic_error);
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
