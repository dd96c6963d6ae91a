// The same question put to several SoCs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/units.h"
#include "sim/report/comparison.h"
#include "sim/report/describe_compression.h"

namespace partita {
namespace {

using Align = TextTable::Align;

const Outcome& best_of(const SocResult& result) {
  return result.comparison->rows.front().outcome;
}

/// The fastest plan on one unit alone; null when no unit runs the whole network.
const Outcome* best_single(const SocResult& result) {
  for (const Ranked& row : result.comparison->rows)
    if (row.outcome.single_unit) return &row.outcome;
  return nullptr;
}

}  // namespace

SocResult soc_result(const Job& job, const Comparison* comparison) {
  return {job.soc.name, job.graph.name(), job.runtime, job.objective, job.compression, comparison};
}

std::string socs_text(const std::vector<SocResult>& given, const Style& style) {
  std::vector<const SocResult*> results;
  for (const SocResult& result : given) results.push_back(&result);
  std::stable_sort(results.begin(), results.end(), [](const SocResult* a, const SocResult* b) {
    return best_of(*a).value < best_of(*b).value;
  });
  TextTable table({{"soc", Align::left, 22},
                   {"best plan", Align::left, 18},
                   {"mapping", Align::left, 14},
                   {"latency", Align::right},
                   {"±90 %", Align::right},
                   {"energy", Align::right},
                   {"single unit", Align::left, 16},
                   {"latency", Align::right},
                   {"costs", Align::left, 16}});
  for (const SocResult* result : results) {
    const Outcome& best = best_of(*result);
    const Outcome* single = best_single(*result);
    table.add({result->soc, best.name, short_mapping(best.mapping, 14),
               format_quantity(best.latency_s, Dimension::time),
               format_quantity(interval_90_s(best), Dimension::time),
               format_quantity(best.energy_j, Dimension::energy),
               single == nullptr ? "-" : single->name.substr(7),
               single == nullptr ? "-" : format_quantity(single->latency_s, Dimension::time),
               result->runtime},
              result == results.front() ? Emphasis::good : Emphasis::none);
  }
  const SocResult& any = *results.front();
  std::string out =
      fmt::format("{} on {} SoCs, objective {}\n", style.apply(Emphasis::strong, any.network),
                  results.size(), to_string(any.objective));
  out += compression_text(any.compression, style);
  out += table.render(style);
  if (results.size() > 1) {
    const Outcome &first = best_of(*results[0]), &second = best_of(*results[1]);
    const double difference = second.latency_s - first.latency_s;
    const double error = std::hypot(interval_90_s(first), interval_90_s(second));
    if (any.objective == Objective::latency && difference < error)
      out += wrap(fmt::format(
          "{} and {} are too close to call: they differ by {}, less than what the "
          "costs leave open.",
          results[0]->soc, results[1]->soc, format_quantity(difference, Dimension::time)));
  }
  return out;
}

}  // namespace partita
