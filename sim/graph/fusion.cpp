#include "sim/graph/fusion.h"

#include <algorithm>
#include <optional>

#include "sim/graph/compress.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

bool holds(const std::vector<OpKind>& kinds, OpKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool applies(const FusionRule& rule, const Operator& lead, const Operator& op) {
  return holds(rule.after, lead.kind) && holds(rule.kinds, op.kind) &&
         (rule.functions.empty() || std::find(rule.functions.begin(), rule.functions.end(),
                                              op.function) != rule.functions.end());
}

}  // namespace

std::vector<OpId> fuse(const Graph& graph, std::span<const FusionRule> rules) {
  std::vector<OpId> lead(graph.size());
  std::vector<std::size_t> place(graph.size());
  for (std::size_t i = 0; i < graph.order().size(); ++i) place[index(graph.order()[i])] = i;
  for (std::size_t i = 0; i < graph.size(); ++i) lead[i] = make_id<OpId>(i);
  for (const OpId id : graph.order()) {
    const Operator& op = graph.op(id);
    // The producer that runs last: when its kernel ends, the other inputs are there.
    std::optional<OpId> latest;
    for (const TensorId input : op.inputs) {
      const Tensor& tensor = graph.tensor(input);
      if (!latest || place[index(tensor.producer)] > place[index(*latest)])
        latest = tensor.producer;
    }
    if (!latest || graph.successors(*latest).size() != 1) continue;
    const OpId leader = lead[index(*latest)];
    for (const FusionRule& rule : rules)
      if (applies(rule, graph.op(leader), op)) {
        lead[index(id)] = leader;
        break;
      }
  }
  return lead;
}

namespace {

using Pending = GraphBuilder::Pending;

bool has_weights(OpKind kind) {
  return rules::is_convolution(kind) || kind == OpKind::deconv || kind == OpKind::fully_connected;
}

/// Operators folded into the ones before them, where `joined` says that these two share a kernel.
class Folding {
 public:
  template <class Joined>
  Folding(const Graph& graph, Joined joined) : graph_(graph), into_(graph.size()) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
      into_[i] = i;
      pending_.push_back(rules::reopen(graph, make_id<OpId>(i)));
    }
    for (const OpId id : graph.order()) {
      const Operator& op = graph.op(id);
      if (op.kind != OpKind::normalization && op.kind != OpKind::activation) continue;
      const Tensor& tensor = graph.tensor(op.inputs[0]);
      const std::size_t root = into_[index(tensor.producer)];
      if (tensor.consumers.size() == 1 && joined(root, index(id)) && takes(pending_[root].op, op))
        fold(root, index(id));
    }
  }
  bool folded(std::size_t op) const { return into_[op] != op; }
  std::vector<Pending>& pending() { return pending_; }

  Graph build() {
    GraphBuilder builder(graph_.name());
    builder.set_network(graph_.network());
    builder.set_source(graph_.source());
    for (std::size_t i = 0; i < pending_.size(); ++i)
      if (!folded(i)) builder.add(std::move(pending_[i]));
    return builder.build();
  }

 private:
  static bool takes(const Operator& root, const Operator& op) {
    if (!has_weights(root.kind) || !root.function.empty()) return false;
    return op.kind == OpKind::normalization ? op.function == "batch" : op.weight_elements == 0;
  }
  void fold(std::size_t root, std::size_t op) {
    Pending& p = pending_[root];
    if (pending_[op].op.kind == OpKind::activation) {
      p.op.function = pending_[op].op.function;
    } else {
      p.bias = true;  // The scale goes into the weights, the shift into a bias.
      p.given_weight_elements = -1;
    }
    p.output_names = pending_[op].output_names;
    into_[op] = root;
  }

  const Graph& graph_;
  std::vector<std::size_t> into_;
  std::vector<Pending> pending_;
};

/// By operator: whose kernel it runs in by every list of rules; its own where they differ.
std::vector<OpId> agreed(const Graph& graph, std::span<const std::vector<FusionRule>> rules) {
  std::vector<OpId> lead = fuse(graph, rules.empty() ? std::span<const FusionRule>() : rules[0]);
  for (const std::vector<FusionRule>& list : rules) {
    const std::vector<OpId> other = fuse(graph, list);
    for (std::size_t i = 0; i < lead.size(); ++i)
      if (other[i] != lead[i]) lead[i] = make_id<OpId>(i);
  }
  return lead;
}

}  // namespace

Graph fold_operators(const Graph& graph) {
  return Folding(graph,
                 [&](std::size_t root, std::size_t op) {
                   return graph.operators()[root].layer == graph.operators()[op].layer;
                 })
      .build();
}

Graph fuse_kernels(const Graph& graph, std::span<const std::vector<FusionRule>> rules) {
  const std::vector<OpId> lead = agreed(graph, rules);
  Folding folding(graph, [&](std::size_t root, std::size_t op) { return index(lead[op]) == root; });
  std::vector<Pending>& pending = folding.pending();
  for (Pending& p : pending) p.op.layer.clear();
  bool blocks = false;
  for (std::size_t i = 0; i < lead.size(); ++i) {
    const std::size_t leader = index(lead[i]);
    if (leader == i || folding.folded(i)) continue;
    pending[i].op.layer = pending[leader].op.layer = graph.operators()[leader].name;
    blocks = true;
  }
  const Graph folded = folding.build();
  return blocks ? coarsen(folded) : folded;
}

}  // namespace partita
