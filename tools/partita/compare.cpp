// partita compare: every plan for one SoC and network, ranked.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/report/page_comparison.h"
#include "tools/partita/compare_cell.h"
#include "tools/partita/decide.h"
#include "tools/partita/opened.h"
#include "tools/partita/plan_run.h"
#include "tools/partita/report_file.h"
#include "tools/partita/workers.h"

namespace partita {
namespace {

/// Several SoCs, networks or both: the best plan of each, and how the algorithms fared.
class Grid {
 public:
  Grid(const CompareRequest& request, const Registry& registry,
       const std::vector<std::string>& names, std::string format, const Console& console)
      : request_(request),
        registry_(registry),
        names_(names),
        format_(std::move(format)),
        console_(console) {}

  void run() {
    prepare_all();
    const std::vector<std::string> packed = in_workers(
        prepared_.size(), processes(), [&](std::size_t i) { return work(i); },
        console_.progress("compare"));
    std::vector<Cell> cells;
    for (const std::string& bytes : packed) cells.push_back(unpack(bytes));
    for (std::size_t i = 0; i < cells.size(); ++i) results_[i].comparison = &cells[i].comparison;
    std::string csv, json;
    for (const Cell& cell : cells) {
      csv += cell.csv;
      json += (json.empty() ? "[\n" : ",\n") + cell.json;
    }
    json += "\n]\n";
    if (format_ == ".csv") write_file(request_.report, csv);
    if (format_ == ".json") write_file(request_.report, json);
    if (format_ == ".html") write_file(request_.report, grid_page(results_).html());
    console_.print(request_.json    ? json
                   : networks_ == 1 ? socs_text(results_, console_.style())
                                    : matrix_text(results_, console_.style()));
  }

 private:
  std::size_t processes() const {
    // The caller's own partitioners stay in its process: they may be another language's functions.
    for (const PartitionerInfo& own : request_.own)
      if (std::find(names_.begin(), names_.end(), own.name) != names_.end()) return 1;
    return request_.jobs > 0 ? static_cast<std::size_t>(request_.jobs)
                             : std::max(1u, std::thread::hardware_concurrency());
  }

  /// Every cell before any is worked on: the last name may be wrong.
  void prepare_all() {
    const auto socs = split_list(request_.soc), models = split_list(request_.model);
    networks_ = models.size();
    Opened opened;
    for (const std::string& soc : socs) opened.soc(soc);
    for (const std::string& model : models) opened.graph(model, request_.dims);
    for (const std::string& model : models)
      for (const std::string& soc : socs) {
        CompareRequest one = request_;
        one.soc = soc;
        one.model = model;
        prepared_.push_back(prepare(one, opened));
        check_options_are_known(*prepared_.back(), registry_, names_);
        results_.push_back(soc_result(prepared_.back()->job(), nullptr));
      }
  }

  std::string work(std::size_t i) {
    const auto prepared = std::move(prepared_[i]);  // What its costs keep goes with the cell.
    const Job job = prepared->job();
    Cell cell{compare_plans(*prepared, request_, registry_, names_, console_.quiet()), {}, {}};
    if (format_ == ".csv") cell.csv = comparison_csv(job, cell.comparison);
    if (request_.json || format_ == ".json") {
      cell.json = comparison_json(job, cell.comparison);
      while (!cell.json.empty() && cell.json.back() == '\n') cell.json.pop_back();
    }
    return pack(cell);
  }

  const CompareRequest& request_;
  const Registry& registry_;
  const std::vector<std::string>& names_;
  std::string format_;
  const Console& console_;
  std::size_t networks_ = 0;
  std::vector<std::unique_ptr<Prepared>> prepared_;  ///< By network, then SoC.
  std::vector<SocResult> results_;
};

}  // namespace

void compare(const CompareRequest& request, const Console& console) {
  const std::string format = report_format(request.report, {".html", ".csv", ".json"});
  const Registry registry(request.plugins, request.own);
  const auto names = asked_partitioners(registry, request.partitioners);
  if ((request.soc + request.model).find(',') != std::string::npos) {
    Grid(request, registry, names, format, console).run();
    return;
  }
  const auto prepared = prepare(request);
  check_options_are_known(*prepared, registry, names);
  const Job job = prepared->job();
  const Comparison comparison = compare_plans(*prepared, request, registry, names, console);
  if (format == ".csv") write_file(request.report, comparison_csv(job, comparison));
  if (format == ".json") write_file(request.report, comparison_json(job, comparison));
  if (format == ".html") {
    const PlanRun best(*prepared, job, comparison.rows.front().outcome.plan);
    write_file(
        request.report,
        comparison_page(job, comparison, best.story(comparison.rows.front().outcome)).html());
  }
  console.print(request.json ? comparison_json(job, comparison)
                             : comparison_text(job, comparison, console.style()));
}

}  // namespace partita
