#include "validation/ai_hub_runs.h"

#include <algorithm>

#include <fmt/format.h>

#include "models/aihub.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, 17> kColumns{
    "model",      "component",       "precision",    "device",       "chipset",
    "soc",        "runtime",         "inference_ms", "primary_unit", "job_status",
    "job_id",     "peak_mem_min_mb", "layers_total", "layers_npu",   "layers_gpu",
    "layers_cpu", "peak_mem_max_mb"};
constexpr std::array<std::string_view, 5> kRuntimes{"qnn_dlc", "qnn_context_binary", "tflite",
                                                    "onnx", "precompiled_qnn_onnx"};

std::string optional_text(const Csv& csv, std::size_t row, std::string_view title) {
  return csv.has_column(title) ? csv.rows[row][csv.column(title)] : std::string();
}

double optional_number(const Csv& csv, std::size_t row, std::string_view title) {
  return optional_text(csv, row, title).empty() ? 0 : csv.number(row, csv.column(title));
}

std::optional<HubPrecision> precision_of(std::string_view text) {
  if (text == "float") return HubPrecision::fp16;
  if (text.substr(0, 4) == "w8a8") return HubPrecision::w8a8;
  if (text.substr(0, 5) == "w8a16") return HubPrecision::w8a16;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(HubPrecision precision) {
  constexpr std::array<std::string_view, kHubPrecisions> kNames{"fp16", "w8a8", "w8a16"};
  return kNames[static_cast<std::size_t>(precision)];
}

Precision weights_of(HubPrecision precision) {
  return precision == HubPrecision::fp16 ? Precision::fp16 : Precision::int8;
}

HubRuns read_hub_runs(const std::filesystem::path& path) {
  const Csv csv = read_csv(path);
  for (const std::string& title : csv.header)
    if (std::find(kColumns.begin(), kColumns.end(), title) == kColumns.end())
      throw_unknown(csv.name, "column", title, {kColumns.begin(), kColumns.end()});
  const std::size_t model = csv.column("model"), component = csv.column("component"),
                    precision = csv.column("precision"), soc = csv.column("soc"),
                    runtime = csv.column("runtime"), latency = csv.column("inference_ms");
  HubRuns result;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const std::vector<std::string>& row = csv.rows[i];
    const auto drop = [&](std::string_view why) { ++result.dropped[std::string(why)]; };
    const std::string unit = optional_text(csv, i, "primary_unit");
    const auto bits = precision_of(row[precision]);
    const AiHubNetwork* known = find_ai_hub(row[model], row[component]);
    if (row[latency].empty() || (!unit.empty() && unit != "NPU")) {
      drop("not on the NPU, or without a time");
    } else if (!bits ||
               std::find(kRuntimes.begin(), kRuntimes.end(), row[runtime]) == kRuntimes.end()) {
      drop("of a precision or runtime that no model is for");
    } else if (known == nullptr) {
      drop("without a graph in the zoo");
    } else {
      const double latency_s = csv.number(i, latency) * 1e-3;
      if (latency_s <= 0) csv.fail(i, latency, "must be positive");
      const double elsewhere =
          optional_number(csv, i, "layers_cpu") + optional_number(csv, i, "layers_gpu");
      result.runs.push_back(
          {std::string(known->network), row[soc], row[runtime], *bits, elsewhere > 0, latency_s});
    }
  }
  return result;
}

UnitTraits HubChipset::traits(HubPrecision precision) const {
  UnitTraits unit;
  unit.unit_kind = UnitKind::dsp;
  unit.macs_per_s = precision == HubPrecision::fp16 ? fp16_macs_per_s : int8_macs_per_s;
  unit.bytes_per_s = bytes_per_s;
  unit.dispatch_s = dispatch_s;
  unit.core = "Hexagon";
  return unit;
}

std::vector<HubChipset> read_hub_chipsets(const Catalog& catalog) {
  const Csv csv = read_csv(catalog.root() / "validation" / "ai-hub" / "chipsets.csv");
  const std::size_t name = csv.column("chipset"), silicon = csv.column("silicon"),
                    version = csv.column("htp"), fp16 = csv.column("fp16_tmacs"),
                    int8 = csv.column("int8_tmacs"), memory = csv.column("memory_gb_per_s"),
                    dispatch = csv.column("dispatch_us");
  std::vector<HubChipset> chipsets;
  for (std::size_t i = 0; i < csv.rows.size(); ++i)
    chipsets.push_back({csv.rows[i][name], csv.rows[i][silicon],
                        static_cast<int>(csv.number(i, version)), csv.number(i, fp16) * 1e12,
                        csv.number(i, int8) * 1e12, csv.number(i, memory) * 1e9,
                        csv.number(i, dispatch) * 1e-6});
  return chipsets;
}

}  // namespace partita
