#include "sim/engine/workload.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, 7> kKinds{"once",     "periodic", "poisson", "bursty",
                                                 "recorded", "closed",   "follows"};
constexpr std::size_t kMostStreams = 1000;

double positive(const Yaml& node, Dimension dimension) {
  const double value = node.quantity(dimension);
  if (!(value > 0)) node.fail("must be greater than zero");
  return value;
}

std::vector<double> read_times(const Yaml& node, const std::filesystem::path& folder) {
  std::vector<double> times;
  if (node.is_sequence()) {
    for (const Yaml& item : node.items()) times.push_back(item.quantity(Dimension::time));
  } else {
    const Csv table = read_csv(folder / node.text());
    const auto at = table.column("at_s");
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      times.push_back(table.number(row, at));
  }
  if (times.empty()) node.fail("at least one time is expected");
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] < 0 || (i > 0 && times[i] < times[i - 1])) node.fail("times must ascend from 0 s");
  return times;
}

/// Exactly one of `every`, `poisson`, `burst`, `times`, `clients`, `after`; none: once.
Arrivals read_arrivals(const Yaml& node, const std::vector<std::string>& streams,
                       const std::filesystem::path& folder) {
  Arrivals out;
  int ways = 0;
  if (const auto every = node.find("every")) {
    out.kind = ArrivalKind::periodic;
    out.period_s = positive(*every, Dimension::time);
    if (const auto jitter = node.find("jitter")) out.jitter_s = jitter->quantity(Dimension::time);
    ++ways;
  }
  if (const auto rate = node.find("poisson")) {
    out.kind = ArrivalKind::poisson;
    out.rate_per_s = positive(*rate, Dimension::frequency);
    ++ways;
  }
  if (const auto burst = node.find("burst")) {
    out.kind = ArrivalKind::bursty;
    out.period_s = positive(burst->at("every"), Dimension::time);
    out.on_s = positive(burst->at("for"), Dimension::time);
    out.off_s = positive(burst->at("pause"), Dimension::time);
    burst->done();
    ++ways;
  }
  if (const auto times = node.find("times")) {
    out.kind = ArrivalKind::recorded;
    out.times_s = read_times(*times, folder);
    ++ways;
  }
  if (const auto clients = node.find("clients")) {
    out.kind = ArrivalKind::closed;
    out.clients = static_cast<int>(clients->integer(1, 10'000));
    if (const auto think = node.find("think")) out.think_s = think->quantity(Dimension::time);
    ++ways;
  }
  if (const auto after = node.find("after")) {
    out.kind = ArrivalKind::follows;
    out.after = static_cast<int>(after->at("stream").choice("stream", streams));
    if (const auto p = after->find("probability"))
      out.probability = p->quantity(Dimension::fraction);
    if (const auto repeat = after->find("repeat"))
      out.repeat = static_cast<int>(repeat->integer(1, 1'000'000));
    after->done();
    ++ways;
  }
  if (const auto offset = node.find("offset")) out.offset_s = offset->quantity(Dimension::time);
  node.done();
  if (ways > 1) node.fail("one way to arrive: every, poisson, burst, times, clients or after");
  return out;
}

Stream read_stream(const std::string& name, const Yaml& node,
                   const std::vector<std::string>& streams, const std::filesystem::path& folder) {
  Stream out;
  out.name = name;
  out.model = node.at("model").text();
  if (const auto partitioner = node.find("partitioner")) out.partitioner = partitioner->text();
  if (const auto arrivals = node.find("arrivals"))
    out.arrivals = read_arrivals(*arrivals, streams, folder);
  if (const auto deadline = node.find("deadline"))
    out.deadline_s = positive(*deadline, Dimension::time);
  if (const auto priority = node.find("priority"))
    out.priority = static_cast<int>(priority->integer(-100, 100));
  if (const auto batch = node.find("batch"))
    out.batch = static_cast<int>(batch->integer(1, 100'000));
  if (const auto waiting = node.find("most_waiting"))
    out.most_waiting = static_cast<int>(waiting->integer(0, 1'000'000));
  node.done();
  return out;
}

/// A stream must not wait for its own answers.
void check_no_circle(const Workload& workload, const Yaml& node) {
  for (std::size_t s = 0; s < workload.streams.size(); ++s) {
    int at = static_cast<int>(s);
    for (std::size_t steps = 0; at >= 0; ++steps) {
      if (steps > workload.streams.size())
        node.fail(fmt::format("{} follows itself", workload.streams[s].name));
      at = workload.streams[static_cast<std::size_t>(at)].arrivals.after;
    }
  }
}

Workload read_workload(const Yaml& root, const std::filesystem::path& folder) {
  Workload out;
  out.title = root.at("title").text();
  out.duration_s = positive(root.at("duration"), Dimension::time);
  const Yaml streams = root.at("streams");
  const auto entries = streams.entries();
  if (entries.empty() || entries.size() > kMostStreams)
    streams.fail(fmt::format("between 1 and {} streams are expected", kMostStreams));
  std::vector<std::string> names;
  for (const auto& [name, node] : entries) names.push_back(name);
  for (const auto& [name, node] : entries)
    out.streams.push_back(read_stream(name, node, names, folder));
  root.done();
  check_no_circle(out, streams);
  return out;
}

}  // namespace

std::string_view to_string(ArrivalKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

Workload load_workload(const std::filesystem::path& path) {
  return read_workload(Yaml::load_file(path), path.parent_path());
}

Workload parse_workload(std::string_view yaml, std::string name,
                        const std::filesystem::path& folder) {
  return read_workload(Yaml::load_text(yaml, std::move(name)), folder);
}

Workload single_stream(std::string model, double duration_s) {
  Stream stream;
  stream.name = model;
  stream.model = std::move(model);
  stream.arrivals.kind = ArrivalKind::closed;
  return {"one request after another", duration_s, {std::move(stream)}};
}

ArrivalSource::ArrivalSource(const Arrivals& arrivals, std::uint64_t seed)
    : arrivals_(arrivals), random_(seed), last_s_(arrivals.offset_s) {}

/// In (0, 1], from the generator's bits alone: the library's distributions differ by platform.
double ArrivalSource::uniform() {
  return (static_cast<double>(random_() >> 11) + 1) * 0x1p-53;
}

double ArrivalSource::next_s() {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(count_++);
  switch (arrivals_.kind) {
    case ArrivalKind::once:
      return n < 1 ? arrivals_.offset_s : kNone;
    case ArrivalKind::periodic: {
      const double late = arrivals_.jitter_s > 0 ? arrivals_.jitter_s * uniform() : 0;
      last_s_ = std::max(last_s_, arrivals_.offset_s + n * arrivals_.period_s + late);
      return last_s_;
    }
    case ArrivalKind::poisson:
      last_s_ += -std::log(uniform()) / arrivals_.rate_per_s;
      return last_s_;
    case ArrivalKind::bursty: {
      const double each = std::max(1.0, std::ceil(arrivals_.on_s / arrivals_.period_s - 1e-9));
      const double burst = std::floor(n / each);
      return arrivals_.offset_s + burst * (arrivals_.on_s + arrivals_.off_s) +
             (n - burst * each) * arrivals_.period_s;
    }
    case ArrivalKind::recorded:
      return count_ <= arrivals_.times_s.size() ? arrivals_.offset_s + arrivals_.times_s[count_ - 1]
                                                : kNone;
    case ArrivalKind::closed:
      return n < arrivals_.clients ? arrivals_.offset_s : kNone;
    case ArrivalKind::follows:
      return kNone;
  }
  return kNone;
}

}  // namespace partita
