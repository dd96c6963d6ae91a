#include "sim/graph/compress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

/// The same network under another name.
Graph renamed(const Graph& graph, const std::string& name) {
  GraphBuilder builder(name);
  builder.set_network(name);
  builder.set_source(graph.source());
  for (std::size_t i = 0; i < graph.size(); ++i)
    builder.add(rules::reopen(graph, make_id<OpId>(i)));
  return builder.build();
}

CompressionStep parse_step(std::string_view text) {
  CompressionStep step;
  step.text = text;
  const auto colon = text.find(':');
  step.name = text.substr(0, colon);
  const auto all = compressions();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const CompressionInfo& info) { return info.name == step.name; });
  if (found == all.end()) {
    std::vector<std::string> known;
    for (const CompressionInfo& info : all) known.push_back(info.name);
    throw_unknown("--compress", "compression", step.name, known);
  }
  if (colon == std::string_view::npos) {
    if (found->required)
      throw InputError(fmt::format("--compress: {} needs its {}, {:g} to {:g}: {}:{:g}", step.name,
                                   found->parameter, found->least, found->most, step.name,
                                   (found->least + found->most) / 2));
    return step;
  }
  if (found->parameter.empty())
    throw InputError(fmt::format("--compress: {} takes no value, got \"{}\"", step.name, text));
  const std::string value(text.substr(colon + 1));
  if (!found->required) {
    step.runtime = value;
    return step;
  }
  step.ratio = parse_number(value, "--compress " + step.name);
  if (!(step.ratio >= found->least && step.ratio <= found->most))
    throw InputError(fmt::format("--compress: {} of {} is outside {:g} to {:g}", found->parameter,
                                 text, found->least, found->most));
  return step;
}

Graph applied(const Graph& graph, const CompressionStep& step, const FusionSource& rules) {
  if (step.name == "prune") return prune_channels(graph, step.ratio);
  if (step.name == "low-rank") return decompose_low_rank(graph, step.ratio);
  if (step.name == "int8") return quantize_weights(graph);
  if (step.name == "merge") return merge_siblings(graph);
  if (step.text == step.name) return fold_operators(graph);
  if (!rules) throw UnsupportedError("--compress: nobody knows the rules of " + step.text);
  return fuse_kernels(graph, rules(step.runtime));
}

bool has_blocks(const Graph& graph) {
  return std::any_of(graph.operators().begin(), graph.operators().end(),
                     [](const Operator& op) { return op.kind == OpKind::block; });
}

}  // namespace

std::span<const CompressionInfo> compressions() {
  static const std::array<CompressionInfo, 5> table{{
      {"prune",
       "removes this part of the output channels of convolutions and fully connected layers, "
       "coupled channels alike",
       "ratio", 0, 0.9, true, "Li et al., ICLR 2017; Fang et al., CVPR 2023"},
      {"low-rank",
       "k x k convolutions as k x 1 and 1 x k, other products of weights as two, at this part of "
       "the full rank, where that lowers the MACs",
       "ratio", 0.01, 1, true, "Jaderberg et al., BMVC 2014 (scheme 2); Denton et al., NIPS 2014"},
      {"int8", "8-bit weights; every unit with int8 kernels runs them, the others what they did",
       "", 0, 0, false, "Jacob et al., CVPR 2018"},
      {"fuse",
       "folds batch normalization and activations into the operator before them; with a runtime, "
       "every kernel that its units agree on, as blocks where need be",
       "runtime", 0, 0, false, "traces/runtimes"},
      {"merge",
       "convolutions of one tensor with the same window become one, whose channels are sliced", "",
       0, 0, false, "Ding et al., MLSys 2021 (IOS)"},
  }};
  return table;
}

std::vector<CompressionStep> parse_compressions(std::string_view list) {
  std::vector<CompressionStep> steps;
  while (!list.empty()) {
    const auto comma = list.find(',');
    steps.push_back(parse_step(list.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
    if (list.empty()) steps.push_back(parse_step(list));
  }
  return steps;
}

NetworkSize size_of(const Graph& graph) {
  NetworkSize size;
  for (const Operator& op : graph.operators()) {
    size.weight_elements += op.weight_elements;
    size.weight_bits += op.weight_elements * op.weight_bits;
    if (op.kind == OpKind::input || op.kind == OpKind::constant) continue;
    ++size.operators;
    size.macs += op.macs;
    size.activation_elements += op.output_elements;
  }
  return size;
}

Graph quantize_weights(const Graph& graph) {
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  for (std::size_t i = 0; i < graph.size(); ++i) {
    GraphBuilder::Pending p = rules::reopen(graph, make_id<OpId>(i));
    if (p.op.weight_elements > 0) p.op.weight_bits = std::min(p.op.weight_bits, 8);
    builder.add(std::move(p));
  }
  return builder.build();
}

Compressed compress(const Graph& graph, std::span<const CompressionStep> steps,
                    const FusionSource& rules) {
  Compressed out{graph, {}, false, false};
  std::string name = graph.name();
  for (const CompressionStep& step : steps) {
    CompressionEffect effect{step.text, size_of(out.graph), {}};
    const bool blocks = has_blocks(out.graph);
    out.graph = applied(out.graph, step, rules);
    out.int8 = out.int8 || step.name == "int8";
    out.fuses_blocks =
        out.fuses_blocks || (step.name == "fuse" && !blocks && has_blocks(out.graph));
    effect.after = size_of(out.graph);
    out.effects.push_back(std::move(effect));
    name += (&step == &steps.front() ? "+" : ",") + step.text;
  }
  if (!steps.empty()) out.graph = renamed(out.graph, name);
  return out;
}

}  // namespace partita
