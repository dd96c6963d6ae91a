// Temperatures of single-board computers from their clocks and load.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/files.h"

namespace partita {

struct BoardSample {
  double t_s = 0;
  std::string section;  ///< Which benchmark runs.
  std::vector<double> clocks_mhz;
  double load = 0;  ///< Of all cores since the sample before, 0 to 1.
  double temperature_c = 0;
};

struct BoardTrace {
  std::string result, device;
  std::vector<BoardSample> samples;
};

struct BoardTraces {
  std::vector<BoardTrace> traces;
  std::vector<std::string> notes;
};

/// Ours (result, device, section, t_s, ...) or the raw lines (result, device, section, line).
bool is_board_table(const Csv& csv);
BoardTraces read_boards(const Csv& csv);

/// What a board's heat comes down to, power in parts of its own full load.
struct BoardHeat {
  double ambient_c = 0;  ///< With everything idle.
  double chip_k = 0;     ///< Chip above board at full load.
  double board_k = 0;    ///< Board above ambient at full load.
  double board_s = 0;    ///< Time constant of the board.
};

/// Fitted to the samples marked in `known`.
BoardHeat fit_board(const BoardTrace& trace, const std::vector<bool>& known);

/// Temperatures of the whole trace, from its first one on.
std::vector<double> predict_board(const BoardTrace& trace, const BoardHeat& heat);

}  // namespace partita
