// Do the commands of README and docs/ run, and print what is written there?
//
// A `console` block holds `$ build/release/partita ...` lines; what follows a command is its
// output, in which a line `...` stands for any lines. A `sh` block is only run. Set-up commands
// (tools/...) are what runs this test; `serve` goes on for ever and is run by tests/serve. They run where docs/examples/ is at hand and nothing else.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"

using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;

namespace {

constexpr std::string_view kCommand = "build/release/partita ";

struct Example {
  std::string file;
  int line = 0;
  std::string arguments;
  std::vector<std::string> output;
  bool compares = false;
};

std::vector<Example> examples_of(const std::filesystem::path& file) {
  std::vector<Example> examples;
  std::istringstream text(read(file.string()));
  std::string line, block;
  bool open = false;
  for (int number = 1; std::getline(text, line); ++number) {
    if (line.starts_with("```")) {
      open = !open && line.size() > 3;
      block = line.substr(3);
      continue;
    }
    if (!open || (block != "console" && block != "sh")) continue;
    const std::string prompt = block == "console" ? "$ " : "";
    if (line.starts_with(prompt + std::string(kCommand))) {
      std::string arguments = line.substr(prompt.size() + kCommand.size());
      if (const auto comment = arguments.find("  #"); comment != std::string::npos)
        arguments.resize(comment);
      examples.push_back({file.filename().string(), number, arguments, {}, block == "console"});
    } else if (block == "console" && !line.starts_with("$ ") && !examples.empty()) {
      examples.back().output.push_back(line);
    }
  }
  return examples;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    line.erase(line.find_last_not_of(" \t") + 1);
    lines.push_back(line);
  }
  return lines;
}

/// Expected lines in order; "..." skips any number of them.
bool matches(const std::vector<std::string>& expected, const std::vector<std::string>& got,
             std::string& missing) {
  std::size_t at = 0;
  bool skip = false;
  for (const std::string& line : expected) {
    if (line == "...") {
      skip = true;
      continue;
    }
    while (skip && at < got.size() && got[at] != line) ++at;
    if (at >= got.size() || got[at] != line) {
      missing = line;
      return false;
    }
    ++at;
    skip = false;
  }
  return skip || at == got.size();
}

}  // namespace

TEST_CASE("every command of README and docs runs and prints what is written") {
  const std::filesystem::path root(PARTITA_ROOT);
  std::vector<std::filesystem::path> files{root / "README.md", root / "CONTRIBUTING.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  for (const char* room : {"socs", "models", "traces", "validation", "partitioners"})
    files.push_back(root / room / "README.md");
  std::filesystem::create_directories(scratch() + "/docs");
  std::filesystem::copy(root / "docs/examples", scratch() + "/docs/examples",
                        std::filesystem::copy_options::recursive);
  int ran = 0;
  for (const auto& file : files) {
    REQUIRE(std::filesystem::exists(file));
    for (const Example& example : examples_of(file)) {
      if (example.arguments.starts_with("serve")) continue;
      INFO(example.file << ":" << example.line << ": partita " << example.arguments);
      const auto said = run_partita(example.arguments, scratch());
      INFO(said.err);
      CHECK(said.code == 0);
      ++ran;
      if (!example.compares) continue;
      std::string missing;
      const bool same = matches(example.output, lines_of(said.out), missing);
      INFO("missing: " << missing << "\n" << said.out);
      CHECK(same);
    }
  }
  CHECK(ran >= 12);
}
