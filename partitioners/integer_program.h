// Mixed-integer linear programs, solved by COIN-OR CBC where the build has it.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace partita {

/// A sum of variables with factors, and a constant.
struct Linear {
  std::vector<std::pair<int, double>> terms;
  double constant = 0;
  Linear& add(int variable, double factor = 1) {
    if (factor != 0) terms.emplace_back(variable, factor);
    return *this;
  }
  Linear& add(const Linear& other, double factor = 1) {
    for (const auto& [variable, f] : other.terms) add(variable, f * factor);
    constant += other.constant * factor;
    return *this;
  }
};

/// Minimises a sum under linear constraints.
class IntegerProgram {
 public:
  struct Solution {
    bool found = false;
    bool optimal = false;
    bool infeasible = false;  ///< Proven: there is no solution.
    std::vector<double> values;
    double objective = 0;
    double bound = -std::numeric_limits<double>::infinity();  ///< On every solution.
  };

  /// Is there a solver in this build?
  static bool available();

  int variable(double least, double most, bool integer = false);
  int binary() { return variable(0, 1, true); }
  void minimise(const Linear& objective) { objective_ = objective; }
  void at_most(const Linear& left, const Linear& right);  ///< left <= right
  void equal(const Linear& left, double right);
  std::size_t variables() const { return columns_.size(); }

  /// `start`: values of some integer variables. Stops after `most_nodes` of the search tree.
  /// Throws UnsupportedError naming `who` when there is no solver.
  Solution solve(const std::string& who, const std::vector<std::pair<int, double>>& start,
                 double most_nodes) const;

 private:
  struct Column {
    double least, most;
    bool integer;
  };
  struct Row {
    std::vector<std::pair<int, double>> terms;
    double least, most;
  };
  void add_row(const Linear& sum, double least, double most);
  std::vector<Column> columns_;
  std::vector<Row> rows_;
  Linear objective_;
};

}  // namespace partita
