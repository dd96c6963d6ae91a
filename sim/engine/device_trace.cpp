#include "sim/engine/device_trace.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace {

using Points = std::vector<Course::Point>;

/// What was recorded, by clock domain and hardware index.
class Recording {
 public:
  explicit Recording(const Soc& soc) : soc_(soc) {
    // Linux numbers the cores of phones from the little ones up.
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < soc.clusters.size(); ++c) order.push_back(c);
    const auto top_hz = [&](std::size_t c) {
      return soc.domain(soc.clusters[c].domain).opps.back().frequency_hz;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const Cluster &x = soc.clusters[a], &y = soc.clusters[b];
      const double cap_x = x.capacity_dmips_per_mhz * top_hz(a),
                   cap_y = y.capacity_dmips_per_mhz * top_hz(b);
      return cap_x > 0 && cap_y > 0 ? cap_x < cap_y : top_hz(a) < top_hz(b);
    });
    for (std::size_t c : order)
      for (int core = 0; core < soc.clusters[c].cores; ++core)
        domain_of_cpu_.push_back(index(soc.clusters[c].domain));
  }

  void clock(std::size_t domain, double at_s, double hz) { add(clocks_[domain], at_s, hz); }
  void cpu_clock(std::size_t cpu, double at_s, double hz) {
    if (cpu < domain_of_cpu_.size()) clock(domain_of_cpu_[cpu], at_s, hz);
  }
  void gpu_clock(double at_s, double hz) {
    for (const Unit& unit : soc_.units)
      if (unit.kind == UnitKind::gpu) clock(index(unit.domain), at_s, hz);
  }
  void load(std::size_t hardware, double at_s, double share) { add(loads_[hardware], at_s, share); }
  void ambient(double at_s, double celsius) { add(ambient_, at_s, celsius); }
  std::optional<std::size_t> domain(std::string_view name) const {
    for (std::size_t d = 0; d < soc_.domains.size(); ++d)
      if (soc_.domains[d].name == name) return d;
    return std::nullopt;
  }
  std::optional<std::size_t> hardware(std::string_view name) const {
    for (std::size_t c = 0; c < soc_.clusters.size(); ++c)
      if (soc_.clusters[c].name == name) return c;
    for (std::size_t u = 0; u < soc_.units.size(); ++u)
      if (soc_.units[u].name == name && soc_.units[u].kind != UnitKind::cpu)
        return hardware_index(soc_, make_id<UnitId>(u));
    return std::nullopt;
  }

  DeviceTrace finish(std::string_view format, const std::string& name) {
    DeviceTrace out;
    if (clocks_.empty() && loads_.empty() && ambient_.empty())
      throw InputError(fmt::format(
          "{}: no clock, load or ambient temperature of {} in it (its clock domains: {})", name,
          soc_.name, domain_names()));
    out.conditions = calm(soc_);
    out.conditions.title = "recorded: " + name;
    // The clock is the recorded one: the highest OPP up to it.
    out.conditions.governors_given = true;
    out.duration_s = last_s_ - first_s_;
    const auto course = [&](Points points) {
      for (Course::Point& p : points) p.at_s -= first_s_;
      const double begin = points.front().value;
      return Course(begin, std::move(points));
    };
    std::vector<std::string> found;
    for (const auto& [d, points] : clocks_) {
      out.conditions.cap_hz[d] = course(points);
      found.push_back("clock of " + soc_.domains[d].name);
    }
    for (const auto& [h, points] : loads_) {
      out.conditions.load[h] = course(points);
      found.push_back("load of " + (h < soc_.clusters.size()
                                        ? soc_.clusters[h].name
                                        : soc_.units[h - soc_.clusters.size()].name));
    }
    if (!ambient_.empty()) {
      out.conditions.ambient_c = course(ambient_);
      found.emplace_back("ambient temperature");
    }
    out.what = fmt::format("{}, {}: {}", name, format, join_choices(found));
    return out;
  }

 private:
  void add(Points& points, double at_s, double value) {
    first_s_ = std::min(first_s_, at_s);
    last_s_ = std::max(last_s_, at_s);
    if (!points.empty() && at_s <= points.back().at_s) {
      if (at_s == points.back().at_s) points.back().value = value;
      return;  // Traces merge per-core buffers; what comes late is older than what is known.
    }
    if (points.empty() || points.back().value != value) points.push_back({at_s, value});
  }

  std::string domain_names() const {
    std::vector<std::string> names;
    for (const Domain& domain : soc_.domains) names.push_back(domain.name);
    return join_choices(names);
  }

  const Soc& soc_;
  std::vector<std::size_t> domain_of_cpu_;
  std::map<std::size_t, Points> clocks_, loads_;
  Points ambient_;
  double first_s_ = std::numeric_limits<double>::infinity(), last_s_ = 0;
};

bool ends_with(std::string_view text, std::string_view tail) {
  return text.size() > tail.size() && text.substr(text.size() - tail.size()) == tail;
}

