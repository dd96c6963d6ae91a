#include "tools/partita/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "sim/base/error.h"
#include "tools/partita/import_report.h"
#include "tools/partita/options.h"
#include "tools/partita/shell.h"

namespace partita {
namespace {

constexpr const char* kAbout =
    "Partita simulates inference on the processors of a mobile SoC: how long, how much energy, and "
    "how\n"
    "sure, if a network is split over CPU clusters, GPU and NPU in this way?";

constexpr const char* kExamples = R"(
Examples:
  partita compare --soc rk3399pro --model alexnet-armcl     rank every way to split it
  partita run --soc rk3399pro --model alexnet-armcl --partitioner chain-dp --trace trace.json
  partita show soc rk3399pro                                every number, with its source
  partita validate rk3399pro-mappings                       how wrong is it, on measured mappings?
  partita COMMAND --help                                    options and more examples

Exit codes: 0 done, 1 failed, 2 wrong input. PARTITA_DATA names another folder of socs/, models/, ...)";

}  // namespace

/// A repeatable option of one value each.
void repeatable(CLI::App& app, const char* name, std::vector<std::string>& values, const char* help,
                const char* type) {
  app.add_option(name, values, help)->type_name(type)->type_size(1)->allow_extra_args(false);
}

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json, "Write JSON to standard output, and nothing else");
}

void add_plugins(CLI::App& app, std::vector<std::string>& plugins) {
  repeatable(app, "--plugin", plugins,
             "Shared library with further partitioners (`partita new`); repeatable", "FILE.so");
}

void add_compress(CLI::App& app, std::string& list) {
  app.add_option("--compress", list,
                 "Compress the network first, in this order: prune:0.5, low-rank:0.25, int8, fuse, "
                 "merge (`partita list compressions`)")
      ->type_name("LIST");
}

