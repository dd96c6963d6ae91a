// Published latencies of networks split over CPU and GPU.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// What was measured of a network on a phone. `ideal` is the paper's own reckoning.
enum class CodlColumn : std::uint8_t {
  mulayer_like,
  mace_cpu,
  mace_gpu,
  codl_buffer,
  codl_image,
  ideal,
  height_only,
  channels_only,
  no_chain
};
inline constexpr std::size_t kCodlColumns = 9;
/// Those one would choose between.
inline constexpr std::size_t kCodlAlternatives = 5;
std::string_view to_string(CodlColumn column);

struct CodlRow {
  std::string soc;      ///< Of socs/, e.g. "snapdragon-855".
  std::string network;  ///< Of the zoo, e.g. "codl_yolov2".
  std::array<std::optional<double>, kCodlColumns> measured_s{};
  const std::optional<double>& operator[](CodlColumn column) const {
    return measured_s[static_cast<std::size_t>(column)];
  }
};

/// Columns soc (SD855, KIRIN990 or a name of socs/), model (RF, YOLO, VGG, PN, FST or a network's
/// name) and any of the columns above in ms, empty where not measured. Throws InputError.
std::vector<CodlRow> read_codl_rows(const std::filesystem::path& csv);
/// latencies.csv of the folder, with the columns of ablations.csv where it has the row.
std::vector<CodlRow> committed_codl_rows(const std::filesystem::path& folder);

}  // namespace partita
