// Runs the real command and keeps what it said.
#pragma once

#include <string>

namespace partita::test {

struct Said {
  int code = -1;
  std::string out, err;
};

/// `partita <arguments>` through the shell, in `folder`, with `environment` (NAME=value ...) before
/// it.
Said run_partita(const std::string& arguments, const std::string& folder = ".",
                 const std::string& environment = "");

/// A folder of this test run, removed at exit.
const std::string& scratch();
void write(const std::string& file, const std::string& content);
std::string read(const std::string& file);
/// First occurrence of `from` replaced; fails the test when there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// Exit code 2, exactly one line on stderr that starts with `partita: ` and holds `says`, nothing
/// on stdout, and no file made or changed in `folder`, where the command runs.
void check_refused(const std::string& arguments, const std::string& says, const std::string& folder,
                   const std::string& environment = "");

/// A network that every sample unit runs.
inline constexpr char kTinyModel[] = R"(network: tiny
source: "by hand"
operators:
  - {name: data, kind: input, shape: 1x3x8x8}
  - {name: c1, kind: conv, in: [data], channels: 4, kernel: 3, pad: 1}
  - {name: r1, kind: activation, in: [c1], function: relu}
  - {name: c2, kind: conv, in: [r1], channels: 8, kernel: 3, pad: 1}
)";

inline constexpr char kTinyParam[] = R"(7767517
3 3
Input        data  0 1 data  0=8 1=8 2=3
Convolution  c1    1 1 data c1  0=4 1=3 4=1 5=1 6=108
Softmax      prob  1 1 c1 prob  0=0
)";

}  // namespace partita::test
