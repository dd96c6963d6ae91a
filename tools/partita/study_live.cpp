// The cells of an experiment on living phones: a workload is prepared and planned for once, and
// lives through every condition by every decider.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/error.h"
#include "tools/partita/decide.h"
#include "tools/partita/live_foresight.h"
#include "tools/partita/live_stage.h"
#include "tools/partita/study.h"

namespace partita {
namespace {

/// After the last arrival; what is not answered then is lost.
constexpr double kPatience_s = 10;

LiveRow row_of(const LiveSetup& setup, std::string decider, LiveMade made) {
  LiveOptions options;
  options.longest_s = kPatience_s;
  const LiveResult result = live(setup, options);
  const LiveMetrics metrics = live_metrics(setup, result);
  LiveRow row{std::move(decider), made, {}, metrics.fairness, metrics.energy_per_inference_j};
  for (std::size_t s = 0; s < setup.streams.size(); ++s) {
    const StreamMetrics& m = metrics.streams[s];
    const Stream& stream = setup.streams[s].stream;
    LiveStreamRow r{stream.name, stream.model, m.arrived, m.done, m.missed,   m.mean_s,
                    m.p50_s,     m.p95_s,      m.p99_s,   0,      m.slowdown, m.throughput_per_s,
                    m.energy_j};
    r.late = std::max(m.missed, m.arrived - m.done);
    r.alone_s = setup.streams[s].program->alone_s();
    row.streams.push_back(std::move(r));
  }
  return row;
}

/// One workload on one SoC.
class WorkloadRun {
 public:
  WorkloadRun(const LiveAxes& axes, Workload workload, const JobRequest& request, Opened& opened,
              const Console& console)
      : axes_(axes), opened_(opened), stage_(std::move(workload), request, opened) {
    stage_.leave_out(axes.without);
    for (const std::string& name : axes.plans)
      prepare(name, plans_[name], [&] { return stage_.planned(registry_, name, console); });
    if (axes.schedulers.empty()) return;
    workers_ = stage_.candidates(stock_workers(stage_.soc()));
    prepare("schedulers", cut_, [&] { return stage_.cut(workers_); });
  }

  LiveCell live_through(const std::string& name, const std::string& workload) const {
    const Conditions conditions =
        name == "calm" ? calm(stage_.soc())
                       : load_conditions(opened_.catalog().condition(name), stage_.soc());
    LiveCell cell{stage_.first().soc.name, workload, stage_.first().runtime, name, {}, left_out_};
    for (const std::string& plan : axes_.plans)
      if (!plans_.at(plan).empty())
        for (const LiveMade made : axes_.held) cell.rows.push_back(by_plan(plan, made, conditions));
    if (!cut_.empty())
      for (const std::string& scheduler : axes_.schedulers)
        cell.rows.push_back(by_scheduler(scheduler, conditions));
    return cell;
  }

 private:
  template <class Make>
  void prepare(const std::string& name, Programs& programs, const Make& make) {
    try {
      programs = make();
    } catch (const UnsupportedError& error) {
      left_out_.push_back({name, error.what()});
    }
  }

  LiveRow by_plan(const std::string& name, LiveMade made, const Conditions& conditions) const {
    const PartitionerInfo& planner = registry_.find(name);
    LiveSetup setup = stage_.setup(plans_.at(name));
    setup.conditions = conditions;
    std::unique_ptr<OnlineScheduler> scheduler;
    if (made == LiveMade::replanned)
      scheduler = stage_.scheduler(online_scheduler("replan"), planner);
    if (made == LiveMade::foreseen)
      scheduler = std::make_unique<Foresight>(stage_, planner, conditions);
    setup.scheduler = scheduler.get();
    return row_of(setup, name, made);
  }

  LiveRow by_scheduler(const std::string& name, const Conditions& conditions) const {
    LiveSetup setup = stage_.setup(cut_);
    setup.conditions = conditions;
    setup.workers = workers_;
    const auto scheduler = stage_.scheduler(online_scheduler(name), registry_.find("single"));
    setup.scheduler = scheduler.get();
    return row_of(setup, name, LiveMade::scheduled);
  }

  const LiveAxes& axes_;
  Opened& opened_;
  Registry registry_;
  LiveStage stage_;
  std::map<std::string, Programs> plans_;
  std::vector<Mode> workers_;
  Programs cut_;
  std::vector<NotApplicable> left_out_;
};

/// Each with its name.
std::vector<std::pair<std::string, Workload>> workloads_of(const LiveAxes& axes,
                                                           const Catalog& catalog) {
  std::vector<std::pair<std::string, Workload>> out;
  for (const std::string& name : axes.workloads)
    out.emplace_back(name, load_workload(catalog.workload(name)));
  for (const std::string& model : axes.models) {
    Workload workload = single_stream(model, axes.duration_s);
    Stream& stream = workload.streams.front();
    stream.arrivals = {};
    stream.arrivals.kind = ArrivalKind::periodic;
    stream.arrivals.period_s = stream.deadline_s = axes.every_s;
    out.emplace_back(model, std::move(workload));
  }
  for (auto& [name, workload] : out) {
    workload.duration_s = axes.duration_s;
    for (Stream& stream : workload.streams)
      stream.partitioner.clear();  // The experiment says whose.
  }
  return out;
}

}  // namespace

StudyExperiment run_live_experiment(const Experiment& experiment, bool quick, Opened& opened,
                                    const Console& console,
                                    const std::function<void(double)>& step) {
  const LiveAxes& axes = quick ? *experiment.live_quick : *experiment.live;
  StudyExperiment out{
      experiment.name, experiment.title, experiment.findings, axes.conditions, {}, {}};
  const auto workloads = workloads_of(axes, opened.catalog());
  const std::size_t cells =
      axes.socs.size() * workloads.size() * axes.runtimes.size() * axes.conditions.size();
  for (const std::string& soc : axes.socs)
    for (const auto& [name, workload] : workloads)
      for (const std::string& runtime : axes.runtimes) {
        JobRequest request;
        request.soc = soc;
        request.runtime = runtime == "own" ? "" : runtime;
        request.belief = kTruth;  // Plans differ in what they know of the phone's state alone.
        const WorkloadRun run(axes, workload, request, opened, console);
        for (const std::string& conditions : axes.conditions) {
          out.alive.push_back(run.live_through(conditions, name));
          out.alive.back().soc = soc;
          if (step) step(static_cast<double>(out.alive.size()) / static_cast<double>(cells));
        }
      }
  return out;
}

}  // namespace partita
