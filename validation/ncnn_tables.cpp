#include "validation/ncnn_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <sstream>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

double positive(const Csv& csv, std::size_t row, std::size_t column) {
  const double value = csv.number(row, column);
  if (value <= 0) csv.fail(row, column, "must be positive");
  return value;
}

void check_columns(const Csv& csv, const std::vector<std::string>& known) {
  for (const std::string& name : csv.header)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw_unknown(csv.name + ":1", "column", name, known);
}

/// `mobilenet_ssd_int8` -> `mobilenet-ssd-int8`
std::string network_name(std::string text) {
  for (char& c : text)
    c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// `Snapdragon 855+` -> `snapdragon-855-plus`
std::string soc_file(const std::string& text) {
  std::string name;
  for (const char c : text) {
    if (c == '+')
      name += "-plus";
    else if (std::isalnum(static_cast<unsigned char>(c)))
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  return name;
}

NcnnCores cores_of(const Csv& csv, std::size_t row, std::size_t column) {
  const std::string& text = csv.rows[row][column];
  if (text == "big") return NcnnCores::big;
  if (text == "little") return NcnnCores::little;
  if (text != "all")
    throw_unknown(fmt::format("{}:{}: cores", csv.name, csv.lines[row]), "cores", text,
                  {"all", "big", "little"});
  return NcnnCores::all;
}

/// The highest in a text; 0: none.
double top_clock(const std::string& device) {
  static const std::regex kClock("([0-9]+(?:\\.[0-9]+)?)\\s*[Gg][Hh]z");
  double top = 0;
  for (std::sregex_iterator it(device.begin(), device.end(), kClock), end; it != end; ++it)
    top = std::max(top, std::stod((*it)[1]) * 1e9);
  return top;
}

/// GPUs that device texts name, GMAC/s in fp32 as commonly given.
double gpu_peak(const std::string& device) {
  static const std::map<std::string, double> kPeaks{
      {"Adreno 506", 65},  {"Adreno 509", 110}, {"Adreno 512", 128}, {"Adreno 530", 250},
      {"Adreno 540", 284}, {"Adreno 610", 136}, {"Adreno 612", 170}, {"Adreno 616", 180},
      {"Adreno 618", 212}, {"Adreno 619", 230}, {"Adreno 620", 230}, {"Adreno 630", 364},
      {"Adreno 640", 480}, {"Adreno 650", 600}, {"Adreno 660", 860}, {"Adreno 730", 1100},
      {"Adreno 740", 1700}};
  for (const auto& [name, peak] : kPeaks)
    if (device.find(name) != std::string::npos) return peak * 1e9;
  return 0;
}

void sort_clusters(NcnnSoc& soc) {
  std::stable_sort(soc.clusters.begin(), soc.clusters.end(),
                   [](const NcnnCluster& a, const NcnnCluster& b) { return a.peak() > b.peak(); });
}

/// "... (Cortex-A73 2.2GHz x 4 + Cortex-A53 1.8GHz x 2)", "Quad Core A76 2.4GHz + ..."
std::optional<NcnnSoc> soc_from_text(const std::string& name, std::string device) {
  device = std::regex_replace(device, std::regex("Kyro"), "Kryo");
  device = std::regex_replace(device, std::regex("Quad Core A"), "4 Cortex-A");
  static const std::regex kCores(
      "([^+(,]*?)@?\\s*([0-9]+(?:\\.[0-9]+)?)\\s*[Gg][Hh]z(?:\\s*[xX*]\\s*([0-9]+))?");
  NcnnSoc soc;
  soc.name = name;
  const CoreType* type = nullptr;
  for (std::sregex_iterator it(device.begin(), device.end(), kCores), end; it != end; ++it) {
    const std::string core = (*it)[1];
    const GpuFamily gpu = gpu_family(core);
    if (gpu == GpuFamily::adreno || gpu == GpuFamily::mali || gpu == GpuFamily::videocore) break;
    if (const CoreType* named = find_core_type(core)) type = named;
    if (!type) continue;
    const int count = (*it)[3].matched ? std::stoi((*it)[3]) : core.starts_with("4 ") ? 4 : 1;
    soc.clusters.push_back({type, std::stod((*it)[2]) * 1e9, count});
  }
  if (soc.clusters.empty()) return std::nullopt;
  // Memory of the core's time.
  const CoreType& fastest = *soc.clusters.front().core;
  soc.bytes_per_s = fastest.matrix ? 51e9 : fastest.dot && !fastest.in_order ? 30e9 : 12.8e9;
  sort_clusters(soc);
  soc.gpu_macs_per_s = gpu_peak(device);
  if (soc.gpu_macs_per_s > 0) soc.gpu = GpuFamily::adreno;
  return soc;
}

}  // namespace

std::vector<NcnnRow> read_ncnn_rows(const fs::path& path) {
  const Csv csv = read_csv(path);
  check_columns(
      csv, {"device", "soc", "unit", "cores", "num_threads", "powersave", "gpu_device", "model",
            "min_ms", "max_ms", "avg_ms", "quality_flag", "first_seen_in_readme"});
  const std::size_t device = csv.column("device"), soc = csv.column("soc"),
                    unit = csv.column("unit"), cores = csv.column("cores"),
                    threads = csv.column("num_threads"), model = csv.column("model"),
                    avg = csv.column("avg_ms"), date = csv.column("first_seen_in_readme");
  const bool flags = csv.has_column("quality_flag");
  std::vector<NcnnRow> rows;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const auto& text = csv.rows[i];
    NcnnRow row;
    row.device = text[device];
    row.soc = text[soc];
    row.network = network_name(text[model]);
    if (text[unit] != "CPU" && !text[unit].starts_with("GPU"))
      throw_unknown(fmt::format("{}:{}: unit", csv.name, csv.lines[i]), "unit", text[unit],
                    {"CPU", "GPU(Vulkan)"});
    row.gpu_run = text[unit] != "CPU";
    row.on_gpu = row.gpu_run && !row.network.ends_with("-int8");
    row.cores = cores_of(csv, i, cores);
    row.threads = static_cast<int>(positive(csv, i, threads));
    row.date = text[date];
    row.flagged = flags && !text[csv.column("quality_flag")].empty();
    row.latency_s = positive(csv, i, avg) * 1e-3;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<NcnnRow> read_ncnn_traces(const Catalog& catalog) {
  std::vector<NcnnRow> rows;
  for (const auto& entry : catalog.profiles()) {
    if (entry.runtime != "ncnn") continue;
    const Csv csv = read_csv(entry.folder / "networks.csv");
    const std::size_t network = csv.column("network"), latency = csv.column("latency_ms"),
                      board = csv.column("board"), version = csv.column("version"),
                      cores = csv.column("cores"), threads = csv.column("threads"),
                      vulkan = csv.column("vulkan"), tag = csv.column("tag");
    for (std::size_t i = 0; i < csv.rows.size(); ++i) {
      const auto& text = csv.rows[i];
      NcnnRow row;
      row.soc = entry.soc;
      row.device = text[board];
      row.network = text[network];
      row.gpu_run = csv.number(i, vulkan) != 0;
      row.on_gpu = row.gpu_run && entry.precision != "int8";
      row.cores = cores_of(csv, i, cores);
      row.threads = static_cast<int>(positive(csv, i, threads));
      row.date = text[version];
      row.flagged = !text[tag].empty();
      row.latency_s = positive(csv, i, latency) * 1e-3;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::optional<std::string> NcnnDevices::described(const std::string& soc) {
  const std::string file = soc_file(soc);
  const auto socs = catalog_.socs();
  if (std::find(socs.begin(), socs.end(), file) != socs.end()) return file;
  if (words_.empty())
    for (const std::string& name : socs)
      words_[name] = '-' + soc_file(name + ' ' + load_soc(catalog_.soc(name)).title) + '-';
  // The one whose name and title hold all its words: BCM2712, TX2, AGX Orin.
  std::optional<std::string> only;
  for (const auto& [name, words] : words_) {
    std::istringstream wanted(std::regex_replace(file, std::regex("-"), " "));
    std::string word;
    bool all = true;
    while (all && wanted >> word) all = words.find('-' + word + '-') != std::string::npos;
    if (!all) continue;
    if (only) return std::nullopt;
    only = name;
  }
  return only;
}

std::optional<NcnnSoc> NcnnDevices::find(const std::string& soc, const std::string& device) {
  const auto name = described(soc);
  if (!name) return soc_from_text(soc, device);
  NcnnSoc facts = ncnn_soc(load_soc(catalog_.soc(*name)));
  if (facts.clusters.empty() || !(facts.bytes_per_s > 0)) return soc_from_text(soc, device);
  const double said = top_clock(device);
  double top = 0;
  for (const NcnnCluster& c : facts.clusters) top = std::max(top, c.clock_hz);
  if (said > 0 && std::abs(said / top - 1) > 0.12)
    for (NcnnCluster& c : facts.clusters) c.clock_hz *= said / top;
  return facts;
}

}  // namespace partita
