#include "validation/phone_heat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "sim/base/error.h"
#include "sim/engine/thermal.h"
#include "sim/engine/throttle.h"
#include "validation/nelder_mead.h"

namespace partita {
namespace {

/// All eight cores busy at the top. Temperatures tell only power times resistance: this one is
/// assumed and sets the scale of every other.
constexpr double kCpuW = 15;
constexpr double kAmbient = 25;
/// The phone looks at its sensor every 10 s (clocks and temperature change so). Where in its
/// interval a run begins is not known: half of it, a little less for the time to start.
constexpr double kPoll = 10, kFirstPoll = 4.5;
/// Clock that a lone thread beside the GPU is taken to run at.
constexpr double kHostHz = 2.4e9;

/// Where the domains and units of this phone are.
struct Phone {
  explicit Phone(const Soc& soc)
      : prime(soc.unit_by_name("cpu-prime", "heat of the phone")),
        gold(soc.unit_by_name("cpu-little", "heat of the phone")),
        gpu(soc.unit_by_name("gpu", "heat of the phone")) {
    prime_domain = index(soc.unit(prime).domain);
    gold_domain = index(soc.unit(gold).domain);
    gpu_domain = index(soc.unit(gpu).domain);
    gold_cores = soc.unit(gold).cores.front().threads;
  }
  UnitId prime, gold, gpu;
  std::size_t prime_domain, gold_domain, gpu_domain;
  int gold_cores;
};

using Tables = std::vector<std::vector<double>>;

Tables power_tables(const Soc& soc, const Phone& phone) {
  Tables tables(soc.domains.size());
  const auto fill = [&](UnitId unit, std::size_t domain) {
    for (std::size_t o = 0; o < soc.domains[domain].opps.size(); ++o)
      tables[domain].push_back(busy_power_w(soc, unit, static_cast<int>(o)));
  };
  fill(phone.prime, phone.prime_domain);
  fill(phone.gold, phone.gold_domain);
  fill(phone.gpu, phone.gpu_domain);
  return tables;
}

double clock_hz(const Soc& soc, std::size_t domain, int opp) {
  return soc.domains[domain].opps[static_cast<std::size_t>(opp)].frequency_hz;
}

int opp_at_most(const Soc& soc, std::size_t domain, double hz) {
  int found = 0;
  for (std::size_t o = 0; o < soc.domains[domain].opps.size(); ++o)
    if (soc.domains[domain].opps[o].frequency_hz <= hz) found = static_cast<int>(o);
  return found;
}

/// One run under one description.
class Runner {
 public:
  Runner(const Soc& soc, const Phone& phone, const ThermalNetwork& network, const Tables& tables,
         const PhoneRun& run)
      : soc_(soc),
        phone_(phone),
        tables_(tables),
        run_(run),
        throttle_(soc, tables),
        heat_(network, run.samples.front().temperature_c, soc.thermal->ambient_c),
        idle_(soc.domains.size()),
        domain_w_(soc.domains.size(), 0),
        host_opp_(opp_at_most(soc, phone.gold_domain, kHostHz)) {}

  std::vector<PhonePoint> all() {
    std::vector<PhonePoint> out;
    // Its clocks at the start are those of its temperature.
    throttle_.poll(0, heat_.temperatures(), idle_);
    double now = run_.samples.front().t_s, poll = now + kFirstPoll;
    for (const PhoneSample& sample : run_.samples) {
      while (poll < sample.t_s) {
        advance(poll - now, sample.phase);
        throttle_.poll(poll - run_.samples.front().t_s + kPoll, heat_.temperatures(), idle_);
        now = poll;
        poll += kPoll;
      }
      advance(sample.t_s - now, sample.phase);
      now = sample.t_s;
      out.push_back({heat_.temperature(soc_.thermal->node_of_base), cap_hz(phone_.gold_domain),
                     cap_hz(phone_.prime_domain), cap_hz(phone_.gpu_domain)});
    }
    return out;
  }

 private:
  double cap_hz(std::size_t domain) const {
    return clock_hz(soc_, domain, throttle_.caps()[domain]);
  }
  double watts(std::size_t domain, int opp) const {
    return tables_[domain][static_cast<std::size_t>(opp)];
  }

  void advance(double dt, RunPhase phase) {
    const int gold = throttle_.caps()[phone_.gold_domain];
    const double core = 1.0 / phone_.gold_cores;
    const double load = phase == RunPhase::prefill ? run_.prefill_load : run_.decode_load;
    std::fill(domain_w_.begin(), domain_w_.end(), 0);
    if (phase == RunPhase::load || phase == RunPhase::before) {
      domain_w_[phone_.gold_domain] = core * watts(phone_.gold_domain, gold);
    } else if (run_.on_gpu) {
      domain_w_[phone_.gpu_domain] =
          load * watts(phone_.gpu_domain, throttle_.caps()[phone_.gpu_domain]);
      domain_w_[phone_.gold_domain] = core * watts(phone_.gold_domain, std::min(gold, host_opp_));
    } else {
      domain_w_[phone_.gold_domain] = load * watts(phone_.gold_domain, gold);
      domain_w_[phone_.prime_domain] =
          load * watts(phone_.prime_domain, throttle_.caps()[phone_.prime_domain]);
    }
    heat_.advance(dt, node_powers(*soc_.thermal, domain_w_, 0, soc_.base_power_w));
  }

