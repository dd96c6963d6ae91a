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
  std::vector<std::uint32_t> position(n), last;  // `last`: of the request before.
  for (int r = 0; r < requests; ++r) {
    std::vector<std::uint32_t> ends;
    for (std::size_t i = 0; i < n; ++i) {
      if (one[i].once && r > 0) continue;
      Draft draft = one[i];
      draft.task.request = r;
      if (r > 0) std::erase_if(draft.after, [&](std::uint32_t a) { return one[a].once; });
      for (std::uint32_t& a : draft.after) a = position[a];
      if (draft.after.empty()) draft.after = last;
      position[i] = static_cast<std::uint32_t>(out.size());
      if (!read[i]) ends.push_back(position[i]);
      out.push_back(std::move(draft));
    }
    last = std::move(ends);
  }
  return out;
}

/// The same tasks for every request; on a free resource the oldest ready request goes first.
std::vector<Draft> interleave(const std::vector<Draft>& one, int requests) {
  const std::size_t n = one.size(), total = n * static_cast<std::size_t>(requests);
  // What happens once happens in the first request; the others wait for it too.
  std::size_t left = total;
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
    if (t >= n && one[t % n].once) {
      --left;
      continue;
    }
    if (missing[t] == 0) ready[one[t % n].task.resources].push(static_cast<std::uint32_t>(t));
  }
  std::uint64_t busy = 0;
  std::int64_t now = 0;
  std::vector<std::uint32_t> position(total);
  std::vector<Draft> out;
  out.reserve(left);
  while (out.size() < left) {
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
      for (std::uint32_t& a : draft.after) a = position[one[a].once ? a : t / n * n + a];
      position[t] = static_cast<std::uint32_t>(out.size());
      running.emplace(now + draft.task.duration_ps, t);
      out.push_back(std::move(draft));
    }
    if (running.empty()) break;
    const auto [finish, t] = running.top();
    running.pop();
    now = finish;
    busy &= ~one[t % n].task.resources;
    const std::size_t of = t / n, waiting = one[t % n].once ? requests : of + 1;
    for (std::size_t request = of; request < waiting; ++request)
      for (std::uint32_t r : readers[t % n]) {
        const std::size_t reader = request * n + r;
        if (--missing[reader] == 0)
          ready[one[r].task.resources].push(static_cast<std::uint32_t>(reader));
      }
  }
  if (out.size() != left) throw std::logic_error("interleave: tasks left over");
  return out;
}

}  // namespace partita::lowering
