// Options of the commands that put plans to work.
#include <fmt/format.h>

#include "partitioners/partitioner.h"
#include "tools/partita/options.h"

namespace partita {
namespace {

constexpr const char* kJobHelp = R"(
Without --runtime: the layer profile with most rows for the network (the first by name among
equals), else kernel models of the runtime with most measurements on this SoC, else the roofline of
the SoC description. --opp all lets a plan choose the clock of each
operator; --opp big=1.2GHz fixes one.
--change makes an SoC that does not exist of one that does, by a factor (`2x`) or, for bandwidths,
memory.energy and base-power, by a value: memory.bandwidth (what all units share), memory.energy,
base-power, links or links.KIND (hand-over steps: transform, map, sync, copy, cast, unmap), and
UNIT.speed, UNIT.bandwidth, UNIT.dispatch, UNIT.power of a unit or of a kind (cpu, gpu, npu, dsp).
)";

}  // namespace

void add_job_options(CLI::App& app, JobRequest& job) {
  app.add_option(
         "--soc", job.soc,
         "SoC: from `partita list socs`, or a .yaml file; compare takes several, joined by commas")
      ->required()
      ->type_name("NAME");
  app.add_option(
         "--model", job.model,
         "Network: from `partita list models`, or a .yaml, .onnx, .tflite or .param file; A+B "
         "runs both at once; compare takes several, joined by commas")
      ->required()
      ->type_name("NAME");
  add_dims(app, job.dims);
  app.add_option("--runtime", job.runtime, "From `partita list runtimes` (see below)")
      ->type_name("NAME");
  add_remote_options(app, job);
  add_compress(app, job.compress);
  app.add_option("--objective", job.objective, "latency (default), energy, edp or throughput")
      ->type_name("NAME");
  repeatable(app, "--opp", job.clocks, "Clocks: top (default), all, DOMAIN=FREQUENCY; repeatable",
             "CLOCK");
  add_changes(app, job.changes);
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

std::string options_help(std::span<const OptionInfo> options) {
  std::string text;
  for (const OptionInfo& option : options)
    text += wrap(fmt::format("{}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                             option.least, option.most, option.unit, option.help),
                 kReportWidth, 6);
  return text;
}

/// The partitioners with their options, from the one table.
std::string partitioner_help() {
  std::string text = "\nPartitioners (with the options of each, for --option KEY=VALUE):\n";
  for (const PartitionerInfo& info : partitioners()) {
    text += fmt::format("  {}\n", info.name) + wrap(info.summary, kReportWidth, 6);
    text += options_help(info.options);
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

void add_dims(CLI::App& app, std::vector<std::string>& dims) {
  repeatable(app, "--dim", dims, "Extent of a dynamic dimension of an .onnx file; repeatable",
             "NAME=N");
}

void add_changes(CLI::App& app, std::vector<std::string>& changes) {
  repeatable(app, "--change", changes,
             "Change the SoC: `gpu.speed=2x`, `memory.bandwidth=20 GB/s`; repeatable", "KEY=VALUE");
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

void add_jobs(CLI::App& app, Requests& r) {
  CLI::App* run = app.add_subcommand("run", "Simulate one SoC, one network, one plan");
  add_job_options(*run, r.run);
  run->add_option("--partitioner", r.run.partitioner, "Who decides the plan (list below)")
      ->type_name("NAME");
  run->add_option("--mapping", r.run.mapping,
                  "A plan by hand instead: one unit letter per operator")
      ->type_name("LETTERS");
  run->add_option("--plan", r.run.plan, "Or a plan from a file, as --save-plan writes it")
      ->type_name("FILE.yaml");
  run->add_option("--save-plan", r.run.save_plan, "Write the plan, to edit and run again")
      ->type_name("FILE.yaml");
  run->add_option("--off", r.run.off, "Overheads to leave out, comma-separated (below)")
      ->type_name("LIST");
  run->add_option("--trace", r.run.trace, "Write a trace for ui.perfetto.dev")
      ->type_name("FILE.json");
  run->add_option("--csv", r.run.csv, "Write every task as CSV")->type_name("FILE.csv");
  run->add_option("--report", r.run.report, "Write a page: timeline, waterfall, partition, ...")
      ->type_name("FILE.html");
  run->footer(
      "\nExamples:\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --partitioner chain-dp --trace "
      "trace.json\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --mapping GGLLBBBB --off copy,input\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --partitioner heft --save-plan "
      "mine.yaml\n"
      "  partita run --soc rk3399pro --model alexnet-armcl --plan mine.yaml\n"
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
  compare
      ->add_option("--report", r.compare.report,
                   "Write a page with pictures (.html), or the table as .csv or .json")
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

}  // namespace partita
