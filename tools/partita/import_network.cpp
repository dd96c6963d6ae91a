// partita import: a network file of another tool into our YAML.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/report/describe.h"
#include "sim/report/describe_compression.h"
#include "tools/partita/compression.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

Shape parse_input(const std::string& text) {
  Shape shape;
  for (const std::string& part : split_list(text, 'x')) {
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), extent);
    if (error != std::errc() || end != part.data() + part.size() || extent < 1 ||
        extent > 1'000'000)
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

Graph read(const ImportRequest& request) {
  const std::filesystem::path path(request.file);
  const std::string extension = path.extension().string();
  if (extension != ".param" && extension != ".yaml")
    throw_unknown(request.file, "kind of network file", extension, {".param", ".yaml"});
  if (extension == ".yaml") {
    if (!request.input.empty())
      throw InputError("--input: only for .param files; our YAML has its shapes");
    return load_graph(path);
  }
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

}  // namespace

void import_network(const ImportRequest& request, const Console& console) {
  const Compressed network = compressed(open_catalog(), read(request), request.compress);
  const Graph& graph = network.graph;
  std::string text = compression_text(network.effects, console.style());
  if (!text.empty()) text += "\n";
  text += graph_summary(graph, console.style());
  if (request.output.empty()) {
    text += "\nnothing written; --output FILE writes it as YAML\n";
  } else {
    write_file(request.output, to_yaml(graph));
    text += fmt::format("\nwrote {}\n", request.output);
  }
  console.print(text);
}

}  // namespace partita
