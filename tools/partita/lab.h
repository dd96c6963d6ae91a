// The lab page's questions and answers, as JSON texts; what carries them is in serve.cpp.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/partita/decide.h"
#include "tools/partita/opened.h"

namespace partita {

/// Keeps what was opened for the questions after. Not thread-safe.
class Lab {
 public:
  /// Files of the user's, shown beside the catalogue's SoCs and networks. Throws InputError.
  Lab(const std::vector<std::string>& socs, const std::vector<std::string>& models);
  ~Lab();

  /// What can be chosen: SoCs, networks, partitioners, objectives.
  std::string choices();

  /// `question`: a JSON object of at most kMostBytes with `soc`, `model`, `partitioner`, and as
  /// wanted `runtime`, `objective`, `contention`, `clocks` (domain to Hz), `changes` (as --change),
  /// `moves` (operator to `{unit}` or `{units: [a, b], cut, part}`). The answer has the plan's
  /// tasks, times, energy and bound. Only names of the catalogue and of the files given at the
  /// start are opened. Throws InputError and UnsupportedError.
  std::string answer(std::string_view question);

  static constexpr std::size_t kMostBytes = 256 << 10;

 private:
  struct Question;
  struct Planned;
  Question read(std::string_view text);
  const Planned& planned(const Question& question);

  Opened opened_;
  Registry registry_{{}};
  std::vector<std::string> socs_, models_;  ///< Names: the user's files, then the catalogue's.
  std::list<Planned> kept_;                 ///< Latest first.
};

}  // namespace partita
