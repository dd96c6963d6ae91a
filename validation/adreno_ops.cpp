// Suite adreno-ops: tuned TVM kernels of networks and SoCs never seen, and whole networks as their
// sum.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "validation/tvm_learnt.h"
#include "validation/validation.h"

namespace partita {
namespace {

constexpr std::array<const char*, TvmKernel::kFamilies> kFamilyNames{"direct", "winograd",
                                                                     "depthwise", "dense"};

bool share_network(const TvmRow& a, const std::vector<std::string>& networks) {
  return std::any_of(a.networks.begin(), a.networks.end(), [&](const std::string& n) {
    return std::find(networks.begin(), networks.end(), n) != networks.end();
  });
}

QuantityResult scored(const std::string& name, const TvmOutcomes& all, const TvmRowTest& of) {
  std::vector<ScoredRow> rows;
  for (std::size_t i = 0; i < all.rows.size(); ++i)
    if (of(*all.rows[i]))
      rows.push_back({all.predicted[i], all.measured[i], all.sd[i], all.plain[i],
                      kFamilyNames.at(all.rows[i]->kernel.family), all.rows[i]->soc});
  return score(name, rows);
}

void report(const std::string& prefix, const TvmOutcomes& all, SuiteResult& result) {
  if (all.rows.empty()) return;
  result.results.push_back(scored(prefix, all, [](const TvmRow&) { return true; }));
  std::set<std::string> socs;
  for (const TvmRow* row : all.rows) socs.insert(row->soc);
  for (const std::string& soc : socs)
    result.results.push_back(
        scored(prefix + "." + soc, all, [&](const TvmRow& row) { return row.soc == soc; }));
  for (int f = 0; f < TvmKernel::kFamilies; ++f) {
    const auto of_family = [&](const TvmRow& row) { return row.kernel.family == f; };
    const auto name = fmt::format("{}.{}", prefix, kFamilyNames[static_cast<std::size_t>(f)]);
    if (std::any_of(all.rows.begin(), all.rows.end(), [&](auto* r) { return of_family(*r); }))
      result.results.push_back(scored(name, all, of_family));
  }
}

/// A fold for every set of networks that rows have in common: no row of any of them is learnt from.
TvmOutcomes unseen_networks(TvmLearnt& ops, const std::function<void(double)>& progress) {
  std::set<std::vector<std::string>> sets;
  for (const TvmRow& row : ops.tables().kernels) sets.insert(row.networks);
  TvmOutcomes all;
  std::size_t done = 0;
  for (const auto& networks : sets) {
    const auto apart = [&](const TvmRow& row) { return !share_network(row, networks); };
    const TvmGpuFit fit = ops.fit(apart);
    const TvmPlainMethod plain = ops.plain(apart);
    for (const TvmRow& row : ops.tables().kernels)
      if (row.networks == networks) ops.predict(fit, plain, row, all);
    if (progress) progress(0.9 * static_cast<double>(++done) / static_cast<double>(sets.size()));
  }
  return all;
}

/// The milder question: rows of one network alone, other networks' rows of the same kernel kept.
TvmOutcomes unseen_kernels(TvmLearnt& ops) {
  std::set<std::string> networks;
  for (const TvmRow& row : ops.tables().kernels)
    if (row.networks.size() == 1) networks.insert(row.networks.front());
  TvmOutcomes all;
  for (const std::string& network : networks) {
    const std::vector<std::string> alone{network};
    const auto apart = [&](const TvmRow& row) { return row.networks != alone; };
    const TvmGpuFit fit = ops.fit(apart);
    const TvmPlainMethod plain = ops.plain(apart);
    for (const TvmRow& row : ops.tables().kernels)
      if (row.networks == alone) ops.predict(fit, plain, row, all);
  }
  return all;
}

TvmOutcomes unseen_socs(TvmLearnt& ops) {
  std::set<std::string> socs;
  for (const TvmRow& row : ops.tables().kernels) socs.insert(row.soc);
  TvmOutcomes all;
  for (const std::string& soc : socs) {
    const auto apart = [&](const TvmRow& row) { return row.soc != soc; };
    const TvmGpuFit fit = ops.fit(apart);
    const TvmPlainMethod plain = ops.plain(apart);
    for (const TvmRow& row : ops.tables().kernels)
      if (row.soc == soc) ops.predict(fit, plain, row, all);
  }
  return all;
}

/// Spread of a network's time over the sum of its kernels, beyond what the kernels explain: what
/// runs between them, and loops that measure kernels hot.
constexpr double kNetworkSpread = 0.13;

struct WholeNetworks {
  std::vector<double> sums, sd, measured;
  std::vector<std::string> names, socs;
};

WholeNetworks sums_of(TvmLearnt& ops, const TvmGpuFit& fit, const std::vector<TvmNetworkRow>& rows,
                      std::size_t& unknown) {
  WholeNetworks whole;
  for (const TvmNetworkRow& row : rows) {
    const auto sum = ops.sum(fit, row);
    if (!sum) {
      ++unknown;
      continue;
    }
    whole.sums.push_back(sum->latency_s);
    whole.sd.push_back(std::hypot(sum->relative_sd, kNetworkSpread));
    whole.measured.push_back(row.latency_s);
    whole.names.push_back(row.network);
    whole.socs.push_back(row.soc);
  }
  return whole;
}

/// Of measured over summed, networks of equal weight; `without`: left out.
double network_factor(const WholeNetworks& whole, const std::string& without) {
  std::map<std::string, std::pair<double, double>> logs;
  for (std::size_t i = 0; i < whole.sums.size(); ++i)
    if (whole.names[i] != without) {
      logs[whole.names[i]].first += std::log(whole.measured[i] / whole.sums[i]);
      logs[whole.names[i]].second += 1;
    }
  double sum = 0;
  for (const auto& [name, log] : logs) sum += log.first / log.second;
  return logs.empty() ? 1 : std::exp(sum / static_cast<double>(logs.size()));
}

void cross_validate(TvmLearnt& ops, const ValidateOptions& options, SuiteResult& result) {
  report("operators.unseen-network", unseen_networks(ops, options.progress), result);
  result.results.push_back(
      scored("operators.unseen-kernel", unseen_kernels(ops), [](const TvmRow&) { return true; }));
  report("operators.unseen-soc", unseen_socs(ops), result);
  std::size_t unknown = 0;
  const TvmGpuFit fit = ops.fit([](const TvmRow&) { return true; });
  const WholeNetworks whole = sums_of(ops, fit, ops.tables().networks, unknown);
  std::vector<double> predicted;
  for (std::size_t i = 0; i < whole.sums.size(); ++i)
    predicted.push_back(whole.sums[i] * network_factor(whole, whole.names[i]));
  result.results.push_back(score("networks", predicted, whole.measured, false, whole.sd));
  name_cases(result.results.back(),
             [&](std::size_t i) { return std::pair(whole.names[i], whole.socs[i]); });
  result.results.back().plain_mape = score("", whole.sums, whole.measured, false).mape;
  result.notes.push_back(
      "operators.unseen-network: no row of any network that holds the operator was learnt from; "
      "unseen-kernel: rows of that network alone left out; unseen-soc: nothing of that SoC");
  result.notes.push_back(
      fmt::format("networks: kernels of all networks learnt, the sum's factor ({:.3f}) on the "
                  "other networks; plain: the sum itself",
                  network_factor(whole, {})));
}

void predict_file(TvmLearnt& ops, const TvmTables& file, SuiteResult& result) {
  std::size_t unknown = 0;
  for (const TvmRow& row : file.kernels) ops.devices().find(row.soc);
  for (const TvmNetworkRow& row : file.networks) ops.devices().find(row.soc);
  const TvmGpuFit fit = ops.fit([](const TvmRow&) { return true; });
  const TvmPlainMethod plain = ops.plain([](const TvmRow&) { return true; });
  TvmOutcomes all;
  for (const TvmRow& row : file.kernels) {
    if (ops.devices().find(row.soc))
      ops.predict(fit, plain, row, all);
    else
      ++unknown;
  }
  report("operators", all, result);
  if (!file.networks.empty()) {
    std::size_t ignored = 0;
    const WholeNetworks known = sums_of(ops, fit, ops.tables().networks, ignored);
    const WholeNetworks whole = sums_of(ops, fit, file.networks, unknown);
    std::vector<double> predicted;
    for (const double sum : whole.sums) predicted.push_back(sum * network_factor(known, {}));
    result.results.push_back(score("networks", predicted, whole.measured, false, whole.sd));
    name_cases(result.results.back(),
               [&](std::size_t i) { return std::pair(whole.names[i], whole.socs[i]); });
    if (!whole.sums.empty())
      result.results.back().plain_mape = score("", whole.sums, whole.measured, false).mape;
  }
  if (result.results.empty()) throw InputError("no row that can be predicted: unknown SoCs");
  result.results.front().dropped = unknown + file.dropped;
  if (unknown + file.dropped > 0)
    result.notes.push_back(fmt::format(
        "{} rows of unnamed SoCs or of templates for other GPUs and {} of SoCs or networks without "
        "a description dropped",
        file.dropped, unknown));
}

}  // namespace

SuiteResult validate_adreno_ops(const Catalog& catalog, const ValidateOptions& options) {
  SuiteResult result;
  result.suite = "adreno-ops";
  TvmLearnt ops(catalog);
  if (options.data)
    predict_file(ops, read_tvm_file(*options.data), result);
  else
    cross_validate(ops, options, result);
  std::size_t open = 0;
  for (const TvmRow& row : ops.tables().kernels) open += row.numbers_known ? 0 : 1;
  result.notes.push_back(fmt::format(
      "{} of {} committed rows are pairs of one kernel that do not say which sums in fp32: both "
      "are predicted as the mean",
      open, ops.tables().kernels.size()));
  if (options.progress) options.progress(1);
  return result;
}

}  // namespace partita
