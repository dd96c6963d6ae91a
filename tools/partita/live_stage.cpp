#include "tools/partita/live_stage.h"

#include <algorithm>
#include <utility>

#include "tools/partita/decide.h"

namespace partita {

std::vector<Mode> stock_workers(const Soc& soc) {
  std::vector<Mode> workers;
  std::uint64_t taken = 0;
  std::vector<std::size_t> order;
  for (std::size_t u = 0; u < soc.units.size(); ++u) order.push_back(u);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto threads = [&](std::size_t u) {
      int sum = 0;
      for (const CoreUse& use : soc.units[u].cores) sum += use.threads;
      return sum;
    };
    const bool wide_a = soc.units[a].cores.size() > 1, wide_b = soc.units[b].cores.size() > 1;
    if (wide_a != wide_b) return wide_b;
    return threads(a) > threads(b);
  });
  std::vector<std::size_t> chosen;
  for (const std::size_t u : order) {
    if (soc.units[u].kind == UnitKind::network || (soc.units[u].resources & taken) != 0) continue;
    taken |= soc.units[u].resources;
    chosen.push_back(u);
  }
  std::sort(chosen.begin(), chosen.end());
  for (const std::size_t u : chosen) workers.push_back(top_mode(soc, make_id<UnitId>(u)));
  return workers;
}

LiveStage::LiveStage(Workload workload, const JobRequest& request, Opened& opened)
    : workload_(std::move(workload)), request_(request) {
  for (const Stream& stream : workload_.streams) {
    request_.model = stream.model;
    prepared_.push_back(prepare(request_, opened));
  }
}

void LiveStage::change(const DeviceChanges& changes) {
  for (const auto& prepared : prepared_) prepared->changed->change(changes);
}

void LiveStage::set_objective(Objective objective) {
  for (const auto& prepared : prepared_) prepared->objective = objective;
}

void LiveStage::leave_out(const std::vector<std::string>& units) {
  for (const auto& prepared : prepared_)
    std::erase_if(prepared->modes, [&](const Mode& mode) {
      const Unit& unit = soc().unit(mode.unit);
      return std::find(units.begin(), units.end(), unit.name) != units.end() ||
             std::find(units.begin(), units.end(), to_string(unit.kind)) != units.end();
    });
}

std::vector<Mode> LiveStage::candidates(std::vector<Mode> workers) const {
  const std::vector<Mode>& modes = first().modes;
  std::erase_if(workers, [&](const Mode& worker) {
    return std::none_of(modes.begin(), modes.end(),
                        [&](const Mode& mode) { return mode.unit == worker.unit; });
  });
  return workers;
}

Programs LiveStage::planned(const Registry& registry, const std::string& partitioner,
                            const Console& console) const {
  Programs programs;
  for (std::size_t s = 0; s < prepared_.size(); ++s) {
    const Stream& stream = workload_.streams[s];
    const std::string& name = stream.partitioner.empty() ? partitioner : stream.partitioner;
    JobRequest one = request_;
    one.model = stream.model;
    Decision decision =
        decide(*prepared_[s], one, registry.find(name), OptionsFor::several, console);
    programs.push_back(std::make_unique<Program>(*prepared_[s]->model, prepared_[s]->graph,
                                                 std::move(decision.result.plan), name));
  }
  return programs;
}

Programs LiveStage::following(std::vector<Plan> plans, const std::string& planner) const {
  Programs programs;
  for (std::size_t s = 0; s < prepared_.size(); ++s)
    programs.push_back(std::make_unique<Program>(*prepared_[s]->model, prepared_[s]->graph,
                                                 std::move(plans[s]), planner));
  return programs;
}

Programs LiveStage::cut(const std::vector<Mode>& workers) const {
  Programs programs;
  for (const auto& prepared : prepared_)
    programs.push_back(std::make_unique<Program>(
        *prepared->model, prepared->graph,
        unit_subgraphs(*prepared->model, prepared->graph, workers), workers));
  return programs;
}

std::unique_ptr<OnlineScheduler> LiveStage::scheduler(const OnlineInfo& info,
                                                      const PartitionerInfo& planner,
                                                      OptionValues options) const {
  OnlineRequest online;
  online.options = std::move(options);
  online.planner = &planner;
  online.objective = first().objective;
  online.modes = first().modes;
  online.seed = static_cast<std::uint64_t>(request_.seed);
  return make_online(info, std::move(online));
}

LiveSetup LiveStage::setup(const Programs& programs) const {
  LiveSetup setup;
  setup.soc = &soc();
  setup.base_power_w = first().model->base_power_w();
  setup.duration_s = workload_.duration_s;
  setup.conditions = calm(soc());
  for (std::size_t s = 0; s < programs.size(); ++s)
    setup.streams.push_back({workload_.streams[s], programs[s].get()});
  return setup;
}

}  // namespace partita
