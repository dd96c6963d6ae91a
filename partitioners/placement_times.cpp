// The program's hand-overs, times, queues and objective.
#include <algorithm>
#include <bit>

#include "partitioners/placement_program.h"

namespace partita {
namespace {

std::vector<UnitId> units_of(const CostTable& costs) {
  std::vector<UnitId> units;
  for (const Mode& mode : costs.modes())
    if (std::find(units.begin(), units.end(), mode.unit) == units.end()) units.push_back(mode.unit);
  return units;
}

}  // namespace

void PlacementProgram::add_fetches() {
  const std::vector<UnitId> units = units_of(space_.costs());
  for (std::size_t f = 0; f < flows_.size(); ++f)
    for (std::size_t a = 0; a < space_.modes(); ++a)
      for (UnitId to : units)
        if (x_[flows_[f].host][a] >= 0 && unit(a) != to) add_fetch(f, a, to);
}

/// A tensor goes to a unit once, however many read it there: the first of them fetches it.
void PlacementProgram::add_fetch(std::size_t f, std::size_t a, UnitId to) {
  const Flow& flow = flows_[f];
  const std::size_t modes = space_.modes(), readers = flow.readers.size();
  std::vector<Linear> reads(readers);
  double eager_s = kInfinity, own_s = kInfinity, energy_j = kInfinity;
  for (std::size_t i = 0; i < readers; ++i)
    for (std::size_t b = 0; b < modes; ++b) {
      const HandOver& price = flow.price[i][a * modes + b];
      if (unit(b) != to || x_[flow.readers[i]][b] < 0 || price.latency_s == kInfinity) continue;
      reads[i].add(joint(flow.host, flow.readers[i], a, b));
      eager_s = std::min(eager_s, flow.eager_s[i][a * modes + b]);
      own_s = std::min(own_s, price.on_to_s);
      energy_j = std::min(energy_j, price.energy_j);
    }
  if (eager_s == kInfinity) return;
  Linear crosses = reads[0];
  if (readers > 1) {
    crosses = Linear{}.add(program_.variable(0, 1));
    for (const Linear& read : reads) program_.at_most(read, crosses);
  }
  (flow.input ? send_input_ : send_)[flow.host].add(crosses, eager_s * scale_);
  energy_.add(crosses, energy_j);
  for (std::uint64_t r = space_.unit(a).resources; r; r &= r - 1)
    on_resource_[std::countr_zero(r)].add(crosses, eager_s * scale_);
  for (std::uint64_t r = space_.costs().model().soc().unit(to).resources; r; r &= r - 1)
    on_resource_[std::countr_zero(r)].add(crosses, own_s * scale_);
  if (readers == 1 && own_s > 0) {
    fetch_[{f, flow.readers[0]}].add(reads[0], own_s * scale_);
    own_steps_[{f, flow.readers[0]}].add(reads[0]);
  }
  if (readers == 1 || !options_.queues) return;
  Linear sum;
  for (std::size_t i = 0; i < readers; ++i) {
    if (reads[i].terms.empty()) continue;
    const int fetches = program_.variable(0, 1);
    Linear others;
    for (std::size_t j = 0; j < readers; ++j) {
      const Linear earlier = first(flow.readers[j], flow.readers[i]);
      if (i == j || reads[j].terms.empty() || (earlier.terms.empty() && earlier.constant == 0))
        continue;
      const int there = program_.variable(0, 1);
      program_.at_most(Linear{}.add(there), reads[j]);
      program_.at_most(Linear{}.add(there), earlier);
      others.add(there);
    }
    program_.at_most(Linear{}.add(reads[i]).add(others, -1), Linear{}.add(fetches));
    sum.add(fetches);
    if (eager_s > 0) fetches_[{f, flow.readers[i]}].add(fetches);
    sends_[{f, flow.readers[i]}].add(fetches, eager_s * scale_);
    if (own_s <= 0) continue;
    fetch_[{f, flow.readers[i]}].add(fetches, own_s * scale_);
    own_steps_[{f, flow.readers[i]}].add(fetches);
  }
  program_.at_most(crosses, sum);
}

Linear PlacementProgram::end(std::size_t p) const {
  return Linear{}.add(start_[p]).add(work_[p]);
}

void PlacementProgram::add_times() {
  const double most = options_.worst_s * scale_ * (1 + 1e-6);
  makespan_ = program_.variable(0, most);
  for (std::size_t p = 0; p < space_.size(); ++p) {
    start_.push_back(program_.variable(0, most));
    begin_.push_back(program_.variable(0, most));
  }
  for (std::size_t p = 0; p < space_.size(); ++p) {
    Linear head = Linear{}.add(begin_[p]).add(load_[p]).add(send_input_[p]).add(wake_[p]);
    for (std::size_t f : in_flows_[p])
      if (fetch_.contains({f, p})) head.add(fetch_.at({f, p}));
    program_.at_most(head, Linear{}.add(start_[p]));
    program_.at_most(end(p).add(send_[p]), Linear{}.add(makespan_));
    add_waits(p);
  }
}

/// The maker's unit hands a tensor to one unit after another, in the order of those who fetch it.
Linear PlacementProgram::queued_sends(std::size_t f, std::size_t q) {
  Linear sum;
  if (!fetches_.contains({f, q})) return sum;
  for (std::size_t other : flows_[f].readers) {
    const Linear earlier = first(other, q);
    if (other == q || (earlier.terms.empty() && earlier.constant == 0)) continue;
    const auto sends = sends_.find({f, other});
    if (sends == sends_.end() || sends->second.terms.empty()) continue;
    double most = 0;
    for (const auto& term : sends->second.terms) most = std::max(most, term.second);
    const int waits = program_.variable(0, most);
    // All of it where `q` is the one to fetch, and comes later.
    Linear least = sends->second;
    least.constant -= 2 * most;
    least.add(fetches_.at({f, q}), most).add(earlier, most);
    program_.at_most(least, Linear{}.add(waits));
    sum.add(waits);
  }
  return sum;
}

/// `q` works when all it reads is there and it is awake. A tensor that it fetches holds up the
/// fetches that come after it in q's queue.
void PlacementProgram::add_waits(std::size_t q) {
  const std::size_t modes = space_.modes();
  Linear later;
  double longest = 0;
  for (std::size_t k = in_flows_[q].size(); k-- > 0;) {
    const std::size_t f = in_flows_[q][k];
    const Flow& flow = flows_[f];
    const auto i = static_cast<std::size_t>(std::find(flow.readers.begin(), flow.readers.end(), q) -
                                            flow.readers.begin());
    Linear ready =
        flow.input ? Linear{}.add(begin_[flow.host]).add(load_[flow.host]) : end(flow.host);
    for (std::size_t a = 0; a < modes; ++a)
      for (std::size_t b = 0; b < modes; ++b)
        if (const double wait_s = flow.price[i][a * modes + b].latency_s;
            wait_s > 0 && wait_s < kInfinity)
          ready.add(joint(flow.host, q, a, b), wait_s * scale_);
    ready.add(queued_sends(f, q)).add(wake_[q]);
    program_.at_most(ready, Linear{}.add(start_[q]));
    const auto fetch = fetch_.find({f, q});
    if (fetch == fetch_.end()) continue;
    if (longest > 0)
      program_.at_most(ready.add(later),
                       Linear{{}, longest}.add(own_steps_.at({f, q}), -longest).add(start_[q]));
    later.add(fetch->second);
    double most = 0;
    for (const auto& term : fetch->second.terms) most = std::max(most, term.second);
    longest += most;
  }
}

/// Siblings on different units have an order, but no times that keep it free of circles.
void PlacementProgram::add_ranks() {
  if (std::none_of(bits_.begin(), bits_.end(), [](const Bit& bit) { return bit.siblings; })) return;
  const auto n = static_cast<double>(space_.size());
  for (std::size_t p = 0; p < space_.size(); ++p) rank_.push_back(program_.variable(0, n));
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t q = p + 1; q < space_.size(); ++q)
      if (reaches_[p][q]) program_.at_most(Linear{{}, 1}.add(rank_[p]), Linear{}.add(rank_[q]));
  for (const Bit& bit : bits_) {
    if (!bit.siblings) continue;
    for (const auto& [a, b] : {std::pair{bit.first, bit.second}, {bit.second, bit.first}})
      program_.at_most(Linear{{}, 1 - n - 1}.add(rank_[a]).add(first(a, b), n + 1),
                       Linear{}.add(rank_[b]));
  }
}

