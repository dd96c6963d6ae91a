// CoDL's experiments under the cost model of MACE: what is left out of the fits, the plans of each
// planner, their times.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/cost/fitted_model.h"
#include "sim/plan/plan.h"
#include "validation/codl_tables.h"

namespace partita {

/// What the fits must not have seen; empty: nothing is left out.
struct CodlLeftOut {
  std::string soc, network;
};

/// What no unit alone shows.
struct CodlConstants {
  double co_run = 0;  ///< Part by which a part of an operator is slower beside the other part.
  /// Of the GPU's kernels from the memory that does not suit it, over what their fit says.
  double other_memory = 1;
};

/// One network on one SoC: planned once, timed under any constants.
class CodlCell {
 public:
  ~CodlCell();
  CodlCell(CodlCell&&) noexcept;
  /// Seconds by CodlColumn.
  std::array<double, kCodlColumns> times_s(const CodlConstants& constants) const;
  /// What all hand-overs of the column's plan take together, from images.
  double sharing_s(CodlColumn column) const;

 private:
  friend class CodlLab;
  struct State;
  explicit CodlCell(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class CodlLab {
 public:
  explicit CodlLab(const Catalog& catalog);
  ~CodlLab();
  /// Throws InputError for a SoC or network it does not know.
  CodlCell cell(const std::string& soc, const std::string& network, const CodlLeftOut& left_out);
  /// Multiply-accumulates.
  double macs(const std::string& network);
  /// Do the vendor's drivers make images or buffers the faster memory?
  bool prefers_images(const std::string& soc);
  /// As the runtimes' files say.
  CodlConstants constants() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita
