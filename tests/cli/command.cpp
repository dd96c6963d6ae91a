#include "cli/command.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace partita::test {
namespace fs = std::filesystem;

namespace {

struct Scratch {
  std::string path;
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "partita-cli-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path, error);
  }
};

}  // namespace

const std::string& scratch() {
  static const Scratch folder;
  return folder.path;
}

void write(const std::string& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary);
  out << content;
  REQUIRE(out.good());
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  INFO("looking for " << from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Said run_partita(const std::string& arguments, const std::string& folder,
                 const std::string& environment) {
  const std::string err_file = scratch() + "/stderr";
  const std::string line = "cd '" + folder + "' && env " + environment + " '" + PARTITA_COMMAND +
                           "' 2>'" + err_file + "' " + arguments;
  Said said;
  FILE* pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer;
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
    said.out.append(buffer.data(), got);
  const int status = pclose(pipe);
  said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  said.err = read(err_file);
  return said;
}

namespace {

std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    files[entry.path().string()] = entry.is_regular_file() ? read(entry.path().string()) : "";
  return files;
}

}  // namespace

void check_refused(const std::string& arguments, const std::string& says, const std::string& folder,
                   const std::string& environment) {
  const auto before = contents(folder);
  const Said said = run_partita(arguments, folder, environment);
  INFO("partita " << arguments << "\nsays: " << said.err << "expected: " << says);
  CHECK(said.code == 2);
  CHECK(said.out.empty());
  CHECK(said.err.rfind("partita: ", 0) == 0);
  CHECK(std::count(said.err.begin(), said.err.end(), '\n') == 1);
  CHECK(said.err.find(says) != std::string::npos);
  CHECK(contents(folder) == before);
}

}  // namespace partita::test
