// A study for people: what was asked, and the answers with their tables.
#include <fmt/format.h>

#include <algorithm>

#include "sim/report/study.h"

namespace partita {
namespace {

void note(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

std::string live_scope_of(const StudyExperiment& e) {
  std::vector<std::string> socs, workloads;
  std::size_t runs = 0;
  for (const LiveCell& cell : e.alive) {
    note(socs, cell.soc);
    note(workloads, cell.workload);
    runs += cell.rows.size();
  }
  return fmt::format("{} cells ({} SoCs, {} workloads, {} conditions), {} runs", e.alive.size(),
                     socs.size(), workloads.size(), e.conditions.size(), runs);
}

std::string scope_of(const StudyExperiment& e) {
  std::vector<std::string> socs, models;
  std::size_t rows = 0;
  for (const StudyCell& cell : e.cells) {
    note(socs, cell.soc);
    note(models, cell.model);
    rows += cell.rows.size();
  }
  if (!e.alive.empty()) return live_scope_of(e);
  return fmt::format("{} cells ({} SoCs, {} networks, {} conditions), {} plans", e.cells.size(),
                     socs.size(), models.size(), e.conditions.size(), rows);
}

std::string table_text(const StudyTable& table, const Style& style) {
  std::vector<TextTable::Column> columns;
  for (const std::string& name : table.columns)
    columns.push_back(
        {name, columns.empty() ? TextTable::Align::left : TextTable::Align::right, 34});
  TextTable text(std::move(columns));
  for (const auto& row : table.rows) text.add(row);
  return wrap(table.title, kReportWidth, 2) + text.render(style, 4);
}

std::string table_markdown(const StudyTable& table) {
  std::string text = fmt::format("{}\n\n| {} |\n|", table.title, fmt::join(table.columns, " | "));
  for (std::size_t i = 0; i < table.columns.size(); ++i) text += i == 0 ? "---|" : "---:|";
  for (const auto& row : table.rows) text += fmt::format("\n| {} |", fmt::join(row, " | "));
  return text + "\n\n";
}

}  // namespace

std::string study_text(const Study& study, const Style& style) {
  std::string text = wrap(study_note()) + "\n";
  for (const StudyExperiment& e : study.experiments)
    text +=
        style.apply(Emphasis::strong, e.name) + "  " + e.title + "\n" + wrap(scope_of(e), 100, 4);
  for (const StudyAnswer& answer : study_answers(study)) {
    text += fmt::format("\n{}\n{}",
                        style.apply(Emphasis::strong, answer.finding + "  " + answer.question),
                        wrap(answer.answer, kReportWidth, 2));
    for (const StudyTable& table : answer.tables) text += table_text(table, style);
  }
  return text;
}

std::string study_markdown(const Study& study) {
  std::string text = fmt::format("# The study re-enacted{}\n\n{}\n\n",
                                 study.quick ? " (quick)" : "", study_note());
  for (const StudyExperiment& e : study.experiments)
    text += fmt::format("- **{}** {}: {}\n", e.name, e.title, scope_of(e));
  for (const StudyAnswer& answer : study_answers(study)) {
    text += fmt::format("\n## {}: {}\n\n{}\n\n", answer.finding, answer.question, answer.answer);
    for (const StudyTable& table : answer.tables) text += table_markdown(table);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace partita
