// partita fit: measurements of a device of the user's into a profile, checked row by row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/cost/benchmark_logs.h"
#include "sim/cost/kernel_fit.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/prepare.h"
#include "tools/partita/runtimes.h"

namespace partita {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A row this many standard deviations from what the others predict is named.
constexpr double kOutlier = 4;

struct Read {
  std::vector<OperatorRow> operators;
  std::vector<NetworkRow> networks;
  std::vector<std::string> left_out;
  LogFormat format{};
};

/// Cores that benchncnn takes: the whole cluster first that its powersave names.
std::string cores_of(const Soc& soc, int powersave, int threads) {
  std::vector<std::size_t> order(soc.clusters.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto top = [&](std::size_t i) {
    const Domain& d = soc.domain(soc.clusters[i].domain);
    return d.opps.back().frequency_hz;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return top(a) > top(b); });
  if (powersave == 1) std::reverse(order.begin(), order.end());
  std::string spec;
  for (const std::size_t i : order) {
    const int used = std::min(threads, soc.clusters[i].cores);
    if (used > 0)
      spec += fmt::format("{}{}:{}", spec.empty() ? "" : " ", soc.clusters[i].name, used);
    threads -= used;
  }
  return spec;
}

std::string unit_of(const FitRequest& request, const Soc& soc, const BenchmarkLog& log) {
  if (!request.unit.empty()) return request.unit;
  if (log.gpu) {
    for (const Unit& unit : soc.units)
      if (unit.kind == UnitKind::gpu) return unit.name;
  }
  if (log.threads) return cores_of(soc, log.powersave.value_or(0), *log.threads);
  throw InputError(
      fmt::format("{}: says neither threads nor a GPU; name the unit with --unit, e.g. "
                  "{} or {}:1",
                  request.from, soc.units.front().name, soc.clusters.front().name));
}

Read read_measurements(const FitRequest& request, const Soc& soc, Precision precision,
                       Networks& networks) {
  Read read;
  const std::string text = read_file(request.from);
  read.format = detect_log(text, request.from);
  if (read.format == LogFormat::operators_csv) {
    read.operators = read_operator_rows(request.from, precision);
    return read;
  }
  if (read.format == LogFormat::networks_csv) {
    read.networks = read_network_rows(request.from);
    return read;
  }
  const BenchmarkLog log = parse_log(text, read.format, request.from);
  const std::string unit = unit_of(request, soc, log);
  for (const LogRun& run : log.runs) {
    NetworkRow row;
    row.network = request.network.empty() ? run.network : request.network;
    if (row.network.empty())
      throw InputError(
          fmt::format("{}:{}: no network's name; give --network", request.from, run.line));
    row.unit = unit;
    row.latency_s = run.latency_s;
    row.sd_s = run.sd_s;
    row.line = run.line;
    read.networks.push_back(std::move(row));
  }
  if (log.nodes.empty()) return read;
  const std::string name = !request.network.empty() ? request.network
                           : log.runs.empty()       ? std::string()
                                                    : log.runs.front().network;
  const Graph* graph = name.empty() ? nullptr : networks.find(name);
  if (graph == nullptr)
    throw InputError(
        fmt::format("{}: nodes have no shapes: name a network that `partita list "
                    "models` has with --network{}",
                    request.from, name.empty() ? "" : fmt::format(" (\"{}\" is none)", name)));
  read.operators = pair_with_graph(log, *graph, unit, precision, request.from, read.left_out);
  return read;
}

/// Measurements of one unit, operators and networks apart.
struct UnitRows {
  std::string unit;
  std::vector<Measurement> rows;
  std::vector<int> lines;
  std::vector<std::string> names;
  bool single = false;
};

struct Score {
  std::string unit, what;
  std::size_t rows = 0, groups = 0;
  double before = 0;            ///< Mean error of the expectation, without any of these rows.
  std::optional<double> after;  ///< Left out group by group.
  std::vector<std::string> outliers;
  const KernelForm* form = nullptr;
  std::optional<KernelFit> fit;
};

double mean_error(std::span<const double> predicted, const std::vector<Measurement>& rows) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    sum += std::abs(predicted[i] / rows[i].latency_s - 1);
  return sum / static_cast<double>(rows.size());
}

