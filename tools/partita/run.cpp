// partita run: one SoC, one network, one plan.
#include <algorithm>
#include <optional>

#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/plan/plan_file.h"
#include "sim/report/page_run.h"
#include "sim/report/trace.h"
#include "tools/partita/decide.h"
#include "tools/partita/evaluate.h"
#include "tools/partita/plan_run.h"
#include "tools/partita/report_file.h"

namespace partita {
namespace {

Decision choose_plan(const RunRequest& request, const Prepared& prepared, const Registry& registry,
                     Beliefs& beliefs, const Console& console) {
  if (!request.partitioner.empty())
    return decide(prepared, request, registry.find(request.partitioner), OptionsFor::it, console,
                  beliefs);
  Decision given;
  given.result.plan = request.plan.empty() ? plan_from_letters(prepared, request.mapping)
                                           : plan_from_file(prepared, request.plan);
  return given;
}

}  // namespace

void run(const RunRequest& request, const Console& console) {
  const int sources =
      !request.partitioner.empty() + !request.mapping.empty() + !request.plan.empty();
  if (sources != 1)
    throw InputError("run: give one of --partitioner NAME, --mapping LETTERS, --plan FILE");
  const Registry registry(request.plugins, request.own);
  if (!request.partitioner.empty()) registry.find(request.partitioner);
  if (request.partitioner.empty() && !request.options.empty())
    throw InputError("--option: options are for partitioners, and a given plan uses none");
  LowerOptions overheads = overheads_without(request.off);
  const bool page = !report_format(request.report, {".html"}).empty();

  const auto prepared = prepare(request);  // Soc, Graph, CostModel
  Beliefs beliefs(*prepared, static_cast<std::uint64_t>(request.seed));
  const Decision decided = choose_plan(request, *prepared, registry, beliefs, console);
  const bool given = request.partitioner.empty();
  const std::string status = given ? "fixed" : std::string(to_string(decided.result.status));
  const std::string name = !given ? request.partitioner : request.plan.empty() ? "mapping" : "plan";
  Evaluator evaluate(*prepared, beliefs.bounds(std::string(kTruth)), overheads);
  Outcome outcome = evaluate(name, status, decided.result.plan);

  outcome.belief = decided.belief;
  outcome.believed_value = decided.result.value;
  outcome.front = evaluate_front(*prepared, decided.result.front, overheads);

  const Job job = prepared->job();
  overheads.requests =
      request.requests > 0 ? prepared->requests : objective_requests(prepared->objective);
  const Schedule schedule = lower(job.model, job.graph, outcome.plan, overheads);
  const Simulation simulation =
      simulate(schedule, {.contention = job.contention, .record = page || !request.trace.empty()});
  if (!request.save_plan.empty())
    write_file(request.save_plan, write_plan(job.soc, job.graph, outcome.plan));
  if (!request.trace.empty())
    write_file(request.trace, chrome_trace(job, outcome.plan, schedule, simulation.timeline,
                                           counters_of(simulation.samples)));
  // What a run switches off itself is not taken apart once more.
  const auto apart = page && request.off.empty()
                         ? std::optional(take_apart(*prepared, name, outcome.plan))
                         : std::nullopt;
  if (page)
    write_file(request.report,
               run_page({job, outcome, schedule, simulation.timeline,
                         counters_of(simulation.samples), apart ? &*apart : nullptr})
                   .html());
  if (!request.csv.empty()) write_file(request.csv, tasks_csv(job, schedule, simulation.timeline));
  console.print(request.json
                    ? run_json(job, outcome)
                    : run_text(job, outcome, schedule, simulation.timeline, console.style()));
}

}  // namespace partita
