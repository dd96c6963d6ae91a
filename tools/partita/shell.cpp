#include "tools/partita/shell.h"

#include "sim/base/error.h"

namespace partita {

void add_shell(CLI::App& app) {
  CLI::App* completion = app.add_subcommand("completion", "Script that completes command lines");
  completion->add_option("shell", "bash")->required()->type_name("SHELL");
  completion->group("");
  app.add_subcommand("man", "The manual page, in roff")->group("");
}

std::optional<std::string> shell_text(const CLI::App& app) {
  if (app.got_subcommand("man")) return manual_page(app);
  if (!app.got_subcommand("completion")) return std::nullopt;
  const auto shell = app.get_subcommand("completion")->get_option("shell")->as<std::string>();
  if (shell != "bash") throw_unknown("completion", "shell", shell, {"bash"});
  return bash_completion(app);
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) shown.push_back(command);
  return shown;
}

}  // namespace partita
