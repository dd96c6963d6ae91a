#include "sim/report/outcome.h"

#include <fmt/format.h>

#include <numeric>

#include "sim/base/units.h"

namespace partita {
namespace {

constexpr double kNormal90 = 1.6448536269514722;  // Two-sided 90 % of a normal distribution.

void write_breakdown(JsonWriter& json, const Breakdown& time) {
  json.key("breakdown")
      .begin_object()
      .member("compute_s", time.compute_s)
      .member("input_s", time.input_s)
      .member("transfer_s", time.transfer_s)
      .member("sync_s", time.sync_s)
      .member("dvfs_s", time.dvfs_s)
      .member("contention_s", time.contention_s)
      .member("waiting_s", time.waiting_s)
      .end_object();
}

void write_uncertainty(JsonWriter& json, const Outcome& outcome) {
  json.member("latency_sd_s", outcome.uncertainty.sd_s)
      .member("latency_90_s", interval_90_s(outcome));
  json.key("seconds_by_source").begin_object();
  for (std::size_t i = 0; i < outcome.uncertainty.seconds_by_source.size(); ++i)
    json.member(to_string(static_cast<CostSource>(i)), outcome.uncertainty.seconds_by_source[i]);
  json.end_object();
}

}  // namespace

double interval_90_s(const Outcome& outcome) {
  return kNormal90 * outcome.uncertainty.sd_s;
}

std::string short_mapping(std::string_view mapping, std::size_t most) {
  if (mapping.size() <= most) return std::string(mapping);
  std::string text;
  for (std::size_t i = 0; i < mapping.size();) {
    std::size_t end = i;
    while (end < mapping.size() && mapping[end] == mapping[i]) ++end;
    text += fmt::format("{}{}{}", text.empty() ? "" : " ", mapping[i], end - i);
    i = end;
  }
  return fit(text, most);
}

std::string cost_sources_text(const std::array<double, 4>& seconds_by_source) {
  const double total = std::accumulate(seconds_by_source.begin(), seconds_by_source.end(), 0.0);
  std::string text;
  for (std::size_t i = 0; i < seconds_by_source.size(); ++i) {
    const double share = total > 0 ? seconds_by_source[i] / total : 0;
    if (share < 5e-4) continue;
    text +=
        fmt::format("{}{} {}{}", text.empty() ? "" : ", ", percent(share, share > 0.9995 ? 0 : 1),
                    text.empty() ? "of the time " : "", to_string(static_cast<CostSource>(i)));
  }
  return text.empty() ? "nothing to cost" : text;
}

std::string objective_text(Objective objective, double value) {
  switch (objective) {
    case Objective::latency:
      return format_quantity(value, Dimension::time);
    case Objective::energy:
      return format_quantity(value, Dimension::energy);
    case Objective::edp:
      return fmt::format("{:.4g} mJ s", value * 1e3);
    case Objective::throughput:
      return format_quantity(value, Dimension::time) + " a request";
  }
  return "";
}

std::string job_text(const Job& job, const Outcome& outcome, const Style& style) {
  const std::string title = fmt::format("{} on {} ({}), objective {}", job.graph.name(),
                                        job.soc.name, job.soc.title, to_string(job.objective));
  std::string runtime = "runtime " + job.runtime;
  if (job.runtime == "roofline")
    runtime = "no measured profile, roofline of the SoC description";
  else if (!job.measured)
    runtime += ", which has not measured this network";
  if (!job.other_runtimes.empty())
    runtime +=
        fmt::format(" (measured with {} too: --runtime)", fmt::join(job.other_runtimes, ", "));
  return style.apply(Emphasis::strong, title) + "\n" +
         wrap(fmt::format("costs: {}; {}; memory contention {}", runtime,
                          cost_sources_text(outcome.uncertainty.seconds_by_source),
                          job.contention ? "on" : "off")) +
         units_legend(job.soc);
}

std::string units_legend(const Soc& soc) {
  std::string text = "units:";
  for (const Unit& unit : soc.units)
    text += fmt::format("{} {}{} {}", &unit == &soc.units.front() ? "" : ",",
                        unit.letter == 0 ? "" : std::string(1, unit.letter) + " ", unit.name,
                        to_string(unit.default_precision));
  return wrap(text);
}

void write_job(JsonWriter& json, const Job& job) {
  json.member("soc", job.soc.name)
      .member("model", job.graph.name())
      .member("network", job.graph.network())
      .member("runtime", job.runtime)
      .member("runtime_covers_model", job.measured)
      .member("other_runtimes", job.other_runtimes)
      .member("objective", to_string(job.objective))
      .member("contention", job.contention)
      .member("requests", job.requests);
}

void write_outcome(JsonWriter& json, const Job& job, const Outcome& outcome) {
  json.member("status", outcome.status)
      .member("single_unit", outcome.single_unit)
      .member("mapping", outcome.mapping)
      .member("value", outcome.value)
      .member("estimate_value", outcome.estimate_value)
      .member("lower_bound", outcome.lower_bound)
      .member("gap", outcome.gap)
      .member("latency_s", outcome.latency_s)
      .member("estimate_latency_s", outcome.estimate_latency_s)
      .member("energy_j", outcome.energy_j)
      .member("edp_js", outcome.energy_j * outcome.latency_s)
      .member("period_s", outcome.period_s)
      .member("throughput_per_s", outcome.period_s > 0 ? 1 / outcome.period_s : 0);
  write_uncertainty(json, outcome);
  write_breakdown(json, outcome.breakdown);
  json.key("utilisation").begin_object();
  for (std::size_t i = 0; i < outcome.utilisation.size(); ++i)
    json.member(job.soc.units[i].name, outcome.utilisation[i]);
  json.end_object();
}

void write_assignment(JsonWriter& json, const Job& job, const Plan& plan) {
  json.begin_array();
  for (const OpId id : job.graph.order()) {
    if (index(id) >= plan.shares.size()) continue;
    for (const Share& share : plan.shares[index(id)]) {
      const Unit& unit = job.soc.unit(share.mode.unit);
      const auto frequency = [&](DomainId domain, int opp) {
        return job.soc.domain(domain).opps.at(static_cast<std::size_t>(opp)).frequency_hz;
      };
      json.begin_object()
          .member("operator", job.graph.op(id).name)
          .member("unit", unit.name)
          .member("frequency_hz", frequency(unit.domain, share.mode.opp));
      json.key("host_frequency_hz");
      if (unit.host_domain && share.mode.host_opp >= 0)
        json.value(frequency(*unit.host_domain, share.mode.host_opp));
      else
        json.null();
      json.member("precision", to_string(share.precision))
          .member("axis", to_string(share.slice.axis));
      if (share.slice.axis != Axis::none)
        json.member("begin", share.slice.begin).member("end", share.slice.end);
      json.end_object();
    }
  }
  json.end_array();
}

}  // namespace partita
