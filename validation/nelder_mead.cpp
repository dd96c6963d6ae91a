#include "validation/nelder_mead.h"

#include <algorithm>

namespace partita {
namespace {

struct Vertex {
  std::vector<double> at;
  double loss = 0;
};

class Simplex {
 public:
  Simplex(const std::function<double(const std::vector<double>&)>& loss,
          const std::vector<double>& start, double size, int evaluations)
      : loss_(loss), left_(evaluations) {
    vertices_.push_back(vertex(start));
    for (std::size_t i = 0; i < start.size(); ++i) {
      std::vector<double> moved = start;
      moved[i] += moved[i] != 0 ? size * moved[i] : size;
      vertices_.push_back(vertex(std::move(moved)));
    }
  }

  std::vector<double> run() {
    while (left_ > 0) step();
    sort();
    return vertices_.front().at;
  }

 private:
  Vertex vertex(std::vector<double> at) {
    --left_;
    const double loss = loss_(at);
    return {std::move(at), loss};
  }

  void sort() {
    std::stable_sort(vertices_.begin(), vertices_.end(),
                     [](const Vertex& a, const Vertex& b) { return a.loss < b.loss; });
  }

  /// From the worst vertex through the others' centre and `by` of that way beyond.
  Vertex through(const std::vector<double>& centre, double by) {
    std::vector<double> at = centre;
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += by * (centre[i] - vertices_.back().at[i]);
    return vertex(std::move(at));
  }

  void step() {
    sort();
    const std::size_t n = vertices_.size() - 1;
    std::vector<double> centre(n, 0);
    for (std::size_t v = 0; v < n; ++v)
      for (std::size_t i = 0; i < n; ++i) centre[i] += vertices_[v].at[i] / static_cast<double>(n);
    Vertex reflected = through(centre, 1);
    if (reflected.loss < vertices_.front().loss) {
      Vertex expanded = through(centre, 2);
      vertices_.back() = std::move(expanded.loss < reflected.loss ? expanded : reflected);
      return;
    }
    if (reflected.loss < vertices_[n - 1].loss) {
      vertices_.back() = std::move(reflected);
      return;
    }
    Vertex contracted = through(centre, -0.5);
    if (contracted.loss < vertices_.back().loss) {
      vertices_.back() = std::move(contracted);
      return;
    }
    for (std::size_t v = 1; v <= n; ++v) {
      std::vector<double> at = vertices_[v].at;
      for (std::size_t i = 0; i < n; ++i) at[i] = (at[i] + vertices_[0].at[i]) / 2;
      vertices_[v] = vertex(std::move(at));
    }
  }

  const std::function<double(const std::vector<double>&)>& loss_;
  std::vector<Vertex> vertices_;
  int left_;
};

}  // namespace

std::vector<double> minimise(const std::function<double(const std::vector<double>&)>& loss,
                             std::vector<double> start, double size, int rounds, int evaluations) {
  for (int round = 0; round < rounds; ++round, size /= 2)
    start = Simplex(loss, start, size, evaluations).run();
  return start;
}

}  // namespace partita
