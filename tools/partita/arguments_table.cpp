// The options as data, and those of a job alone.
#include <fmt/format.h>

#include "sim/base/error.h"
#include "tools/partita/arguments.h"
#include "tools/partita/options.h"
#include "tools/partita/shell.h"

namespace partita {
namespace {

ArgumentText text_of(const CLI::Option& option) {
  ArgumentText text;
  text.positional = option.get_positional();
  text.name = text.positional ? option.get_name(true) : option.get_lnames().front();
  text.help = option.get_description();
  text.flag = option.get_items_expected_max() == 0;
  if (!text.flag) text.type = option.get_type_name();
  text.required = option.get_required();
  text.several = option.get_expected_max() > 1;
  return text;
}

CommandText text_of(const CLI::App& command) {
  CommandText text{command.get_name(), command.get_description(), command.get_footer(), {}};
  for (const CLI::Option* option : command.get_options())
    if (option != command.get_help_ptr() && !option->get_group().empty())
      text.arguments.push_back(text_of(*option));
  return text;
}

}  // namespace

std::vector<CommandText> command_table() {
  Requests requests;
  CLI::App app;
  add_all(app, requests);
  std::vector<CommandText> table;
  for (const CLI::App* command : shown_commands(app)) table.push_back(text_of(*command));
  return table;
}

CommandText job_table() {
  JobRequest request;
  CLI::App app("A SoC, a network and where its costs come from", "job");
  add_job_options(app, request);
  return text_of(app);
}

JobRequest parse_job(const std::vector<std::string>& arguments) {
  JobRequest request;
  CLI::App app("", "job");
  add_job_options(app, request);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format("job: {}", error.what()));
  }
  return request;
}

}  // namespace partita
