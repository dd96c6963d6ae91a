// Options of sweeps.
#include "tools/partita/options.h"

namespace partita {

void add_sweep(CLI::App& app, Requests& r) {
  CLI::App* sweep = app.add_subcommand("sweep", "Many points of a design space, into a database");
  SweepRequest& s = r.sweep;
  sweep->add_option("plan", s.plan, "What varies: a .yaml file (below)")
      ->required()
      ->type_name("PLAN.yaml");
  sweep->add_option("--database", s.database, "SQLite file of the results [PLAN.sqlite]")
      ->type_name("FILE");
  sweep->add_flag("--resume", s.resume,
                  "Go on with a database begun before, from what was committed; begins one where "
                  "there is none");
  sweep->add_option("--jobs", s.jobs, "Processes; the results are the same for any number [cores]")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1024}));
  sweep
      ->add_option("--scheduler", s.scheduler,
                   "Workers of a Dask cluster instead, by the Python module: tcp://HOST:PORT")
      ->type_name("ADDRESS");
  sweep
      ->add_option("--by", s.by, "Figure that decides: latency, energy, ... [the plan's objective]")
      ->type_name("FIGURE");
  sweep->add_option("--best", s.best, "How many of the best points to show [5]")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100'000}));
  sweep
      ->add_option("--pareto", s.pareto,
                   "Show the points that none beats in all of these: latency,energy")
      ->type_name("LIST");
  sweep->add_option("--csv", s.csv, "Write every point with its figures, by number")
      ->type_name("FILE.csv");
  sweep->add_option("--report", s.report, "Write a page with the points, the axes and the best")
      ->type_name("FILE.html");
  add_plugins(*sweep, s.plugins);
  add_json(*sweep, s.json);
  sweep->footer(R"(
A plan:
  title: What would a faster memory buy?
  design: grid                  # or latin-hypercube, random: with `points`, `seed` (and `draws`)
  job:                          # one value or a list each
    soc: [snapdragon-855, rk3588]
    model: mobilenet-v2
    partitioner: [heft, chain-dp]
    # also: runtime, objective, clocks, compress, belief, requests, seed
  changes:                      # what --change takes: a list, or a range
    memory.bandwidth: {from: 0.25x, to: 4x, scale: log, steps: 5}
    gpu.speed: [1x, 2x]
  options: {}                   # of the partitioners
  # live: {workload: camera, scheduler: [plan, sel], conditions: [calm, game], duration: 2s}
  # batch: points in a transaction; contention: false

Examples:
  partita sweep plan.yaml --pareto latency,energy
  partita sweep plan.yaml --resume --csv points.csv
  sqlite3 plan.sqlite 'select * from points join results using (number) order by latency_s limit 9'

A point that cannot run is a row with its reason. docs/sweep.md has the format, and Dask and Slurm.)");
}

}  // namespace partita
