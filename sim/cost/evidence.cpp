#include "sim/cost/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/base/files.h"
#include "sim/base/yaml.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

/// A column that may be missing, or empty in a row.
class Optional {
 public:
  Optional(const Csv& csv, std::string_view title) : csv_(&csv) {
    if (csv.has_column(title)) at_ = csv.column(title);
  }
  std::string text(std::size_t row) const { return at_ ? csv_->rows[row][*at_] : std::string(); }
  std::optional<double> number(std::size_t row) const {
    if (!at_ || csv_->rows[row][*at_].empty()) return std::nullopt;
    return csv_->number(row, *at_);
  }

 private:
  const Csv* csv_;
  std::optional<std::size_t> at_;
};

double positive(const Csv& csv, std::size_t row, std::size_t column) {
  const double value = csv.number(row, column);
  if (value <= 0) csv.fail(row, column, "must be positive");
  return value;
}

double scaled(const std::optional<double>& value, double by) {
  return value ? *value * by : 0;
}

std::optional<double> scaled_if(const std::optional<double>& value, double by) {
  return value ? std::optional(*value * by) : std::nullopt;
}

OpKind kind_of(const Csv& csv, std::size_t row, std::size_t column) {
  const auto names = op_kind_names();
  const auto found = std::find(names.begin(), names.end(), csv.rows[row][column]);
  if (found == names.end())
    throw_unknown(fmt::format("{}:{}: kind", csv.name, csv.lines[row]), "operator kind",
                  csv.rows[row][column], names);
  return static_cast<OpKind>(found - names.begin());
}

}  // namespace

void count_kernel(KernelWork& w) {
  const double pixels = w.out_pixels(), window = w.kernel_h * w.kernel_w;
  w.input_elements = w.in_channels * w.in_height * w.in_width;
  w.output_elements = w.out_channels * pixels;
  w.macs = w.simple_ops = w.weight_elements = 0;
  switch (w.operation) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
      w.macs = w.output_elements * window * w.in_channels / w.groups;
      w.weight_elements = w.out_channels * (window * w.in_channels / w.groups + 1);
      break;
    case OpKind::deconv:
      w.macs = w.input_elements * window * w.out_channels / w.groups;
      w.weight_elements = w.out_channels * (window * w.in_channels / w.groups + 1);
      break;
    case OpKind::fully_connected:
    case OpKind::matmul:
      w.macs = w.output_elements * w.in_channels;
      if (w.operation == OpKind::fully_connected)
        w.weight_elements = w.out_channels * (w.in_channels + 1);
      break;
    case OpKind::pool:
      w.simple_ops = w.output_elements * window;
      break;
    case OpKind::concat:
    case OpKind::slice:
    case OpKind::reshape:
    case OpKind::permute:
      break;
    default:
      w.simple_ops = std::max(w.input_elements, w.output_elements);
  }
}

std::vector<OperatorRow> read_operator_rows(const fs::path& path, Precision precision) {
  const Csv csv = read_csv(path);
  const std::size_t network = csv.column("network"), name = csv.column("operator"),
                    kind = csv.column("kind"), unit = csv.column("unit"),
                    latency = csv.column("latency_us");
  const Optional function(csv, "function"), sd(csv, "sd_us"), tag(csv, "tag"),
      padded(csv, "padded"), inputs(csv, "inputs"), fused(csv, "fused"),
      fused_elements(csv, "fused_elements");
  struct Extent {
    std::size_t column;
    double KernelWork::*field;
  };
  const std::array<Extent, 12> extents{{{csv.column("in_channels"), &KernelWork::in_channels},
                                        {csv.column("in_height"), &KernelWork::in_height},
                                        {csv.column("in_width"), &KernelWork::in_width},
                                        {csv.column("out_channels"), &KernelWork::out_channels},
                                        {csv.column("out_height"), &KernelWork::out_height},
                                        {csv.column("out_width"), &KernelWork::out_width},
                                        {csv.column("kernel_h"), &KernelWork::kernel_h},
                                        {csv.column("kernel_w"), &KernelWork::kernel_w},
                                        {csv.column("stride_h"), &KernelWork::stride_h},
                                        {csv.column("stride_w"), &KernelWork::stride_w},
                                        {csv.column("dilation"), &KernelWork::dilation},
                                        {csv.column("groups"), &KernelWork::groups}}};
  std::vector<OperatorRow> rows(csv.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    OperatorRow& row = rows[i];
    row.network = csv.rows[i][network];
    row.name = csv.rows[i][name];
    row.unit = csv.rows[i][unit];
    row.tag = tag.text(i);
    row.line = csv.lines[i];
    row.latency_s = positive(csv, i, latency) * 1e-6;
    row.sd_s = scaled_if(sd.number(i), 1e-6);
    row.work.operation = kind_of(csv, i, kind);
    row.work.function = function.text(i);
    row.work.precision = precision;
    for (const Extent& e : extents) row.work.*e.field = positive(csv, i, e.column);
    row.work.padded = scaled(padded.number(i), 1) > 0;
    row.work.inputs = static_cast<int>(inputs.number(i).value_or(1));
    row.work.fused = static_cast<int>(scaled(fused.number(i), 1));
    row.work.fused_elements = scaled(fused_elements.number(i), 1);
    count_kernel(row.work);
  }
  return rows;
}