  const Soc& soc_;
  const Phone& phone_;
  const Tables& tables_;
  const PhoneRun& run_;
  Throttle throttle_;
  ThermalState heat_;
  std::vector<DomainDemand> idle_;
  std::vector<double> domain_w_;
  int host_opp_;
};

/// What is fitted.
struct Numbers {
  double chip_j_per_k, phone_j_per_k, chip_to_phone, phone_to_ambient;
  double cpu_exponent;  ///< Power of a core ~ clock^exponent: voltage falls with the clock.
  double gpu_w, gpu_exponent;
  /// An OPP whose power is x of the top one's is allowed up to stop - x / slope.
  double cpu_stop_c, cpu_slope, gpu_stop_c, gpu_slope;
};
constexpr std::size_t kNumbers = 11;
constexpr std::array<double, kNumbers> kStart{11, 45, 2, 6, 2.3, 10, 2.3, 47, 0.08, 52, 0.08};

Numbers numbers_of(const std::vector<double>& p) {
  return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]};
}

bool sensible(const std::vector<double>& p) {
  return std::all_of(p.begin(), p.end(), [](double v) { return v > 0; }) && p[0] > 1 && p[3] < 30 &&
         p[3] > 1;
}

/// How far the governor went down in the runs, and which clock of the fast cores goes with which
/// of the slow ones.
struct Ladder {
  int least_gold = 0, least_gpu = 0;
  std::vector<int> prime_of_gold;
};

int nearest_opp(const Soc& soc, std::size_t domain, double hz) {
  const auto& opps = soc.domains[domain].opps;
  const auto at = std::min_element(opps.begin(), opps.end(), [&](const Opp& a, const Opp& b) {
    return std::abs(a.frequency_hz - hz) < std::abs(b.frequency_hz - hz);
  });
  return static_cast<int>(at - opps.begin());
}

Ladder ladder_of(const Soc& soc, const Phone& phone, std::span<const PhoneRun> runs) {
  Ladder ladder;
  ladder.least_gold = static_cast<int>(soc.domains[phone.gold_domain].opps.size()) - 1;
  ladder.least_gpu = static_cast<int>(soc.domains[phone.gpu_domain].opps.size()) - 1;
  std::vector<std::map<int, int>> pairs(soc.domains[phone.gold_domain].opps.size());
  for (const PhoneRun& run : runs)
    for (const PhoneSample& s : run.samples) {
      if (s.phase != RunPhase::prefill && s.phase != RunPhase::decode) continue;
      if (run.on_gpu) {
        ladder.least_gpu = std::min(ladder.least_gpu, nearest_opp(soc, phone.gpu_domain, s.gpu_hz));
        continue;
      }
      const int gold = nearest_opp(soc, phone.gold_domain, s.gold_hz);
      ladder.least_gold = std::min(ladder.least_gold, gold);
      ++pairs[static_cast<std::size_t>(gold)][nearest_opp(soc, phone.prime_domain, s.prime_hz)];
    }
  // The commonest pair; never falling from one clock to the next.
  int last = 0;
  for (const auto& seen : pairs) {
    const auto most = std::max_element(
        seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != seen.end()) last = std::max(last, most->first);
    ladder.prime_of_gold.push_back(last);
  }
  ladder.prime_of_gold.back() = static_cast<int>(soc.domains[phone.prime_domain].opps.size()) - 1;
  return ladder;
}

/// A trip for every OPP below the top one: past it that OPP is the highest.
void add_ladder(ThermalZone& zone, const Soc& soc, std::size_t domain, int least, double stop_c,
                double slope, double exponent, const std::string& name,
                const std::vector<int>* prime_of, std::size_t prime_domain) {
  const int top = static_cast<int>(soc.domains[domain].opps.size()) - 1;
  for (int opp = top - 1; opp >= least; --opp) {
    const double x =
        std::pow(clock_hz(soc, domain, opp + 1) / clock_hz(soc, domain, top), exponent);
    ThermalTrip trip;
    trip.name = fmt::format("{}-{}", name, top - opp);
    trip.temperature_c = stop_c - x / slope;
    const int index = static_cast<int>(zone.trips.size());
    zone.trips.push_back(std::move(trip));
    zone.cooling.push_back({index, make_id<DomainId>(domain), top - opp, top - opp, 1});
    if (prime_of == nullptr) continue;
    const int state = static_cast<int>(soc.domains[prime_domain].opps.size()) - 1 -
                      (*prime_of)[static_cast<std::size_t>(opp)];
    zone.cooling.push_back({index, make_id<DomainId>(prime_domain), state, state, 1});
  }
}

