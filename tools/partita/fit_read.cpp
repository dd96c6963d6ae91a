// Files of measurements, read and checked row by row.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/benchmark_rows.h"
#include "tools/partita/fit.h"

namespace partita {
namespace {

constexpr std::string_view kInt8 = "_int8";  // as benchncnn names quantised networks

std::string at(const std::string& file, int line) {
  return fmt::format("{}:{}", file, line);
}

/// Cores that a run takes: the fastest of those that benchncnn's powersave leaves.
std::string cores_of(const Soc& soc, int powersave, int threads) {
  const auto top = [&](const Cluster& c) { return soc.domain(c.domain).opps.back().frequency_hz; };
  std::vector<const Cluster*> clusters;
  for (const Cluster& c : soc.clusters) clusters.push_back(&c);
  std::stable_sort(clusters.begin(), clusters.end(),
                   [&](const Cluster* a, const Cluster* b) { return top(*a) > top(*b); });
  // ncnn parts the cores at the mean of the highest and the lowest clock.
  const double middle = (top(*clusters.front()) + top(*clusters.back())) / 2;
  std::string spec;
  for (const Cluster* c : clusters) {
    const bool big = top(*c) >= middle;
    if ((powersave == 1 && big) || (powersave == 2 && !big)) continue;
    const int used = std::min(threads, c->cores);
    if (used > 0) spec += fmt::format("{}{}:{}", spec.empty() ? "" : " ", c->name, used);
    threads -= used;
  }
  return spec;
}

class Reader {
 public:
  Reader(const FitRequest& request, const Soc& soc, const Runtime& runtime, Precision precision,
         Networks& networks, FitInput& input)
      : request_(request),
        soc_(soc),
        runtime_(runtime),
        precision_(precision),
        networks_(networks),
        input_(input) {}

  void read(const std::string& file) {
    const std::string text = read_file(file);
    const LogFormat format = detect_log(text, file);
    Evidence e;
    e.folder = file;
    e.runtime = runtime_.name;
    e.precision = precision_;
    if (format == LogFormat::operators_csv)
      e.operators = read_operator_rows(file, precision_);
    else if (format == LogFormat::networks_csv)
      e.networks = read_network_rows(file);
    else
      read_log(parse_log(text, format, file), file, e);
    for (const OperatorRow& row : e.operators) {
      check_unit(row.unit, at(file, row.line));
      check_shapes(row, file);
    }
    for (const NetworkRow& row : e.networks) check_unit(row.unit, at(file, row.line));
    if (e.operators.empty() && e.networks.empty())
      throw InputError(fmt::format("{}: no rows", file));
    check_networks(file, e);
    input_.files.push_back(std::move(e));
    input_.formats.push_back(format);
  }

 private:
  /// The unit is one of the SoC, and the runtime has a kernel model for it.
  void check_unit(const std::string& spec, const std::string& where) {
    if (!checked_.insert(spec).second) return;
    const Unit unit = unit_by_spec(soc_, spec, where + ": unit");
    const RuntimeUnit* driven = runtime_.unit(unit.kind);
    if (driven == nullptr)
      throw InputError(fmt::format("{}: unit: {} does not run on a {}", where, runtime_.title,
                                   to_string(unit.kind)));
    const auto& can = driven->precisions;
    if (std::find(can.begin(), can.end(), precision_) == can.end()) {
      std::vector<std::string> known;
      for (const Precision p : can) known.emplace_back(to_string(p));
      throw_unknown("--precision",
                    fmt::format("precision of {} on a {}", runtime_.title, to_string(unit.kind)),
                    to_string(precision_), known);
    }
    const auto forms = kernel_form_runtimes();
    if (std::find(forms.begin(), forms.end(), runtime_.name) == forms.end() ||
        kernel_form(runtime_.name, unit.kind) == nullptr)
      throw InputError(fmt::format("{}: no kernel model of {} on a {} yet; known: {}", where,
                                   runtime_.title, to_string(unit.kind), join_choices(forms)));
  }

  /// Rows of networks that nobody has drawn are kept in the profile and not fitted to.
  void check_networks(const std::string& file, const Evidence& e) {
    if (!e.operators.empty()) return;  // operators bring their shapes
    std::vector<std::string> unknown;
    bool any = false;
    int line = 0;
    for (const NetworkRow& row : e.networks) {
      if (networks_.find(row.network) != nullptr) {
        any = true;
      } else if (std::find(unknown.begin(), unknown.end(), row.network) == unknown.end()) {
        if (unknown.empty()) line = row.line;
        unknown.push_back(row.network);
      }
    }
    if (!any)
      throw_unknown_of_many(at(file, line) + ": network", "network", unknown.front(),
                            networks_.names(), "partita list models");
    if (!unknown.empty())
      input_.notes.push_back(
          fmt::format("{}: no graph of {}: kept, not fitted to", file, join_choices(unknown, 8)));
  }

