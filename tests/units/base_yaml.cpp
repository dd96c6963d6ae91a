// Is the YAML reader as strict as it says, and does every error name its place?
#include <catch2/catch.hpp>

#include "sim/base/yaml.h"

using namespace partita;

namespace {

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

// Reads a made-up description: {name, clock, cores, share, list: [{size}]}.
void read(const std::string& text) {
  const Yaml root = Yaml::load_text(text, "x.yaml");
  root.at("name").text();
  if (const auto clock = root.find("clock")) clock->quantity(Dimension::frequency);
  if (const auto cores = root.find("cores")) cores->integer(1, 16);
  if (const auto share = root.find("share")) share->number();
  if (const auto fast = root.find("fast")) fast->boolean();
  if (const auto kind = root.find("kind")) kind->choice("kind", {"cpu", "gpu"});
  if (const auto list = root.find("list")) {
    for (const Yaml& item : list->items()) {
      item.at("size").quantity(Dimension::size);
      item.done();
    }
  }
  root.done();
}

}  // namespace

TEST_CASE("a well-formed document is read") {
  const Yaml root = Yaml::load_text(
      "name: 'a: b'\n"
      "clock: 2.84 GHz\n"
      "list:\n"
      "  - size: 4 KiB\n"
      "  - {size: 8 KiB}\n",
      "x.yaml");
  CHECK(root.is_map());
  CHECK(root.at("name").text() == "a: b");
  CHECK(root.at("clock").quantity(Dimension::frequency) == 2.84e9);
  const auto items = root.at("list").items();
  REQUIRE(items.size() == 2);
  CHECK(items[1].at("size").quantity(Dimension::size) == 8192);
  CHECK(items[1].at("size").path() == "list[1].size");
  CHECK(items[1].at("size").where() == "x.yaml:5:12: list[1].size");
  CHECK(items[1].line() == 5);
  CHECK_FALSE(root.has("nothing"));
  const auto entries = root.entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].first == "name");
  CHECK(entries[2].first == "list");
  CHECK_NOTHROW(root.done());
}

TEST_CASE("reads are remembered across copies of a node") {
  const Yaml root = Yaml::load_text("a: {b: 1, c: 2}", "x.yaml");
  {
    const Yaml copy = root.at("a");
    CHECK(copy.at("b").integer(0, 9) == 1);
  }
  CHECK(message([&] { root.at("a").done(); }) == "x.yaml:1:11: a.c: unknown key \"c\"; known: b");
  CHECK(root.at("a").at("c").integer(0, 9) == 2);
  CHECK_NOTHROW(root.at("a").done());
}

