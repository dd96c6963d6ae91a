#include "tools/partita/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "partitioners/online/online.h"
#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "sim/engine/governor.h"
#include "tools/partita/commands.h"

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

constexpr const char* kJobHelp = R"(
Without --runtime: the layer profile with most rows for the network (the first by name among
equals), else kernel models of the runtime with most measurements on this SoC, else the roofline of
the SoC description. --opp all lets a plan choose the clock of each
operator; --opp big=1.2GHz fixes one.
)";

/// The partitioners with their options, from the one table.
std::string partitioner_help() {
  std::string text = "\nPartitioners (with the options of each, for --option KEY=VALUE):\n";
  for (const PartitionerInfo& info : partitioners()) {
    text += fmt::format("  {}\n", info.name) + wrap(info.summary, kReportWidth, 6);
    for (const OptionInfo& option : info.options)
      text += wrap(fmt::format("{}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                               option.least, option.most, option.unit, option.help),
                   kReportWidth, 6);
  }
  return text;
}

std::string overhead_help() {
  std::string text;
  for (std::size_t i = 0; i < kOverheads; ++i) {
    const auto overhead = static_cast<Overhead>(i);
    text += fmt::format("  {:11} {}\n", to_string(overhead), describe(overhead));
  }
  return text;
}

/// Handed from the options to the chosen command.
struct Requests {
  ListRequest list;
  ShowRequest show;
  ImportRequest import;
  RunRequest run;
  CompareRequest compare;
  LiveRequest live;
  ExplainRequest explain;
  FitRequest fit;
  ValidateRequest validate;
  StudyRequest study;
  BenchRequest bench;
  NewRequest make;
};

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

void add_remote_options(CLI::App& app, JobRequest& job) {
  app.add_option("--remote", job.remote,
                 "A second device to run operators on, from `partita list socs`; needs --over")
      ->type_name("NAME");
  app.add_option("--over", job.over, "The network to it, from `partita list links`")
      ->type_name("LINK");
  app.add_option("--bandwidth", job.bandwidth,
                 "Of that network, both ways, instead of its own: `20 MB/s`")
      ->type_name("RATE");
  app.add_option("--round-trip", job.round_trip, "Of that network, instead of its own: `10 ms`")
      ->type_name("TIME");
  app.add_option("--remote-runtime", job.remote_runtime, "As --runtime, of the second device")
      ->type_name("NAME");
}

void add_job_options(CLI::App& app, JobRequest& job) {
  app.add_option(
         "--soc", job.soc,
         "SoC: from `partita list socs`, or a .yaml file; compare takes several, joined by commas")
      ->required()
      ->type_name("NAME");
  app.add_option("--model", job.model,
                 "Network: from `partita list models`, or a .yaml or .param file; A+B runs both at "
                 "once; compare takes several, joined by commas")
      ->required()
      ->type_name("NAME");
  app.add_option("--runtime", job.runtime, "From `partita list runtimes` (see below)")
      ->type_name("NAME");
  add_remote_options(app, job);
  add_compress(app, job.compress);
  app.add_option("--objective", job.objective, "latency (default), energy, edp or throughput")
      ->type_name("NAME");
  repeatable(app, "--opp", job.clocks, "Clocks: top (default), all, DOMAIN=FREQUENCY; repeatable",
             "CLOCK");
  repeatable(app, "--option", job.options, "Option of a partitioner; repeatable", "KEY=VALUE");
  app.add_option("--belief", job.belief,
                 "What partitioners plan by, from `partita list beliefs`: NAME or NAME:VALUE "
                 "(default: what each one's paper does)")
      ->type_name("NAME");
  app.add_option("--memory-budget", job.memory_budget,
                 "Most a plan may keep in memory, for partitioners that know a limit")
      ->type_name("SIZE");
  add_plugins(app, job.plugins);
  app.add_option("--requests", job.requests, "Requests back to back (default 32)")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--seed", job.seed, "For partitioners that draw random numbers (default 0)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
  app.add_flag("--no-contention", job.no_contention, "Simulate without sharing the memory bus");
  add_json(app, job.json);
}

void add_inspection(CLI::App& app, Requests& r) {
  CLI::App* list = app.add_subcommand("list", "What can be named: SoCs, models, runtimes, ...");
  list->add_option("what", r.list.what,
                   "socs, links, models, runtimes, partitioners, beliefs, compressions, workloads, "
                   "conditions, schedulers, governors, suites or experiments")
      ->required()
      ->type_name("KIND");
  add_plugins(*list, r.list.plugins);
  add_json(*list, r.list.json);
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
  importer->add_option("file", r.import.file, "An ncnn .param, or our .yaml")
      ->required()
      ->type_name("FILE");
  importer
      ->add_option("--input", r.import.input, "Input shape N x C x H x W, for a .param without one")
      ->type_name("1x3x224x224");
  importer
      ->add_option("--output", r.import.output,
                   "Where to write the YAML; without it nothing is written")
      ->type_name("FILE");
  add_compress(*importer, r.import.compress);
  importer->footer(
      "\nExample:\n  partita import yolov4-tiny.param --input 1x3x416x416 --output "
      "yolov4-tiny.yaml");
}

void add_jobs(CLI::App& app, Requests& r) {
  CLI::App* run = app.add_subcommand("run", "Simulate one SoC, one network, one plan");
  add_job_options(*run, r.run);
  run->add_option("--partitioner", r.run.partitioner, "Who decides the plan (list below)")
      ->type_name("NAME");
  run->add_option("--mapping", r.run.mapping,
                  "A plan by hand instead: one unit letter per operator")
      ->type_name("LETTERS");
  run->add_option("--off", r.run.off, "Overheads to leave out, comma-separated (below)")
      ->type_name("LIST");
  run->add_option("--trace", r.run.trace, "Write a trace for ui.perfetto.dev")
      ->type_name("FILE.json");
  run->add_option("--csv", r.run.csv, "Write every task as CSV")->type_name("FILE.csv");
  run->footer(
      "\nExamples:\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --partitioner chain-dp --trace "
      "trace.json\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --mapping GGLLBBBB --off copy,input\n"
      "\nOverheads:\n" +
      overhead_help() + std::string(kJobHelp) + partitioner_help());

  CLI::App* compare =
      app.add_subcommand("compare", "Rank all partitioners and single units for one job");
  add_job_options(*compare, r.compare);
  compare
      ->add_option("--partitioners", r.compare.partitioners,
                   "all (default), heuristics (no searches) or a comma-separated list")
      ->type_name("LIST");
  compare
      ->add_option("--jobs", r.compare.jobs,
                   "Processes that several SoCs or networks are shared out to; the result is the "
                   "same for any number [cores]")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1024}))
      ->type_name("N");
  compare->add_option("--report", r.compare.report, "Write the table as .csv or .json")
      ->type_name("FILE");
  compare->footer(
      "\nExamples:\n"
      "  partita compare --soc rk3399pro --model alexnet-armcl\n"
      "  partita compare --soc rk3399pro --model mobilenet-armcl --objective energy --opp all\n"
      "  partita compare --soc snapdragon-660 --model mobilenet-v2 --remote edge-desktop --over "
      "wifi-5\n"
      "  partita compare --soc snapdragon-855,snapdragon-888,rk3588 --model mobilenet-v2\n"
      "  partita compare --soc jetson-agx-xavier --model googlenet+resnet18\n" +
      std::string(kJobHelp) + partitioner_help());
}

