// Suite thermal: how warm does a device get under a known load, and how far does it throttle?
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/soc/soc.h"
#include "validation/board_heat.h"
#include "validation/phone_heat.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_thermal(const Catalog& catalog, const ValidateOptions& options);

namespace {

constexpr std::size_t kFolds = 5;
constexpr std::size_t kParts = 4;  ///< Of a section; every second one is fitted to.

/// Differences of temperatures, K.
struct Differences {
  double squares = 0, plain_squares = 0;
  std::size_t n = 0;
  void add(double predicted, double measured, double first) {
    squares += (predicted - measured) * (predicted - measured);
    plain_squares += (first - measured) * (first - measured);
    ++n;
  }
  void add(const Differences& other) {
    squares += other.squares;
    plain_squares += other.plain_squares;
    n += other.n;
  }
  QuantityResult result(std::string quantity) const {
    QuantityResult r;
    r.quantity = std::move(quantity);
    r.n = n;
    if (n == 0) return r;
    r.rmse = std::sqrt(squares / static_cast<double>(n));
    r.plain_rmse = std::sqrt(plain_squares / static_cast<double>(n));
    return r;
  }
};

/// Clocks of the units that compute, at every sample and as means over a run.
struct Clocks {
  std::vector<ScoredRow> samples, means;
  void add(const std::vector<ScoredRow>& rows) {
    if (rows.empty()) return;
    ScoredRow mean{0, 0, 0, 0.0};
    const auto n = static_cast<double>(rows.size());
    for (const ScoredRow& row : rows) {
      mean.predicted += row.predicted / n;
      mean.measured += row.measured / n;
      *mean.plain += *row.plain / n;
    }
    samples.insert(samples.end(), rows.begin(), rows.end());
    means.push_back(mean);
  }
};

/// Without coverage: no interval is stated.
QuantityResult line(std::string name, const std::vector<ScoredRow>& rows) {
  QuantityResult result = score(std::move(name), rows);
  result.coverage_90.reset();
  result.unit = "Hz";
  return result;
}

struct PhoneScore {
  Differences heat;
  Clocks cpu, prime, gpu;  ///< Of the six performance cores, the two prime ones, the GPU.

  void add(const Soc& soc, const PhoneRun& run) {
    const auto points = predict_run(soc, run);
    std::vector<ScoredRow> gold_rows, prime_rows, gpu_rows;
    const auto top = [&](std::string_view unit) {
      return soc.domain(soc.unit(soc.unit_by_name(unit, "thermal")).domain)
          .opps.back()
          .frequency_hz;
    };
    const auto put = [](std::vector<ScoredRow>& rows, double predicted, double measured,
                        double plain) {
      if (measured > 0) rows.push_back({predicted, measured, 0, plain});
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      const PhoneSample& s = run.samples[i];
      if (i > 0 && s.temperature_c > 0)
        heat.add(points[i].temperature_c, s.temperature_c, run.samples[0].temperature_c);
      if (s.phase != RunPhase::prefill && s.phase != RunPhase::decode) continue;
      if (run.on_gpu) {
        put(gpu_rows, points[i].gpu_hz, s.gpu_hz, top("gpu"));
        continue;
      }
      put(gold_rows, points[i].gold_hz, s.gold_hz, top("cpu-little"));
      put(prime_rows, points[i].prime_hz, s.prime_hz, top("cpu-prime"));
    }
    cpu.add(gold_rows);
    prime.add(prime_rows);
    gpu.add(gpu_rows);
  }

  void report(SuiteResult& suite) const {
    suite.results.push_back(heat.result("temperature.phone"));
    Clocks all = cpu;
    all.samples.insert(all.samples.end(), gpu.samples.begin(), gpu.samples.end());
    all.means.insert(all.means.end(), gpu.means.begin(), gpu.means.end());
    suite.results.push_back(line("clock.phone", all.means));
    if (!cpu.means.empty()) suite.results.push_back(line("clock.phone.cpu", cpu.means));
    if (!gpu.means.empty()) suite.results.push_back(line("clock.phone.gpu", gpu.means));
    suite.results.push_back(line("clock-samples.phone", all.samples));
    if (!prime.means.empty()) suite.results.push_back(line("clock-prime.phone", prime.means));
  }
};

/// Runs by name, dealt to folds: those of one session stand side by side and part.
void cross_validate_phone(const Soc& soc, std::vector<PhoneRun> runs, SuiteResult& suite,
                          const std::function<void(double)>& progress) {
  std::sort(runs.begin(), runs.end(),
            [](const PhoneRun& a, const PhoneRun& b) { return a.name < b.name; });
  PhoneScore scored;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<PhoneRun> rest;
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (i % kFolds != fold) rest.push_back(runs[i]);
    const Soc fitted = fit_phone(soc, rest);
    for (std::size_t i = fold; i < runs.size(); i += kFolds) scored.add(fitted, runs[i]);
    if (progress) progress(static_cast<double>(fold + 1) / (kFolds + 1));
  }
  scored.report(suite);
}

