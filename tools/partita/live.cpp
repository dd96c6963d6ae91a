// partita live: streams of requests on a phone whose clocks, heat and other programs move.
#include <fmt/format.h>

#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/units.h"
#include "sim/engine/device_trace.h"
#include "sim/report/live_report.h"
#include "tools/partita/decide.h"

namespace partita {
namespace {

/// Cores that nobody shares: of the CPU units the largest of each cluster, and every accelerator.
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

std::vector<Mode> asked_workers(const Soc& soc, const std::string& list) {
  if (list.empty()) return stock_workers(soc);
  std::vector<Mode> workers;
  for (const std::string& name : split_list(list))
    workers.push_back(top_mode(soc, soc.unit_by_name(name, "--workers")));
  return workers;
}

/// Workers that run something of the network.
void check_workers(const std::vector<Mode>& workers) {
  for (std::size_t a = 0; a < workers.size(); ++a)
    for (std::size_t b = a + 1; b < workers.size(); ++b)
      if (workers[a].unit == workers[b].unit) throw InputError("--workers: a unit is named twice");
}

double duration_of(const std::string& text, double otherwise) {
  if (text.empty()) return otherwise;
  const double seconds = parse_argument("--duration", text, Dimension::time);
  if (!(seconds > 0)) throw InputError("--duration: must be greater than zero");
  return seconds;
}

Workload workload_of(const LiveRequest& request, const Catalog& catalog) {
  if (request.workload.empty() == request.model.empty())
    throw InputError("live: give either --workload NAME or --model NAME");
  Workload workload = request.workload.empty() ? single_stream(request.model, 10)
                                               : load_workload(catalog.workload(request.workload));
  workload.duration_s = duration_of(request.duration, workload.duration_s);
  return workload;
}

LiveOptions live_options(const LiveRequest& request) {
  LiveOptions options;
  options.seed = static_cast<std::uint64_t>(request.seed);
  options.spans = !request.trace.empty();
  if (!request.sample.empty())
    options.sample_s = parse_argument("--sample", request.sample, Dimension::time);
  else if (!request.samples.empty() || options.spans)
    options.sample_s = 0.01;
  const std::vector<std::pair<std::string, bool LiveOptions::*>> parts{
      {"contention", &LiveOptions::contention},
      {"governors", &LiveOptions::governors},
      {"heat", &LiveOptions::thermal},
      {"idle", &LiveOptions::idle},
      {"memory-clock", &LiveOptions::memory_clock},
      {"conditions", &LiveOptions::conditions}};
  if (request.off.empty()) return options;
  for (const std::string& name : split_list(request.off)) {
    std::vector<std::string> known;
    bool found = false;
    for (const auto& [part, member] : parts) {
      known.push_back(part);
      if (part != name) continue;
      options.*member = false;
      found = true;
    }
    if (!found) throw_unknown("--off", "part of the living phone", name, known);
  }
  return options;
}

/// One stream's network, costs and how it is run.
struct StreamJob {
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<Program> program;
};

class Stage {
 public:
  Stage(const LiveRequest& request, const Console& console)
      : request_(request),
        console_(console),
        catalog_(open_catalog()),
        registry_(request.plugins),
        workload_(workload_of(request, catalog_)) {
    if (!request.scheduler.empty()) online_ = &online_scheduler(request.scheduler);
    registry_.find(request.partitioner);
    for (const Stream& stream : workload_.streams) {
      if (!stream.partitioner.empty()) registry_.find(stream.partitioner);
      open_graph(catalog_, stream.model);
    }
  }

