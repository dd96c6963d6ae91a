// partita show: everything a description holds, and where its numbers come from.
#include "sim/base/error.h"
#include "sim/report/describe.h"
#include "sim/report/describe_compression.h"
#include "tools/partita/compression.h"
#include "tools/partita/prepare.h"
#include "tools/partita/show_runtime.h"

namespace partita {

void show(const ShowRequest& request, const Console& console) {
  if (!request.compress.empty() && request.what != "model")
    throw InputError("--compress: only a model can be compressed");
  if (request.what == "soc") {
    const Soc soc = open_soc(open_catalog(), request.name);
    console.print(request.json ? soc_json(soc) : soc_text(soc, console.style()));
  } else if (request.what == "link") {
    const NetworkLink link = load_link(open_catalog().link(request.name));
    console.print(request.json ? link_json(link) : link_text(link, console.style()));
  } else if (request.what == "model") {
    const Catalog catalog = open_catalog();
    const Compressed network =
        compressed(catalog, open_graph(catalog, request.name), request.compress);
    if (request.json) return console.print(graph_json(network.graph, network.effects));
    const std::string effects = compression_text(network.effects, console.style());
    console.print(effects + (effects.empty() ? "" : "\n") +
                  graph_text(network.graph, console.style()));
  } else if (request.what == "runtime") {
    const Catalog catalog = open_catalog();
    const Runtime runtime = load_runtime(catalog.runtime(request.name));
    console.print(request.json ? runtime_json(catalog, runtime)
                               : runtime_text(catalog, runtime, console.style()));
  } else {
    throw_unknown("show", "kind", request.what, {"soc", "link", "model", "runtime"});
  }
}

}  // namespace partita
