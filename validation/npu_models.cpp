// Suite npu-models: how long does a network nobody has measured take on Hexagon tensor processors?
#include <map>
#include <set>

#include <fmt/format.h>

#include "models/aihub.h"
#include "sim/base/error.h"
#include "validation/htp_networks.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_npu_models(const Catalog& catalog, const ValidateOptions& options);

namespace {

using Cases = std::vector<const HtpCase*>;

/// Networks whose input size was inferred from these very times serve the fit, and are not scored.
void drop_inferred(std::vector<HtpCase>& cases, SuiteResult& suite) {
  std::set<std::string, std::less<>> inferred;
  for (const AiHubNetwork& network : ai_hub_networks())
    if (network.likeness == Likeness::inferred) inferred.emplace(network.network);
  const std::size_t dropped =
      std::erase_if(cases, [&](const HtpCase& c) { return inferred.contains(c.run.network); });
  if (dropped > 0 && suite.notes.empty())
    suite.notes.push_back(fmt::format(
        "{} rows of networks whose input size was inferred from measured times are not scored",
        dropped));
}

QuantityResult scored(std::string quantity, const Cases& cases) {
  std::vector<ScoredRow> rows;
  for (const HtpCase* c : cases)
    rows.push_back({c->latency_s, c->run.latency_s, c->relative_sd,
                    c->plain_s > 0 ? std::optional(c->plain_s) : std::nullopt, c->run.network,
                    c->run.chipset});
  return score(std::move(quantity), rows);
}

std::string file_name(std::string name) {
  for (char& c : name)
    if (c == ' ') c = '-';
  return name;
}

/// All; by precision; by chipset and runtime as details; runs that share the work with other units.
void add_results(SuiteResult& suite, const std::string& quantity, const std::vector<HtpCase>& cases,
                 bool details) {
  Cases all, mixed;
  std::map<std::string, Cases> by_precision, by_chipset, by_runtime;
  for (const HtpCase& c : cases) {
    if (c.run.mixed) {
      mixed.push_back(&c);
      continue;
    }
    all.push_back(&c);
    by_precision[std::string(to_string(c.run.precision))].push_back(&c);
    by_chipset[file_name(c.run.chipset)].push_back(&c);
    by_runtime[c.run.runtime].push_back(&c);
  }
  if (!all.empty()) suite.results.push_back(scored(quantity, all));
  for (const auto& [name, some] : by_precision)
    suite.results.push_back(scored(quantity + "." + name, some));
  if (!mixed.empty()) suite.results.push_back(scored(quantity + ".mixed-units", mixed));
  if (!details) return;
  for (const auto* groups : {&by_chipset, &by_runtime})
    for (const auto& [name, some] : *groups) {
      suite.results.push_back(scored(quantity + "." + name, some));
    }
}

void add_notes(SuiteResult& suite, const HtpNetworks& networks) {
  for (const auto& [why, count] : networks.dropped())
    suite.notes.push_back(fmt::format("{} rows left out: {}", count, why));
  suite.notes.push_back(
      "boards that stand in for a phone (QCS8550, QCS8450, QCS8275) are rows of "
      "their own, not further SoCs");
}

}  // namespace

SuiteResult validate_npu_models(const Catalog& catalog, const ValidateOptions& options) {
  const std::vector<HubChipset> chipsets = read_hub_chipsets(catalog);
  const HtpNetworks own(chipsets,
                        read_hub_runs(catalog.root() / "validation" / "ai-hub" / "runs.csv"));
  SuiteResult suite;
  suite.suite = "npu-models";
  std::vector<HtpCase> cases = own.leave_networks_out(options.progress);
  drop_inferred(cases, suite);
  const HtpNetworks::Calibration sd = HtpNetworks::calibrate(cases);
  if (options.data) {
    const HtpNetworks outside(chipsets, read_hub_runs(*options.data));
    cases = own.predict(outside, sd);
    suite.notes.clear();
    drop_inferred(cases, suite);
    if (cases.empty())
      throw InputError(options.data->string() +
                       ": no row of a known chipset and of a network that the zoo draws");
    add_results(suite, "latency", cases, true);
    add_notes(suite, outside);
    return suite;
  }
  HtpNetworks::set_sd(cases, sd);
  add_results(suite, "latency.unseen-network", cases, true);
  std::vector<HtpCase> chipset_cases = own.leave_chipsets_out();
  drop_inferred(chipset_cases, suite);
  HtpNetworks::set_sd(chipset_cases, HtpNetworks::calibrate(chipset_cases));
  add_results(suite, "latency.unseen-chipset", chipset_cases, false);
  add_notes(suite, own);
  return suite;
}

}  // namespace partita