  std::string unit_of(const BenchmarkLog& log, const std::string& file) {
    if (!request_.unit.empty()) return request_.unit;
    if (log.gpu) {
      for (const Unit& unit : soc_.units)
        if (unit.kind == UnitKind::gpu) return unit.name;
      throw InputError(fmt::format("{}: ran on a GPU, which {} does not have", file, soc_.name));
    }
    if (!log.threads)
      throw InputError(
          fmt::format("{}: says neither threads nor a GPU; name the unit with --unit, "
                      "e.g. {} or {}:1",
                      file, soc_.units.front().name, soc_.clusters.front().name));
    const std::string spec = cores_of(soc_, log.powersave.value_or(0), *log.threads);
    if (spec.empty())
      throw InputError(
          fmt::format("{}: powersave {} leaves no core of {}", file, *log.powersave, soc_.name));
    input_.notes.push_back(fmt::format("{}: {} threads taken to run on {}; else say --unit", file,
                                       *log.threads, spec));
    return spec;
  }

  /// benchncnn runs networks in fp and int8 in one go.
  bool of_precision(const std::string& network) const {
    return network.ends_with(kInt8) == (precision_ == Precision::int8);
  }

  void read_log(const BenchmarkLog& log, const std::string& file, Evidence& e) {
    if (!request_.network.empty() && (log.runs.size() > 1 || ++named_ > 1))
      throw InputError(fmt::format("--network: names one network; {} holds another",
                                   log.runs.size() > 1 ? at(file, log.runs[1].line) : file));
    const std::string unit = unit_of(log, file);
    std::size_t other_precision = 0;
    for (const LogRun& run : log.runs) {
      NetworkRow row;
      row.network = request_.network.empty() ? run.network : request_.network;
      if (row.network.empty())
        throw InputError(at(file, run.line) + ": no network's name; give --network");
      if (log.format == LogFormat::ncnn && !of_precision(row.network)) {
        ++other_precision;
        continue;
      }
      row.unit = unit;
      row.latency_s = run.latency_s;
      row.sd_s = run.sd_s;
      row.line = run.line;
      e.networks.push_back(std::move(row));
    }
    if (other_precision > 0)
      input_.notes.push_back(fmt::format("{}: {} rows of another precision than {} left out", file,
                                         other_precision, to_string(precision_)));
    if (!log.nodes.empty()) read_nodes(log, unit, file, e);
  }

  void read_nodes(const BenchmarkLog& log, const std::string& unit, const std::string& file,
                  Evidence& e) {
    const std::string name = !request_.network.empty() ? request_.network
                             : log.runs.empty()        ? std::string()
                                                       : log.runs.front().network;
    if (name.empty())
      throw InputError(file + ": nodes have no shapes: name the network with --network");
    const Graph* graph = networks_.find(name);
    if (graph == nullptr)
      throw_unknown_of_many(file + ": --network", "network", name, networks_.names(),
                            "partita list models");
    check_unit(unit, file);
    const Unit u = unit_by_spec(soc_, unit, file);
    const auto kernels = kernels_of(*kernel_form(runtime_.name, u.kind), *graph, precision_,
                                    traits_of(soc_, u, precision_), runtime_.unit(u.kind)->fusions);
    std::vector<std::string> left_out;
    e.operators = pair_with_graph(log, *graph, kernels, unit, file, left_out);
    for (const std::string& one : left_out) input_.notes.push_back(file + ": " + one);
  }

  const FitRequest& request_;
  const Soc& soc_;
  const Runtime& runtime_;
  Precision precision_;
  Networks& networks_;
  FitInput& input_;
  std::set<std::string> checked_;
  int named_ = 0;  ///< Files whose network --network names.
};

template <typename Row, typename Rows>
std::string place_in(const FitInput& input, const Row& row, Rows rows) {
  for (const Evidence& e : input.files) {
    const auto& table = e.*rows;
    if (!table.empty() && &row >= table.data() && &row < table.data() + table.size())
      return at(e.folder.string(), row.line);
  }
  return std::to_string(row.line);
}

}  // namespace

std::size_t FitInput::operators() const {
  std::size_t sum = 0;
  for (const Evidence& e : files) sum += e.operators.size();
  return sum;
}

std::size_t FitInput::networks() const {
  std::size_t sum = 0;
  for (const Evidence& e : files) sum += e.networks.size();
  return sum;
}

FitInput read_fit_input(const std::vector<std::string>& files, const FitRequest& request,
                        const Soc& soc, const Runtime& runtime, Precision precision,
                        Networks& networks) {
  FitInput input;
  Reader reader(request, soc, runtime, precision, networks, input);
  for (const std::string& file : files) reader.read(file);
  return input;
}

std::string place_of(const FitInput& input, const OperatorRow& row) {
  return place_in(input, row, &Evidence::operators);
}

std::string place_of(const FitInput& input, const NetworkRow& row) {
  return place_in(input, row, &Evidence::networks);
}

}  // namespace partita