std::string scheduler_help() {
  std::string text = "\nSchedulers (with the options of each, for --set KEY=VALUE):\n";
  for (const OnlineInfo& info : online_schedulers()) {
    text += fmt::format("  {}\n", info.name) + wrap(info.summary, kReportWidth, 6);
    for (const OptionInfo& option : info.options)
      text += wrap(fmt::format("{}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                               option.least, option.most, option.unit, option.help),
                   kReportWidth, 6);
  }
  text += "\nGovernors:\n";
  for (std::size_t i = 0; i < kGovernors; ++i) {
    const auto kind = static_cast<GovernorKind>(i);
    text += fmt::format("  {:16} {}\n", to_string(kind), governor_summary(kind));
  }
  return text;
}

void add_live_options(CLI::App& live, LiveRequest& l) {
  live.add_option("--soc", l.soc, "SoC: from `partita list socs`, or a .yaml file")
      ->required()
      ->type_name("NAME");
  live.add_option("--workload", l.workload, "From `partita list workloads`, or a .yaml file")
      ->type_name("NAME");
  live.add_option("--model", l.model, "Or one network, asked for again as soon as it has answered")
      ->type_name("NAME");
  live.add_option("--partitioner", l.partitioner, "Who plans the streams (default heft)")
      ->type_name("NAME");
  live.add_option("--scheduler", l.scheduler,
                  "Decide while running instead (below; default: every stream follows its plan)")
      ->type_name("NAME");
  repeatable(live, "--set", l.set, "Option of the scheduler; repeatable", "KEY=VALUE");
  live.add_option("--workers", l.workers,
                  "Units the scheduler chooses among, comma-separated (default: one per cluster "
                  "and accelerator)")
      ->type_name("LIST");
  live.add_option("--governor", l.governors,
                  "Of every clock, or DOMAIN=GOVERNOR,...: performance (default), stock, or from "
                  "the list below; fixed takes a clock: big=fixed:1.8GHz")
      ->type_name("LIST");
  live.add_option("--duration", l.duration, "Instead of the workload's (--model: 10 s)")
      ->type_name("TIME");
  live.add_option("--runtime", l.runtime, "From `partita list runtimes`")->type_name("NAME");
  add_remote_options(live, l);
  live.add_option("--objective", l.objective, "Of the plans: latency (default), energy, ...")
      ->type_name("NAME");
  repeatable(live, "--option", l.options, "Option of the partitioner; repeatable", "KEY=VALUE");
  live.add_option("--off", l.off,
                  "What does not move, comma-separated: contention, governors, heat, idle, "
                  "memory-clock, conditions")
      ->type_name("LIST");
  live.add_option("--seed", l.seed, "Of arrivals that are drawn (default 0)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
  live.add_option("--sample", l.sample, "Time between samples (default 10 ms where they are kept)")
      ->type_name("TIME");
  live.add_option("--samples", l.samples, "Write clocks, power, bandwidth over time as CSV")
      ->type_name("FILE.csv");
  live.add_option("--csv", l.csv, "Write every request as CSV")->type_name("FILE.csv");
  live.add_option("--trace", l.trace, "Write a trace for ui.perfetto.dev")->type_name("FILE.json");
  add_plugins(live, l.plugins);
  add_json(live, l.json);
}

void add_live(CLI::App& app, Requests& r) {
  CLI::App* live = app.add_subcommand(
      "live", "Streams of requests on a phone whose clocks, heat and other programs move");
  add_live_options(*live, r.live);
  live->add_option("--conditions", r.live.conditions,
                   "From `partita list conditions`, or a .yaml file (default: calm)")
      ->type_name("NAME");
  live->footer(
      "\nExamples:\n"
      "  partita live --soc snapdragon-855 --workload camera --governor stock\n"
      "  partita live --soc snapdragon-865 --workload ar-vr --scheduler sel --conditions game\n"
      "  partita live --soc rk3588 --model mobilenet-v2 --partitioner pipeline --duration 2s\n" +
      scheduler_help());

  CLI::App* replay =
      app.add_subcommand("replay", "The same under clocks and loads that a device has recorded");
  replay
      ->add_option("trace", r.live.recorded,
                   "CSV (at_s, DOMAIN_hz, HARDWARE_load, ambient_c), Chrome JSON as Perfetto "
                   "exports it, or ftrace text")
      ->required()
      ->type_name("TRACE");
  add_live_options(*replay, r.live);
  replay->footer(
      "\nExample:\n"
      "  partita live --soc rk3588 --model mobilenet-v2 --governor stock --samples phone.csv\n"
      "  partita replay phone.csv --soc rk3588 --model squeezenet\n");
}

void add_explain(CLI::App& app, Requests& r) {
  CLI::App* explain =
      app.add_subcommand("explain", "Which overhead turned a plan's gain into a loss");
  add_job_options(*explain, r.explain);
  explain->add_option("--partitioner", r.explain.partitioner, "Whose plan is taken apart")
      ->required()
      ->type_name("NAME");
  explain
      ->add_option("--against", r.explain.against,
                   "Baseline: single (default, the best single unit) or a partitioner")
      ->type_name("NAME");
  explain->add_flag("--first", r.explain.first,
                    "The first request after start-up: graphs are built, the plan is made");
  explain->footer(
      "\nExamples:\n"
      "  partita explain --soc snapdragon-855 --model vgg16 --runtime mace --partitioner mulayer\n"
      "\nEvery overhead is switched off alone (what the plan gains without it), and all are "
      "switched "
      "on\none after another from computing alone (what each adds):\n" +
      overhead_help() + std::string(kJobHelp));
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
  add_json(*validate, r.validate.json);
  validate->footer("\nExample:\n  partita validate rk3399pro-mappings");

  CLI::App* study =
      app.add_subcommand("study", "Experiments over SoCs, networks and conditions, and answers");
  study
      ->add_option("experiments", r.study.experiments,
                   "Names from `partita list experiments`, .yaml files, or all (default)")
      ->type_name("EXPERIMENT");
  study->add_flag("--quick", r.study.quick, "The part of each experiment that it names as quick");
  study->add_option("--report", r.study.report, "Write the report as .md, .json or .csv")
      ->type_name("FILE");
  add_json(*study, r.study.json);
  study->footer(
      "\nExamples:\n  partita study --quick\n  partita study E3 E5 --report study.md\n\n"
      "Every plan is judged on the simulator under the same costs, whatever its maker believed.");

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
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (std::find(known.begin(), known.end(), arguments.front()) == known.end())
    throw_unknown("", "command", arguments.front(), known);
}

}  // namespace

std::function<void(const Console&)> parse_arguments(const std::vector<std::string>& arguments) {
  auto requests = std::make_shared<Requests>();
  CLI::App app(kAbout, "partita");
  app.footer(kExamples);
  app.set_version_flag("--version", "partita " PARTITA_VERSION);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  add_jobs(app, *requests);
  add_inspection(app, *requests);
  add_live(app, *requests);
  add_explain(app, *requests);
  add_new(app, *requests);
  add_fit(app, *requests);
  add_checks(app, *requests);
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
    if (name == "bench") bench(requests->bench, console);
  };
}

}  // namespace partita