Score score_unit(const UnitRows& unit, const KernelForm& form) {
  Score s{unit.unit, unit.single ? "operators" : "networks", unit.rows.size(), 0, 0, {}, {}, &form,
          {}};
  const KernelFit expected(form, prior_coefficients(form));
  std::vector<double> predicted;
  std::set<std::size_t> groups;
  for (const Measurement& m : unit.rows) {
    predicted.push_back(expected.network(m.kernels, m.unit).latency_s);
    groups.insert(m.group);
  }
  s.groups = groups.size();
  s.before = mean_error(predicted, unit.rows);
  s.fit.emplace(form, unit.rows, KernelFit::Options{});
  if (groups.size() < 2) return s;
  const auto left_out = leave_groups_out(form, unit.rows, {});
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    predicted[i] = left_out[i].latency_s;
    const double off = std::log(unit.rows[i].latency_s / predicted[i]);
    const double sd = std::hypot(left_out[i].relative_sd, unit.rows[i].relative_sd);
    if (std::abs(off) > kOutlier * sd)
      s.outliers.push_back(
          fmt::format("line {}: {} takes {:.3g} ms, the other rows say {:.3g} ± {:.2g}",
                      unit.lines[i], unit.names[i], unit.rows[i].latency_s * 1e3,
                      predicted[i] * 1e3, predicted[i] * sd * 1e3));
  }
  s.after = mean_error(predicted, unit.rows);
  return s;
}

class Sorter {
 public:
  Sorter(const Soc& soc, const Runtime& runtime, Precision precision, std::string file)
      : soc_(soc), runtime_(runtime), precision_(precision), file_(std::move(file)) {}

  void add(const OperatorRow& row) {
    auto& unit = at(row.unit, row.line, true);
    Measurement m;
    m.unit = traits_of(soc_, unit_by_spec(soc_, row.unit, where(row.line)), precision_);
    m.kernels = {row.work};
    m.latency_s = row.latency_s;
    push(unit, std::move(m), row.sd_s, row.network, row.line, row.network + " " + row.name);
  }

  void add(const NetworkRow& row, const Graph& graph) {
    auto& unit = at(row.unit, row.line, false);
    const Unit u = unit_by_spec(soc_, row.unit, where(row.line));
    Measurement m;
    m.unit = traits_of(soc_, u, precision_);
    m.kernels =
        kernels_of(form(u, row.line), graph, precision_, m.unit, runtime_.unit(u.kind)->fusions);
    m.latency_s = row.latency_s;
    push(unit, std::move(m), row.sd_s, row.network, row.line, row.network);
  }

  const KernelForm& form(const Unit& unit, int line) const {
    const KernelForm* form =
        runtime_.unit(unit.kind) == nullptr ? nullptr : kernel_form(runtime_.name, unit.kind);
    if (form == nullptr)
      throw InputError(fmt::format("{}: {} has no kernel model for a {}", where(line),
                                   runtime_.title, to_string(unit.kind)));
    return *form;
  }

  std::map<std::pair<std::string, bool>, UnitRows> units;

 private:
  std::string where(int line) const { return fmt::format("{}:{}: unit", file_, line); }

  UnitRows& at(const std::string& unit, int line, bool single) {
    unit_by_spec(soc_, unit, where(line));
    UnitRows& rows = units[{unit, single}];
    rows.unit = unit;
    rows.single = single;
    return rows;
  }

  void push(UnitRows& unit, Measurement m, const std::optional<double>& sd_s,
            const std::string& network, int line, std::string name) {
    const KernelForm& f = form(unit_by_spec(soc_, unit.unit, where(line)), line);
    if (unit.single) m.kernels.front().kind = f.kind_of(m.kernels.front(), m.unit);
    m.relative_sd = std::hypot(f.settings().noise, sd_s ? *sd_s / m.latency_s : 0);
    m.group = groups_.emplace(network, groups_.size()).first->second;
    unit.rows.push_back(std::move(m));
    unit.lines.push_back(line);
    unit.names.push_back(std::move(name));
  }

  const Soc& soc_;
  const Runtime& runtime_;
  Precision precision_;
  std::string file_;
  std::map<std::string, std::size_t> groups_;
};

/// One network alone cannot be left out: its operators are, a tenth at a time.
void split_single_network(UnitRows& unit) {
  const bool one = std::all_of(unit.rows.begin(), unit.rows.end(), [&](const Measurement& m) {
    return m.group == unit.rows.front().group;
  });
  if (!one || !unit.single) return;
  for (std::size_t i = 0; i < unit.rows.size(); ++i) unit.rows[i].group = i % 10;
}