  void run() {
    for (const Stream& stream : workload_.streams) prepare_stream(stream);
    const Prepared& first = *jobs_.front().prepared;
    setup_.soc = &first.soc;
    setup_.base_power_w = first.model->base_power_w();
    setup_.duration_s = workload_.duration_s;
    setup_.conditions = conditions(first.soc);
    if (!request_.governors.empty())
      setup_.conditions.governors = parse_governors(first.soc, request_.governors, "--governor");
    std::unique_ptr<OnlineScheduler> scheduler;
    if (online_ != nullptr) {
      OnlineRequest online;
      online.options = read_options(request_.set, "--set");
      online.planner = &registry_.find(request_.partitioner);
      online.objective = first.objective;
      online.modes = first.modes;
      online.seed = static_cast<std::uint64_t>(request_.seed);
      scheduler = make_online(*online_, std::move(online));
      setup_.scheduler = scheduler.get();
    } else if (!request_.set.empty()) {
      throw InputError("--set: options are for --scheduler, and there is none");
    }
    for (std::size_t s = 0; s < jobs_.size(); ++s)
      setup_.streams.push_back({workload_.streams[s], jobs_[s].program.get()});

    const LiveOptions options = live_options(request_);
    const LiveResult result = live(setup_, options);
    write(result);
  }

 private:
  Conditions conditions(const Soc& soc) {
    if (request_.recorded.empty())
      return request_.conditions.empty()
                 ? calm(soc)
                 : load_conditions(catalog_.condition(request_.conditions), soc);
    DeviceTrace trace = load_device_trace(request_.recorded, soc);
    if (request_.duration.empty() && trace.duration_s > 0) setup_.duration_s = trace.duration_s;
    recorded_ = std::move(trace.what);
    return std::move(trace.conditions);
  }

  void prepare_stream(const Stream& stream) {
    JobRequest one = request_;
    one.model = stream.model;
    StreamJob job;
    job.prepared = prepare(one);
    const Prepared& prepared = *job.prepared;
    if (online_ != nullptr && online_->pieces) {
      if (setup_.workers.empty()) {
        setup_.workers = asked_workers(prepared.soc, request_.workers);
        check_workers(setup_.workers);
      }
      job.program = std::make_unique<Program>(
          *prepared.model, prepared.graph,
          unit_subgraphs(*prepared.model, prepared.graph, setup_.workers), setup_.workers);
    } else {
      const std::string& name =
          stream.partitioner.empty() ? request_.partitioner : stream.partitioner;
      Decision decision =
          decide(prepared, one, registry_.find(name), OptionsFor::several, console_);
      job.program = std::make_unique<Program>(*prepared.model, prepared.graph,
                                              std::move(decision.result.plan), name);
    }
    jobs_.push_back(std::move(job));
  }

  void write(const LiveResult& result) const {
    const Prepared& first = *jobs_.front().prepared;
    LiveStory story{setup_,
                    result,
                    workload_.title,
                    "calm",
                    online_ != nullptr ? online_->name : "every stream follows its plan",
                    first.runtime,
                    {},
                    {}};
    if (!request_.conditions.empty()) story.conditions = setup_.conditions.title;
    if (!recorded_.empty()) story.conditions = recorded_;
    for (const Domain& domain : first.soc.domains)
      story.governors.emplace_back(to_string(setup_.conditions.governors.of(domain).kind));
    if (first.soc.thermal)
      for (const ThermalNode& node : first.soc.thermal->nodes)
        story.thermal_nodes.push_back(node.name);
    if (!request_.csv.empty()) write_file(request_.csv, requests_csv(story));
    if (!request_.samples.empty()) write_file(request_.samples, samples_csv(story));
    if (!request_.trace.empty()) write_file(request_.trace, live_trace(story));
    console_.print(request_.json ? live_json(story) : live_text(story, console_.style()));
  }

  const LiveRequest& request_;
  const Console& console_;
  Catalog catalog_;
  Registry registry_;
  Workload workload_;
  const OnlineInfo* online_ = nullptr;
  std::string recorded_;  ///< What the device's trace holds.
  std::vector<StreamJob> jobs_;
  LiveSetup setup_;
};

}  // namespace

void live(const LiveRequest& request, const Console& console) {
  Stage(request, console).run();
}

}  // namespace partita