namespace {

void add_inspection(CLI::App& app, Requests& r) {
  CLI::App* list = app.add_subcommand("list", "What can be named: SoCs, models, runtimes, ...");
  list->add_option("what", r.list.what,
                   "socs, links, models, runtimes, partitioners, beliefs, compressions, workloads, "
                   "conditions, schedulers, governors, suites or experiments")
      ->required()
      ->type_name("KIND");
  add_plugins(*list, r.list.plugins);
  CLI::Option* names = list->add_flag("--names", r.list.names, "Only the names, one a line");
  add_json(*list, r.list.json);
  list->get_option("--json")->excludes(names);
  list->footer("\nExample:\n  partita list models");

  CLI::App* show =
      app.add_subcommand("show", "Everything a SoC description, a network or a runtime holds");
  show->add_option("what", r.show.what, "soc, link, model or runtime")
      ->required()
      ->type_name("KIND");
  show->add_option("name", r.show.name, "A name from `partita list`, or a file")
      ->required()
      ->type_name("NAME");
  add_compress(*show, r.show.compress);
  add_json(*show, r.show.json);
  show->footer(
      "\nExamples:\n  partita show soc snapdragon-855\n  partita show model alexnet-armcl\n"
      "  partita show runtime tflite");

  CLI::App* importer =
      app.add_subcommand("import", "Read a network file, say what is in it, write our YAML");
  importer->add_option("file", r.import.file, "An .onnx, a .tflite, an ncnn .param, or our .yaml")
      ->required()
      ->type_name("FILE");
  importer
      ->add_option("--input", r.import.input, "Input shape N x C x H x W, for a .param without one")
      ->type_name("1x3x224x224");
  add_dims(*importer, r.import.dims);
  importer
      ->add_option("--runtime", r.import.runtime,
                   "Say what this runtime joins and cannot run, from `partita list runtimes`")
      ->type_name("NAME");
  importer
      ->add_option("--soc", r.import.soc,
                   "Say what the units of this SoC cannot run, from `partita list socs`")
      ->type_name("NAME");
  importer
      ->add_option("--output", r.import.output,
                   "Where to write the YAML; without it nothing is written")
      ->type_name("FILE");
  add_compress(*importer, r.import.compress);
  importer->footer(
      "\nExamples:\n"
      "  partita import yolov4-tiny.param --input 1x3x416x416 --output yolov4-tiny.yaml\n"
      "  partita import net.onnx --dim batch=1 --runtime tflite --soc snapdragon-855\n" +
      import_help());
}

void add_new(CLI::App& app, Requests& r) {
  CLI::App* make = app.add_subcommand("new", "Begin a partitioner of your own: code, test, CMake");
  make->add_option("what", r.make.what, "partitioner")->required()->type_name("KIND");
  make->add_option("name", r.make.name, "Small letters, digits and hyphens")
      ->required()
      ->type_name("NAME");
  make->add_option("--into", r.make.into, "Folder to write to (default: this one)")
      ->type_name("FOLDER");
  make->footer(
      "\nExample:\n  partita new partitioner my-idea --into mine\n"
      "\ndocs/your-own-partitioner.md is the walk-through.");
}

void add_fit(CLI::App& app, Requests& r) {
  CLI::App* fit = app.add_subcommand("fit", "Measurements of your own device into a profile");
  fit->add_option("what", r.fit.what,
                  "contention or thermal: the part of a SoC description to fit to FILE; without it "
                  "a profile, which needs --soc, --runtime and --from")
      ->type_name("KIND");
  fit->add_option("file", r.fit.file, "Measurements for contention or thermal")->type_name("FILE");
  fit->add_option("--soc", r.fit.soc, "SoC: from `partita list socs`, or a .yaml file")
      ->type_name("NAME");
  fit->add_option("--runtime", r.fit.runtime, "Runtime from `partita list runtimes`, e.g. tflite")
      ->type_name("NAME");
  repeatable(*fit, "--from", r.fit.from,
             "Output of benchmark_model (text, or its profiling CSV) or of benchncnn; or our "
             "operators.csv or networks.csv; repeatable",
             "FILE");
  fit->add_option("--check", r.fit.check,
                  "Rows of other networks: predicted, not fitted to; how wrong is the fit there?")
      ->type_name("FILE");
  fit->add_flag("--fresh", r.fit.fresh,
                "As if nobody had measured this SoC: what traces/ holds of it does not count");
  fit->add_option("--precision", r.fit.precision, "fp32 (default), fp16 or int8")
      ->type_name("NAME");
  fit->add_option("--unit", r.fit.unit,
                  "Where it ran: a unit of the SoC, or cores as `prime:1 gold:3`; default as the "
                  "file says")
      ->type_name("UNIT");
  fit->add_option("--network", r.fit.network,
                  "The network's name in `partita list models`; default as the file says")
      ->type_name("NAME");
  fit->add_option("--output", r.fit.output,
                  "Folder to write the profile to: traces/<soc>/<runtime>-<precision>")
      ->type_name("FOLDER");
  fit->add_option("--device", r.fit.device, "For the profile: the device")->type_name("TEXT");
  fit->add_option("--runtime-version", r.fit.version, "For the profile: the runtime's version")
      ->type_name("TEXT");
  fit->add_option("--date", r.fit.date, "For the profile: when it was measured")->type_name("TEXT");
  add_json(*fit, r.fit.json);
  fit->footer(
      "\nExamples:\n"
      "  partita fit --soc rk3588 --runtime ncnn --from benchncnn.txt\n"
      "  partita fit --soc snapdragon-855 --runtime tflite --from benchmark_model.txt --network "
      "mobilenet_w1 --unit prime:1\n"
      "  partita fit contention matrix.csv\n"
      "\nEvery row is checked against what the others predict; rows that do not fit are named. "
      "With\n"
      "--output the rows become a profile, which run and compare use from then on.\n"
      "docs/profile-your-phone.md is the walk-through.");
}

void add_checks(CLI::App& app, Requests& r) {
  CLI::App* validate = app.add_subcommand("validate", "Predictions against measurements");
  validate->add_option("suite", r.validate.suite, "A name from `partita list suites`, or all")
      ->required()
      ->type_name("SUITE");
  validate->add_option("--data", r.validate.data, "Measurements from outside the repository")
      ->type_name("FILE");
  validate
      ->add_option("--report", r.validate.report,
                   "Write a page: predicted against measured, errors, the table")
      ->type_name("FILE.html");
  add_json(*validate, r.validate.json);
  validate->footer(
      "\nExamples:\n  partita validate rk3399pro-mappings\n"
      "  partita validate gpu-models --report gpus.html");

  CLI::App* study =
      app.add_subcommand("study", "Experiments over SoCs, networks and conditions, and answers");
  study
      ->add_option("experiments", r.study.experiments,
                   "Names from `partita list experiments`, .yaml files, or all (default)")
      ->type_name("EXPERIMENT");
  study->add_flag("--quick", r.study.quick, "The part of each experiment that it names as quick");
  study->add_option("--report", r.study.report, "Write the report as a page with pictures (.html), .md, .json or .csv")
      ->type_name("FILE");
  add_json(*study, r.study.json);
  study->footer(
      "\nExamples:\n  partita study --quick\n  partita study E3 E5 --report study.md\n\n"
      "Every plan is judged on the simulator under the same costs, whatever its maker believed.");

  CLI::App* serve = app.add_subcommand("serve", "A page to try splits by hand, in a browser");
  serve->add_option("--port", r.serve.port, "Where to listen; 0: any that is free [8080]")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{65535}))
      ->type_name("N");
  serve->add_option("--host", r.serve.host, "Address to listen on [127.0.0.1: this machine alone]")
      ->type_name("ADDRESS");
  repeatable(*serve, "--soc", r.serve.socs, "A SoC of yours beside the catalogue's (repeatable)",
             "FILE");
  repeatable(*serve, "--model", r.serve.models,
             "A network of yours (.yaml .param .onnx .tflite) beside the catalogue's (repeatable)",
             "FILE");
  serve->add_option("--seconds", r.serve.seconds, "The longest an answer may take [10]")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S");
  serve->footer(
      "\nExample:\n  partita serve --port 8080\n  partita serve --model mine.onnx\n\n"
      "Opens nothing by itself: go to the address it prints. docs/lab.md says what is there.");

  CLI::App* bench =
      app.add_subcommand("bench", "Speed of simulation, estimate and partitioners here");
  add_plugins(*bench, r.bench.plugins);
  add_json(*bench, r.bench.json);
  bench->footer("\nExample:\n  partita bench --json");
}

