// Runs of living phones in a study's JSON and CSV.
#include <fmt/format.h>

#include "sim/report/json_text.h"
#include "sim/report/study_write.h"

namespace partita {

using nlohmann::ordered_json;

namespace {

ordered_json stream_json(const LiveStreamRow& s) {
  return {{"stream", s.stream},       {"model", s.model},
          {"arrived", s.arrived},     {"done", s.done},
          {"late", s.late},           {"mean_latency_s", s.mean_s},
          {"p50_latency_s", s.p50_s}, {"p95_latency_s", s.p95_s},
          {"p99_latency_s", s.p99_s}, {"alone_s", s.alone_s},
          {"slowdown", s.slowdown},   {"throughput_per_s", s.throughput_per_s},
          {"energy_j", s.energy_j}};
}

}  // namespace

ordered_json live_cell_json(const LiveCell& cell) {
  ordered_json rows = ordered_json::array(), left_out = ordered_json::array();
  for (const LiveRow& row : cell.rows) {
    ordered_json streams = ordered_json::array();
    for (const LiveStreamRow& s : row.streams) streams.push_back(stream_json(s));
    rows.push_back({{"decider", row.decider},
                    {"made", to_string(row.made)},
                    {"late_share", row.late_share()},
                    {"fairness", row.fairness},
                    {"energy_per_inference_j", row.energy_per_inference_j},
                    {"streams", std::move(streams)}});
  }
  for (const NotApplicable& left : cell.left_out)
    left_out.push_back({{"name", left.name}, {"why", left.why}});
  return {{"soc", cell.soc},         {"workload", cell.workload},
          {"runtime", cell.runtime}, {"conditions", cell.conditions},
          {"rows", std::move(rows)}, {"not_applicable", std::move(left_out)}};
}

std::vector<std::string> live_columns() {
  return {"workload",
          "stream",
          "arrived",
          "done",
          "late",
          "p50_latency_s",
          "p95_latency_s",
          "p99_latency_s",
          "alone_s",
          "slowdown",
          "throughput_per_s",
          "fairness",
          "energy_per_inference_j"};
}

std::vector<CsvLine> live_lines(const LiveCell& cell) {
  std::vector<CsvLine> lines;
  for (const LiveRow& row : cell.rows)
    for (const LiveStreamRow& s : row.streams)
      lines.push_back({{"soc", cell.soc},
                       {"model", s.model},
                       {"runtime", cell.runtime},
                       {"condition", cell.conditions},
                       {"plan", row.decider},
                       {"made", std::string(to_string(row.made))},
                       {"latency_s", csv_number(s.mean_s)},
                       {"energy_j", csv_number(s.energy_j)},
                       {"workload", cell.workload},
                       {"stream", s.stream},
                       {"arrived", std::to_string(s.arrived)},
                       {"done", std::to_string(s.done)},
                       {"late", std::to_string(s.late)},
                       {"p50_latency_s", csv_number(s.p50_s)},
                       {"p95_latency_s", csv_number(s.p95_s)},
                       {"p99_latency_s", csv_number(s.p99_s)},
                       {"alone_s", csv_number(s.alone_s)},
                       {"slowdown", csv_number(s.slowdown)},
                       {"throughput_per_s", csv_number(s.throughput_per_s)},
                       {"fairness", csv_number(row.fairness)},
                       {"energy_per_inference_j", csv_number(row.energy_per_inference_j)}});
  return lines;
}

}  // namespace partita