DeviceTrace from_csv(const std::string& text, const std::string& name, const Soc& soc) {
  const Csv table = parse_csv(text, name);
  Recording recording(soc);
  const std::size_t at = table.column("at_s");
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const std::string& title = table.header[c];
    const auto stem = [&](std::size_t tail) { return title.substr(0, title.size() - tail); };
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      if (ends_with(title, "_hz")) {
        if (const auto d = recording.domain(stem(3)))
          recording.clock(*d, table.number(row, at), table.number(row, c));
      } else if (ends_with(title, "_load")) {
        const auto h = recording.hardware(stem(5));
        if (!h) continue;
        const double share = table.number(row, c);
        if (share < 0 || share > 1) table.fail(row, c, "a load is between 0 and 1");
        recording.load(*h, table.number(row, at), share);
      } else if (title == "ambient_c") {
        recording.ambient(table.number(row, at), table.number(row, c));
      }
    }
  }
  return recording.finish("CSV", name);
}

void read_counter(const nlohmann::json& event, Recording& recording) {
  const std::string name = event.value("name", "");
  const auto args = event.find("args");
  if (args == event.end() || !args->is_object() || args->empty()) return;
  const auto first = args->begin();
  const auto value = args->contains("state")   ? args->find("state")
                     : args->contains("value") ? args->find("value")
                                               : first;
  if (!value->is_number()) return;
  const double at_s = event.value("ts", 0.0) * 1e-6, number = value->get<double>();
  if (name.rfind("clock ", 0) == 0) {
    if (const auto d = recording.domain(name.substr(6))) recording.clock(*d, at_s, number * 1e6);
  } else if (name.rfind("Cpu ", 0) == 0 && ends_with(name, " Frequency")) {
    recording.cpu_clock(static_cast<std::size_t>(std::atoi(name.c_str() + 4)), at_s, number * 1e3);
  } else if (name == "cpufreq" && args->contains("cpu") && (*args)["cpu"].is_number()) {
    recording.cpu_clock((*args)["cpu"].get<std::size_t>(), at_s, number * 1e3);
  } else if (name == "gpufreq") {
    recording.gpu_clock(at_s, number * 1e3);
  }
}

DeviceTrace from_json(const std::string& text, const std::string& name, const Soc& soc) {
  const auto root = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json* events = root.is_array() ? &root : nullptr;
  if (root.is_object() && root.contains("traceEvents")) events = &root["traceEvents"];
  if (root.is_discarded() || events == nullptr || !events->is_array())
    throw InputError(name + ": not a trace: no traceEvents in this JSON");
  Recording recording(soc);
  for (const auto& event : *events)
    if (event.is_object() && event.value("ph", nlohmann::json("")) == "C" &&
        event.value("ts", nlohmann::json(0)).is_number() &&
        event.value("name", nlohmann::json("")).is_string())
      read_counter(event, recording);
  return recording.finish("trace events", name);
}

/// The number after `key=`.
std::optional<double> field(std::string_view line, std::string_view key) {
  const auto at = line.find(fmt::format(" {}=", key));
  if (at == std::string_view::npos) return std::nullopt;
  const char* begin = line.data() + at + key.size() + 2;
  double value = 0;
  const auto [end, error] = std::from_chars(begin, line.data() + line.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// The time before ": EVENT:".
std::optional<double> stamp(std::string_view line, std::size_t event) {
  if (event < 2) return std::nullopt;
  std::size_t begin = event - 2;
  while (begin > 0 &&
         (std::isdigit(static_cast<unsigned char>(line[begin - 1])) || line[begin - 1] == '.'))
    --begin;
  double value = 0;
  const auto [end, error] = std::from_chars(line.data() + begin, line.data() + event - 2, value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

DeviceTrace from_ftrace(std::string_view text, const std::string& name, const Soc& soc) {
  Recording recording(soc);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    for (const std::string_view event : {"cpu_frequency:", "gpu_frequency:"}) {
      const auto at = line.find(event);
      if (at == std::string_view::npos) continue;
      const auto seconds = stamp(line, at), state = field(line, "state");
      if (!seconds || !state) continue;
      if (event[0] == 'g')
        recording.gpu_clock(*seconds, *state * 1e3);
      else if (const auto cpu = field(line, "cpu_id"))
        recording.cpu_clock(static_cast<std::size_t>(std::max(0.0, *cpu)), *seconds, *state * 1e3);
    }
  }
  return recording.finish("ftrace", name);
}

}  // namespace

DeviceTrace load_device_trace(const std::filesystem::path& path, const Soc& soc) {
  const std::string text = read_file(path);
  const std::string name = path.string();
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) throw InputError(name + ": is empty");
  if (text[first] == '{' || text[first] == '[') return from_json(text, name, soc);
  if (text.find("cpu_frequency:") != std::string::npos ||
      text.find("gpu_frequency:") != std::string::npos)
    return from_ftrace(text, name, soc);
  if (text.find('\0') != std::string::npos)
    throw InputError(name + ": a binary trace: `traceconv systrace` makes text of it");
  return from_csv(text, name, soc);
}

}  // namespace partita
