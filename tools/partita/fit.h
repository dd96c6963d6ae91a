// Parts of `partita fit`: what was read, how well it is predicted, what is written of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cost/benchmark_logs.h"
#include "sim/cost/fitted_model.h"
#include "tools/partita/commands.h"
#include "tools/partita/runtimes.h"

namespace partita {

/// Files of the user's, each its own Evidence whose folder is the file's path.
struct FitInput {
  std::vector<Evidence> files;
  std::vector<LogFormat> formats;
  std::vector<std::string> notes;
  std::size_t operators() const;
  std::size_t networks() const;
};

/// Reads and checks every row. Throws InputError with file and line.
FitInput read_fit_input(const std::vector<std::string>& files, const FitRequest& request,
                        const Soc& soc, const Runtime& runtime, Precision precision,
                        Networks& networks);

/// `file:line` of a row of the input.
std::string place_of(const FitInput& input, const OperatorRow& row);
std::string place_of(const FitInput& input, const NetworkRow& row);

/// One table of one unit.
struct FitScore {
  std::string unit;
  bool operators = false;  ///< Else whole networks.
  std::size_t rows = 0, networks = 0;
  double before = 0;            ///< Mean relative error of what `run` predicted until now.
  std::optional<double> after;  ///< Of rows predicted without the rows of their network.
  std::vector<std::string> outliers;
};

struct FitUnit {
  std::string unit;
  UnitFit before, after;
  std::vector<FitScore> scores;
  std::optional<FitScore> check;  ///< Before and after, on rows that were not fitted to.
};

struct FitReport {
  std::string precision;
  std::size_t existing = 0;  ///< Rows in traces/ that count besides.
  std::vector<FitUnit> units;
  std::vector<std::string> notes;
};

std::string fit_text(const FitReport& report, const FitInput& input, const Style& style);
std::string fit_json(const FitReport& report, const FitInput& input);

/// `partita fit contention FILE`, `partita fit thermal FILE`: a section of a SoC description.
void fit_section(const FitRequest& request, const Console& console);

/// Throws InputError when there is something at request.output already.
void check_output(const FitRequest& request);
/// Writes the tables and meta.yaml; says where `run` finds them.
std::string write_profile(const FitRequest& request, const Catalog& catalog, const Soc& soc,
                          const Runtime& runtime, Precision precision, const FitInput& input);

}  // namespace partita