std::vector<NetworkRow> read_network_rows(const fs::path& path) {
  const Csv csv = read_csv(path);
  const std::size_t network = csv.column("network"), unit = csv.column("unit"),
                    latency = csv.column("latency_ms");
  const Optional sd(csv, "sd_ms"), board(csv, "board"), version(csv, "version"), tag(csv, "tag"),
      unlike(csv, "unlike"), gmacs(csv, "gmacs"), weights(csv, "weights_m");
  std::vector<NetworkRow> rows(csv.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    NetworkRow& row = rows[i];
    row.network = csv.rows[i][network];
    row.unit = csv.rows[i][unit];
    row.board = board.text(i);
    row.version = version.text(i);
    row.tag = tag.text(i);
    row.unlike = unlike.text(i);
    row.line = csv.lines[i];
    row.latency_s = positive(csv, i, latency) * 1e-3;
    row.sd_s = scaled_if(sd.number(i), 1e-3);
    row.macs = scaled_if(gmacs.number(i), 1e9);
    row.weights = scaled_if(weights.number(i), 1e6);
  }
  return rows;
}

Evidence load_evidence(const fs::path& folder) {
  const Yaml meta = Yaml::load_file(folder / "meta.yaml");
  Evidence e;
  e.folder = folder;
  e.runtime = meta.at("runtime").text();
  e.version = meta.at("version").text();
  e.precision = static_cast<Precision>(meta.at("precision").choice("precision", precision_names()));
  e.device = meta.at("device").text();
  for (const char* key : {"threads", "method", "known"}) meta.at(key).text();
  e.date = meta.at("date").text();
  e.source = meta.at("source").text();
  e.commit = meta.at("commit").text();
  e.licence = meta.at("licence").text();
  meta.done();
  if (fs::exists(folder / "operators.csv"))
    e.operators = read_operator_rows(folder / "operators.csv", e.precision);
  if (fs::exists(folder / "networks.csv")) e.networks = read_network_rows(folder / "networks.csv");
  if (e.operators.empty() && e.networks.empty())
    throw InputError(
        fmt::format("{}: no rows; known tables: operators.csv, networks.csv", folder.string()));
  return e;
}

Unit unit_by_spec(const Soc& soc, std::string_view spec, std::string_view where) {
  if (const auto id = soc.find_unit(spec)) return soc.unit(*id);
  Unit unit;
  unit.name = std::string(spec);
  std::vector<std::string> known = soc.unit_names();
  for (const Cluster& c : soc.clusters) known.push_back(c.name + ":N");
  std::size_t begin = 0;
  while (begin < spec.size()) {
    const std::size_t end = std::min(spec.find(' ', begin), spec.size());
    const std::string_view part = spec.substr(begin, end - begin);
    const std::size_t colon = part.find(':');
    const auto cluster =
        std::find_if(soc.clusters.begin(), soc.clusters.end(), [&](const Cluster& c) {
          return colon != std::string_view::npos && c.name == part.substr(0, colon);
        });
    int threads = 0;
    const bool counted =
        colon != std::string_view::npos &&
        std::from_chars(part.data() + colon + 1, part.data() + part.size(), threads).ptr ==
            part.data() + part.size();
    if (cluster == soc.clusters.end() || !counted || threads < 1 || threads > cluster->cores)
      throw_unknown(where, "unit or cores of " + soc.name, spec, known);
    unit.cores.push_back({static_cast<int>(cluster - soc.clusters.begin()), threads});
    begin = end + 1;
  }
  if (unit.cores.empty()) throw_unknown(where, "unit or cores of " + soc.name, spec, known);
  unit.domain = soc.clusters[static_cast<std::size_t>(unit.cores.front().cluster)].domain;
  // As much of the bus as the described unit that holds the first of these clusters can draw.
  for (const Unit& u : soc.units)
    for (const CoreUse& use : u.cores)
      if (use.cluster == unit.cores.front().cluster &&
          (unit.memory_bandwidth_bytes_per_s == 0 || u.cores.size() == unit.cores.size())) {
        unit.memory_bandwidth_bytes_per_s = u.memory_bandwidth_bytes_per_s;
        unit.dispatch_s = u.dispatch_s;
      }
  return unit;
}

UnitTraits traits_of(const Soc& soc, const Unit& unit, Precision precision) {
  return traits_of(soc, unit, soc.top_opp(unit.domain),
                   unit.host_domain ? soc.top_opp(*unit.host_domain) : -1, precision);
}

}  // namespace partita
