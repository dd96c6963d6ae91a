#include <fmt/format.h>

#include "sim/base/units.h"
#include "sim/report/comparison.h"

namespace partita {
namespace {

using Align = TextTable::Align;

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

std::string ranking_table(const Job& job, const Comparison& comparison, const Style& style) {
  const bool edp = job.objective == Objective::edp;
  TextTable table({{""},
                   {"plan", Align::left, 18},
                   {"mapping", Align::left, 16},
                   {"latency", Align::right},
                   {"±90 %", Align::right},
                   {"gain", Align::right},
                   {"energy", Align::right},
                   {edp ? "mJ s" : "inf/s", Align::right},
                   {"gap", Align::right}});
  for (const Ranked& row : comparison.rows) {
    const Outcome& o = row.outcome;
    table.add(
        {std::string(mark(row.verdict)), o.name, short_mapping(o.mapping, 16), time_of(o.latency_s),
         time_of(interval_90_s(o)), row.gain > 0 ? fmt::format("{:.2f}x", row.gain) : "-",
         format_quantity(o.energy_j, Dimension::energy),
         edp ? fmt::format("{:.4g}", o.value * 1e3)
             : fmt::format("{:.4g}", o.period_s > 0 ? 1 / o.period_s : 0),
         percent(o.gap)},
        emphasis(row.verdict));
  }
  return table.render(style);
}

std::string time_table(const Comparison& comparison, const Style& style) {
  TextTable table({{"time in ms", Align::left, 18},
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
    const Breakdown& time = row.outcome.breakdown;
    table.add({row.outcome.name, ms(time.compute_s), ms(time.input_s), ms(time.transfer_s),
               ms(time.sync_s), ms(time.dvfs_s), ms(time.contention_s), ms(time.waiting_s)},
              emphasis(row.verdict));
  }
  return table.render(style);
}

std::string utilisation_table(const Job& job, const Comparison& comparison, const Style& style) {
  std::vector<TextTable::Column> columns{{"unit busy", Align::left, 18}};
  for (const Unit& unit : job.soc.units) columns.push_back({fit(unit.name, 12), Align::right, 12});
  TextTable table(std::move(columns));
  for (const Ranked& row : comparison.rows) {
    std::vector<std::string> cells{row.outcome.name};
    for (const double busy : row.outcome.utilisation)
      cells.push_back(busy > 0 ? percent(busy, 0) : "-");
    table.add(std::move(cells), emphasis(row.verdict));
  }
  return table.render(style);
}

}  // namespace

std::string comparison_text(const Job& job, const Comparison& comparison, const Style& style) {
  if (comparison.rows.empty()) return conclusion(job, comparison) + "\n";
  std::string out = job_text(job, comparison.rows.front().outcome, style);
  out += fmt::format("\n{}", ranking_table(job, comparison, style));
  out += style.apply(
             Emphasis::faint,
             "  * best   = same plan   ~ too close to call   gain: over the best single unit   "
             "gap: to the bound") +
         "\n";
  out += fmt::format("\n{}", time_table(comparison, style));
  out += fmt::format("\n{}\n", utilisation_table(job, comparison, style));
  for (const NotApplicable& left : comparison.left_out)
    out += wrap(fmt::format("not applicable: {}: {}", left.name, left.why));
  return out + wrap(conclusion(job, comparison));
}

std::string comparison_json(const Job& job, const Comparison& comparison) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_job(json, job);
  json.key("plans").begin_array();
  for (const Ranked& row : comparison.rows) {
    json.begin_object()
        .member("name", row.outcome.name)
        .member("verdict", to_string(row.verdict))
        .member("gain", row.gain > 0 ? std::optional<double>(row.gain) : std::nullopt)
        .member("difference_sd", row.difference_sd);
    write_outcome(json, job, row.outcome);
    json.end_object();
  }
  json.end_array();
  json.key("not_applicable").begin_array();
  for (const NotApplicable& left : comparison.left_out)
    json.begin_object().member("name", left.name).member("why", left.why).end_object();
  json.end_array().member("conclusion", conclusion(job, comparison)).end_object();
  return out + "\n";
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
          o.lower_bound, o.gap, time.compute_s, time.input_s, time.transfer_s, time.sync_s,
          time.dvfs_s, time.contention_s, time.waiting_s})
      cells.push_back(csv_number(number));
    for (const double busy : o.utilisation) cells.push_back(csv_number(busy));
    out += csv_line(cells);
  }
  return out;
}

}  // namespace partita
