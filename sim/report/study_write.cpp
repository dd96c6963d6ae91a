// A study as JSON and CSV: every row, then what they answer.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/report/json_text.h"
#include "sim/report/study.h"

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

std::string study_csv(const Study& study) {
  std::string text = csv_line({"experiment",
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
                               "crossings"});
  for (const StudyExperiment& e : study.experiments)
    for (const StudyCell& cell : e.cells)
      for (const StudyRow& row : cell.rows) {
        const bool planned = row.made != Made::given;
        text += csv_line({e.name,
                          cell.soc,
                          cell.model,
                          cell.runtime,
                          cell.objective,
                          cell.condition,
                          std::to_string(cell.batch),
                          row.plan,
                          std::string(to_string(row.made)),
                          planned ? row.asked : "",
                          row.belief,
                          std::string(to_string(row.verdict)),
                          csv_number(row.value),
                          planned ? csv_number(row.believed_value) : "",
                          csv_number(row.latency_s),
                          csv_number(row.uncontended_s),
                          csv_number(row.energy_j),
                          csv_number(row.memory_bytes),
                          csv_number(row.regret),
                          csv_number(row.gap),
                          row.gain > 0 ? csv_number(row.gain) : "",
                          std::to_string(row.units),
                          std::to_string(row.fallbacks),
                          std::to_string(row.crossings)});
      }
  return text;
}

}  // namespace partita
