// The script for bash: what the table of options says, then one function that looks it up.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "partitioners/online/online.h"
#include "partitioners/partitioner.h"
#include "sim/plan/overheads.h"
#include "tools/partita/listing.h"
#include "tools/partita/shell.h"

namespace partita {
namespace {

/// What can stand for a value, as words of the script: `@socs` is asked of `partita list socs`,
/// `@file` and `@folder` are the shell's; anything else stands for itself.
using Values = std::vector<std::string>;

/// Each `KEY=`, once.
template <class Infos>
Values keys_of(const Infos& infos) {
  std::set<std::string> keys;
  for (const auto& info : infos)
    for (const OptionInfo& option : info.options) keys.insert(option.name + "=");
  return {keys.begin(), keys.end()};
}

Values with(Values words, const Values& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Of options and operands whose values no listing names, by command (or any: "") and name.
std::optional<Values> known_values(const std::string& command, const std::string& name) {
  static const std::map<std::pair<std::string, std::string>, Values> table{
      {{"", "--objective"}, objective_names()},
      {{"", "--precision"}, {"fp32", "fp16", "int8"}},
      {{"", "--opp"}, {"top", "all"}},
      {{"", "--option"}, keys_of(partitioners())},
      {{"", "--partitioner"}, {"@partitioners"}},
      {{"", "--partitioners"}, {"all", "heuristics", "@partitioners"}},
      {{"", "--against"}, {"@partitioners"}},
      {{"", "--scheduler"}, {"@schedulers"}},
      {{"", "--set"}, keys_of(online_schedulers())},
      {{"", "--governor"}, {"stock", "@governors"}},
      {{"", "--off"}, overhead_names()},
      {{"live", "--off"},
       {"contention", "governors", "heat", "idle", "cache", "memory-clock", "conditions"}},
      {{"list", "what"}, listable()},
      {{"show", "what"}, {"soc", "link", "model", "runtime"}},
      {{"show", "name"}, {"@what", "@file"}},
      {{"new", "what"}, {"partitioner"}},
      {{"fit", "what"}, {"contention", "thermal"}},
      {{"completion", "shell"}, {"bash"}}};
  const std::string like = command == "replay" ? "live" : command;
  for (const std::string& which : {like, std::string()})
    if (const auto found = table.find({which, name}); found != table.end()) return found->second;
  return std::nullopt;
}

Values values_of(const CLI::App& command, const CLI::Option& option) {
  const std::string name = option.get_name(option.get_positional(), false);
  const std::string& help = option.get_description();
  const std::string type = option.get_type_name();
  if (auto known = known_values(command.get_name(), name)) return *known;
  Values values;
  std::smatch listed;  // The help says where the names come from.
  if (std::regex_search(help, listed, std::regex("`partita list ([a-z]+)`")))
    values.push_back("@" + listed[1].str());
  if (option.get_positional() && help.find(", or all") != std::string::npos)
    values.emplace_back("all");
  if (type.rfind("FOLDER", 0) == 0) return with(values, {"@folder"});
  if (type.rfind("FILE", 0) == 0 || type == "TRACE" ||
      (!values.empty() && help.find(".yaml") != std::string::npos))
    values.emplace_back("@file");
  return values;
}

bool is_shown(const CLI::Option& option) {
  return !option.get_group().empty();
}

/// `case` branches of one command: its options, its operands, and what each may be.
std::string branches_of(const CLI::App& command) {
  std::string options, operands, values;
  int operand = 0;
  for (const CLI::Option* option : command.get_options()) {
    if (!is_shown(*option)) continue;
    const bool many = option->get_items_expected_max() > 1;
    if (option->get_positional()) {
      const std::string at = many ? "*" : std::to_string(++operand);
      operands += fmt::format("    {},operand{}) echo {} ;;\n", command.get_name(),
                              many ? "*" : std::to_string(operand),
                              fmt::join(values_of(command, *option), " "));
      continue;
    }
    for (const std::string& name : option->get_lnames()) options += " --" + name;
    if (option->get_items_expected_max() == 0) continue;
    for (const std::string& name : option->get_lnames())
      values += fmt::format("    {},--{}) echo {} ;;\n", command.get_name(), name,
                            fmt::join(values_of(command, *option), " "));
  }
  return fmt::format("    {0},options) echo{1} ;;\n", command.get_name(), options) + values +
         operands;
}

// The values of `--option=` and `NAME:` come as words of their own: = and : break words.
constexpr const char* kFunction = R"bash(
_partita() {
  COMPREPLY=()
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} command='' option='' at word
  local -a operands=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=${COMP_WORDS[at]}
    if [[ $word == = ]]; then
      continue
    elif [[ -n $option && $word != -* ]]; then
      if [[ ${COMP_WORDS[at + 1]-} == = && $((at + 1)) -lt $COMP_CWORD ]]; then return; fi
      option=''
    elif [[ $word == --* ]]; then
      option=''
      if [[ -n $command ]] && _partita_values "$command,$word" >/dev/null; then option=$word; fi
    elif [[ -z $command ]]; then
      command=$word
    else
      operands+=("$word")
    fi
  done
  if [[ $current == = ]]; then current=''; fi
  local values
  if [[ -z $command ]]; then
    values=$(_partita_values ",commands")
  elif [[ -n $option ]]; then
    values=$(_partita_values "$command,$option")
  elif [[ $current == -* ]]; then
    values=$(_partita_values "$command,options")
  else
    values=$(_partita_values "$command,operand$((${#operands[@]} + 1))")
  fi
  _partita_offer "$values"
}

_partita_offer() {
  # Lists go on after a comma, networks that run at once after a plus.
  local before='' last=$current words='' word
  if [[ $current == *[,+]* ]]; then
    last=${current##*[,+]}
    before=${current%"$last"}
  fi
  for word in $1; do
    case $word in
      @file | @folder) ;;
      @what) words+=" $("$program" list "${operands[0]}s" --names 2>/dev/null)" ;;
      @*) words+=" $("$program" list "${word#@}" --names 2>/dev/null)" ;;
      *) words+=" $word" ;;
    esac
  done
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "$last")
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
  if ((${#COMPREPLY[@]} > 0)); then return; fi
  case " $1 " in
    *' @file '*) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *' @folder '*) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
}

complete -F _partita partita
)bash";

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string commands, branches;
  for (const CLI::App* command : shown_commands(app)) {
    commands += " " + command->get_name();
    branches += branches_of(*command);
  }
  return "# Completion of partita for bash; written by `partita completion bash`.\n"
         "# shellcheck shell=bash\n\n"
         "# What can stand for an option's value or an operand; fails where nothing can.\n"
         "_partita_values() {\n  case $1 in\n    ,commands) echo" +
         commands + " --help --version ;;\n" + branches + "    *) return 1 ;;\n  esac\n}\n" +
         kFunction;
}

}  // namespace partita
