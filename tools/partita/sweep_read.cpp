// Plans of sweeps: strict, every name checked where it stands, before anything runs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "partitioners/belief.h"
#include "partitioners/online/online.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/engine/conditions.h"
#include "sim/engine/governor.h"
#include "sim/engine/workload.h"
#include "sim/graph/compress.h"
#include "tools/partita/decide.h"
#include "tools/partita/study_names.h"
#include "tools/partita/sweep_axes.h"

namespace partita {
namespace {

constexpr std::int64_t kMostRequests = 100'000, kMostSeed = std::int64_t{1} << 53;

class PlanReader : SweepAxisReader {
 public:
  explicit PlanReader(const std::filesystem::path& file)
      : yaml_(Yaml::load_file(file)), catalog_(open_catalog()), known_(known_in(catalog_)) {}

  SweepPlan read() {
    if (const auto title = yaml_.find("title")) plan_.title = title->text();
    read_design();
    plan_.live = yaml_.has("live");
    read_job(yaml_.at("job"));
    if (plan_.live) read_live(yaml_.at("live"));
    if (const auto options = yaml_.find("options"))
      for (const auto& [key, value] : options->entries()) add_option(key, value);
    if (const auto changes = yaml_.find("changes"))
      for (const auto& [key, value] : changes->entries()) add_change(key, value);
    if (const auto contention = yaml_.find("contention")) plan_.contention = contention->boolean();
    plan_.batch =
        static_cast<std::uint64_t>(yaml_.has("batch") ? yaml_.at("batch").integer(1, 100'000)
                                   : plan_.live       ? 8
                                                      : 512);
    yaml_.done();
    std::stable_sort(plan_.axes.begin(), plan_.axes.end(),
                     [](const SweepAxis& a, const SweepAxis& b) { return a.use < b.use; });
    check_size();
    plan_.identity = {canonical(), PARTITA_VERSION, sweep::hash_of(data_)};
    return std::move(plan_);
  }

 private:
  void read_design() {
    const auto kind = yaml_.find("design");
    sweep::DesignOptions& design = plan_.design;
    if (kind)
      design.kind = static_cast<sweep::DesignKind>(kind->choice("design", sweep::design_names()));
    const bool grid = design.kind == sweep::DesignKind::grid;
    for (const char* key : {"points", "seed", "draws"})
      if (const auto given = yaml_.find(key); given && grid)
        given->fail("a grid has none: its points are all combinations");
    if (!grid)
      design.points = static_cast<std::uint64_t>(
          yaml_.at("points").integer(1, static_cast<std::int64_t>(sweep::kMostPoints)));
    if (const auto seed = yaml_.find("seed"))
      design.seed = static_cast<std::uint64_t>(seed->integer(0, kMostSeed));
    if (const auto draws = yaml_.find("draws")) {
      design.draws = static_cast<int>(draws->integer(1, 1000));
      if (design.kind != sweep::DesignKind::latin_hypercube)
        draws->fail("only Latin hypercubes are drawn several times");
      if (design.draws > 1 && design.points > sweep::kMostDrawnPoints)
        draws->fail(
            fmt::format("distances are compared for at most {} points", sweep::kMostDrawnPoints));
    }
  }

  void note_file(const std::filesystem::path& file) { data_ += read_file(file) + '\0'; }

  void read_socs(const Yaml& yaml) {
    add_names(SweepUse::soc, "soc", yaml, [&](const Yaml&, const std::string& name) {
      const auto file = catalog_.soc(name);
      socs_.push_back(open_soc(catalog_, name));
      note_file(file);
    });
  }

  void read_networks(const Yaml& yaml) {
    add_names(SweepUse::model, "model", yaml, [&](const Yaml&, const std::string& name) {
      open_graph(catalog_, name);
      if (Catalog::is_path(name)) note_file(catalog_.model(name));
    });
  }

  void read_job(const Yaml& job) {
    read_socs(job.at("soc"));
    if (!plan_.live || job.has("model")) read_networks(job.at("model"));
    const auto choose = [&](const char* key, SweepUse use, const Names& known) {
      if (const auto list = job.find(key))
        add_names(use, key, *list,
                  [&](const Yaml& item, const std::string&) { item.choice(key, known); });
    };
    choose("runtime", SweepUse::runtime, known_.runtimes);
    choose("objective", SweepUse::objective, known_.objectives);
    if (const auto list = job.find("compress"))
      add_names(SweepUse::compress, "compress", *list, [](const Yaml&, const std::string& steps) {
        if (steps != "none") parse_compressions(steps);
      });
    if (const auto list = job.find("clocks"))
      add_names(SweepUse::clocks, "clocks", *list,
                [&](const Yaml&, const std::string& clock) { check_clock(clock); });
    add_names(SweepUse::partitioner, "partitioner", job.at("partitioner"),
              [](const Yaml&, const std::string& name) { partitioner(name); });
    read_beliefs(job);
    if (const auto list = job.find("requests")) {
      if (plan_.live) list->fail("a live point has its workload's requests");
      add_integers(SweepUse::requests, "requests", *list, 1, kMostRequests);
    }
    if (const auto list = job.find("seed"))
      add_integers(SweepUse::seed, "seed", *list, 0, kMostSeed);
    job.done();
  }

  /// SoCs have domains of their own: one at least has this clock.
  void check_clock(const std::string& clock) const {
    if (clock == "top" || clock == "all") return;
    const auto equals = clock.find('=');
    Names known{"top", "all"};
    for (const Soc& soc : socs_)
      for (const Domain& domain : soc.domains)
        for (const Opp& opp : domain.opps) {
          if (!(opp.frequency_hz > 0)) continue;
          known.push_back(fmt::format("{}={:.6g}MHz", domain.name, opp.frequency_hz * 1e-6));
          if (equals == std::string::npos || domain.name != clock.substr(0, equals)) continue;
          const double hz = parse_quantity(clock.substr(equals + 1), Dimension::frequency);
          if (std::abs(opp.frequency_hz - hz) <= 1e-3 * hz) return;
        }
    throw_unknown("", "clock", clock, known);
  }

  void read_beliefs(const Yaml& job) {
    const auto list = job.find("belief");
    if (!list) return;
    Names known{"own"};
    for (const BeliefInfo& info : beliefs()) known.push_back(info.name);
    add_names(SweepUse::belief, "belief", *list, [&](const Yaml&, const std::string& spec) {
      const auto colon = spec.find(':');
      if (!holds(known, spec.substr(0, colon))) throw_unknown("belief", "belief", spec, known);
      if (colon != std::string::npos) parse_number(spec.substr(colon + 1), "belief " + spec);
    });
  }

  void read_live(const Yaml& live) {
    if (const auto list = live.find("workload")) {
      if (std::any_of(plan_.axes.begin(), plan_.axes.end(),
                      [](const SweepAxis& a) { return a.use == SweepUse::model; }))
        list->fail("job.model is given too: one or the other");
      add_names(SweepUse::workload, "workload", *list, [&](const Yaml&, const std::string& name) {
        const auto file = catalog_.workload(name);
        for (const Stream& stream : load_workload(file).streams) open_graph(catalog_, stream.model);
        note_file(file);
      });
    } else if (std::none_of(plan_.axes.begin(), plan_.axes.end(),
                            [](const SweepAxis& a) { return a.use == SweepUse::model; })) {
      live.fail("neither workload nor job.model");
    }
    if (const auto list = live.find("conditions"))
      add_names(SweepUse::conditions, "conditions", *list,
                [&](const Yaml&, const std::string& name) {
                  if (name == "calm") return;
                  const auto file = catalog_.condition(name);
                  for (const Soc& soc : socs_) load_conditions(file, soc);
                  note_file(file);
                });
    if (const auto list = live.find("governors"))
      add_names(SweepUse::governors, "governors", *list, [&](const Yaml&, const std::string& text) {
        for (const Soc& soc : socs_) parse_governors(soc, text, soc.name);
      });
    Names schedulers;
    if (const auto list = live.find("scheduler")) {
      add_names(SweepUse::scheduler, "scheduler", *list, [](const Yaml&, const std::string& name) {
        if (name != "plan") online_scheduler(name);
      });
      schedulers = plan_.axes.back().axis.names;
    }
    if (const auto set = live.find("set"))
      for (const auto& [key, value] : set->entries()) {
        std::vector<OptionInfo> options;
        for (const std::string& name : schedulers)
          if (name != "plan")
            for (const OptionInfo& info : online_scheduler(name).options) options.push_back(info);
        add_numbers(SweepUse::set, key, value, options, "scheduler");
      }
    if (const auto duration = live.find("duration")) {
      plan_.duration_s = duration->quantity(Dimension::time);
      if (!(plan_.duration_s > 0)) duration->fail("must be greater than zero");
    }
    live.done();
  }

  void add_option(const std::string& key, const Yaml& yaml) {
    std::vector<OptionInfo> options;
    for (const SweepAxis& axis : plan_.axes)
      if (axis.use == SweepUse::partitioner)
        for (const std::string& name : axis.axis.names)
          for (const OptionInfo& option : partitioner(name).options) options.push_back(option);
    add_numbers(SweepUse::option, key, yaml, options, "partitioner");
  }

  void check_size() const {
    if (plan_.design.kind != sweep::DesignKind::grid) return;
    double points = 1;
    for (const SweepAxis& axis : plan_.axes) points *= static_cast<double>(axis.axis.levels());
    if (points > static_cast<double>(sweep::kMostPoints))
      yaml_.at("job").fail(
          fmt::format("{:.3g} points; at most {:.3g}: fewer values, or a design "
                      "with a number of points",
                      points, static_cast<double>(sweep::kMostPoints)));
  }

  /// What makes two plans the same, in one order and one spelling.
  std::string canonical() const {
    const sweep::DesignOptions& d = plan_.design;
    std::string text =
        fmt::format("{} points={} seed={} draws={} live={} duration={} contention={}\n",
                    sweep::to_string(d.kind), d.points, d.seed, d.draws, plan_.live,
                    plan_.duration_s, plan_.contention);
    for (const SweepAxis& axis : plan_.axes) {
      text += fmt::format("{}:", axis.axis.name);
      for (const std::string& name : axis.axis.names) text += fmt::format(" \"{}\"", name);
      for (const double number : axis.axis.numbers) text += fmt::format(" {}", number);
      if (const auto& r = axis.axis.range)
        text += fmt::format(" {} to {} {} {}", r->from, r->to, r->log ? "log" : "linear", r->steps);
      text += '\n';
    }
    return text;
  }

  Yaml yaml_;
  Catalog catalog_;
  KnownNames known_;
  std::string data_;  ///< Of the files that the plan names.
};

}  // namespace

SweepPlan read_sweep(const std::filesystem::path& file) {
  return PlanReader(file).read();
}

}  // namespace partita
