// The three ways a call can fail. The library never prints and never exits: the command turns these
// into one line and an exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// The user's file or argument is wrong. what() is one line: `file:line:column: key path: problem`.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The request is well formed but this build, unit or algorithm cannot serve it.
class UnsupportedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `big, gpu, little`, cut after `most` names: the known choices at the end of an error line.
std::string join_choices(const std::vector<std::string>& names, std::size_t most = 24);

/// Throws InputError `<where>: unknown <what> "<got>"; known: ...`, with `(did you mean "..."?)`
/// before the semicolon when a known name is within two edits of `got`.
[[noreturn]] void throw_unknown(std::string_view where, std::string_view what, std::string_view got,
                                const std::vector<std::string>& known);

/// The same where the known names are too many for a line: the five nearest, and how to see all.
[[noreturn]] void throw_unknown_of_many(std::string_view where, std::string_view what,
                                        std::string_view got, const std::vector<std::string>& known,
                                        std::string_view how_to_list);

}  // namespace partita
