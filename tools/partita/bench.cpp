// partita bench: how fast is this machine at it, beside what it could be?
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "partitioners/plugin.h"
#include "sim/report/describe.h"
#include "sim/report/json_text.h"
#include "tools/partita/bench_measure.h"
#include "tools/partita/commands.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

std::string bench_json(const BenchResult& r) {
  ordered_json partition_ms = ordered_json::object(), of_cost_table = ordered_json::object();
  for (const auto& [name, ms] : r.partition_ms) {
    partition_ms[name] = or_null(ms);
    of_cost_table[name] = or_null(ms ? std::optional(*ms / r.cost_table_ms) : std::nullopt);
  }
  return json_text({{"repetitions", r.repetitions},
                    {"systemc_events_per_s", r.systemc_events_per_s},
                    {"simulate_tasks_per_s", r.simulate_tasks_per_s},
                    {"simulate_events_per_task", r.simulate_events_per_task},
                    {"simulate_events_per_s", r.simulate_events_per_s},
                    {"simulate_of_raw", r.simulate_of_raw},
                    {"bus_asked", r.bus_asked},
                    {"full_bus_asked", r.full_bus_asked},
                    {"full_bus_tasks_per_s", r.full_bus_tasks_per_s},
                    {"full_bus_events_per_task", r.full_bus_events_per_task},
                    {"estimate_tasks_per_s", r.estimate_tasks_per_s},
                    {"scan_tasks_per_s", r.scan_tasks_per_s},
                    {"estimate_of_raw", r.estimate_of_raw},
                    {"live_still_tasks_per_s", r.live_still_tasks_per_s},
                    {"live_still_events_per_task", r.live_still_events_per_task},
                    {"live_tasks_per_s", r.live_tasks_per_s},
                    {"live_events_per_task", r.live_events_per_task},
                    {"simulate_run_fixed_us", r.simulate_run_fixed_us},
                    {"simulate_run_small_us", r.simulate_run_small_us},
                    {"memory_runs", r.memory_runs},
                    {"memory_growth_bytes", r.memory_growth_bytes},
                    {"cost_table_ms", r.cost_table_ms},
                    {"partition_ms", std::move(partition_ms)},
                    {"partition_of_cost_table", std::move(of_cost_table)}});
}

std::string bench_text(const BenchResult& r, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"what", Align::left, 50},
                   {"rate", Align::right},
                   {"raw limit", Align::right},
                   {"ratio", Align::right}});
  table.add({"simulate, tasks/s", format_count(r.simulate_tasks_per_s), "", ""});
  table.add({"simulate, kernel events/s (raw: bare SystemC)", format_count(r.simulate_events_per_s),
             format_count(r.systemc_events_per_s), fmt::format("{:.2f}", r.simulate_of_raw)});
  table.add(
      {"simulate, kernel events/task", fmt::format("{:.2f}", r.simulate_events_per_task), "", ""});
  table.add(
      {fmt::format("simulate, tasks/s with {} of the bus asked for", percent(r.full_bus_asked, 0)),
       format_count(r.full_bus_tasks_per_s), "", ""});
  table.add({"estimate, tasks/s (raw: reading the tasks once)",
             format_count(r.estimate_tasks_per_s), format_count(r.scan_tasks_per_s),
             fmt::format("{:.2f}", r.estimate_of_raw)});
  table.add(
      {"live, tasks/s, nothing moves but the bus", format_count(r.live_still_tasks_per_s), "", ""});
  table.add(
      {"live, tasks/s, with clocks, power and heat", format_count(r.live_tasks_per_s), "", ""});
  table.add({"live, kernel events/task", fmt::format("{:.2f}", r.live_events_per_task), "", ""});
  table.add({"one run of 1 task, us", fmt::format("{:.2f}", r.simulate_run_fixed_us), "", ""});
  table.add({"one run of 20 tasks, us", fmt::format("{:.2f}", r.simulate_run_small_us), "", ""});
  table.add({fmt::format("memory growth over {} runs, KiB", r.memory_runs),
             fmt::format("{:.0f}", r.memory_growth_bytes / 1024), "", ""});
  std::string out =
      wrap(fmt::format(
          "10,000 tasks on 4 units with contention ({} of the bus asked for); medians of {} "
          "repetitions, one core.",
          percent(r.bus_asked, 0), r.repetitions)) +
      "\n" + table.render(style);
  TextTable times({{"partitioner, 200 operators on 4 units", Align::left, 50},
                   {"ms", Align::right},
                   {"cost table ms", Align::right},
                   {"ratio", Align::right}});
  for (const auto& [name, ms] : r.partition_ms)
    times.add({name, ms ? fmt::format("{:.3f}", *ms) : "too large for it",
               fmt::format("{:.3f}", r.cost_table_ms),
               ms ? fmt::format("{:.1f}", *ms / r.cost_table_ms) : "-"});
  return out + "\n" + times.render(style);
}

}  // namespace

void bench(const BenchRequest& request, const Console& console) {
  const Registry registry(request.plugins, request.own);
  const BenchResult result = measure(registry.all(), console.progress("measuring"));
  console.print(request.json ? bench_json(result) : bench_text(result, console.style()));
}

}  // namespace partita