void write_profile(const FitRequest& request, const Soc& soc, const Runtime& runtime,
                   Precision precision, const Read& read) {
  const fs::path folder(request.output);
  std::error_code error;
  if (fs::exists(folder / "meta.yaml", error))
    throw InputError(fmt::format("{}: already holds a profile; nothing written", request.output));
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    throw InputError(fmt::format("{}: cannot make this folder", request.output));
  if (!read.operators.empty()) write_file(folder / "operators.csv", operators_csv(read.operators));
  if (!read.networks.empty()) write_file(folder / "networks.csv", networks_csv(read.networks));
  // Last: a folder without it is not a profile yet.
  write_file(folder / "meta.yaml",
             fmt::format("runtime: {}\nversion: {}\nprecision: {}\ndevice: {}\n"
                         "threads: as named in the column unit\nmethod: {}\ndate: {}\n"
                         "source: {}\ncommit: none\nlicence: the user's own\nknown: measured\n",
                         runtime.name, yaml_scalar(request.version), to_string(precision),
                         yaml_scalar(request.device.empty() ? soc.title : request.device),
                         yaml_scalar(fmt::format("partita fit, from {}", to_string(read.format))),
                         yaml_scalar(request.date),
                         yaml_scalar(fs::path(request.from).filename().string())));
}

ordered_json json_of(const std::vector<Score>& scores, const Read& read,
                     const std::vector<std::string>& notes) {
  ordered_json units = ordered_json::array();
  for (const Score& s : scores) {
    ordered_json kinds = ordered_json::array();
    const auto kind_table = s.form->kinds();
    for (std::size_t k = 0; k < kind_table.size(); ++k)
      for (std::size_t j = 0; j < kind_table[k].terms.size(); ++j)
        kinds.push_back({{"kernel", kind_table[k].name},
                         {"term", kind_table[k].terms[j].name},
                         {"coefficient", s.fit->coefficients().of_kind[k][j]}});
    units.push_back({{"unit", s.unit},
                     {"rows", s.rows},
                     {"of", s.what},
                     {"networks", s.groups},
                     {"error_before", s.before},
                     {"error_after", or_null(s.after)},
                     {"outliers", s.outliers},
                     {"coefficients", std::move(kinds)}});
  }
  return {{"format", to_string(read.format)},
          {"operators", read.operators.size()},
          {"networks", read.networks.size()},
          {"units", std::move(units)},
          {"notes", notes}};
}

std::string text_of(const std::vector<Score>& scores, const Read& read,
                    const std::vector<std::string>& notes, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"unit"},
                   {"rows", Align::right},
                   {"of"},
                   {"before", Align::right},
                   {"after", Align::right},
                   {"outliers", Align::right}});
  std::string outliers;
  for (const Score& s : scores) {
    table.add({s.unit, std::to_string(s.rows), s.what, percent(s.before, 2),
               s.after ? percent(*s.after, 2) : "-", std::to_string(s.outliers.size())});
    for (const std::string& o : s.outliers) outliers += wrap(fmt::format("outlier, {}", o));
  }
  std::string out = fmt::format("{}: {} operators, {} networks\n", to_string(read.format),
                                read.operators.size(), read.networks.size());
  out += table.render(style);
  out += wrap(
      "before: mean error of what other devices lead to expect; after: of rows predicted from the "
      "other networks' rows (of one network: nine tenths of its operators from which the rest is "
      "predicted)");
  out += outliers;
  for (const std::string& note : notes) out += wrap("note: " + note);
  return out;
}

}  // namespace

void fit(const FitRequest& request, const Console& console) {
  const Catalog catalog = open_catalog();
  const Soc soc = open_soc(catalog, request.soc);
  const Runtime runtime = load_runtime(catalog.runtime(request.runtime));
  const auto names = precision_names();
  const auto named = std::find(names.begin(), names.end(), request.precision);
  if (named == names.end()) throw_unknown("--precision", "precision", request.precision, names);
  const auto precision = static_cast<Precision>(named - names.begin());
  Networks networks(catalog);
  const Read read = read_measurements(request, soc, precision, networks);
  std::vector<std::string> notes = read.left_out;
  Sorter sorter(soc, runtime, precision, request.from);
  for (const OperatorRow& row : read.operators) sorter.add(row);
  for (const NetworkRow& row : read.networks) {
    if (const Graph* graph = networks.find(row.network))
      sorter.add(row, *graph);
    else
      notes.push_back(
          fmt::format("line {}: no graph of {}; kept, not fitted to", row.line, row.network));
  }
  if (sorter.units.empty())
    throw InputError(fmt::format("{}: nothing to fit to: no network of `partita list models` in it",
                                 request.from));
  std::vector<Score> scores;
  for (auto& [key, unit] : sorter.units) {
    split_single_network(unit);
    const Unit u = unit_by_spec(soc, unit.unit, request.from);
    scores.push_back(score_unit(unit, sorter.form(u, unit.lines.front())));
  }
  if (!request.output.empty()) {
    write_profile(request, soc, runtime, precision, read);
    notes.push_back(fmt::format("wrote {}", request.output));
  } else {
    notes.emplace_back("nothing written; --output FOLDER writes the profile");
  }
  console.print(request.json ? json_text(json_of(scores, read, notes))
                             : text_of(scores, read, notes, console.style()));
}

}  // namespace partita
