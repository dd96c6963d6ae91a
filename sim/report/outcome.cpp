#include "sim/report/outcome.h"

#include <fmt/format.h>

#include <numeric>

#include "sim/base/units.h"
#include "sim/report/describe_compression.h"

namespace partita {
namespace {

constexpr double kNormal90 = 1.6448536269514722;  // Two-sided 90 % of a normal distribution.

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

namespace {

std::string remote_text(const Job& job) {
  const NetworkLink& link = job.joined->link;
  return wrap(fmt::format(
      "remote: {} ({}), runtime {}, over {}: {} up, {} down, round trip {}; input and result are "
      "the phone's (@phone); energy is the phone's, with its radio; the edge's memory bus is not "
      "simulated",
      job.joined->remote_name, job.joined->remote_title, job.remote_runtime, link.name,
      format_quantity(link.up.bandwidth_bytes_per_s, Dimension::bandwidth),
      format_quantity(link.down.bandwidth_bytes_per_s, Dimension::bandwidth),
      format_quantity(link.round_trip_s, Dimension::time)));
}

}  // namespace

std::string job_text(const Job& job, const Outcome& outcome, const Style& style) {
  const std::string title = fmt::format("{} on {} ({}), objective {}", job.graph.name(),
                                        job.soc.name, job.soc.title, to_string(job.objective));
  std::string runtime = "runtime " + job.runtime;
  if (job.runtime == "roofline")
    runtime = "no measured profile, roofline of the SoC description";
  else if (job.kernel_models)
    runtime = fmt::format("kernel models of {}, the roofline where it has none", job.runtime);
  else if (!job.measured)
    runtime += ", which has not measured this network";
  if (!job.other_runtimes.empty())
    runtime +=
        fmt::format(" (measured with {} too: --runtime)", fmt::join(job.other_runtimes, ", "));
  return style.apply(Emphasis::strong, title) + "\n" +
         wrap(fmt::format("costs: {}; {}; memory contention {}", runtime,
                          cost_sources_text(outcome.uncertainty.seconds_by_source),
                          job.contention ? "on" : "off")) +
         (job.joined != nullptr ? remote_text(job) : "") + units_legend(job.soc) +
         compression_text(job.compression, style);
}

std::string units_legend(const Soc& soc) {
  std::string text = "units:";
  for (const Unit& unit : soc.units)
    if (unit.kind != UnitKind::network)
      text += fmt::format("{} {}{} {}", &unit == &soc.units.front() ? "" : ",",
                          unit.letter == 0 ? "" : std::string(1, unit.letter) + " ", unit.name,
                          to_string(unit.default_precision));
  return wrap(text);
}

}  // namespace partita
