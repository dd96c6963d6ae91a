// partita sweep: a plan's points, into a database, and what they say.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <thread>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tools/partita/prepare.h"
#include "tools/partita/report_file.h"
#include "tools/partita/streamed.h"
#include "tools/partita/sweep.h"
#include "tools/partita/sweep_dask.h"
#include "tools/partita/sweep_page.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

/// A file that grows beside its name and takes it in the end: too much for one string.
class GrowingFile {
 public:
  explicit GrowingFile(fs::path path) : path_(std::move(path)), part_(path_.string() + ".part") {
    out_.open(part_, std::ios::binary | std::ios::trunc);
    if (!out_) throw InputError(fmt::format("{}: cannot be written", path_.string()));
  }
  ~GrowingFile() {
    std::error_code error;
    if (!done_) fs::remove(part_, error);
  }
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  void add(const std::string& text) { out_ << text; }
  void finish() {
    out_.close();
    std::error_code error;
    if (out_) fs::rename(part_, path_, error);
    if (!out_ || error) throw InputError(fmt::format("{}: cannot be written", path_.string()));
    done_ = true;
  }

 private:
  fs::path path_, part_;
  std::ofstream out_;
  bool done_ = false;
};

struct Asked {
  std::size_t by = 0;
  std::vector<std::size_t> front;
};

Asked asked_figures(const SweepRequest& request, const Sweep& sweep) {
  Asked asked{sweep.objective_figure(), {}};
  if (!request.by.empty()) asked.by = figure_by_name(sweep.figures(), request.by, "--by");
  if (request.pareto.empty()) return asked;
  for (const std::string& name : split_list(request.pareto)) {
    asked.front.push_back(figure_by_name(sweep.figures(), name, "--pareto"));
    if (std::count(asked.front.begin(), asked.front.end(), asked.front.back()) > 1)
      throw InputError(fmt::format("--pareto: \"{}\" is named twice", name));
  }
  return asked;
}

std::size_t processes(std::int64_t asked) {
  return asked > 0 ? static_cast<std::size_t>(asked)
                   : std::max(1u, std::thread::hardware_concurrency());
}

void evaluate_missing(Sweep& sweep, sweep::Store& store, const fs::path& database, std::size_t jobs,
                      const Console& console) {
  const auto ranges = store.missing();
  if (ranges.empty()) return console.complain(database.string() + ": is finished");
  const auto size = static_cast<double>(sweep.design().size());
  auto done = static_cast<double>(store.done());
  const auto progress = console.progress(sweep.plan().title.empty() ? "sweep" : sweep.plan().title);
  if (progress) progress(done / size);
  in_stream(
      ranges, jobs,
      [&](const WorkRange& range) { return sweep.evaluate(range.first, range.second); },
      [&](const WorkRange& range, const std::string& bytes) {
        store.add(sweep::unpack(bytes, sweep.figures().size()));
        done += static_cast<double>(range.second - range.first);
        if (progress) progress(done / size);
      });
  console.clear_progress();
}

}  // namespace

void sweep_plan(const SweepRequest& request, const Console& console) {
  Sweep sweep(request.plan, request.plugins);
  const Asked asked = asked_figures(request, sweep);
  report_format(request.report, {".html"});
  const fs::path database = request.database.empty()
                                ? fs::path(fs::path(request.plan).stem().string() + ".sqlite")
                                : fs::path(request.database);
  if (!request.scheduler.empty()) fill_by_dask(request, database, console);
  sweep::Store store = sweep.store(database, request.resume || !request.scheduler.empty());
  if (request.scheduler.empty())
    evaluate_missing(sweep, store, database, processes(request.jobs), console);
  store.settle();

  sweep::Summarizer summarizer(sweep.design(), sweep.figures(), asked.by,
                               static_cast<std::size_t>(request.best), asked.front);
  std::optional<GrowingFile> csv;
  if (!request.csv.empty()) csv.emplace(request.csv).add(sweep_csv_header(sweep));
  SweepSample sample(sweep);
  store.each([&](const sweep::Row& row, std::span<const double> values) {
    summarizer.take(row, values);
    if (!request.report.empty()) sample.take(row, values);
    if (csv) csv->add(sweep_csv_line(sweep, row, values));
  });
  if (csv) csv->finish();
  const sweep::Summary summary = summarizer.finish();
  if (!request.report.empty())
    write_file(request.report, sweep_page(sweep, summary, asked.by, asked.front, sample).html());
  console.print(request.json ? sweep_json(sweep, summary, asked.by, asked.front)
                             : sweep_text(sweep, summary, asked.by, asked.front, console.style()));
}

}  // namespace partita
