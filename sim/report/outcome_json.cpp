#include "sim/report/outcome_json.h"

#include <nlohmann/json.hpp>

#include "sim/report/describe_compression.h"
#include "sim/report/json_text.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

ordered_json breakdown_json(const Breakdown& time) {
  return {{"compute_s", time.compute_s},       {"input_s", time.input_s},
          {"transfer_s", time.transfer_s},     {"sync_s", time.sync_s},
          {"startup_s", time.startup_s},       {"dvfs_s", time.dvfs_s},
          {"contention_s", time.contention_s}, {"waiting_s", time.waiting_s}};
}

ordered_json share_json(const Job& job, const Operator& op, const Share& share) {
  const Unit& unit = job.soc.unit(share.mode.unit);
  const auto frequency = [&](DomainId domain, int opp) {
    return job.soc.domain(domain).opps.at(static_cast<std::size_t>(opp)).frequency_hz;
  };
  std::optional<double> host_hz;
  if (unit.host_domain && share.mode.host_opp >= 0)
    host_hz = frequency(*unit.host_domain, share.mode.host_opp);
  ordered_json json{{"operator", op.name},
                    {"unit", unit.name},
                    {"frequency_hz", frequency(unit.domain, share.mode.opp)},
                    {"host_frequency_hz", or_null(host_hz)},
                    {"precision", to_string(share.precision)},
                    {"axis", to_string(share.slice.axis)}};
  if (share.slice.axis != Axis::none) {
    json["begin"] = share.slice.begin;
    json["end"] = share.slice.end;
  }
  return json;
}

ordered_json remote_json(const Job& job) {
  if (job.joined == nullptr) return nullptr;
  const NetworkLink& link = job.joined->link;
  return {{"soc", job.joined->remote_name},
          {"runtime", job.remote_runtime},
          {"link", link.name},
          {"up_bytes_per_s", link.up.bandwidth_bytes_per_s},
          {"down_bytes_per_s", link.down.bandwidth_bytes_per_s},
          {"round_trip_s", link.round_trip_s},
          {"variation", link.variation}};
}

}  // namespace

ordered_json job_json(const Job& job) {
  return {{"soc", job.soc.name},
          {"model", job.graph.name()},
          {"network", job.graph.network()},
          {"runtime", job.runtime},
          {"runtime_covers_model", job.measured},
          {"other_runtimes", job.other_runtimes},
          {"objective", to_string(job.objective)},
          {"contention", job.contention},
          {"remote", remote_json(job)},
          {"requests", job.requests},
          {"compression", compression_json(job.compression)},
          {"changes", job.changes}};
}

void add_outcome(ordered_json& object, const Job& job, const Outcome& outcome) {
  object["status"] = outcome.status;
  object["single_unit"] = outcome.single_unit;
  object["mapping"] = outcome.mapping;
  object["value"] = outcome.value;
  object["estimate_value"] = outcome.estimate_value;
  object["belief"] = outcome.belief.empty() ? ordered_json() : ordered_json(outcome.belief);
  object["believed_value"] =
      outcome.belief.empty() ? ordered_json() : ordered_json(outcome.believed_value);
  object["lower_bound"] = outcome.lower_bound;
  object["gap"] = outcome.gap;
  object["latency_s"] = outcome.latency_s;
  object["estimate_latency_s"] = outcome.estimate_latency_s;
  object["energy_j"] = outcome.energy_j;
  object["edp_js"] = outcome.energy_j * outcome.latency_s;
  object["period_s"] = outcome.period_s;
  object["throughput_per_s"] = outcome.period_s > 0 ? 1 / outcome.period_s : 0.0;
  object["latency_sd_s"] = outcome.uncertainty.sd_s;
  object["latency_90_s"] = interval_90_s(outcome);
  ordered_json& by_source = object["seconds_by_source"] = ordered_json::object();
  for (std::size_t i = 0; i < outcome.uncertainty.seconds_by_source.size(); ++i)
    by_source[std::string(to_string(static_cast<CostSource>(i)))] =
        outcome.uncertainty.seconds_by_source[i];
  object["breakdown"] = breakdown_json(outcome.breakdown);
  ordered_json& busy = object["utilisation"] = ordered_json::object();
  for (std::size_t i = 0; i < outcome.utilisation.size(); ++i)
    busy[job.soc.units[i].name] = outcome.utilisation[i];
}

ordered_json front_json(const Outcome& outcome) {
  if (outcome.front.empty()) return nullptr;
  ordered_json list = ordered_json::array();
  for (const FrontPoint& point : outcome.front)
    list.push_back({{"mapping", point.mapping},
                    {"latency_s", point.latency_s},
                    {"energy_j", point.energy_j},
                    {"believed_latency_s", point.believed_latency_s},
                    {"believed_energy_j", point.believed_energy_j},
                    {"memory_bytes", point.memory_bytes}});
  return list;
}

ordered_json assignment_json(const Job& job, const Plan& plan) {
  ordered_json list = ordered_json::array();
  for (const OpId id : job.graph.order()) {
    if (index(id) >= plan.shares.size()) continue;
    for (const Share& share : plan.shares[index(id)])
      list.push_back(share_json(job, job.graph.op(id), share));
  }
  return list;
}

}  // namespace partita
