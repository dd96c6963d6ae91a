// One request's tasks to those of several.
#include <functional>
#include <map>
#include <queue>
#include <stdexcept>

#include "sim/plan/lowering.h"

namespace partita::lowering {

/// The same tasks for every request, each after the one before has ended.
std::vector<Draft> one_by_one(const std::vector<Draft>& one, int requests) {
  const std::size_t n = one.size();
  std::vector<bool> read(n, false);
  for (const Draft& draft : one)
    for (std::uint32_t a : draft.after) read[a] = true;
  std::vector<Draft> out;
  for (int r = 0; r < requests; ++r) {
    const auto first = static_cast<std::uint32_t>(out.size());
    for (Draft draft : one) {
      draft.task.request = r;
      for (std::uint32_t& a : draft.after) a += first;
      if (draft.after.empty() && r > 0)
        for (std::size_t i = 0; i < n; ++i)
          if (!read[i]) draft.after.push_back(static_cast<std::uint32_t>(first - n + i));
      out.push_back(std::move(draft));
    }
  }
  return out;
}

/// The same tasks for every request; on a free resource the oldest ready request goes first.
std::vector<Draft> interleave(const std::vector<Draft>& one, int requests) {
  const std::size_t n = one.size(), total = n * static_cast<std::size_t>(requests);
  std::vector<std::vector<std::uint32_t>> readers(n);
  std::vector<std::uint32_t> missing(total);
  for (std::size_t i = 0; i < n; ++i)
    for (std::uint32_t a : one[i].after) readers[a].push_back(static_cast<std::uint32_t>(i));
  using Finish = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<Finish, std::vector<Finish>, std::greater<>> running;
  // Ready tasks by the resources they need: few distinct sets, so the scan per event is short.
  std::map<std::uint64_t,
           std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>>>
      ready;
  for (std::size_t t = 0; t < total; ++t) {
    missing[t] = static_cast<std::uint32_t>(one[t % n].after.size());
    if (missing[t] == 0) ready[one[t % n].task.resources].push(static_cast<std::uint32_t>(t));
  }
  std::uint64_t busy = 0;
  std::int64_t now = 0;
  std::vector<std::uint32_t> position(total);
  std::vector<Draft> out;
  out.reserve(total);
  while (out.size() < total) {
    for (;;) {
      auto best = ready.end();
      for (auto it = ready.begin(); it != ready.end(); ++it)
        if (!it->second.empty() && !(it->first & busy) &&
            (best == ready.end() || it->second.top() < best->second.top()))
          best = it;
      if (best == ready.end()) break;
      const std::uint32_t t = best->second.top();
      best->second.pop();
      busy |= best->first;
      Draft draft = one[t % n];
      draft.task.request = static_cast<std::int32_t>(t / n);
      for (std::uint32_t& a : draft.after) a = position[t / n * n + a];
      position[t] = static_cast<std::uint32_t>(out.size());
      running.emplace(now + draft.task.duration_ps, t);
      out.push_back(std::move(draft));
    }
    if (running.empty()) break;
    const auto [finish, t] = running.top();
    running.pop();
    now = finish;
    busy &= ~one[t % n].task.resources;
    for (std::uint32_t r : readers[t % n]) {
      const std::size_t reader = t / n * n + r;
      if (--missing[reader] == 0)
        ready[one[r].task.resources].push(static_cast<std::uint32_t>(reader));
    }
  }
  if (out.size() != total) throw std::logic_error("interleave: tasks left over");
  return out;
}

}  // namespace partita::lowering
