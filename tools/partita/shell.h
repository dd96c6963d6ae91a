// What a shell's user has beside --help: completion and a manual page, both written from the table
// of options.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace partita {

/// The commands that --help shows.
std::vector<const CLI::App*> shown_commands(const CLI::App& app);

/// The commands `completion` and `man`, which --help does not show: the installation asks for them.
void add_shell(CLI::App& app);

/// What the one of them that was asked for prints; nothing: another command was. Throws InputError.
std::optional<std::string> shell_text(const CLI::App& app);

/// A script for bash.
std::string bash_completion(const CLI::App& app);

/// partita(1) in roff.
std::string manual_page(const CLI::App& app);

}  // namespace partita
