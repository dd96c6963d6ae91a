// partita live: streams of requests on a phone whose clocks, heat and other programs move.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/units.h"
#include "sim/engine/device_trace.h"
#include "sim/report/live_report.h"
#include "sim/report/page_live.h"
#include "tools/partita/live_stage.h"
#include "tools/partita/report_file.h"

namespace partita {
namespace {

std::vector<Mode> asked_workers(const Soc& soc, const std::string& list) {
  if (list.empty()) return stock_workers(soc);
  std::vector<Mode> workers;
  for (const std::string& name : split_list(list))
    workers.push_back(top_mode(soc, soc.unit_by_name(name, "--workers")));
  return workers;
}

/// Each once.
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
  options.spans = !request.trace.empty() || !request.report.empty();
  if (!request.sample.empty()) {
    options.sample_s = parse_argument("--sample", request.sample, Dimension::time);
    if (options.sample_s < 1e-6) throw InputError("--sample: at least 1 us");
  } else if (!request.samples.empty() || options.spans)
    options.sample_s = 0.01;
  const std::vector<std::pair<std::string, bool LiveOptions::*>> parts{
      {"contention", &LiveOptions::contention}, {"governors", &LiveOptions::governors},
      {"heat", &LiveOptions::thermal},          {"idle", &LiveOptions::idle},
      {"cache", &LiveOptions::cache},           {"memory-clock", &LiveOptions::memory_clock},
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

class Play {
 public:
  Play(const LiveRequest& request, const Console& console)
      : request_(request),
        console_(console),
        registry_(request.plugins, request.own),
        workload_(workload_of(request, opened_.catalog())) {
    report_format(request.report, {".html"});
    if (!request.scheduler.empty()) online_ = &online_scheduler(request.scheduler);
    registry_.find(request.partitioner);
    for (const Stream& stream : workload_.streams) {
      if (!stream.partitioner.empty()) registry_.find(stream.partitioner);
      opened_.graph(stream.model, request.dims);
    }
  }

  void run() {
    const LiveStage stage(workload_, request_, opened_);
    const bool pieces = online_ != nullptr && online_->pieces;
    std::vector<Mode> workers;
    if (pieces) {
      workers = asked_workers(stage.soc(), request_.workers);
      check_workers(workers);
    }
    const Programs programs =
        pieces ? stage.cut(workers) : stage.planned(registry_, request_.partitioner, console_);
    setup_ = stage.setup(programs);
    setup_.workers = std::move(workers);
    setup_.conditions = conditions(stage.soc());
    if (!request_.governors.empty())
      setup_.conditions.governors = parse_governors(stage.soc(), request_.governors, "--governor");
    std::unique_ptr<OnlineScheduler> scheduler;
    if (online_ != nullptr)
      scheduler = stage.scheduler(*online_, registry_.find(request_.partitioner),
                                  read_options(request_.set, "--set"));
    else if (!request_.set.empty())
      throw InputError("--set: options are for --scheduler, and there is none");
    setup_.scheduler = scheduler.get();
    write(stage.first(), live(setup_, live_options(request_)));
  }

 private:
  Conditions conditions(const Soc& soc) {
    if (request_.recorded.empty())
      return request_.conditions.empty()
                 ? calm(soc)
                 : load_conditions(opened_.catalog().condition(request_.conditions), soc);
    DeviceTrace trace = load_device_trace(request_.recorded, soc);
    if (request_.duration.empty() && trace.duration_s > 0) setup_.duration_s = trace.duration_s;
    recorded_ = std::move(trace.what);
    return std::move(trace.conditions);
  }

  void write(const Prepared& first, const LiveResult& result) const {
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
    if (!result.peak_temperature_c.empty())  // Heat may be off.
      for (const ThermalNode& node : first.soc.thermal->nodes)
        story.thermal_nodes.push_back(node.name);
    if (!request_.csv.empty()) write_file(request_.csv, requests_csv(story));
    if (!request_.samples.empty()) write_file(request_.samples, samples_csv(story));
    if (!request_.trace.empty()) write_file(request_.trace, live_trace(story));
    if (!request_.report.empty()) write_file(request_.report, live_page(story).html());
    console_.print(request_.json ? live_json(story) : live_text(story, console_.style()));
  }

  const LiveRequest& request_;
  const Console& console_;
  Opened opened_;
  Registry registry_;
  Workload workload_;
  const OnlineInfo* online_ = nullptr;
  std::string recorded_;  ///< What the device's trace holds.
  LiveSetup setup_;
};

}  // namespace

void live(const LiveRequest& request, const Console& console) {
  Play(request, console).run();
}

}  // namespace partita