/// Group of each sample of which all are left out together.
using Groups = std::vector<std::size_t>;

Groups sections_of(const BoardTrace& trace) {
  std::vector<std::string> names;
  Groups out;
  for (const BoardSample& s : trace.samples) {
    const auto at = std::find(names.begin(), names.end(), s.section);
    out.push_back(static_cast<std::size_t>(at - names.begin()));
    if (at == names.end()) names.push_back(s.section);
  }
  return out;
}

/// Every section in four parts, the first and third against the second and fourth.
Groups halves_of(const BoardTrace& trace) {
  Groups out;
  for (std::size_t begin = 0, end = 0; begin < trace.samples.size(); begin = end) {
    while (end < trace.samples.size() && trace.samples[end].section == trace.samples[begin].section)
      ++end;
    for (std::size_t i = begin; i < end; ++i)
      out.push_back((i - begin) * kParts / (end - begin) % 2);
  }
  return out;
}

Differences leave_out(const BoardTrace& trace, const Groups& groups) {
  Differences out;
  const std::set<std::size_t> all(groups.begin(), groups.end());
  for (const std::size_t group : all) {
    std::vector<bool> known;
    for (const std::size_t g : groups) known.push_back(g != group);
    const auto predicted = predict_board(trace, fit_board(trace, known));
    for (std::size_t i = 1; i < groups.size(); ++i)
      if (groups[i] == group)
        out.add(predicted[i], trace.samples[i].temperature_c, trace.samples[0].temperature_c);
  }
  return out;
}

void cross_validate_boards(const BoardTraces& boards, SuiteResult& suite) {
  Differences halves, sections;
  std::vector<QuantityResult> details;
  for (const BoardTrace& trace : boards.traces) {
    const Differences one = leave_out(trace, halves_of(trace));
    halves.add(one);
    sections.add(leave_out(trace, sections_of(trace)));
    details.push_back(one.result("temperature.boards." + trace.result));
  }
  suite.results.push_back(halves.result("temperature.boards"));
  suite.results.push_back(sections.result("temperature.new-program"));
  suite.results.insert(suite.results.end(), details.begin(), details.end());
  suite.notes.insert(suite.notes.end(), boards.notes.begin(), boards.notes.end());
}

}  // namespace

SuiteResult validate_thermal(const Catalog& catalog, const ValidateOptions& options) {
  const Soc soc = load_soc(catalog.soc("snapdragon-8-elite"));
  const auto folder = catalog.root() / "validation" / "thermal";
  SuiteResult suite;
  suite.suite = "thermal";
  if (options.data) {
    const Csv csv = read_csv(*options.data);
    if (is_board_table(csv)) {
      cross_validate_boards(read_boards(csv), suite);
      suite.notes.push_back("each board by the other half of its own samples");
      return suite;
    }
    if (!is_phone_table(csv))
      throw InputError(csv.name +
                       ": neither runs of a phone (t_s, temp_c, gpu_freq_hz, ...) nor "
                       "traces of boards (result, device, section, line)");
    const PhoneRuns runs = read_phone_runs(csv);
    PhoneScore scored;
    for (const PhoneRun& run : runs.runs) scored.add(soc, run);
    scored.report(suite);
    suite.notes = runs.notes;
    suite.notes.push_back("constants are those of socs/snapdragon-8-elite.yaml");
    return suite;
  }
  const PhoneRuns runs = read_phone_runs(read_csv(folder / "galaxy-s25.csv"));
  cross_validate_phone(soc, runs.runs, suite, options.progress);
  suite.notes = runs.notes;
  cross_validate_boards(read_boards(read_csv(folder / "boards.csv")), suite);
  suite.notes.push_back(
      "rmse in K; clock: mean over a run, of the six performance cores or the GPU, whichever "
      "computes; "
      "clock-samples: every second of it");
  return suite;
}

}  // namespace partita
