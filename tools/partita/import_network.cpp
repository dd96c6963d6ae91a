// partita import: a network file of another tool into our YAML.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/graph/import.h"
#include "sim/report/describe.h"
#include "sim/report/describe_compression.h"
#include "tools/partita/compression.h"
#include "tools/partita/import_report.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

Shape parse_input(const std::string& text) {
  Shape shape;
  for (const std::string& part : split_list(text, 'x')) {
    std::int64_t extent = 0;
    if (!parse_extent(part, extent))
      throw InputError(fmt::format(
          "--input: \"{}\" is not a shape: extents from 1 to 1000000 joined by x, as 1x3x224x224",
          text));
    shape.push_back(extent);
  }
  if (shape.size() != 4)
    throw InputError(
        fmt::format("--input: \"{}\" has {} extents; a network's input has 4: N x C x H x W", text,
                    shape.size()));
  return shape;
}

Graph read_param(const ImportRequest& request, const std::filesystem::path& path) {
  NcnnOptions options;
  options.source = path.filename().string();
  if (!request.input.empty()) options.input = parse_input(request.input);
  try {
    return parse_ncnn(read_file(path), path.stem().string(), options);
  } catch (const InputError& error) {
    const std::string what = error.what(), stem = path.stem().string() + ":";
    if (what.rfind(stem, 0) == 0) throw InputError(request.file + what.substr(stem.size() - 1));
    throw;
  }
}

ImportedNetwork read(const ImportRequest& request) {
  const std::filesystem::path path(request.file);
  const std::string extension = path.extension().string();
  const std::vector<std::string> known = {".onnx", ".param", ".tflite", ".yaml"};
  if (std::find(known.begin(), known.end(), extension) == known.end())
    throw_unknown(request.file, "kind of network file", extension, known);
  if (!request.input.empty() && extension != ".param")
    throw InputError(fmt::format("--input: only for .param files; {}",
                                 extension == ".onnx"   ? "an .onnx has --dim"
                                 : extension == ".yaml" ? "our YAML has its shapes"
                                                        : "a .tflite has its shapes"));
  if (!request.dims.empty() && extension != ".onnx")
    throw InputError("--dim: only for .onnx files; the others name no dimensions");
  if (extension == ".onnx") return import_onnx(path, read_dims(request.dims));
  if (extension == ".tflite") return import_tflite(path);
  if (extension == ".param") return {read_param(request, path), "ncnn", {}};
  return {load_graph(path), "", {}};
}

}  // namespace

void import_network(const ImportRequest& request, const Console& console) {
  const Catalog catalog = open_catalog();
  const ImportedNetwork imported = read(request);
  const Compressed network = compressed(catalog, imported.graph, request.compress);
  const Graph& graph = network.graph;
  std::string text = compression_text(network.effects, console.style());
  if (!text.empty()) text += "\n";
  text += graph_summary(graph, console.style());
  text += import_report(imported, graph);
  text += fit_report(catalog, graph, request.runtime, request.soc);
  if (request.output.empty()) {
    text += "\nnothing written; --output FILE writes it as YAML\n";
  } else {
    write_file(request.output, to_yaml(graph));
    text += fmt::format("\nwrote {}\n", request.output);
  }
  console.print(text);
}

}  // namespace partita
