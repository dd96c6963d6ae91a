// From a list of operators in any order to a checked graph.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "sim/base/error.h"
#include "sim/graph/graph.h"
#include "sim/graph/rules.h"
#include "sim/graph/topology.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;
using Names = std::unordered_map<std::string, TensorId>;
constexpr std::size_t kMostOperators = 100'000;

[[noreturn]] void fail(const Pending& p, const std::string& problem) {
  const std::string place = p.where.empty() ? p.op.name : p.where;
  throw InputError(place + ": " + problem);
}

void check_names(const std::vector<Pending>& pending) {
  std::unordered_map<std::string_view, bool> seen;
  for (const Pending& p : pending) {
    if (p.op.name.empty()) fail(p, "an operator has no name");
    if (!seen.emplace(p.op.name, true).second)
      fail(p, "a second operator named \"" + p.op.name + "\"");
    if (p.output_names.empty()) fail(p, "operator \"" + p.op.name + "\" makes no tensor");
  }
}

/// Tensors in the order operators make them; ids by name.
Names make_tensors(const std::vector<Pending>& pending, std::vector<Tensor>& tensors) {
  Names ids;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    for (const std::string& name : pending[i].output_names) {
      if (!ids.emplace(name, make_id<TensorId>(tensors.size())).second) {
        fail(pending[i], "a second tensor named \"" + name + "\"");
      }
      tensors.push_back({name, {}, make_id<OpId>(i), {}});
    }
  }
  return ids;
}

void connect(std::vector<Pending>& pending, const Names& ids) {
  for (Pending& p : pending) {
    p.op.inputs.clear();
    p.op.outputs.clear();
    for (const std::string& name : p.input_names) {
      const auto found = ids.find(name);
      if (found == ids.end()) fail(p, "reads tensor \"" + name + "\", which no operator makes");
      p.op.inputs.push_back(found->second);
    }
    for (const std::string& name : p.output_names) p.op.outputs.push_back(ids.at(name));
  }
}

/// Distinct (producer, consumer) pairs, sorted; fills the tensors' consumers too.
std::vector<topology::Edge> make_edges(const std::vector<Pending>& pending,
                                       std::vector<Tensor>& tensors) {
  std::vector<topology::Edge> edges;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    for (TensorId input : pending[i].op.inputs) {
      Tensor& tensor = tensors[index(input)];
      const OpId reader = make_id<OpId>(i);
      if (!tensor.consumers.empty() && tensor.consumers.back() == reader) continue;
      tensor.consumers.push_back(reader);
      edges.emplace_back(index(tensor.producer), i);
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

void compress(std::size_t nodes, const std::vector<topology::Edge>& edges, bool forward,
              std::vector<std::uint32_t>& begin, std::vector<OpId>& ends) {
  begin.assign(nodes + 1, 0);
  for (const auto& [from, to] : edges) ++begin[(forward ? from : to) + 1];
  for (std::size_t i = 0; i < nodes; ++i) begin[i + 1] += begin[i];
  ends.resize(edges.size());
  std::vector<std::uint32_t> at(begin.begin(), begin.end() - 1);
  for (const auto& [from, to] : edges)
    ends[at[forward ? from : to]++] = make_id<OpId>(forward ? to : from);
}

void check_shape(const Shape& shape) {
  if (shape.size() < 2 || shape.size() > 8) {
    throw InputError("shape " + to_string(shape) + " must have 2 to 8 extents, the batch first");
  }
  for (std::int64_t extent : shape) {
    if (extent < 1) throw InputError("shape " + to_string(shape) + " has an extent below 1");
  }
  elements(shape);  // Throws when too large.
}

void infer(Pending& p, std::vector<Tensor>& tensors) {
  std::vector<Shape> in;
  for (TensorId input : p.op.inputs) in.push_back(tensors[index(input)].shape);
  for (const Shape& shape : p.output_shapes) check_shape(shape);
  const std::vector<Shape> out = rules::output_shapes(p, in);
  if (out.size() != p.op.outputs.size()) {
    throw InputError(fmt::format("{} makes {} tensors, {} named", to_string(p.op.kind), out.size(),
                                 p.op.outputs.size()));
  }
  if (!p.output_shapes.empty() && p.output_shapes.size() != out.size()) {
    throw InputError(
        fmt::format("{} shapes given for {} tensors", p.output_shapes.size(), out.size()));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    check_shape(out[i]);
    if (!p.output_shapes.empty() && p.output_shapes[i] != out[i]) {
      throw InputError(fmt::format("shape {} given, but the inputs make {}",
                                   to_string(p.output_shapes[i]), to_string(out[i])));
    }
    tensors[index(p.op.outputs[i])].shape = out[i];
  }
  rules::count(p, in, out);
}

}  // namespace

std::vector<Shape> infer_shapes(GraphBuilder::Pending pending, std::span<const Shape> in) {
  return rules::output_shapes(pending, in);
}

Graph GraphBuilder::build() {
  if (pending_.empty()) throw InputError(graph_.name_ + ": a network needs at least one operator");
  if (pending_.size() > kMostOperators) {
    throw InputError(
        fmt::format("{}: {} operators; at most 100,000 are read", graph_.name_, pending_.size()));
  }
  check_names(pending_);
  Graph graph = std::move(graph_);
  connect(pending_, make_tensors(pending_, graph.tensors_));
  const std::vector<topology::Edge> edges = make_edges(pending_, graph.tensors_);
  const auto order = topology::stable_order(pending_.size(), edges);
  if (!order) {
    const std::vector<std::size_t> cycle = topology::find_cycle(pending_.size(), edges);
    const std::size_t shown = std::min<std::size_t>(cycle.size(), 4);
    std::string path;
    for (std::size_t i = 0; i < shown; ++i) path += pending_[cycle[i]].op.name + " -> ";
    if (shown < cycle.size()) path += "... -> ";
    fail(pending_[cycle[0]], "the network has a cycle: " + path + pending_[cycle[0]].op.name);
  }
  for (std::size_t i : *order) {
    try {
      infer(pending_[i], graph.tensors_);
    } catch (const InputError& error) {
      fail(pending_[i], error.what());
    }
  }
  std::int64_t macs = 0, weights = 0;
  for (Pending& p : pending_) {
    try {
      macs = rules::plus(macs, p.op.macs);
      weights = rules::plus(weights, p.op.weight_elements);
    } catch (const InputError&) {
      fail(p, "the network's MACs or weights are more than 2^53");
    }
    graph.operators_.push_back(std::move(p.op));
  }
  for (std::size_t i : *order) graph.order_.push_back(make_id<OpId>(i));
  compress(graph.size(), edges, false, graph.pred_begin_, graph.preds_);
  compress(graph.size(), edges, true, graph.succ_begin_, graph.succs_);
  return graph;
}

}  // namespace partita
