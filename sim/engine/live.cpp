// A living phone: set up, run, torn down.
#include "sim/engine/live.h"

#include <array>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/engine/context.h"
#include "sim/engine/live_machine.h"

namespace partita {
namespace engine {
namespace {

constexpr std::array<std::string_view, 4> kEnds{"done", "dropped", "failed", "unfinished"};

std::uint64_t seed_of(std::uint64_t seed, std::size_t stream, std::uint64_t use) {
  return seed * 0x9E3779B97F4A7C15u + stream * 0xBF58476D1CE4E5B9u + use;
}

}  // namespace

LiveMachine::LiveMachine(sc_core::sc_module_name name, const LiveSetup& setup,
                         const LiveOptions& options, LiveResult& result)
    : sc_module(name), setup_(setup), options_(options), soc_(*setup.soc), result_(result) {
  SC_HAS_PROCESS(LiveMachine);
  SC_METHOD(on_timer);
  sensitive << timer_;
  dont_initialize();
  origin_ps_ = kernel_now_ps();
  set_up_units();
  for (std::size_t d = 0; d < soc_.domains.size(); ++d) clocks_.push_back(set_up_clock(d));
  clock_sum_hz_s_.assign(soc_.domains.size(), 0);
  result_.capped_s.assign(soc_.domains.size(), 0);
  set_up_streams();
  if (options_.thermal && soc_.thermal) begin_heat();
  if (options_.conditions) refresh_conditions();
  for (std::size_t d = 0; d < clocks_.size(); ++d) refresh_busy(d);
  for (std::size_t s = 0; s < setup.streams.size(); ++s) next_arrival(s);
  if (options_.sample_s > 0) at(0, Due::Kind::sample, 0);
  // Until then clocks, heat and conditions go on even when nobody asks for anything.
  at(setup.duration_s, Due::Kind::end, 0);
  arm();
}

void LiveMachine::set_up_units() {
  const std::size_t n = soc_.units.size();
  for (std::size_t u = 0; u < n; ++u)
    units_.push_back(std::make_unique<UnitModule>(fmt::format("unit{}", u).c_str(), *this, wakes_));
  bus_ = std::make_unique<MemoryBus>("bus", *this, wakes_);
  bus_->reset(soc_.memory.shared_bytes_per_s);
  ready_.resize(n);
  running_.resize(n);
  waking_.resize(n);
  idle_since_ps_.assign(soc_.clusters.size(), 0);
  speed_.assign(n, 1);
  offline_.assign(n, false);
  unit_slowdown_.assign(n, 1);
  load_.assign(soc_.clusters.size() + n, 0);
  others_w_ = load_;
  busy_since_s_.assign(n, 0);
  result_.unit_busy_s.assign(n, 0);
  result_.unit_energy_j.assign(n, 0);
  result_.stream_energy_j.assign(setup_.streams.size(), 0);
}

LiveMachine::Clock LiveMachine::set_up_clock(std::size_t d) {
  const auto id = make_id<DomainId>(d);
  const Domain& domain = soc_.domains[d];
  const GovernorSettings settings =
      options_.governors ? setup_.conditions.governors.of(domain) : GovernorSettings{};
  const int top = soc_.top_opp(id);
  Clock clock{Governor(settings, domain, top), top, top, top, -1, false, 0, 0, {}, {}};
  // A phone begins idle: governors that follow the load start from the lowest clock.
  const bool idle = clock.governor.next_decision_s(1) < std::numeric_limits<double>::infinity();
  const int begin = idle ? 0 : clock.governor.decide(0);
  clock.governor.set_opp(begin);
  clock.wanted = begin;
  opps_.push_back(static_cast<std::int16_t>(begin));
  for (std::size_t c = 0; c < soc_.clusters.size(); ++c)
    if (soc_.clusters[c].domain == id) clock.hardware.push_back(c);
  for (std::size_t u = 0; u < soc_.units.size(); ++u) {
    const Unit& unit = soc_.units[u];
    bool drives = unit.domain == id || unit.host_domain == id;
    for (const CoreUse& use : unit.cores)
      drives |= soc_.clusters[static_cast<std::size_t>(use.cluster)].domain == id;
    if (drives) clock.units.push_back(static_cast<std::uint32_t>(u));
    if (unit.kind != UnitKind::cpu && unit.domain == id)
      clock.hardware.push_back(hardware_index(soc_, make_id<UnitId>(u)));
  }
  return clock;
}

void LiveMachine::set_up_streams() {
  stream_waiting_.assign(setup_.streams.size(), 0);
  for (std::size_t s = 0; s < setup_.streams.size(); ++s) {
    const LiveStream& stream = setup_.streams[s];
    programs_.push_back(stream.program);
    sources_.emplace_back(stream.stream.arrivals, seed_of(options_.seed, s, 1));
    chances_.emplace_back(seed_of(options_.seed, s, 2));
    result_.peak_memory_bytes += stream.program->memory_bytes();
    auto& profile = profile_s_.emplace_back();
    if (stream.program->fixed()) continue;
    for (std::size_t p = 0; p < stream.program->pieces(); ++p)
      for (std::size_t w = 0; w < setup_.workers.size(); ++w) {
        const double seconds = stream.program->seconds(p, w);
        profile.push_back(seconds < 0 ? std::numeric_limits<double>::infinity() : seconds);
      }
  }
  worker_held_.assign(setup_.workers.size(), 0);
  worker_held_s_.assign(setup_.workers.size(), 0);
}

}  // namespace engine

std::string_view to_string(RequestEnd end) {
  return engine::kEnds[static_cast<std::size_t>(end)];
}

LiveResult live(const LiveSetup& setup, const LiveOptions& options) {
  if (setup.soc->units.size() > engine::kMostUnits)
    throw UnsupportedError("live: more than 64 units");
  for (const LiveStream& stream : setup.streams)
    if (!stream.program->fixed() && setup.scheduler == nullptr)
      throw std::logic_error("live: a program in pieces needs a scheduler");
  LiveResult result;
  engine::KernelContext context;
  const engine::KernelContext::Scope scope(context);
  engine::LiveMachine machine("live", setup, options, result);
  sc_core::sc_start();
  machine.conclude();
  return result;
}

}  // namespace partita
