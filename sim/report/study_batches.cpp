// LLM decoding: where do more workers stop paying?
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/report/study.h"

namespace partita {
namespace {

constexpr std::size_t kMostWorkers = 3;

/// A network with its batch on a SoC, whatever the condition.
struct Setting {
  const StudyCell* cell = nullptr;  ///< Of the first condition.
  /// The fastest plan on so many units, and without contention; null: none.
  std::array<const StudyRow*, kMostWorkers> by_workers{}, uncontended{};

  double tokens_per_s(std::size_t workers) const {
    return static_cast<double>(cell->batch) / by_workers[workers]->latency_s;
  }
  double token_j(std::size_t workers) const {
    return by_workers[workers]->energy_j / static_cast<double>(cell->batch);
  }
  /// Index of the fastest.
  std::size_t best() const {
    std::size_t best = 0;
    for (std::size_t w = 1; w < kMostWorkers; ++w)
      if (by_workers[w] != nullptr && by_workers[w]->latency_s < by_workers[best]->latency_s)
        best = w;
    return best;
  }
  bool has_more() const {
    const std::size_t next = best() + 1;
    return next < kMostWorkers && by_workers[next] != nullptr;
  }
  /// One worker more would be faster were the bus wide enough.
  bool bus_stops() const {
    return has_more() && uncontended[best() + 1]->uncontended_s < by_workers[best()]->uncontended_s;
  }
  /// `rk3588, qwen2.5-0.5b`
  std::string family() const {
    return cell->soc + ", " + cell->model.substr(0, cell->model.find("-decode"));
  }
};

void keep_faster(const StudyRow*& best, const StudyRow& row, double StudyRow::*time) {
  if (best == nullptr || row.*time < best->*time) best = &row;
}

std::vector<Setting> settings_of(const StudyExperiment& e, const std::string& runtime) {
  std::vector<Setting> out;
  for (const StudyCell& first : e.cells) {
    if (first.runtime != runtime || first.condition != e.conditions.front()) continue;
    Setting s{&first, {}, {}};
    for (const std::string& condition : e.conditions)
      if (const StudyCell* cell = sibling(e, first, condition))
        for (const StudyRow& row : cell->rows) {
          const auto w = static_cast<std::size_t>(row.units - 1);
          if (w >= kMostWorkers) continue;
          keep_faster(s.by_workers[w], row, &StudyRow::latency_s);
          keep_faster(s.uncontended[w], row, &StudyRow::uncontended_s);
        }
    if (s.by_workers[0] != nullptr) out.push_back(s);
  }
  return out;
}

std::vector<std::string> runtimes_of(const StudyExperiment& e) {
  std::vector<std::string> names;
  for (const StudyCell& cell : e.cells)
    if (std::find(names.begin(), names.end(), cell.runtime) == names.end())
      names.push_back(cell.runtime);
  return names;
}

StudyTable settings_table(const StudyExperiment& e, const std::string& runtime,
                          const std::vector<Setting>& settings) {
  StudyTable table{fmt::format("{}, costs of {}: tokens/s and mJ a token by workers, and what "
                               "stops one more",
                               e.name, runtime),
                   {"SoC, network", "batch", "1", "2", "3", "mJ: 1", "2", "3", "stopped by"},
                   {}};
  for (const Setting& s : settings) {
    std::vector<std::string> row{s.family(), std::to_string(s.cell->batch)};
    for (std::size_t w = 0; w < kMostWorkers; ++w)
      row.push_back(s.by_workers[w] == nullptr ? "-" : fmt::format("{:.1f}", s.tokens_per_s(w)));
    for (std::size_t w = 0; w < kMostWorkers; ++w)
      row.push_back(s.by_workers[w] == nullptr ? "-" : fmt::format("{:.0f}", s.token_j(w) * 1e3));
    row.emplace_back(!s.has_more() ? "-" : s.bus_stops() ? "bus" : "cores");
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What planners choose by themselves under each condition, against the best of all conditions.
StudyTable choices_table(const StudyExperiment& e, const std::string& runtime,
                         const std::vector<Setting>& settings) {
  StudyTable table{
      fmt::format("{}, costs of {}: plans of each condition against the fastest of all", e.name,
                  runtime),
      {"condition", "cells", "workers", "slower by", "at worst"},
      {}};
  for (const std::string& condition : e.conditions) {
    Mean workers, slower;
    for (const Setting& s : settings) {
      const StudyCell* cell = sibling(e, *s.cell, condition);
      if (cell == nullptr) continue;
      for (const StudyRow& row : cell->rows)
        if (row.made == Made::planned) {
          workers.add(row.units);
          slower.add(row.latency_s / s.by_workers[s.best()]->latency_s - 1);
        }
    }
    if (workers.count() > 0)
      table.rows.push_back({condition, std::to_string(workers.count()),
                            fmt::format("{:.2f}", workers.mean()),
                            fmt::format("{:.1f} %", slower.mean() * 100),
                            fmt::format("{:.1f} %", slower.worst() * 100)});
  }
  return table;
}

/// The largest batch of each network on each SoC against the smallest.
struct Growth {
  Mean tokens, energy;  ///< Logarithms of the ratios.
  std::int64_t least = 0, most = 0;
};

Growth growth_of(const std::vector<Setting>& settings) {
  std::map<std::string, std::pair<const Setting*, const Setting*>> ends;
  for (const Setting& s : settings) {
    auto& [small, large] = ends[s.family()];
    if (small == nullptr || s.cell->batch < small->cell->batch) small = &s;
    if (large == nullptr || s.cell->batch > large->cell->batch) large = &s;
  }
  Growth g;
  for (const auto& [family, pair] : ends) {
    const auto& [small, large] = pair;
    if (small == large) continue;
    g.least = small->cell->batch, g.most = large->cell->batch;
    g.tokens.add(std::log(large->tokens_per_s(large->best()) / small->tokens_per_s(small->best())));
    g.energy.add(std::log(large->token_j(large->best()) / small->token_j(small->best())));
  }
  return g;
}

}  // namespace

StudyAnswer answer_batches(const Study& study) {
  StudyAnswer out{"LLM", "Decoding on CPUs: where do more workers stop paying?", "", {}, {}};
  for (const StudyExperiment* e : experiments_on(study, "LLM"))
    for (const std::string& runtime : runtimes_of(*e)) {
      const std::vector<Setting> settings = settings_of(*e, runtime);
      int several = 0, pays = 0, bus = 0, cores = 0;
      for (const Setting& s : settings) {
        if (s.by_workers[1] == nullptr) continue;
        ++several;
        pays += s.best() > 0;
        if (s.has_more()) ++(s.bus_stops() ? bus : cores);
      }
      if (several == 0) continue;
      out.answer += fmt::format(
          "{}By the costs of {}, a second worker pays in {} of {} settings (SoC, network, batch). "
          "Where one more does not, the bus is what stops it in {} (it would pay without "
          "contention), the cores that are left in {}.",
          out.answer.empty() ? "" : " ", runtime, pays, several, bus, cores);
      out.figures.insert(out.figures.end(), {{runtime + ": settings", several},
                                             {runtime + ": second_pays", pays},
                                             {runtime + ": bus_stops", bus},
                                             {runtime + ": cores_stop", cores}});
      if (const Growth g = growth_of(settings); g.tokens.count() > 0) {
        const double tokens = std::exp(g.tokens.mean()), energy = std::exp(g.energy.mean());
        out.answer += fmt::format(
            " From batch {} to {}, tokens a second grow {:.2f}x and energy a token to {:.2f}x, "
            "at the best count of workers.",
            g.least, g.most, tokens, energy);
        out.figures.insert(out.figures.end(), {{runtime + ": tokens_growth", tokens},
                                               {runtime + ": energy_growth", energy}});
      }
      out.tables.push_back(settings_table(*e, runtime, settings));
      out.tables.push_back(choices_table(*e, runtime, settings));
    }
  return out;
}

}  // namespace partita
