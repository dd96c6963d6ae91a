// partita show: everything a description holds, and where its numbers come from.
#include "sim/base/error.h"
#include "sim/report/describe.h"
#include "tools/partita/prepare.h"
#include "tools/partita/show_runtime.h"

namespace partita {

void show(const ShowRequest& request, const Console& console) {
  if (request.what == "soc") {
    const Soc soc = open_soc(open_catalog(), request.name);
    console.print(request.json ? soc_json(soc) : soc_text(soc, console.style()));
  } else if (request.what == "link") {
    const NetworkLink link = load_link(open_catalog().link(request.name));
    console.print(request.json ? link_json(link) : link_text(link, console.style()));
  } else if (request.what == "model") {
    const Graph graph = open_graph(open_catalog(), request.name);
    console.print(request.json ? graph_json(graph) : graph_text(graph, console.style()));
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