[[noreturn]] void throw_unexpected(const CLI::App& command) {
  const auto extra = command.remaining(true);
  const auto option = std::find_if(extra.begin(), extra.end(),
                                   [](const std::string& text) { return text.rfind('-', 0) == 0; });
  if (option == extra.end())
    throw InputError(fmt::format("{}: one argument too many: \"{}\"; see `partita {} --help`",
                                 command.get_name(), extra.empty() ? "" : extra.front(),
                                 command.get_name()));
  std::vector<std::string> known;
  for (const CLI::Option* candidate : command.get_options())
    if (!candidate->get_lnames().empty()) known.push_back("--" + candidate->get_lnames().front());
  throw_unknown(command.get_name(), "option", option->substr(0, option->find('=')), known);
}

/// Parsing failed: one line that says what to do.
[[noreturn]] void throw_as_input_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty())
    throw InputError(fmt::format("{}; `partita --help` lists the commands", error.what()));
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) throw_unexpected(*chosen.front());
  const std::string name = chosen.front()->get_name();
  throw InputError(fmt::format("{}: {}; see `partita {} --help`", name, error.what(), name));
}

void check_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().rfind('-', 0) == 0) return;
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == arguments.front()) return;
  std::vector<std::string> known;
  for (const CLI::App* command : shown_commands(app)) known.push_back(command->get_name());
  throw_unknown("", "command", arguments.front(), known);
}

}  // namespace

void add_all(CLI::App& app, Requests& requests) {
  app.footer(kExamples);
  app.set_version_flag("--version", "partita " PARTITA_VERSION);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  add_jobs(app, requests);
  add_inspection(app, requests);
  add_live(app, requests);
  add_explain(app, requests);
  add_new(app, requests);
  add_fit(app, requests);
  add_checks(app, requests);
  add_sweep(app, requests);
}

namespace {

void share(Requests& requests, const std::vector<PartitionerInfo>& own) {
  requests.list.own = requests.run.own = requests.compare.own = requests.live.own =
      requests.explain.own = requests.bench.own = own;
}

}  // namespace

std::function<void(const Console&)> parse_arguments(const std::vector<std::string>& arguments,
                                                    std::vector<PartitionerInfo> own) {
  auto requests = std::make_shared<Requests>();
  share(*requests, own);
  CLI::App app(kAbout, "partita");
  add_all(app, *requests);
  add_shell(app);
  check_command(app, arguments);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForVersion& version) {
    return [text = std::string(version.what()) + "\n"](const Console& console) {
      console.print(text);
    };
  } catch (const CLI::CallForHelp&) {
    return [text = app.help()](const Console& console) { console.print(text); };
  } catch (const CLI::ParseError& error) {
    throw_as_input_error(app, error);
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return [text = app.help()](const Console& console) { console.print(text); };
  const std::string name = chosen.front()->get_name();
  if (auto text = shell_text(app))
    return [text = *text](const Console& console) { console.print(text); };
  return [name, requests](const Console& console) {
    if (name == "list") list(requests->list, console);
    if (name == "show") show(requests->show, console);
    if (name == "import") import_network(requests->import, console);
    if (name == "new") make_new(requests->make, console);
    if (name == "run") run(requests->run, console);
    if (name == "compare") compare(requests->compare, console);
    if (name == "live" || name == "replay") live(requests->live, console);
    if (name == "explain") explain(requests->explain, console);
    if (name == "fit") fit(requests->fit, console);
    if (name == "validate") validate(requests->validate, console);
    if (name == "study") study(requests->study, console);
    if (name == "serve") serve(requests->serve, console);
    if (name == "sweep") sweep_plan(requests->sweep, console);
    if (name == "bench") bench(requests->bench, console);
  };
}

}  // namespace partita
