#include "validation/ncnn_plain.h"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace partita {
namespace {

constexpr std::size_t kSizes = 6;

/// Least squares by Gauss-Jordan on the normal equations, with a trace of ridge.
PlainSize fit(const std::vector<const PlainRow*>& rows) {
  std::array<std::array<double, kSizes + 1>, kSizes> m{};
  for (const PlainRow* row : rows)
    for (std::size_t i = 0; i < kSizes; ++i) {
      for (std::size_t j = 0; j < kSizes; ++j)
        m[i][j] += row->size[i] * row->size[j] / (row->latency_s * row->latency_s);
      m[i][kSizes] += row->size[i] / row->latency_s;
    }
  for (std::size_t i = 0; i < kSizes; ++i) m[i][i] *= 1 + 1e-9;
  for (std::size_t i = 0; i < kSizes; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i; r < kSizes; ++r)
      if (std::abs(m[r][i]) > std::abs(m[pivot][i])) pivot = r;
    std::swap(m[i], m[pivot]);
    if (m[i][i] == 0) continue;
    for (std::size_t r = 0; r < kSizes; ++r) {
      const double factor = m[r][i] / m[i][i];
      if (r == i) continue;
      for (std::size_t j = i; j <= kSizes; ++j) m[r][j] -= factor * m[i][j];
    }
  }
  PlainSize x{};
  for (std::size_t i = 0; i < kSizes; ++i) x[i] = m[i][i] == 0 ? 0 : m[i][kSizes] / m[i][i];
  return x;
}

}  // namespace

PlainSize plain_size(const Graph& graph) {
  PlainSize size{1, 0, 0, 0, 0, 0};
  for (const Operator& op : graph.operators()) {
    if (op.kind == OpKind::input || op.kind == OpKind::constant) continue;
    size[1] += static_cast<double>(op.macs) * 1e-9;
    size[2] += static_cast<double>(op.input_elements) * 1e-6;
    size[3] += static_cast<double>(op.output_elements) * 1e-6;
    size[4] += static_cast<double>(op.weight_elements) * 1e-6;
    size[5] += 1e-2;
  }
  return size;
}

std::vector<double> plain_predictions(std::span<const PlainRow> known,
                                      std::span<const PlainRow> asked, bool leave_out) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::map<std::pair<std::size_t, std::size_t>, PlainSize> fits;
  std::vector<double> result;
  for (const PlainRow& one : asked) {
    const std::size_t without = leave_out ? one.group : kNone;
    auto found = fits.find({one.place, without});
    if (found == fits.end()) {
      std::vector<const PlainRow*> own, all;
      for (const PlainRow& row : known) {
        if (row.group == without) continue;
        if (row.place % 2 == one.place % 2) all.push_back(&row);
        if (row.place == one.place) own.push_back(&row);
      }
      const bool enough = own.size() > kSizes;
      found = fits.emplace(std::pair(one.place, without), fit(enough ? own : all)).first;
    }
    double sum = 0;
    for (std::size_t j = 0; j < kSizes; ++j) sum += found->second[j] * one.size[j];
    result.push_back(sum);
  }
  return result;
}

}  // namespace partita
