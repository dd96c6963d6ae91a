#include "sim/graph/channels.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita::channels {
namespace {

/// Kernels work on vectors of 4 or 8 channels; narrow sets would not survive being rounded to them.
std::int64_t granule(std::int64_t size) {
  if (size >= 64 && size % 8 == 0) return 8;
  return size >= 16 && size % 4 == 0 ? 4 : 1;
}

std::int64_t pruned(std::int64_t size, double ratio) {
  const std::int64_t g = granule(size);
  const double wanted = static_cast<double>(size) * (1 - ratio) / static_cast<double>(g);
  return std::max(g, g * static_cast<std::int64_t>(std::llround(wanted)));
}

}  // namespace

Runs Sets::add(std::int64_t size, bool frozen) {
  sets_.push_back({size, frozen, sets_.size(), 1, {}});
  return {{sets_.size() - 1, 1}};
}

std::size_t Sets::root(std::size_t set) const {
  while (sets_[set].same_as != set) set = sets_[set].same_as;
  return set;
}

void Sets::flatten(const Run& run, Runs& out) const {
  const std::size_t set = root(run.set);
  if (sets_[set].parts.empty()) out.push_back({set, run.times});
  for (const std::size_t part : sets_[set].parts) flatten({part, run.times}, out);
}

Runs Sets::flat(const Runs& runs) const {
  Runs out;
  for (const Run& run : runs) flatten(run, out);
  return out;
}

std::int64_t Sets::extent(const Runs& runs) const {
  std::int64_t sum = 0;
  for (const Run& run : runs) sum += sets_[root(run.set)].size * run.times;
  return sum;
}

void Sets::cut(std::size_t set, std::int64_t at) {
  const bool frozen = sets_[set].frozen;
  const std::size_t low = add(at, frozen).front().set;
  const std::size_t high = add(sets_[set].size - at, frozen).front().set;
  sets_[set].parts = {low, high};
}

bool Sets::cut(const Runs& runs, std::int64_t at) {
  std::int64_t begin = 0;
  for (const Run& run : flat(runs)) {
    const std::int64_t end = begin + sets_[run.set].size * run.times;
    if (at == begin || at == end) return true;
    if (at < end) {
      if ((at - begin) % run.times != 0) return false;
      cut(run.set, (at - begin) / run.times);
      return true;
    }
    begin = end;
  }
  return true;
}

Run Sets::take(Runs& stack) const {
  while (true) {
    const Run run{root(stack.back().set), stack.back().times};
    stack.pop_back();
    const auto& parts = sets_[run.set].parts;
    if (parts.empty()) return run;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
      stack.push_back({*part, run.times});
  }
}

void Sets::join(std::size_t a, std::size_t b) {
  if (a == b) return;
  if (sets_[a].joined < sets_[b].joined) std::swap(a, b);
  sets_[a].frozen = sets_[a].frozen || sets_[b].frozen;
  sets_[a].joined += sets_[b].joined;
  sets_[b].same_as = a;
}

void Sets::unite(const Runs& a, const Runs& b) {
  Runs left(a.rbegin(), a.rend()), right(b.rbegin(), b.rend());
  while (!left.empty() && !right.empty()) {
    Run x = take(left), y = take(right);
    const std::int64_t wide = sets_[x.set].size * x.times, other = sets_[y.set].size * y.times;
    if (wide == other) {
      if (x.times == y.times)
        join(x.set, y.set);
      else
        freeze({x, y});
      continue;
    }
    const Run& longer = wide > other ? x : y;
    if (std::min(wide, other) % longer.times != 0) {
      freeze(a);
      freeze(b);
      return;
    }
    cut(longer.set, std::min(wide, other) / longer.times);
    left.push_back(x);
    right.push_back(y);
  }
}

void Sets::freeze(const Runs& runs) {
  for (const Run& run : flat(runs)) sets_[run.set].frozen = true;
}

Runs Sets::part(const Runs& runs, std::int64_t begin, std::int64_t end) {
  if (!cut(runs, begin) || !cut(runs, end)) {
    freeze(runs);
    return add(end - begin, true);
  }
  Runs out;
  std::int64_t at = 0;
  for (const Run& run : flat(runs)) {
    if (at >= begin && at < end) out.push_back(run);
    at += sets_[run.set].size * run.times;
  }
  return out;
}

std::int64_t Sets::kept(const Runs& runs, double ratio) const {
  std::int64_t sum = 0;
  for (const Run& run : flat(runs)) {
    const Set& set = sets_[run.set];
    sum += run.times * (set.frozen ? set.size : pruned(set.size, ratio));
  }
  return sum;
}

}  // namespace partita::channels
