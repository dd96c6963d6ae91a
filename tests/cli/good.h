// Commands that are expected to succeed.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"

namespace partita::test {

/// Done, quiet on stderr, and nothing of the machine in the output.
inline std::string good(const std::string& arguments, const std::string& folder = ".") {
  const Said said = run_partita(arguments, folder);
  INFO("partita " << arguments << "\n" << said.err);
  CHECK(said.code == 0);
  CHECK(said.err.empty());
  CHECK(said.out.find(PARTITA_ROOT) == std::string::npos);
  CHECK(said.out.find('\x1b') == std::string::npos);
  return said.out;
}

inline nlohmann::json good_json(const std::string& arguments) {
  const std::string text = good(arguments + " --json");
  INFO(text.substr(0, 400));
  REQUIRE(nlohmann::json::accept(text));
  return nlohmann::json::parse(text);
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace partita::test
