// partita(1): every command with its options, as --help has them, in roff.
#include <fmt/format.h>

#include <sstream>

#include "partitioners/online/online.h"
#include "partitioners/partitioner.h"
#include "sim/plan/overheads.h"
#include "tools/partita/options.h"
#include "tools/partita/shell.h"

namespace partita {
namespace {

/// Text for roff: what it would take for a command or turn into typographic signs.
std::string escaped(std::string_view text) {
  std::string out;
  bool quoted = false;  // Between backquotes: what one types, in bold.
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '`':
        quoted = !quoted;
        out += quoted ? "\\fB" : "\\fR";
        break;
      default:
        out += c;
    }
  }
  if (!out.empty() && out.front() == '.') out.insert(0, "\\&");
  return out + (quoted ? "\\fR" : "");
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

/// Indented lines as they are; a line that ends in a colon, and text, as paragraphs.
std::string paragraphs(const std::string& text) {
  std::istringstream lines(text);
  std::string out, line;
  bool open = false, begun = false;
  while (std::getline(lines, line)) {
    const bool example = line.rfind("  ", 0) == 0;
    if (example != open && !(line.empty() && open)) {
      out += example ? ".PP\n.EX\n" : ".EE\n";
      open = example;
    }
    if (line.empty()) {
      if (open) out += ".EE\n";
      open = begun = false;
      continue;
    }
    if (!example && !begun) out += ".PP\n";
    begun = !example;
    out += escaped(line) + "\n";
  }
  return out + (open ? ".EE\n" : "");
}

/// `N:INT in [1 - 32]` is a type and a range.
std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return italic(type.substr(0, type.find(':')));
}

std::string option_text(const CLI::Option& option) {
  std::string names;
  if (option.get_positional()) {
    names = type_of(option);
  } else {
    for (const std::string& name : option.get_snames()) names += bold("-" + name) + ", ";
    for (const std::string& name : option.get_lnames()) names += bold("--" + name) + ", ";
    names.resize(names.size() - 2);
    if (option.get_items_expected_max() > 0) names += " " + type_of(option);
  }
  std::string help = option.get_description();
  if (option.get_required()) help += " (required)";
  const std::string type = option.get_type_name();
  if (const auto range = type.find("in ["); range != std::string::npos)
    help += fmt::format(" (within {})", type.substr(range + 3));
  return ".TP\n" + names + "\n" + escaped(help) + ".\n";
}

std::string synopsis(const CLI::App& command) {
  std::string text = bold("partita " + command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    const bool operand = option->get_positional();
    if (!operand && !option->get_required()) continue;
    std::string word = operand ? "" : bold("--" + option->get_lnames().front()) + " ";
    word += type_of(*option);
    if (option->get_items_expected_max() > 1) word += " ...";
    text += option->get_required() ? " " + word : " [" + word + "]";
  }
  return text + " [" + italic("OPTIONS") + "]\n";
}

std::string without(std::string text, const std::string& part) {
  const auto at = text.find(part);
  return part.empty() || at == std::string::npos ? text : text.erase(at, part.size());
}

std::string command_text(const CLI::App& command) {
  std::string text = ".SS " + command.get_name() + "\n" + escaped(command.get_description()) +
                     ".\n.PP\n" + synopsis(command);
  for (const CLI::Option* option : command.get_options()) text += option_text(*option);
  // What several commands have in common stands once, below.
  return text + paragraphs(without(
                    without(without(command.get_footer(), partitioner_help()), scheduler_help()),
                    "\nOverheads:\n" + overhead_help()));
}

template <class Infos>
std::string algorithms(const Infos& infos, const std::string& option) {
  std::string text;
  for (const auto& info : infos) {
    text += ".TP\n" + bold(info.name) + "\n" + escaped(info.summary) + ".\n";
    for (const OptionInfo& o : info.options)
      text += ".RS\n.TP\n" + bold(fmt::format("{} {}={:g}", option, o.name, o.preset)) + "\n" +
              escaped(fmt::format("{} ({:g} to {:g} {})", o.help, o.least, o.most, o.unit)) +
              ".\n.RE\n";
  }
  return text;
}

std::string overheads() {
  std::string text;
  for (std::size_t i = 0; i < kOverheads; ++i) {
    const auto overhead = static_cast<Overhead>(i);
    text += ".TP\n" + bold(to_string(overhead)) + "\n" + escaped(describe(overhead)) + ".\n";
  }
  return text;
}

constexpr const char* kEnd = R"roff(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed: an error of the program, or output that could not be written.
.TP
.B 2
Wrong input; one line on standard error says what is wrong and, where there is a choice, what is
known. Nothing was written.
.SH ENVIRONMENT
.TP
.B PARTITA_DATA
Folder of socs/, models/, traces/ and validation/ to use instead of the installed one.
.TP
.B NO_COLOR
Where it is set, terminals get no colours.
.SH FILES
.TP
.I PREFIX/share/partita
SoCs, networks, measurements and conditions, found from where the command lies; the folders of a
source tree that the command lies in come first.
.SH SEE ALSO
PREFIX/share/doc/partita: the guide (docs/guide.md), the model (docs/model.md), the JSON documents
(docs/json.md).
)roff";

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string text =
      ".nr HY 0\n.TH PARTITA 1 \"\" \"partita " PARTITA_VERSION
      "\" \"User Commands\"\n"
      ".\\\" Written by `partita man`.\n.ad l\n"
      ".SH NAME\npartita \\- simulator of inference on the processors of mobile SoCs\n"
      ".SH SYNOPSIS\n";
  for (const CLI::App* command : shown_commands(app)) text += synopsis(*command) + ".br\n";
  std::string about = app.get_description();
  for (char& c : about)
    if (c == '\n') c = ' ';
  text += bold("partita --version") + "\n.SH DESCRIPTION\n" + escaped(about) + "\n.SH COMMANDS\n";
  for (const CLI::App* command : shown_commands(app)) text += command_text(*command);
  text += ".SH PARTITIONERS\n" + algorithms(partitioners(), "--option");
  text += ".SH SCHEDULERS\n" + algorithms(online_schedulers(), "--set");
  text +=
      ".SH OVERHEADS\nWhat \\fB\\-\\-off\\fR of \\fBpartita run\\fR leaves out:\n" + overheads();
  const std::string& footer = app.get_footer();
  const auto end = footer.find("\n\n");  // Exit codes and environment have sections of their own.
  return text + ".SH EXAMPLES\n" + paragraphs(footer.substr(0, end)) + kEnd;
}

}  // namespace partita
