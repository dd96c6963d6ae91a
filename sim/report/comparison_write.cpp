#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/units.h"
#include "sim/report/comparison.h"
#include "sim/report/json_text.h"
#include "sim/report/outcome_json.h"

namespace partita {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kNameWidth = 20;  // "exhaustive (stopped)"

std::string_view mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::best:
      return "*";
    case Verdict::same_plan:
      return "=";
    case Verdict::too_close:
      return "~";
    case Verdict::worse:
      break;
  }
  return "";
}

Emphasis emphasis(Verdict verdict) {
  switch (verdict) {
    case Verdict::best:
    case Verdict::same_plan:
      return Emphasis::good;
    case Verdict::too_close:
      return Emphasis::close;
    case Verdict::worse:
      break;
  }
  return Emphasis::none;
}

std::string time_of(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

bool is_stopped(const Ranked& row) {
  return row.outcome.status == "stopped";
}

/// What the tables call a plan: a search that was cut short must not pass for a complete one.
std::string shown_name(const Ranked& row) {
  return row.outcome.name + (is_stopped(row) ? " (stopped)" : "");
}

std::string believed(Objective objective, double value) {
  return format_quantity(value,
                         objective == Objective::energy ? Dimension::energy : Dimension::time);
}

/// No decimals where there are hundreds of them.
std::string ratio(double fraction) {
  return percent(fraction, fraction < 10 ? 1 : 0);
}

std::string ranking_table(const Job& job, const Comparison& comparison, const Style& style) {
  const bool edp = job.objective == Objective::edp;
  const bool throughput = job.objective == Objective::throughput;
  TextTable table({{""},
                   {"plan", Align::left, kNameWidth},
                   {"mapping", Align::left, 10},
                   {"latency", Align::right},
                   {"±90 %", Align::right},
                   {"gain", Align::right},
                   {throughput ? "inf/s" : "energy", Align::right},
                   {edp ? "mJ s" : "believed", Align::right},
                   {"gap", Align::right},
                   {"regret", Align::right}});
  for (const Ranked& row : comparison.rows) {
    const Outcome& o = row.outcome;
    table.add({std::string(mark(row.verdict)), shown_name(row), short_mapping(o.mapping, 10),
               time_of(o.latency_s), time_of(interval_90_s(o)),
               row.gain > 0 ? fmt::format("{:.2f}x", row.gain) : "-",
               throughput ? fmt::format("{:.4g}", o.period_s > 0 ? 1 / o.period_s : 0)
                          : format_quantity(o.energy_j, Dimension::energy),
               edp                ? fmt::format("{:.4g}", o.value * 1e3)
               : o.belief.empty() ? "-"
                                  : believed(job.objective, o.believed_value),
               ratio(o.gap), ratio(row.regret)},
              emphasis(row.verdict));
  }
  return table.render(style);
}

std::string time_table(const Comparison& comparison, const Style& style) {
  TextTable table({{"time in ms", Align::left, kNameWidth},
                   {"compute", Align::right},
                   {"input", Align::right},
                   {"transfer", Align::right},
                   {"sync", Align::right},
                   {"OPP change", Align::right},
                   {"bus", Align::right},
                   {"waiting", Align::right}});
  const auto ms = [](double seconds) {
    return seconds > 0 ? fmt::format("{:.3f}", seconds * 1e3) : "-";
  };
  for (const Ranked& row : comparison.rows) {
    if (row.repeats) continue;
    const Breakdown& time = row.outcome.breakdown;
    table.add({shown_name(row), ms(time.compute_s), ms(time.input_s), ms(time.transfer_s),
               ms(time.sync_s), ms(time.dvfs_s), ms(time.contention_s), ms(time.waiting_s)},
              emphasis(row.verdict));
  }
  return table.render(style);
}

/// Units that any of the plans uses.
std::vector<std::size_t> used_units(const Job& job, const Comparison& comparison) {
  std::vector<std::size_t> used;
  for (std::size_t u = 0; u < job.soc.units.size(); ++u)
    if (std::any_of(comparison.rows.begin(), comparison.rows.end(),
                    [&](const Ranked& row) { return row.outcome.utilisation.at(u) > 0; }))
      used.push_back(u);
  return used;
}

std::string utilisation_table(const Job& job, const Comparison& comparison, const Style& style) {
  std::vector<TextTable::Column> columns{{"unit busy", Align::left, kNameWidth}};
  const auto units = used_units(job, comparison);
  for (const std::size_t u : units)
    columns.push_back({fit(job.soc.units[u].name, 12), Align::right, 12});
  TextTable table(std::move(columns));
  for (const Ranked& row : comparison.rows) {
    if (row.repeats) continue;
    std::vector<std::string> cells{shown_name(row)};
    for (const std::size_t u : units) {
      const double busy = row.outcome.utilisation[u];
      cells.push_back(busy > 0 ? percent(busy, 0) : "-");
    }
    table.add(std::move(cells), emphasis(row.verdict));
  }
  return table.render(style);
}

/// A sentence where the plans' units compute in more than one precision, else nothing.
std::string precision_note(const Job& job, const Comparison& comparison) {
  std::map<Precision, std::set<std::size_t>> units;
  for (const Ranked& row : comparison.rows)
    for (const auto& shares : row.outcome.plan.shares)
      for (const Share& share : shares) units[share.precision].insert(index(share.mode.unit));
  if (units.size() < 2) return "";
  std::string list;
  for (const auto& [precision, of_precision] : units) {
    std::vector<std::string> names;
    for (const std::size_t u : of_precision) names.push_back(job.soc.units[u].name);
    list += fmt::format("{}{} on {}", list.empty() ? "" : "; ", to_string(precision),
                        fmt::join(names, ", "));
  }
  return wrap(fmt::format(
      "The plans do not all compute in the same precision ({}), so their accuracy may differ.",
      list));
}

/// A line a reason.
std::string not_applicable(const Comparison& comparison) {
  std::vector<std::pair<std::string, std::string>> names_by_reason;
  for (const NotApplicable& left : comparison.left_out) {
    const auto found = std::find_if(names_by_reason.begin(), names_by_reason.end(),
                                    [&](const auto& entry) { return entry.first == left.why; });
    if (found == names_by_reason.end())
      names_by_reason.emplace_back(left.why, left.name);
    else
      found->second += ", " + left.name;
  }
  std::string out;
  for (const auto& [why, names] : names_by_reason)
    out += wrap(fmt::format("not applicable: {} ({})", names, why));
  return out;
}

std::string footnotes(const Comparison& comparison, const Style& style) {
  std::string out =
      style.apply(Emphasis::faint,
                  "  * best   = same plan   ~ too close to call   gain: over the "
                  "best single unit   gap: to the bound\n  regret: to the best of all   "
                  "believed: what the partitioner expected") +
      "\n";
  if (std::any_of(comparison.rows.begin(), comparison.rows.end(), is_stopped))
    out += style.apply(Emphasis::faint,
                       "  (stopped): reached its limit of plans to look at (--option max_plans); "
                       "the best until then") +
           "\n";
  return out;
}

}  // namespace

