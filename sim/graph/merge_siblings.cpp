// Sibling convolutions as one.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/graph/compress.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;

bool merge_together(const Pending& a, const Pending& b) {
  return a.input_names == b.input_names && a.op.window == b.op.window &&
         a.op.function == b.op.function && a.bias == b.bias && a.op.layer == b.op.layer &&
         a.op.weight_bits == b.op.weight_bits;
}

/// One convolution of all their channels and the slice that gives each its own.
void add_merged(GraphBuilder& builder, const std::vector<Pending>& siblings) {
  Pending all = siblings.front(), cut;
  all.op.name.clear();
  all.out_channels = 0;
  for (const Pending& one : siblings) {
    all.op.name += (all.op.name.empty() ? "" : "+") + one.op.name;
    all.out_channels += one.out_channels;
    cut.op.sizes.push_back(one.out_channels);
    cut.output_names.push_back(one.output_names.front());
    cut.output_shapes.push_back(one.output_shapes.front());
  }
  all.output_names = {all.op.name};
  all.output_shapes.clear();
  all.given_weight_elements = -1;
  cut.op.kind = OpKind::slice;
  cut.op.axis = 1;
  cut.op.name = all.op.name + "/slice";
  cut.op.layer = all.op.layer;
  cut.input_names = all.output_names;
  cut.where = all.where;
  builder.add(std::move(all));
  builder.add(std::move(cut));
}

}  // namespace

Graph merge_siblings(const Graph& graph) {
  std::vector<Pending> pending;
  for (std::size_t i = 0; i < graph.size(); ++i)
    pending.push_back(rules::reopen(graph, make_id<OpId>(i)));
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  std::vector<bool> done(pending.size());
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (done[i]) continue;
    std::vector<Pending> siblings{pending[i]};
    if (pending[i].op.kind == OpKind::conv) {
      for (const OpId reader : graph.tensor(pending[i].op.inputs[0]).consumers) {
        const std::size_t j = index(reader);
        if (j <= i || done[j] || pending[j].op.kind != OpKind::conv) continue;
        if (!merge_together(pending[i], pending[j])) continue;
        siblings.push_back(pending[j]);
        done[j] = true;
      }
    }
    if (siblings.size() == 1)
      builder.add(pending[i]);
    else
      add_merged(builder, siblings);
  }
  return builder.build();
}

}  // namespace partita
