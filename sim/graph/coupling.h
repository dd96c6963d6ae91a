// Which channels of a network must stay or go together. Private to sim/graph.
#pragma once

#include <vector>

#include "sim/graph/channels.h"
#include "sim/graph/graph.h"

namespace partita {

namespace channels {
inline std::int64_t at(const Shape& shape, int axis) {
  return shape[static_cast<std::size_t>(axis)];
}
/// Of channels, where nothing says another.
inline int usual_axis(const Shape& shape) {
  return shape.size() == 3 ? 2 : 1;
}

}  // namespace channels

/// Where a tensor's channels are.
struct Layout {
  int axis = -1;           ///< None: nothing of it can be pruned.
  channels::Runs runs;     ///< What the axis consists of.
  bool adoptable = false;  ///< A constant that nobody has told its axis yet.
};

class Coupling {
 public:
  explicit Coupling(const Graph& graph);

  /// The tensor's shape after pruning.
  Shape shape(TensorId id, double ratio) const;

 private:
  const Shape& shape_of(TensorId id) const { return graph_.tensor(id).shape; }
  Layout& of(TensorId id) { return layouts_[index(id)]; }

  void freeze(TensorId id) {
    sets_.freeze(of(id).runs);
    of(id).adoptable = false;
  }
  void freeze_inputs(const Operator& op);
  /// Channels along `axis`, frozen ones where they are somewhere else or unknown.
  channels::Runs along(TensorId id, int axis);
  void same(const Operator& op);

  void visit(const Operator& op);
  void convolution(const Operator& op);
  void elementwise(const Operator& op);
  void concat(const Operator& op);
  void slice(const Operator& op);
  void pad_or_crop(const Operator& op);
  void reshape(const Operator& op);
  void reduction(const Operator& op);
  void align(TensorId id, int axis, const channels::Runs& runs);
  channels::Runs grouped(const channels::Runs& in, std::int64_t groups);

  const Graph& graph_;
  channels::Sets sets_;
  std::vector<Layout> layouts_;  ///< By TensorId.
};

}  // namespace partita
