// The command line; the only part that sees CLI11.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/partita/commands.h"

namespace partita {

/// What the arguments ask for, ready to be called; `own`: partitioners beside those in the table.
/// Throws InputError.
std::function<void(const Console&)> parse_arguments(const std::vector<std::string>& arguments,
                                                    std::vector<PartitionerInfo> own = {});

/// Options that say what a job is, as `run` takes them. Throws InputError.
JobRequest parse_job(const std::vector<std::string>& arguments);

/// One argument of a command, as the parser knows it.
struct ArgumentText {
  std::string name;  ///< Without dashes.
  std::string type;  ///< `NAME`, `KEY=VALUE`, ...; empty for a flag.
  std::string help;
  bool positional = false, required = false, flag = false;
  bool several = false;  ///< May be given more than once.
};
struct CommandText {
  std::string name, summary;
  std::string footer;  ///< Examples and what else its help ends with.
  std::vector<ArgumentText> arguments;
};
/// Every command with its arguments: what other languages' bindings and shells are made of.
std::vector<CommandText> command_table();
/// What parse_job() takes, under the name `job`.
CommandText job_table();

}  // namespace partita