std::vector<double> core_powers(const Soc& soc, std::size_t domain, double core_w, double unit_hz,
                                double exponent) {
  std::vector<double> out;
  for (const Opp& opp : soc.domains[domain].opps)
    out.push_back(core_w * std::pow(opp.frequency_hz / unit_hz, exponent));
  return out;
}

void set_powers(Soc& soc, const Phone& phone, const Numbers& n) {
  const CoreUse gold = soc.unit(phone.gold).cores.front();
  const CoreUse prime = soc.unit(phone.prime).cores.front();
  const double unit_hz = soc.domains[phone.gold_domain].opps.back().frequency_hz;
  const double ratio = soc.domains[phone.prime_domain].opps.back().frequency_hz / unit_hz;
  const double core_w = kCpuW / (gold.threads + prime.threads * std::pow(ratio, n.cpu_exponent));
  for (const auto& [use, domain] :
       {std::pair(gold, phone.gold_domain), {prime, phone.prime_domain}})
    soc.clusters[static_cast<std::size_t>(use.cluster)].power_per_core = {
        0, 0, core_powers(soc, domain, core_w, unit_hz, n.cpu_exponent)};
  Unit& gpu = soc.units[index(phone.gpu)];
  gpu.power = {0, 0,
               core_powers(soc, phone.gpu_domain, n.gpu_w,
                           soc.domains[phone.gpu_domain].opps.back().frequency_hz, n.gpu_exponent)};
}

void set_heat(Soc& soc, const Phone& phone, const Numbers& n, const Ladder& ladder) {
  Thermal heat;
  heat.ambient_c = kAmbient;
  heat.nodes = {{"chip", n.chip_j_per_k, {{1, n.chip_to_phone}}, {}},
                {"phone", n.phone_j_per_k, {{-1, n.phone_to_ambient}}, {}}};
  heat.node_of_domain.assign(soc.domains.size(), 0);
  heat.node_of_memory = 0;
  heat.node_of_base = 1;
  ThermalZone zone;
  zone.name = "vendor";
  zone.node = 0;
  zone.polling_s = zone.passive_s = kPoll;
  add_ladder(zone, soc, phone.gold_domain, ladder.least_gold, n.cpu_stop_c, n.cpu_slope,
             n.cpu_exponent, "cpu", &ladder.prime_of_gold, phone.prime_domain);
  add_ladder(zone, soc, phone.gpu_domain, ladder.least_gpu, n.gpu_stop_c, n.gpu_slope,
             n.gpu_exponent, "gpu", nullptr, 0);
  heat.zones.push_back(std::move(zone));
  soc.thermal = std::move(heat);
}

std::vector<PhonePoint> predict(const Soc& soc, const Phone& phone, const ThermalNetwork& network,
                                const Tables& tables, const PhoneRun& run) {
  return Runner(soc, phone, network, tables, run).all();
}

/// K and logarithms of clock ratios: half of the RMS of the first, four times the mean of the
/// second.
double loss_of(const Soc& soc, const Phone& phone, std::span<const PhoneRun> runs) {
  const ThermalNetwork network(*soc.thermal);
  const Tables tables = power_tables(soc, phone);
  double squares = 0, n = 0, logs = 0, clocks = 0;
  for (const PhoneRun& run : runs) {
    const auto points = predict(soc, phone, network, tables, run);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const PhoneSample& s = run.samples[i];
      squares += std::pow(points[i].temperature_c - s.temperature_c, 2);
      ++n;
      if (s.phase != RunPhase::prefill && s.phase != RunPhase::decode) continue;
      const double measured = run.on_gpu ? s.gpu_hz : s.gold_hz;
      if (!(measured > 0)) continue;
      logs += std::abs(std::log((run.on_gpu ? points[i].gpu_hz : points[i].gold_hz) / measured));
      ++clocks;
    }
  }
  return std::sqrt(squares / n) / 2 + (clocks > 0 ? 4 * logs / clocks : 0);
}

}  // namespace

std::vector<PhonePoint> predict_run(const Soc& soc, const PhoneRun& run) {
  if (!soc.thermal) throw InputError(soc.name + ": has no section thermal");
  const Phone phone(soc);
  return predict(soc, phone, ThermalNetwork(*soc.thermal), power_tables(soc, phone), run);
}

Soc fit_phone(const Soc& base, std::span<const PhoneRun> runs) {
  Soc soc = base;
  soc.ledger.clear();
  const Phone phone(soc);
  const Ladder ladder = ladder_of(soc, phone, runs);
  const auto set = [&](const std::vector<double>& p) {
    const Numbers n = numbers_of(p);
    set_powers(soc, phone, n);
    set_heat(soc, phone, n, ladder);
  };
  const auto loss = [&](const std::vector<double>& p) {
    if (!sensible(p)) return 1e9;
    set(p);
    return loss_of(soc, phone, runs);
  };
  set(minimise(loss, std::vector<double>(kStart.begin(), kStart.end()), 0.2, 4, 700));
  return soc;
}

}  // namespace partita
