// Does `partita new` write a partitioner that compiles, runs and is refused when it should be?
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace {

namespace fs = std::filesystem;

std::string folder() {
  static const std::string made = [] {
    const std::string path = scratch() + "/plugin";
    fs::create_directory(path);
    return path;
  }();
  return made;
}

/// The command's build folder.
std::string build() {
  return fs::canonical(fs::path(PARTITA_COMMAND).parent_path()).string();
}

int shell(const std::string& line) {
  const std::string log = folder() + "/log";
  const int code = std::system(("{ " + line + "; } >'" + log + "' 2>&1").c_str());
  INFO(line << "\n" << (fs::exists(log) ? read(log) : ""));
  CHECK(code == 0);
  return code;
}

/// A library of one C source line.
std::string library(const std::string& name, const std::string& code) {
  write(folder() + "/" + name + ".cpp", code);
  shell("cd '" + folder() + "' && " PARTITA_CXX " -shared -fPIC -o " + name + ".so " + name +
        ".cpp");
  return name + ".so";
}

const std::string kRun = "run --soc rk3588 --model squeezenet --partitioner heft --plugin ";

}  // namespace

TEST_CASE("a new partitioner compiles as it is, passes its test, and runs as a plug-in") {
  const std::string mine = folder() + "/mine";
  fs::create_directory(mine);
  const auto said = run_partita("new partitioner my-idea --into mine", folder());
  INFO(said.err);
  REQUIRE(said.code == 0);
  for (const char* file : {"my_idea.cpp", "my_idea_test.cpp", "CMakeLists.txt"})
    CHECK(fs::exists(fs::path(mine) / file));
  CHECK(std::distance(fs::directory_iterator(mine), fs::directory_iterator()) == 3);
  check_refused("new partitioner my-idea --into mine", "exists already; nothing was written",
                folder());
  const std::string cmake = "cmake -S '" + mine + "' -B '" + mine +
                            "/build' -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER='" PARTITA_CXX
                            "' -DCMAKE_CXX_FLAGS='" PARTITA_CXX_FLAGS "'";
  CHECK_THAT(read(mine + "/CMakeLists.txt"), Catch::Contains('"' + build() + '"'));
  REQUIRE(shell(cmake + " && cmake --build '" + mine + "/build' && '" + mine +
                "/build/my_idea_test'") == 0);

  const std::string plugin = " --plugin mine/build/libmy_idea.so";
  const auto run = run_partita(
      "run --soc rk3588 --model squeezenet --partitioner my-idea --json" + plugin, folder());
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json result = json::parse(run.out);
  CHECK(result["partitioner"] == "my-idea");
  CHECK(result["gap"].get<double>() >= -1e-9);
  // Blind to hand-overs it decides as greedy does.
  const auto mapping = [&](const std::string& how) {
    const auto told =
        run_partita("run --soc rk3588 --model squeezenet --json --partitioner " + how, folder());
    INFO(told.err);
    REQUIRE(told.code == 0);
    return json::parse(told.out)["mapping"].get<std::string>();
  };
  CHECK(mapping("my-idea --option hand_over_weight=0" + plugin) == mapping("greedy"));
  const auto compared = run_partita(
      "compare --soc rk3588 --model squeezenet --partitioners single,my-idea" + plugin, folder());
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Catch::Contains("my-idea"));
  const auto listed = run_partita("list partitioners" + plugin, folder());
  CHECK_THAT(listed.out, Catch::Contains("my-idea (latency, energy, edp)"));
  CHECK(run_partita("list partitioners").out.find("my-idea") == std::string::npos);
  check_refused("run --soc rk3588 --model squeezenet --partitioner my-idea",
                "unknown partitioner \"my-idea\"; known: single", folder());
  // Twice the same, and an option it does not have.
  check_refused("list partitioners" + plugin + plugin, "the name \"my-idea\" is already taken",
                folder());
  check_refused(
      "run --soc rk3588 --model squeezenet --partitioner my-idea --option weight=1" + plugin,
      "known: hand_over_weight", folder());
}

TEST_CASE("the partitioner that the document shows compiles") {
  const std::string page = read(PARTITA_ROOT "/docs/your-own-partitioner.md");
  const auto begin = page.find("```cpp\n") + 7;
  write(folder() + "/shown.cpp", page.substr(begin, page.find("\n```", begin) - begin + 1));
  shell(PARTITA_CXX " " PARTITA_CXX_FLAGS " -std=c++20 -fsyntax-only -I'" PARTITA_ROOT "' '" +
        folder() + "/shown.cpp'");
}

TEST_CASE("libraries that are no plug-ins, or another version's, are refused") {
  check_refused(kRun + "none.so", "--plugin none.so: no such file", folder());
  check_refused(kRun + ".", "--plugin .: no such file", folder());
  write(folder() + "/text.so", "not a library\n");
  check_refused(kRun + "text.so", "--plugin text.so: cannot be loaded: ", folder());
  check_refused(kRun + library("empty", "extern \"C\" int other() { return 1; }\n"),
                "it does not define partita_plugin_interface()", folder());
  // Its other function would crash: the version is asked first.
  const std::string old =
      "#include <cstdlib>\nextern \"C\" int partita_plugin_interface() { return 7; }\n"
      "extern \"C\" void partita_plugin_partitioners(void*) { std::abort(); }\n";
  check_refused(kRun + library("old", old), "built for interface 7, this command has interface 2",
                folder());
  const std::string half = "extern \"C\" int partita_plugin_interface() { return 2; }\n";
  check_refused(kRun + library("half", half), "it does not define partita_plugin_partitioners()",
                folder());
}

TEST_CASE("new refuses names and folders that cannot be") {
  for (const char* name : {"Mine", "9lives", "-x", "a--b", "a-", "a_b", "..", "a/b"})
    check_refused("new partitioner -- '" + std::string(name) + "'", "is no name for a partitioner",
                  folder());
  check_refused("new partitioner heft", "there is a partitioner heft", folder());
  check_refused("new partitioner mine --into nowhere", "--into nowhere: no such folder", folder());
  check_refused("new soc mine", "unknown kind \"soc\"; known: partitioner", folder());
}
