// Suite ncnn: networks nobody has measured on known devices, and devices nobody has seen.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "sim/base/error.h"
#include "validation/ncnn_plain.h"
#include "validation/ncnn_tables.h"
#include "validation/validation.h"

namespace partita {
namespace {

struct Case {
  const NcnnRow* row = nullptr;
  std::size_t place = 0, network = 0, soc = 0;
  NcnnEstimate estimate;
  double plain_s = 0;
  bool done = false;
};

/// Rows with what the fits need; CPUs and GPUs apart.
class Tables {
 public:
  explicit Tables(const Catalog& catalog) : catalog_(catalog), devices_(catalog) {}
  /// Rows must stay where they are.
  std::vector<Case> add(const std::vector<NcnnRow>& rows);
  std::vector<NcnnRun> runs(const std::vector<Case>& cases, bool gpu) const;

  std::map<bool, std::vector<NcnnPlace>> places;
  std::map<bool, std::vector<NcnnCounts>> counts;  ///< On a GPU or not, by network.
  std::vector<PlainSize> sizes;
  /// Leaves out rows that are faster than the GPU can be, and all GPU rows of a device where that
  /// is more than one in ten.
  void drop_impossible(std::vector<Case>& cases);
  std::set<std::string> undrawn, unknown, impossible;
  std::size_t dropped = 0, too_fast_rows = 0;
  std::vector<std::string> socs;

 private:
  std::optional<std::size_t> network(const std::string& name);

  const Catalog& catalog_;
  NcnnDevices devices_;
  std::map<std::string, std::size_t> networks_, soc_at_;
  std::map<std::tuple<bool, std::string, NcnnCores, int>, std::size_t> place_at_;
  std::map<std::pair<std::string, std::string>, std::optional<NcnnSoc>> facts_;
};

std::optional<std::size_t> Tables::network(const std::string& name) {
  if (const auto found = networks_.find(name); found != networks_.end()) return found->second;
  const auto models = catalog_.models();
  if (std::find(models.begin(), models.end(), name) == models.end()) return std::nullopt;
  const Graph graph = load_graph(catalog_.model(name));
  for (const bool gpu : {false, true}) counts[gpu].push_back(ncnn_counts(graph, gpu));
  sizes.push_back(plain_size(graph));
  return networks_[name] = sizes.size() - 1;
}

std::vector<Case> Tables::add(const std::vector<NcnnRow>& rows) {
  std::vector<Case> cases;
  for (const NcnnRow& row : rows) {
    const auto net = network(row.network);
    if (!net) {
      undrawn.insert(row.network);
      ++dropped;
      continue;
    }
    auto& facts = facts_.try_emplace({row.soc, row.device}).first->second;
    if (!facts) facts = devices_.find(row.soc, row.device);
    if (!facts || (row.on_gpu && facts->gpu_macs_per_s <= 0)) {
      unknown.insert(row.soc + (facts ? " (GPU)" : ""));
      ++dropped;
      continue;
    }
    auto& all = places[row.on_gpu];
    const auto [at, fresh] = place_at_.try_emplace(
        std::tuple(row.on_gpu, row.device, row.cores, row.threads), all.size());
    if (fresh)
      all.push_back({facts->name, ncnn_unit(*facts, row.on_gpu, row.cores, row.threads, row.date)});
    const auto [soc, new_soc] = soc_at_.try_emplace(facts->name, socs.size());
    if (new_soc) socs.push_back(facts->name);
    cases.push_back({&row, at->second, *net, soc->second, {}, 0, false});
  }
  return cases;
}

void Tables::drop_impossible(std::vector<Case>& cases) {
  const auto too_fast = [&](const Case& c) {
    return c.row->latency_s < ncnn_least_s(counts[true][c.network], places[true][c.place].unit);
  };
  std::map<std::string, std::pair<double, double>> devices;  // Rows too fast, rows.
  for (const Case& c : cases) {
    if (!c.row->on_gpu) continue;
    auto& [fast, all] = devices[c.row->device];
    ++all;
    if (too_fast(c)) ++fast;
  }
  for (const auto& [device, rows] : devices)
    if (rows.first > 0.1 * rows.second) impossible.insert(device);
  const auto out = [&](const Case& c) {
    return c.row->on_gpu && (impossible.contains(c.row->device) || too_fast(c));
  };
  too_fast_rows += std::erase_if(cases, out);
}

std::vector<NcnnRun> Tables::runs(const std::vector<Case>& cases, bool gpu) const {
  std::vector<NcnnRun> result;
  for (const Case& c : cases)
    if (c.row->on_gpu == gpu)
      result.push_back({c.place, counts.at(gpu)[c.network], c.row->latency_s, c.network});
  return result;
}

void predict(Case& c, const Tables& tables, const NcnnFit& fit) {
  c.estimate = fit.estimate(c.place, tables.counts.at(c.row->on_gpu)[c.network]);
  c.done = true;
}

/// Every case by a fit that saw nothing of its group (`by`: network or SoC).
void leave_out(std::vector<Case>& cases, const Tables& tables, std::size_t Case::*by,
               const std::function<void(double)>& progress) {
  for (const bool gpu : {false, true}) {
    std::vector<NcnnRun> runs;
    std::set<std::size_t> groups;
    std::vector<Case*> some;
    for (Case& c : cases) {
      if (c.row->on_gpu != gpu) continue;
      runs.push_back({c.place, tables.counts.at(gpu)[c.network], c.row->latency_s, c.*by});
      groups.insert(c.*by);
      some.push_back(&c);
    }
    std::size_t done = 0;
    for (const std::size_t group : groups) {
      const NcnnFit fit(tables.places.at(gpu), runs, group);
      for (Case* c : some)
        if (c->*by == group) predict(*c, tables, fit);
      if (progress) progress(static_cast<double>(++done) / static_cast<double>(groups.size()));
    }
  }
  std::vector<PlainRow> plain;
  for (const Case& c : cases)
    plain.push_back(
        {2 * c.place + (c.row->on_gpu ? 1 : 0), tables.sizes[c.network], c.row->latency_s, c.*by});
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i].plain_s = 0;
  const std::vector<double> predicted = plain_predictions(plain, plain, true);
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i].plain_s = predicted[i];
}

