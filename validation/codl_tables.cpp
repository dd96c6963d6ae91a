#include "validation/codl_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, kCodlColumns> kNames{
    "mulayer_like", "mace_cpu",    "mace_gpu",      "codl_buffer", "codl_image",
    "ideal",        "height_only", "channels_only", "no_chain"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNetworks{
    {{"RF", "codl_retinaface"},
     {"YOLO", "codl_yolov2"},
     {"VGG", "codl_vgg16"},
     {"PN", "codl_posenet"},
     {"FST", "codl_style"}}};

/// SD855 is snapdragon-855, KIRIN990 kirin-990.
std::string soc_name(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [short_name, name] :
       {std::pair<std::string_view, std::string_view>{"sd", "snapdragon-"}, {"kirin", "kirin-"}})
    if (text.starts_with(short_name) && text.size() > short_name.size() &&
        std::isdigit(static_cast<unsigned char>(text[short_name.size()])))
      return std::string(name) + text.substr(short_name.size());
  return text;
}

std::string network_name(const Csv& csv, std::size_t row, std::size_t column) {
  const std::string& text = csv.rows[row][column];
  std::vector<std::string> known;
  for (const auto& [short_name, name] : kNetworks) {
    if (text == short_name || text == name) return std::string(name);
    known.emplace_back(short_name);
  }
  throw_unknown(fmt::format("{}:{}: model", csv.name, csv.lines[row]), "network", text, known);
}

}  // namespace

std::string_view to_string(CodlColumn column) {
  return kNames.at(static_cast<std::size_t>(column));
}

std::vector<CodlRow> read_codl_rows(const std::filesystem::path& path) {
  const Csv csv = read_csv(path);
  const std::size_t soc = csv.column("soc"), model = csv.column("model");
  std::vector<CodlRow> rows;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    CodlRow row{soc_name(csv.rows[i][soc]), network_name(csv, i, model)};
    for (std::size_t c = 0; c < kCodlColumns; ++c) {
      if (!csv.has_column(kNames[c])) continue;
      const std::size_t at = csv.column(kNames[c]);
      if (csv.rows[i][at].empty()) continue;
      const double ms = csv.number(i, at);
      if (ms <= 0) csv.fail(i, at, "must be positive");
      row.measured_s[c] = ms * 1e-3;
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty()) throw InputError(csv.name + ": no rows");
  return rows;
}

std::vector<CodlRow> committed_codl_rows(const std::filesystem::path& folder) {
  std::vector<CodlRow> rows = read_codl_rows(folder / "latencies.csv");
  for (const CodlRow& ablation : read_codl_rows(folder / "ablations.csv"))
    for (CodlRow& row : rows)
      if (row.soc == ablation.soc && row.network == ablation.network)
        for (std::size_t c = 0; c < kCodlColumns; ++c)
          if (ablation.measured_s[c]) row.measured_s[c] = ablation.measured_s[c];
  return rows;
}

}  // namespace partita