void PlacementProgram::add_queues() {
  add_ranks();
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t q = p + 1; q < space_.size(); ++q) {
      if (reaches_[p][q]) {
        const auto& inputs = in_flows_[q];
        const bool direct = std::any_of(inputs.begin(), inputs.end(), [&](std::size_t f) {
          return flows_[f].host == p && !flows_[f].input;
        });
        std::size_t readers = 0;
        for (std::size_t f : out_flows_[p]) readers += flows_[f].readers.size();
        // Otherwise waiting for what it reads implies it.
        if (!feeds_[p][q] || !load_[q].terms.empty() ||
            (direct && (readers > 1 || inputs.size() > 1)))
          add_queue(p, q, first(p, q));
        continue;
      }
      add_queue(p, q, first(p, q));
      const Linear q_first = first(q, p);
      if (!q_first.terms.empty()) add_queue(q, p, q_first);
    }
  // Where the order makes no difference it is the graph's.
  for (const Bit& bit : bits_) {
    if (bit.siblings) continue;
    Linear share;
    for (int r = 0; r < 64; ++r) {
      const Linear p = on(bit.first, std::uint64_t{1} << r),
                   q = on(bit.second, std::uint64_t{1} << r);
      if (p.terms.empty() || q.terms.empty()) continue;
      const int both = program_.variable(0, 1);
      program_.at_most(Linear{}.add(both), p);
      program_.at_most(Linear{}.add(both), q);
      share.add(both);
    }
    program_.at_most(first(bit.second, bit.first), share);
  }
}

