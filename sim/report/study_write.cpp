// A study as JSON and CSV: every row, then what they answer.
#include <fmt/format.h>

#include "sim/report/json_text.h"
#include "sim/report/study.h"
#include "sim/report/study_write.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

ordered_json row_json(const StudyRow& row) {
  const bool planned = row.made != Made::given;
  return {{"plan", row.plan},
          {"made", to_string(row.made)},
          {"belief_asked", planned ? ordered_json(row.asked) : ordered_json()},
          {"belief", planned ? ordered_json(row.belief) : ordered_json()},
          {"verdict", to_string(row.verdict)},
          {"value", row.value},
          {"believed_value", planned ? ordered_json(row.believed_value) : ordered_json()},
          {"latency_s", row.latency_s},
          {"uncontended_latency_s", row.uncontended_s},
          {"energy_j", row.energy_j},
          {"memory_bytes", row.memory_bytes},
          {"regret", row.regret},
          {"gap", row.gap},
          {"gain_over_single", row.gain > 0 ? ordered_json(row.gain) : ordered_json()},
          {"units", row.units},
          {"fallbacks", row.fallbacks},
          {"crossings", row.crossings}};
}

ordered_json cell_json(const StudyCell& cell) {
  ordered_json rows = ordered_json::array(), left_out = ordered_json::array();
  for (const StudyRow& row : cell.rows) rows.push_back(row_json(row));
  for (const NotApplicable& left : cell.comparison.left_out)
    left_out.push_back({{"name", left.name}, {"why", left.why}});
  return {{"soc", cell.soc},
          {"model", cell.model},
          {"runtime", cell.runtime},
          {"objective", cell.objective},
          {"condition", cell.condition},
          {"batch", cell.batch},
          {"rows", std::move(rows)},
          {"not_applicable", std::move(left_out)}};
}

ordered_json answer_json(const StudyAnswer& answer) {
  ordered_json figures = ordered_json::object(), tables = ordered_json::array();
  for (const auto& [name, value] : answer.figures) figures[name] = value;
  for (const StudyTable& table : answer.tables)
    tables.push_back({{"title", table.title}, {"columns", table.columns}, {"rows", table.rows}});
  return {{"finding", answer.finding},
          {"question", answer.question},
          {"answer", answer.answer},
          {"figures", std::move(figures)},
          {"tables", std::move(tables)}};
}

}  // namespace

std::string study_json(const Study& study) {
  ordered_json experiments = ordered_json::array(), answers = ordered_json::array();
  for (const StudyExperiment& e : study.experiments) {
    ordered_json cells = ordered_json::array();
    for (const StudyCell& cell : e.cells) cells.push_back(cell_json(cell));
    for (const LiveCell& cell : e.alive) cells.push_back(live_cell_json(cell));
    experiments.push_back({{"name", e.name},
                           {"title", e.title},
                           {"findings", e.findings},
                           {"conditions", e.conditions},
                           {"cells", std::move(cells)}});
  }
  for (const StudyAnswer& answer : study_answers(study)) answers.push_back(answer_json(answer));
  return json_text({{"note", study_note()},
                    {"quick", study.quick},
                    {"answers", std::move(answers)},
                    {"experiments", std::move(experiments)}});
}

namespace {

CsvLine plan_line(const StudyCell& cell, const StudyRow& row) {
  const bool planned = row.made != Made::given;
  return {{"soc", cell.soc},
          {"model", cell.model},
          {"runtime", cell.runtime},
          {"objective", cell.objective},
          {"condition", cell.condition},
          {"batch", std::to_string(cell.batch)},
          {"plan", row.plan},
          {"made", std::string(to_string(row.made))},
          {"belief_asked", planned ? row.asked : ""},
          {"belief", row.belief},
          {"verdict", std::string(to_string(row.verdict))},
          {"value", csv_number(row.value)},
          {"believed_value", planned ? csv_number(row.believed_value) : ""},
          {"latency_s", csv_number(row.latency_s)},
          {"uncontended_latency_s", csv_number(row.uncontended_s)},
          {"energy_j", csv_number(row.energy_j)},
          {"memory_bytes", csv_number(row.memory_bytes)},
          {"regret", csv_number(row.regret)},
          {"gap", csv_number(row.gap)},
          {"gain_over_single", row.gain > 0 ? csv_number(row.gain) : ""},
          {"units", std::to_string(row.units)},
          {"fallbacks", std::to_string(row.fallbacks)},
          {"crossings", std::to_string(row.crossings)}};
}

std::vector<std::string> columns_of(const Study& study) {
  std::vector<std::string> columns{"experiment",
                                   "soc",
                                   "model",
                                   "runtime",
                                   "objective",
                                   "condition",
                                   "batch",
                                   "plan",
                                   "made",
                                   "belief_asked",
                                   "belief",
                                   "verdict",
                                   "value",
                                   "believed_value",
                                   "latency_s",
                                   "uncontended_latency_s",
                                   "energy_j",
                                   "memory_bytes",
                                   "regret",
                                   "gap",
                                   "gain_over_single",
                                   "units",
                                   "fallbacks",
                                   "crossings"};
  for (const StudyExperiment& e : study.experiments)
    if (!e.alive.empty()) {
      const std::vector<std::string> more = live_columns();
      columns.insert(columns.end(), more.begin(), more.end());
      break;
    }
  return columns;
}

}  // namespace

std::string study_csv(const Study& study) {
  const std::vector<std::string> columns = columns_of(study);
  std::string text = csv_line(columns);
  const auto add = [&](const StudyExperiment& e, CsvLine line) {
    line["experiment"] = e.name;
    std::vector<std::string> fields;
    for (const std::string& column : columns) fields.push_back(line[column]);
    text += csv_line(fields);
  };
  for (const StudyExperiment& e : study.experiments) {
    for (const StudyCell& cell : e.cells)
      for (const StudyRow& row : cell.rows) add(e, plan_line(cell, row));
    for (const LiveCell& cell : e.alive)
      for (CsvLine& line : live_lines(cell)) add(e, std::move(line));
  }
  return text;
}

}  // namespace partita
