#include "validation/phone_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sim/base/error.h"

namespace partita {
namespace {

constexpr std::size_t kFewest = 4;  ///< Samples; less is no run.
constexpr double kTypicalLoad =
    5.3;  ///< s to load the model in the logged runs; for runs that do not say.
constexpr double kCpuLoad = 0.85, kGpuLoad = 0.45;  ///< Means of the logged runs.

/// Columns by what they mean; the logger has a column for every core.
struct Columns {
  std::size_t run, t, temperature, phase, cpu_load, gpu_load, gpu;
  std::vector<std::size_t> gold, prime;
  std::optional<std::size_t> backend;
  double hz_of_cpu, hz_of_gpu;
};

Columns columns_of(const Csv& csv) {
  if (csv.has_column("run"))
    return {csv.column("run"),
            csv.column("t_s"),
            csv.column("temperature_c"),
            csv.column("phase"),
            csv.column("cpu_load_percent"),
            csv.column("gpu_load_percent"),
            csv.column("gpu_mhz"),
            {csv.column("gold_mhz")},
            {csv.column("prime_mhz")},
            csv.column("backend"),
            1e6,
            1e6};
  Columns c{csv.column("file"),
            csv.column("t_s"),
            csv.column("temp_c"),
            csv.column("phase"),
            csv.column("cpu_load"),
            csv.column("gpu_load"),
            csv.column("gpu_freq_hz"),
            {},
            {},
            std::nullopt,
            1e3,
            1};
  for (int core = 0; core < 8; ++core)
    (core < 6 ? c.gold : c.prime).push_back(csv.column(fmt::format("cpu{}_khz", core)));
  return c;
}

/// A cell that may be empty.
double or_zero(const Csv& csv, std::size_t row, std::size_t column) {
  return csv.rows[row][column].empty() ? 0 : csv.number(row, column);
}

double fastest(const Csv& csv, std::size_t row, const std::vector<std::size_t>& cores) {
  double most = 0;
  for (const std::size_t core : cores) most = std::max(most, or_zero(csv, row, core));
  return most;
}

RunPhase phase_of(const std::string& text) {
  if (text.starts_with("ModelLoad") || text == "load") return RunPhase::load;
  if (text.starts_with("Prefill") || text == "prefill") return RunPhase::prefill;
  if (text.starts_with("Decoding") || text == "decode" || text == "End") return RunPhase::decode;
  return RunPhase::before;
}

/// Rows of one run, as they come.
struct Raw {
  std::vector<std::size_t> rows;
  std::vector<double> cpu_load, gpu_load;  ///< By row, 0 to 1; 0: not logged.
};

double mean_load(const PhoneRun& run, const std::vector<double>& loads, RunPhase phase,
                 double typical) {
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < loads.size(); ++i)
    if (run.samples[i].phase == phase && loads[i] > 0) {
      sum += loads[i];
      ++n;
    }
  return n > 0 ? sum / n : typical;
}

void fill_phases(PhoneRun& run) {
  if (std::any_of(run.samples.begin(), run.samples.end(),
                  [](const PhoneSample& s) { return s.phase != RunPhase::before; }))
    return;
  for (PhoneSample& s : run.samples)
    if (s.t_s > 0) s.phase = s.t_s < kTypicalLoad ? RunPhase::load : RunPhase::decode;
}

/// Where it ran: as said, as the name says, else where there was load.
bool ran_on_gpu(const Csv& csv, const Columns& c, const Raw& raw, const std::string& name) {
  if (c.backend) {
    const std::string& backend = csv.rows[raw.rows.front()][*c.backend];
    if (backend != "cpu" && backend != "gpu")
      throw_unknown(fmt::format("{}:{}: backend", csv.name, csv.lines[raw.rows.front()]), "backend",
                    backend, {"cpu", "gpu"});
    return backend == "gpu";
  }
  if (name.find("opencl") != std::string::npos || name.find("gpu") != std::string::npos)
    return true;
  if (name.find("cpu") != std::string::npos) return false;
  const auto most = [](const std::vector<double>& v) {
    return *std::max_element(v.begin(), v.end());
  };
  return most(raw.gpu_load) > 0.1 && most(raw.cpu_load) < 0.5;
}

PhoneRun run_of(const Csv& csv, const Columns& c, const Raw& raw, const std::string& name) {
  PhoneRun run;
  run.name = name;
  run.on_gpu = ran_on_gpu(csv, c, raw, name);
  for (const std::size_t r : raw.rows) {
    run.samples.push_back({csv.number(r, c.t), phase_of(csv.rows[r][c.phase]),
                           or_zero(csv, r, c.temperature), fastest(csv, r, c.gold) * c.hz_of_cpu,
                           fastest(csv, r, c.prime) * c.hz_of_cpu,
                           or_zero(csv, r, c.gpu) * c.hz_of_gpu});
    if (run.samples.size() > 1 && run.samples.back().t_s < run.samples[run.samples.size() - 2].t_s)
      csv.fail(r, c.t, "time goes back within a run");
  }
  fill_phases(run);
  const auto& loads = run.on_gpu ? raw.gpu_load : raw.cpu_load;
  const double typical = run.on_gpu ? kGpuLoad : kCpuLoad;
  run.prefill_load = mean_load(run, loads, RunPhase::prefill, typical);
  run.decode_load = mean_load(run, loads, RunPhase::decode, typical);
  return run;
}

const char* why_left_out(const PhoneRun& run) {
  if (run.samples.size() < kFewest) return "fewer than four samples";
  if (!(run.samples.front().temperature_c > 0)) return "no temperature";
  if (!(run.samples.front().gpu_hz > 0)) return "no GPU clock: not this phone";
  return nullptr;
}

}  // namespace

bool is_phone_table(const Csv& csv) {
  return csv.has_column("t_s") && (csv.has_column("run") || csv.has_column("file"));
}

PhoneRuns read_phone_runs(const Csv& csv) {
  const Columns c = columns_of(csv);
  std::vector<std::string> order;
  std::map<std::string, Raw> raw;
  for (std::size_t r = 0; r < csv.rows.size(); ++r) {
    const std::string& name = csv.rows[r][c.run];
    if (!raw.contains(name)) order.push_back(name);
    Raw& one = raw[name];
    one.rows.push_back(r);
    one.cpu_load.push_back(or_zero(csv, r, c.cpu_load) / 100);
    one.gpu_load.push_back(or_zero(csv, r, c.gpu_load) / 100);
  }
  PhoneRuns out;
  for (const std::string& name : order) {
    PhoneRun run = run_of(csv, c, raw[name], name);
    if (const char* why = why_left_out(run))
      out.notes.push_back(fmt::format("{} left out: {}", name, why));
    else
      out.runs.push_back(std::move(run));
  }
  if (out.runs.empty()) throw InputError(csv.name + ": no run to predict");
  return out;
}

}  // namespace partita
