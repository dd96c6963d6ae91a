// partita study: experiments, and the report that answers.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/report/page_study.h"
#include "tools/partita/opened.h"
#include "tools/partita/prepare.h"
#include "tools/partita/report_file.h"
#include "tools/partita/study.h"

namespace partita {
namespace {

using Writer = std::string (*)(const Study&);

Writer writer_of(const std::string& file) {
  const std::string format = report_format(file, {".html", ".md", ".json", ".csv"});
  if (format.empty()) return nullptr;
  if (format == ".md") return study_markdown;
  if (format == ".json") return study_json;
  if (format == ".csv") return study_csv;
  return [](const Study& study) { return study_page(study).html(); };
}

std::vector<Experiment> asked_experiments(const std::vector<std::string>& asked) {
  const Catalog catalog = open_catalog();
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : asked.empty() ? std::vector<std::string>{"all"} : asked)
    if (name == "all")
      for (const std::string& known : experiment_names(catalog)) add(known);
    else
      add(name);
  if (names.empty())
    throw InputError(
        fmt::format("study: no experiments in {}", (catalog.root() / "validation/study").string()));
  std::vector<Experiment> experiments;
  for (const std::string& name : names) experiments.push_back(load_experiment(catalog, name));
  return experiments;
}

}  // namespace

void study(const StudyRequest& request, const Console& console) {
  const Writer write = writer_of(request.report);
  const std::vector<Experiment> experiments = asked_experiments(request.experiments);
  Study result{request.quick, {}};
  Opened opened;
  for (const Experiment& e : experiments)
    result.experiments.push_back(
        run_experiment(e, request.quick, opened, console, console.progress("study " + e.name)));
  console.clear_progress();
  if (write != nullptr) write_file(request.report, write(result));
  console.print(request.json ? study_json(result) : study_text(result, console.style()));
}

}  // namespace partita
