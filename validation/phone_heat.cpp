#include "validation/phone_heat.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/engine/throttle.h"
#include "validation/phone_parts.h"

namespace partita {
namespace {

/// Where in its interval the phone is when a run begins is not known: half of it, a little less for
/// the time to start.
constexpr double kFirstPoll = 4.5;
/// Clock that a lone thread beside the GPU is taken to run at.
constexpr double kHostHz = 2.4e9;

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
        throttle_.poll(poll - run_.samples.front().t_s + kPhonePoll, heat_.temperatures(), idle_);
        now = poll;
        poll += kPhonePoll;
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

}  // namespace

PhonePredictor::PhonePredictor(const Soc& soc)
    : soc_(soc), phone_(soc), network_(*soc.thermal), power_w_(power_tables(soc, phone_)) {}

std::vector<PhonePoint> PhonePredictor::run(const PhoneRun& run) const {
  return Runner(soc_, phone_, network_, power_w_, run).all();
}

std::vector<PhonePoint> predict_run(const Soc& soc, const PhoneRun& run) {
  if (!soc.thermal) throw InputError(soc.name + ": has no section thermal");
  return PhonePredictor(soc).run(run);
}

}  // namespace partita
