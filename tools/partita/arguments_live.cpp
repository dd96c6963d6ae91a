// Options of the living phone.
#include <fmt/format.h>

#include "partitioners/online/online.h"
#include "sim/engine/governor.h"
#include "tools/partita/options.h"

namespace partita {
namespace {

void add_live_options(CLI::App& live, LiveRequest& l) {
  live.add_option("--soc", l.soc, "SoC: from `partita list socs`, or a .yaml file")
      ->required()
      ->type_name("NAME");
  live.add_option("--workload", l.workload, "From `partita list workloads`, or a .yaml file")
      ->type_name("NAME");
  live.add_option("--model", l.model, "Or one network, asked for again as soon as it has answered")
      ->type_name("NAME");
  add_dims(live, l.dims);
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
  add_changes(live, l.changes);
  repeatable(live, "--option", l.options, "Option of the partitioner; repeatable", "KEY=VALUE");
  live.add_option("--off", l.off,
                  "What does not move, comma-separated: contention, governors, heat, idle, cache, "
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
  live.add_option("--report", l.report, "Write a page: requests, units, clocks, heat, ...")
      ->type_name("FILE.html");
  add_plugins(live, l.plugins);
  add_json(live, l.json);
}

}  // namespace

std::string scheduler_help() {
  std::string text = "\nSchedulers (with the options of each, for --set KEY=VALUE):\n";
  for (const OnlineInfo& info : online_schedulers()) {
    text += fmt::format("  {}\n", info.name) + wrap(info.summary, kReportWidth, 6);
    text += options_help(info.options);
  }
  text += "\nGovernors:\n";
  for (std::size_t i = 0; i < kGovernors; ++i) {
    const auto kind = static_cast<GovernorKind>(i);
    text += fmt::format("  {:16} {}\n", to_string(kind), governor_summary(kind));
  }
  return text;
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
      ->add_option("recording", r.live.recorded,
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

}  // namespace partita