/// On a resource that both use, q's block begins when p's has ended, if p comes first.
void PlacementProgram::add_queue(std::size_t p, std::size_t q, const Linear& p_first) {
  const double large = options_.worst_s * scale_ * (1 + 1e-6);
  for (int r = 0; r < 64; ++r) {
    const std::uint64_t resource = std::uint64_t{1} << r;
    const Linear p_on = on(p, resource), q_on = on(q, resource);
    if (p_on.terms.empty() || q_on.terms.empty()) continue;
    Linear slack{{}, 3 * large};
    slack.add(p_first, -large).add(p_on, -large).add(q_on, -large);
    program_.at_most(end(p).add(send_[p]), slack.add(begin_[q]));
    if (rank_.empty() || reaches_[p][q]) continue;
    const double n = static_cast<double>(space_.size()) + 1;
    Linear room{{}, 3 * n - 1};
    room.add(p_first, -n).add(p_on, -n).add(q_on, -n);
    program_.at_most(Linear{}.add(rank_[p]), room.add(rank_[q]));
  }
}

/// No resource works longer than the whole takes.
void PlacementProgram::add_loads() {
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      if (x_[p][m] < 0) continue;
      const double work_s = space_.latency_s(p, m);
      for (std::uint64_t r = space_.unit(m).resources; r; r &= r - 1)
        on_resource_[std::countr_zero(r)].add(x_[p][m], work_s * scale_);
    }
  for (const Linear& busy : on_resource_)
    if (!busy.terms.empty()) program_.at_most(busy, Linear{}.add(makespan_));
}

/// Between the end of a fork and the start of a join, no resource works longer than that takes:
/// what makes the relaxation of branches nearly tight.
void PlacementProgram::add_stretches() {
  const std::size_t n = space_.size();
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t readers = 0;
    for (std::size_t f : out_flows_[p]) readers += flows_[f].readers.size();
    if (readers < 2) continue;
    for (std::size_t q = p + 1; q < n; ++q) {
      if (!feeds_[p][q] || in_flows_[q].size() < 2) continue;
      std::map<std::size_t, Linear> busy;  ///< By resource.
      for (std::size_t o = p + 1; o < q; ++o)
        for (std::size_t m = 0; m < space_.modes() && feeds_[p][o] && feeds_[o][q]; ++m)
          if (x_[o][m] >= 0)
            for (std::uint64_t r = space_.unit(m).resources; r; r &= r - 1)
              busy[static_cast<std::size_t>(std::countr_zero(r))].add(
                  x_[o][m], (space_.latency_s(o, m) - load_s(o, m)) * scale_);
      for (const auto& [resource, work] : busy)
        program_.at_most(end(p).add(work), Linear{}.add(start_[q]));
    }
  }
}

void PlacementProgram::add_objective() {
  if (options_.objective == Objective::latency) {
    objective_ = Linear{}.add(makespan_);
  } else {
    const double scale = objective_scale();
    objective_ =
        Linear{}.add(energy_, scale).add(makespan_, space_.base_power_w() / scale_ * scale);
  }
  program_.minimise(objective_);
}

}  // namespace partita
