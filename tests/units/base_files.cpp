// Are files read and written whole, and tables read with their places?
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>

#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  explicit Folder(const std::string& name)
      : path(fs::temp_directory_path() / ("partita_" + name + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
};

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a file is written whole, and nothing is left beside it") {
  const Folder folder("files");
  const fs::path path = folder.path / "a.txt";
  write_file(path, "first");
  write_file(path, std::string("se\0cond", 7));
  CHECK(read_file(path) == std::string("se\0cond", 7));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);

  const fs::path alias = folder.path / "alias";
  fs::create_symlink(path, alias);
  write_file(alias, "third");
  CHECK(fs::is_symlink(alias));
  CHECK(read_file(path) == "third");
}

TEST_CASE("a file that cannot be read or written is an input error naming it") {
  const Folder folder("badfiles");
  write_file(folder.path / "a.txt", "12345");
  CHECK_THAT(message([&] { read_file(folder.path / "none"); }),
             Catch::EndsWith("none: no such file"));
  CHECK_THAT(message([&] { read_file(folder.path); }), Catch::Contains("is a folder"));
  CHECK_THAT(message([&] { read_file(folder.path / "a.txt", 4); }),
             Catch::Contains("larger than 4 bytes"));
  CHECK(read_file(folder.path / "a.txt", 5) == "12345");
  CHECK_THAT(message([&] { write_file(folder.path / "no" / "b", ""); }),
             Catch::Contains("cannot write"));
  CHECK_THAT(message([&] { write_file(folder.path, ""); }), Catch::Contains("not a regular file"));
  CHECK_THAT(message([] { write_file("/dev/null", ""); }), Catch::Contains("not a regular file"));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a CSV table is read with quotes, CRLF and blank lines") {
  const Csv csv =
      parse_csv("\xef\xbb\xbfname,time_ms\r\n\"a, \"\"b\"\"\",1.5\r\n\r\nc,2e3", "t.csv");
  REQUIRE(csv.rows.size() == 2);
  CHECK(csv.header == std::vector<std::string>{"name", "time_ms"});
  CHECK(csv.rows[0][0] == "a, \"b\"");
  CHECK(csv.number(0, csv.column("time_ms")) == 1.5);
  CHECK(csv.number(1, 1) == 2000);
  CHECK(csv.lines == std::vector<int>{2, 4});
  CHECK(csv.has_column("name"));
  CHECK_FALSE(csv.has_column("Name"));
  CHECK(parse_csv("a,b\n1,\n", "t.csv").rows[0] == std::vector<std::string>{"1", ""});
}

TEST_CASE("a wrong CSV table is refused with its line") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "t.csv:1: no header line"},
      {"a,a\n", "t.csv:1: column \"a\" stands twice"},
      {"a,\n", "t.csv:1: column 2 has no title"},
      {"a,b\n1,2\n3\n", "t.csv:3: 1 fields, but the header has 2"},
      {"a,b\n1,2,3\n", "t.csv:2: 3 fields, but the header has 2"},
      {"a\n\"x\n", "t.csv:2: a quote is opened and never closed"},
      {"a\n\"x\"y\n", "t.csv:2: text after a closing quote"},
      {"a\nx\"y\n", "t.csv:2: a quote inside an unquoted field"},
  };
  for (const auto& [text, says] : cases) {
    CHECK(message([&, t = text] { parse_csv(t, "t.csv"); }) == says);
  }
  const Csv csv = parse_csv("name,time_ms\na,fast\nb,inf\nc,1 \nd,\n", "t.csv");
  CHECK(message([&] { csv.number(0, 1); }) == "t.csv:2: time_ms: \"fast\" is not a number");
  CHECK(message([&] { csv.number(1, 1); }) == "t.csv:3: time_ms: \"inf\" is not finite");
  CHECK(message([&] { csv.number(2, 1); }) == "t.csv:4: time_ms: \"1 \" is not a number");
  CHECK(message([&] { csv.number(3, 1); }) == "t.csv:5: time_ms: \"\" is not a number");
  CHECK(message([&] { csv.fail(0, 0, "no"); }) == "t.csv:2: name: no");
  CHECK(message([&] { csv.column("time"); }) ==
        "t.csv:1: unknown column \"time\"; known: name, time_ms");
}

TEST_CASE("the catalog names what it holds") {
  const Folder folder("catalog");
  CHECK_THAT(message([&] { Catalog{folder.path}; }), Catch::Contains("has no folder socs/"));
  for (const char* path :
       {"socs", "models", "traces/b/ncnn-fp16", "traces/a/tflite-nnapi-int8", "traces/a/notes"}) {
    fs::create_directories(folder.path / path);
  }
  for (const char* path :
       {"socs/two.yaml", "socs/one.yaml", "socs/README.md", "models/m.yaml",
        "traces/b/ncnn-fp16/meta.yaml", "traces/a/tflite-nnapi-int8/meta.yaml"}) {
    write_file(folder.path / path, "x");
  }
  const Catalog catalog(folder.path);
  CHECK(catalog.socs() == std::vector<std::string>{"one", "two"});
  CHECK(catalog.soc("two") == folder.path / "socs/two.yaml");
  const std::string own = (folder.path / "models/m.yaml").string();
  CHECK(catalog.model(own) == own);
  CHECK_THAT(message([&] { catalog.soc("tow"); }),
             Catch::Contains("unknown SoC \"tow\" (did you mean \"two\"?); known: one, two"));
  CHECK_THAT(message([&] { catalog.soc("my/soc.yaml"); }),
             Catch::Contains("my/soc.yaml: no such file"));
  const auto profiles = catalog.profiles();
  REQUIRE(profiles.size() == 2);
  CHECK(profiles[0].soc == "a");
  CHECK(profiles[0].runtime == "tflite-nnapi");
  CHECK(profiles[0].precision == "int8");
  CHECK(profiles[1].folder == folder.path / "traces/b/ncnn-fp16");
}
