// From the layers of an ncnn .param file to a graph without its free copies.
#include <fmt/format.h>

#include <unordered_map>

#include "sim/base/error.h"
#include "sim/graph/graph.h"
#include "sim/graph/ncnn_layers.h"
#include "sim/graph/ncnn_text.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;
using Renames = std::unordered_map<std::string, std::string>;  ///< ncnn's tensor name to ours.

/// Split names one tensor several times; Noop only keeps tensors alive as outputs.
void alias(const ncnn::Layer& layer, Renames& names) {
  if (layer.type == "Split" && layer.inputs.size() != 1) layer.fail("Split has one input");
  if (layer.inputs.empty()) layer.fail("needs an input");
  const std::string source = names.at(layer.inputs[0]);
  for (const std::string& output : layer.outputs) names[output] = source;
}

/// A tensor takes its operator's name; several are numbered.
void name_tensors(const ncnn::Layer& layer, Pending& p, Renames& names) {
  for (const std::string& input : layer.inputs) p.input_names.push_back(names.at(input));
  if (layer.outputs.empty()) layer.fail("makes no tensor");
  for (std::size_t i = 0; i < layer.outputs.size(); ++i) {
    std::string ours = layer.outputs.size() == 1 ? layer.name : fmt::format("{}.{}", layer.name, i);
    names[layer.outputs[i]] = ours;
    p.output_names.push_back(std::move(ours));
  }
}

void set_input_shape(const ncnn::Layer& layer, Pending& p, const NcnnOptions& options,
                     std::size_t inputs) {
  if (options.input && inputs == 1) {
    p.output_shapes = {*options.input};
  } else if (!layer.hints.empty()) {
    p.output_shapes = layer.hints;
  }
  if (p.output_shapes.empty()) {
    layer.fail("the file gives this input no shape; give it, e.g. `--input 1x3x352x352`");
  }
}

}  // namespace

Graph parse_ncnn(std::string_view param, std::string name, const NcnnOptions& options) {
  std::vector<ncnn::Layer> layers =
      ncnn::read_layers(param, options.file.empty() ? name : options.file);
  std::size_t inputs = 0;
  for (const ncnn::Layer& layer : layers) inputs += layer.type == "Input" ? 1 : 0;
  GraphBuilder builder(std::move(name));
  builder.set_source(options.source);
  Renames names;
  for (ncnn::Layer& layer : layers) {
    if (ncnn::is_alias(layer)) {
      alias(layer, names);
      continue;
    }
    Pending p = ncnn::translate(layer);
    name_tensors(layer, p, names);
    if (p.op.kind == OpKind::input) {
      set_input_shape(layer, p, options, inputs);
    } else if (p.op.kind == OpKind::constant && p.output_shapes.empty()) {
      layer.fail("needs its shape");
    } else if (!options.input && p.op.kind != OpKind::detection && !layer.hints.empty()) {
      p.output_shapes = layer.hints;  // Detection's are data-dependent: what one picture gave.
    }
    builder.add(std::move(p));
  }
  return builder.build();
}

}  // namespace partita
