#include "partitioners/integer_program.h"

#include <algorithm>
#include <map>
#include <memory>

#include "sim/base/error.h"

#ifdef PARTITA_CBC
#include <Cbc_C_Interface.h>
#endif

namespace partita {

int IntegerProgram::variable(double least, double most, bool integer) {
  columns_.push_back({least, most, integer});
  return static_cast<int>(columns_.size()) - 1;
}

void IntegerProgram::at_most(const Linear& left, const Linear& right) {
  Linear difference = left;
  difference.add(right, -1);
  add_row(difference, -std::numeric_limits<double>::infinity(), 0);
}

void IntegerProgram::equal(const Linear& left, double right) {
  add_row(left, right, right);
}

void IntegerProgram::add_row(const Linear& sum, double least, double most) {
  std::map<int, double> merged;
  for (const auto& [variable, factor] : sum.terms) merged[variable] += factor;
  Row row{{}, least - sum.constant, most - sum.constant};
  for (const auto& term : merged)
    if (term.second != 0) row.terms.push_back(term);
  if (!row.terms.empty()) rows_.push_back(std::move(row));
}

#ifdef PARTITA_CBC

namespace {

struct Delete {
  void operator()(Cbc_Model* model) const { Cbc_deleteModel(model); }
};

}  // namespace

bool IntegerProgram::available() {
  return true;
}

IntegerProgram::Solution IntegerProgram::solve(const std::string&,
                                               const std::vector<std::pair<int, double>>& start,
                                               double most_nodes) const {
  const std::size_t n = columns_.size();
  std::vector<std::vector<std::pair<int, double>>> by_column(n);
  std::vector<double> row_least, row_most;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (const auto& [variable, factor] : rows_[r].terms)
      by_column[static_cast<std::size_t>(variable)].emplace_back(static_cast<int>(r), factor);
    row_least.push_back(rows_[r].least);
    row_most.push_back(rows_[r].most);
  }
  std::vector<CoinBigIndex> first{0};
  std::vector<int> rows;
  std::vector<double> factors, least, most, cost(n, 0);
  for (std::size_t c = 0; c < n; ++c) {
    for (const auto& [row, factor] : by_column[c]) rows.push_back(row), factors.push_back(factor);
    first.push_back(static_cast<CoinBigIndex>(rows.size()));
    least.push_back(columns_[c].least);
    most.push_back(columns_[c].most);
  }
  for (const auto& [variable, factor] : objective_.terms)
    cost[static_cast<std::size_t>(variable)] += factor;

  const std::unique_ptr<Cbc_Model, Delete> model(Cbc_newModel());
  Cbc_setLogLevel(model.get(), 0);
  Cbc_loadProblem(model.get(), static_cast<int>(n), static_cast<int>(rows_.size()), first.data(),
                  rows.data(), factors.data(), least.data(), most.data(), cost.data(),
                  row_least.data(), row_most.data());
  for (std::size_t c = 0; c < n; ++c)
    if (columns_[c].integer) Cbc_setInteger(model.get(), static_cast<int>(c));
  std::vector<int> known;
  std::vector<double> values;
  for (const auto& [variable, value] : start) known.push_back(variable), values.push_back(value);
  if (!known.empty())
    Cbc_setMIPStartI(model.get(), static_cast<int>(known.size()), known.data(), values.data());
  // Large constants times the tolerances must stay small beside what is compared. A limit of nodes,
  // never of time: the same problem always gives the same answer.
  const int nodes = static_cast<int>(std::min(most_nodes, 2e9));
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"log", "0"},
                                    {"slog", "0"},
                                    {"ratioGap", "0"},
                                    {"allowableGap", "0"},
                                    {"maxNodes", std::to_string(nodes)},
                                    {"integerTolerance", "1e-9"},
                                    {"primalTolerance", "1e-9"}})
    Cbc_setParameter(model.get(), name, value.c_str());
  Cbc_solve(model.get());

  Solution solution;
  solution.optimal = Cbc_isProvenOptimal(model.get()) != 0;
  solution.infeasible = Cbc_isProvenInfeasible(model.get()) != 0;
  solution.found = solution.optimal || Cbc_numberSavedSolutions(model.get()) > 0;
  if (solution.found) {
    const double* x = Cbc_getColSolution(model.get());
    solution.values.assign(x, x + n);
    solution.objective = objective_.constant + Cbc_getObjValue(model.get());
  }
  solution.bound =
      objective_.constant +
      (solution.optimal ? Cbc_getObjValue(model.get()) : Cbc_getBestPossibleObjValue(model.get()));
  return solution;
}

#else

bool IntegerProgram::available() {
  return false;
}

IntegerProgram::Solution IntegerProgram::solve(const std::string& who,
                                               const std::vector<std::pair<int, double>>&,
                                               double) const {
  throw UnsupportedError(who + ": built without CBC; install coinor-libcbc-dev and configure anew");
}

#endif

}  // namespace partita