std::string comparison_text(const Job& job, const Comparison& comparison, const Style& style) {
  if (comparison.rows.empty()) return conclusion(job, comparison) + "\n";
  std::string out = job_text(job, comparison.rows.front().outcome, style);
  out += fmt::format("\n{}", ranking_table(job, comparison, style));
  out += footnotes(comparison, style);
  out += fmt::format("\n{}", time_table(comparison, style));
  out += fmt::format("\n{}\n", utilisation_table(job, comparison, style));
  out += precision_note(job, comparison);
  out += not_applicable(comparison);
  return out + wrap(conclusion(job, comparison));
}

std::string comparison_json(const Job& job, const Comparison& comparison) {
  using nlohmann::ordered_json;
  ordered_json json = job_json(job);
  ordered_json& plans = json["plans"] = ordered_json::array();
  for (const Ranked& row : comparison.rows) {
    ordered_json plan{{"name", row.outcome.name},
                      {"verdict", to_string(row.verdict)},
                      {"gain", row.gain > 0 ? ordered_json(row.gain) : ordered_json()},
                      {"regret", row.regret},
                      {"difference_sd", row.difference_sd}};
    add_outcome(plan, job, row.outcome);
    plans.push_back(std::move(plan));
  }
  ordered_json left_out = ordered_json::array();
  for (const NotApplicable& left : comparison.left_out)
    left_out.push_back({{"name", left.name}, {"why", left.why}});
  json["not_applicable"] = std::move(left_out);
  json["conclusion"] = conclusion(job, comparison);
  return json_text(json);
}

std::string comparison_csv(const Job& job, const Comparison& comparison) {
  std::vector<std::string> header{"soc",         "model",
                                  "runtime",     "objective",
                                  "plan",        "status",
                                  "verdict",     "mapping",
                                  "value",       "gain",
                                  "latency_s",   "latency_90_s",
                                  "energy_j",    "throughput_per_s",
                                  "lower_bound", "gap",
                                  "regret",      "believed_value",
                                  "compute_s",   "input_s",
                                  "transfer_s",  "sync_s",
                                  "dvfs_s",      "contention_s",
                                  "waiting_s"};
  for (const Unit& unit : job.soc.units) header.push_back("busy_" + unit.name);
  std::string out = csv_line(header);
  for (const Ranked& row : comparison.rows) {
    const Outcome& o = row.outcome;
    const Breakdown& time = o.breakdown;
    std::vector<std::string> cells{job.soc.name,
                                   job.graph.name(),
                                   job.runtime,
                                   std::string(to_string(job.objective)),
                                   o.name,
                                   o.status,
                                   std::string(to_string(row.verdict)),
                                   o.mapping};
    for (const double number :
         {o.value, row.gain, o.latency_s, interval_90_s(o), o.energy_j, 1 / o.period_s,
          o.lower_bound, o.gap, row.regret, o.believed_value, time.compute_s, time.input_s,
          time.transfer_s, time.sync_s, time.dvfs_s, time.contention_s, time.waiting_s})
      cells.push_back(csv_number(number));
    for (const double busy : o.utilisation) cells.push_back(csv_number(busy));
    out += csv_line(cells);
  }
  return out;
}

}  // namespace partita