QuantityResult scored(const std::string& quantity, const std::vector<const Case*>& cases) {
  std::vector<ScoredRow> rows;
  for (const Case* c : cases)
    rows.push_back({c->estimate.latency_s, c->row->latency_s, c->estimate.relative_sd, c->plain_s,
                    c->row->network, c->row->device});
  return score(quantity, rows);
}

/// Which configuration of a device runs a network fastest? Means over devices and networks.
void add_choices(QuantityResult& result, const std::vector<const Case*>& cases) {
  std::map<std::pair<std::string, std::size_t>, std::vector<const Case*>> jobs;
  for (const Case* c : cases) jobs[{c->row->device, c->network}].push_back(c);
  double tau = 0, taus = 0, regret = 0, regrets = 0;
  for (const auto& [job, options] : jobs) {
    if (options.size() < 2) continue;
    std::vector<double> predicted, measured;
    for (const Case* c : options) {
      predicted.push_back(c->estimate.latency_s);
      measured.push_back(c->row->latency_s);
    }
    const QuantityResult one = score("", predicted, measured, true);
    if (one.kendall_tau) tau += *one.kendall_tau, ++taus;
    if (one.regret) regret += *one.regret, ++regrets;
  }
  if (taus > 0) result.kendall_tau = tau / taus;
  if (regrets > 0) result.regret = regret / regrets;
}

void report(SuiteResult& suite, const std::string& prefix, const std::vector<Case>& cases) {
  std::vector<const Case*> all;
  for (const bool gpu : {false, true})
    for (const bool clean : {false, true}) {
      std::vector<const Case*> some;
      for (const Case& c : cases)
        if (c.done && c.row->gpu_run == gpu && !(clean && c.row->flagged)) some.push_back(&c);
      if (!clean) all.insert(all.end(), some.begin(), some.end());
      if (!some.empty())
        suite.results.push_back(scored(
            fmt::format("{}.{}{}", prefix, gpu ? "gpu" : "cpu", clean ? ".clean" : ""), some));
    }
  if (all.empty()) return;
  suite.results.push_back(scored(prefix, all));
  add_choices(suite.results.back(), all);
}

