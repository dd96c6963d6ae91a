#include "sim/graph/anchor.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sim/graph/rules.h"

namespace partita {
namespace {

constexpr std::string_view kSuffix = "@phone";

std::string anchor_name(const Tensor& tensor) {
  return tensor.name + std::string(kSuffix);
}

bool is_read_input(const Graph& graph, const Tensor& tensor) {
  return graph.op(tensor.producer).kind == OpKind::input && !tensor.consumers.empty();
}

bool is_result(const Graph& graph, const Tensor& tensor) {
  const OpKind kind = graph.op(tensor.producer).kind;
  return tensor.consumers.empty() && kind != OpKind::input && kind != OpKind::constant;
}

GraphBuilder::Pending make_anchor(const Graph& graph, const Tensor& tensor) {
  GraphBuilder::Pending p;
  p.op.name = anchor_name(tensor);
  p.op.kind = OpKind::split;
  p.input_names = {tensor.name};
  p.output_names = {p.op.name};
  p.output_shapes = {tensor.shape};
  p.where = graph.name() + ": " + p.op.name;
  return p;
}

/// Who loads an input: the first that reads it.
OpId first_reader(const Graph& graph, const Tensor& tensor) {
  for (const OpId op : graph.order())
    if (std::find(tensor.consumers.begin(), tensor.consumers.end(), op) != tensor.consumers.end())
      return op;
  throw std::logic_error("an input that nobody reads has no anchor");
}

void match(const Graph& graph, AnchoredGraph& out) {
  std::map<std::string_view, OpId> operators;
  std::map<std::string, TensorId> tensors;
  for (std::size_t i = 0; i < graph.size(); ++i)
    operators[graph.operators()[i].name] = make_id<OpId>(i);
  for (std::size_t i = 0; i < graph.tensors().size(); ++i) {
    const Tensor& tensor = graph.tensors()[i];
    tensors[tensor.name] = make_id<TensorId>(i);
    if (is_read_input(graph, tensor) || is_result(graph, tensor))
      tensors[anchor_name(tensor)] = make_id<TensorId>(i);
  }
  for (const Tensor& tensor : out.graph.tensors())
    out.original_tensor.push_back(tensors.at(tensor.name));
  out.anchored.resize(graph.size());
  for (std::size_t i = 0; i < out.graph.size(); ++i) {
    const Operator& op = out.graph.operators()[i];
    const auto same = operators.find(op.name);
    out.is_anchor.push_back(same == operators.end());
    if (same != operators.end()) {
      out.original.push_back(same->second);
      out.anchored[index(same->second)] = make_id<OpId>(i);
      continue;
    }
    const Tensor& tensor = graph.tensor(tensors.at(op.name));
    out.original.push_back(is_result(graph, tensor) ? tensor.producer
                                                    : first_reader(graph, tensor));
  }
}

}  // namespace

AnchoredGraph anchor(const Graph& graph) {
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  for (std::size_t i = 0; i < graph.size(); ++i) {
    GraphBuilder::Pending p = rules::reopen(graph, make_id<OpId>(i));
    for (std::size_t k = 0; k < p.input_names.size(); ++k)
      if (const Tensor& read = graph.tensor(graph.operators()[i].inputs[k]);
          is_read_input(graph, read))
        p.input_names[k] = anchor_name(read);
    builder.add(std::move(p));
    for (const TensorId made : graph.operators()[i].outputs)
      if (is_read_input(graph, graph.tensor(made)))
        builder.add(make_anchor(graph, graph.tensor(made)));
  }
  for (const Tensor& tensor : graph.tensors())
    if (is_result(graph, tensor)) builder.add(make_anchor(graph, tensor));
  AnchoredGraph out{builder.build(), {}, {}, {}, {}};
  match(graph, out);
  return out;
}

}  // namespace partita
