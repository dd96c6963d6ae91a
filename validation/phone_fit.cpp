#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "validation/nelder_mead.h"
#include "validation/phone_parts.h"

namespace partita {
namespace {

/// All eight cores busy at the top. Temperatures tell only power times resistance: this one is
/// assumed and sets the scale of every other.
constexpr double kCpuW = 15;
constexpr double kAmbient = 25;

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
  zone.polling_s = zone.passive_s = kPhonePoll;
  add_ladder(zone, soc, phone.gold_domain, ladder.least_gold, n.cpu_stop_c, n.cpu_slope,
             n.cpu_exponent, "cpu", &ladder.prime_of_gold, phone.prime_domain);
  add_ladder(zone, soc, phone.gpu_domain, ladder.least_gpu, n.gpu_stop_c, n.gpu_slope,
             n.gpu_exponent, "gpu", nullptr, 0);
  heat.zones.push_back(std::move(zone));
  soc.thermal = std::move(heat);
}

/// Differences of one run, summed.
struct RunLoss {
  double squares_k = 0, log_ratios = 0, predicted_hz = 0, measured_hz = 0;
  std::size_t clocks = 0;
};

RunLoss loss_of(const PhoneRun& run, const std::vector<PhonePoint>& points) {
  RunLoss loss;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PhoneSample& s = run.samples[i];
    if (s.temperature_c > 0)
      loss.squares_k += std::pow(points[i].temperature_c - s.temperature_c, 2);
    if (s.phase != RunPhase::prefill && s.phase != RunPhase::decode) continue;
    const double measured = run.on_gpu ? s.gpu_hz : s.gold_hz;
    if (!(measured > 0)) continue;
    const double predicted = run.on_gpu ? points[i].gpu_hz : points[i].gold_hz;
    loss.log_ratios += std::abs(std::log(predicted / measured));
    loss.predicted_hz += predicted;
    loss.measured_hz += measured;
    ++loss.clocks;
  }
  return loss;
}

/// Half of the RMS in K, and four times the mean logarithm of the clocks' ratios, of samples and of
/// means over a run each: 2 K weigh as much as 12 % of both.
double loss_of(const Soc& soc, std::span<const PhoneRun> runs) {
  const PhonePredictor predictor(soc);
  double squares = 0, samples = 0, logs = 0, clocks = 0, mean_logs = 0, means = 0;
  for (const PhoneRun& run : runs) {
    const RunLoss one = loss_of(run, predictor.run(run));
    squares += one.squares_k;
    samples += static_cast<double>(run.samples.size());
    if (one.clocks == 0) continue;
    logs += one.log_ratios;
    clocks += static_cast<double>(one.clocks);
    mean_logs += std::abs(std::log(one.predicted_hz / one.measured_hz));
    ++means;
  }
  return std::sqrt(squares / samples) / 2 +
         (means > 0 ? 4 * (logs / clocks + mean_logs / means) : 0);
}

}  // namespace

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
    return loss_of(soc, runs);
  };
  set(minimise(loss, std::vector<double>(kStart.begin(), kStart.end()), 0.2, 4, 700));
  return soc;
}

}  // namespace partita