void by_soc(SuiteResult& suite, const std::string& prefix, const Tables& tables,
            const std::vector<Case>& cases) {
  for (std::size_t soc = 0; soc < tables.socs.size(); ++soc)
    for (const bool gpu : {false, true}) {
      std::vector<const Case*> some;
      for (const Case& c : cases)
        if (c.done && c.soc == soc && c.row->gpu_run == gpu) some.push_back(&c);
      if (some.empty()) continue;
      std::string name = tables.socs[soc];
      std::replace(name.begin(), name.end(), ' ', '-');
      suite.results.push_back(
          scored(fmt::format("{}.{}.{}", prefix, gpu ? "gpu" : "cpu", name), some));
    }
}

void add_notes(SuiteResult& suite, const Tables& tables) {
  suite.notes.push_back(
      "gpu: runs with Vulkan; their int8 networks run on the CPU and are predicted there. clean: "
      "without rows flagged as noisy or implausible");
  if (tables.too_fast_rows > 0)
    suite.notes.push_back(fmt::format(
        "{} GPU rows left out, faster than the GPU can be; all of {}", tables.too_fast_rows,
        join_choices({tables.impossible.begin(), tables.impossible.end()})));
  if (tables.dropped == 0) return;
  std::string note = fmt::format("{} rows left out", tables.dropped);
  if (!tables.undrawn.empty())
    note += "; networks without a graph: " +
            join_choices({tables.undrawn.begin(), tables.undrawn.end()});
  if (!tables.unknown.empty())
    note += "; SoCs nothing is known of: " +
            join_choices({tables.unknown.begin(), tables.unknown.end()});
  suite.notes.push_back(note);
}

}  // namespace

SuiteResult validate_ncnn(const Catalog& catalog, const ValidateOptions& options) {
  SuiteResult suite;
  suite.suite = "ncnn";
  Tables tables(catalog);
  const std::vector<NcnnRow> rows = read_ncnn_traces(catalog);
  std::vector<Case> known = tables.add(rows);
  tables.drop_impossible(known);
  if (!options.data) {
    leave_out(known, tables, &Case::network, options.progress);
    report(suite, "unseen-network", known);
    leave_out(known, tables, &Case::soc, options.progress);
    report(suite, "unseen-device", known);
    by_soc(suite, "unseen-device", tables, known);
    add_notes(suite, tables);
    return suite;
  }
  const std::vector<NcnnRow> asked = read_ncnn_rows(*options.data);
  tables.dropped = tables.too_fast_rows = 0;
  tables.undrawn.clear();
  tables.unknown.clear();
  std::vector<Case> cases = tables.add(asked);
  tables.drop_impossible(cases);
  if (cases.empty())
    throw InputError(options.data->string() + ": no row with a known network on a known SoC");
  std::vector<PlainRow> known_plain, asked_plain;
  for (auto* from : {&known, &cases})
    for (const Case& c : *from)
      (from == &known ? known_plain : asked_plain)
          .push_back({2 * c.place + (c.row->on_gpu ? 1 : 0), tables.sizes[c.network],
                      c.row->latency_s, c.network});
  const std::vector<double> plain = plain_predictions(known_plain, asked_plain, false);
  for (std::size_t i = 0; i < cases.size(); ++i) cases[i].plain_s = plain[i];
  std::vector<Case> seen, unseen;
  for (const bool gpu : {false, true}) {
    if (!tables.places.contains(gpu)) continue;
    const NcnnFit fit(tables.places[gpu], tables.runs(known, gpu));
    for (Case& c : cases) {
      if (c.row->on_gpu != gpu) continue;
      predict(c, tables, fit);
      (fit.measured(c.place) ? seen : unseen).push_back(c);
    }
  }
  report(suite, "known-device", seen);
  report(suite, "unseen-device", unseen);
  by_soc(suite, "soc", tables, cases);
  add_notes(suite, tables);
  return suite;
}

}  // namespace partita