TEST_CASE("a wrong document is refused with its place") {
  struct Case {
    const char* text;
    const char* says;
  };
  const Case cases[] = {
      {"", "x.yaml:1:1: is empty"},
      {"# only a comment\n", "x.yaml:1:1: is empty"},
      {"name", "x.yaml:1:1: expected a mapping"},
      {"- name", "x.yaml:1:1: expected a mapping"},
      {"nme: a", "x.yaml:1:1: key \"name\" is missing; present: nme"},
      {"name: a\nname: b", "x.yaml:2:1: name: duplicate key \"name\", first on line 1"},
      {"name: a\nlist:\n- {size: 1 B, size: 2 B}",
       "x.yaml:3:15: list[0].size: duplicate key \"size\", first on line 3"},
      {"name: a\nclok: 2 GHz",
       "x.yaml:2:1: clok: unknown key \"clok\" (did you mean \"clock\"?); known: name, clock, "
       "cores"},
      {"name: a\nlist:\n- size: 1 B\n  colour: red",
       "x.yaml:4:3: list[0].colour: unknown key \"colour\"; known: size"},
      {"name:\nclock: 1 GHz", "name: the value is empty"},
      {"name: ''", "x.yaml:1:7: name: the value is empty"},
      {"name: [a]", "x.yaml:1:7: name: expected a single value"},
      {"name: a\nclock: {a: 1}", "clock: expected a single value"},
      {"name: a\nclock: 3 ghz", "x.yaml:2:8: clock: unknown unit \"ghz\""},
      {"name: a\nclock: 3", "x.yaml:2:8: clock: \"3\" has no unit; known: Hz"},
      {"name: a\nclock: -3 GHz", "x.yaml:2:8: clock: \"-3 GHz\" is negative"},
      {"name: a\nclock: .inf GHz", "x.yaml:2:8: clock: \".inf GHz\" is not a number"},
      {"name: a\ncores: 17", "x.yaml:2:8: cores: 17 is not between 1 and 16"},
      {"name: a\ncores: 0", "x.yaml:2:8: cores: 0 is not between 1 and 16"},
      {"name: a\ncores: 4.0", "x.yaml:2:8: cores: \"4.0\" is not a whole number"},
      {"name: a\ncores: 99999999999999999999", "is not between 1 and 16"},
      {"name: a\nshare: 1,5", "x.yaml:2:8: share: \"1,5\" is not a number"},
      {"name: a\nshare: nan", "x.yaml:2:8: share: \"nan\" is not finite"},
      {"name: a\nshare: 1e999", "x.yaml:2:8: share: \"1e999\" is out of range"},
      {"name: a\nfast: yes", "x.yaml:2:7: fast: unknown value \"yes\"; known: true, false"},
      {"name: a\nkind: gpo", "x.yaml:2:7: kind: unknown kind \"gpo\" (did you mean \"gpu\"?)"},
      {"name: a\nlist: {size: 1 B}", "x.yaml:2:7: list: expected a list"},
      {"name: a\nlist: [1 B]", "x.yaml:2:8: list[0]: expected a mapping"},
      {"name: &n a", "anchors (&name) are not accepted"},
      {"name: a\nlist: &l [*l]", "are not accepted"},
      {"name: a\nlist: {<<: {size: 1 B}}", "merge keys (<<) are not accepted"},
      {"name: !!str a", "tags are not accepted"},
      {"name: !python/object a", "tags are not accepted"},
      {"? [a, b]\n: c", "a key must be a name"},
      {"'': a", "a key is empty"},
      {"name: a\n---\nname: b", "a second YAML document"},
      {"name: [a", "x.yaml:1:"},
      {"name: a\n b: c: d", "not YAML"},
      {"name: \"a", "not YAML"},
      {"\tname: a", "not YAML"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK_THAT(message([&] { read(c.text); }), Catch::Contains(c.says));
  }
}

TEST_CASE("a hostile document is refused quickly") {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  CHECK_THAT(message([&] { Yaml::load_text(deep, "x.yaml"); }),
             Catch::Contains("nested deeper than 64 levels"));
  CHECK_THAT(message([&] { Yaml::load_text(std::string(100000, '['), "x.yaml"); }),
             Catch::StartsWith("x.yaml:1:"));
  CHECK_THAT(message([&] { Yaml::load_text(std::string("a: \0b", 5), "x.yaml"); }),
             Catch::Contains("zero byte"));
  CHECK_THAT(
      message([&] { Yaml::load_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "bomb.yaml"); }),
      Catch::Contains("bomb.yaml:1:") && Catch::Contains("not accepted"));
  CHECK_THAT(message([] { Yaml::load_file("/nonexistent/x.yaml"); }),
             Catch::Contains("/nonexistent/x.yaml: no such file"));
  // 20,000 keys: duplicates are found without comparing every pair.
  std::string wide;
  for (int i = 0; i < 20000; ++i) wide += "key" + std::to_string(i) + ": 1\n";
  CHECK(Yaml::load_text(wide, "x.yaml").entries().size() == 20000);
}

TEST_CASE("text is quoted where YAML would read it otherwise") {
  for (const char* plain : {"gpu", "34.1 GB/s", "cpu-big", "Cortex-A72", "a/b.c"}) {
    CHECK(yaml_scalar(plain) == plain);
  }
  for (const char* text : {"",     "null", "True",        "1.5", "1e3", "0x10", "-",    "a: b",
                           "a #b", " a",   "a ",          "*a",  "&a",  "{a}",  "a\"b", "a\\b",
                           "a\nb", "\x01", "caf\xc3\xa9", "~",   "no",  "35 %", "@x",   "- a"}) {
    const std::string quoted = yaml_scalar(text);
    INFO(quoted);
    CHECK(quoted.front() == '"');
    if (*text == 0) continue;  // An empty text is refused by the reader on purpose.
    CHECK(Yaml::load_text("k: " + quoted, "x").at("k").text() == text);
  }
}
