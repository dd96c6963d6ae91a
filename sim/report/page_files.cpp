#include "sim/report/page_files.h"

#include <stdexcept>
#include <string>

#include "sim/base/error.h"

// The assembler puts a file as it is between two symbols.
#define PARTITA_EMBED(symbol, file)                                                  \
  __asm__(                                                                           \
      ".pushsection .rodata\n"                                                       \
      ".hidden partita_page_" #symbol "\n.hidden partita_page_" #symbol              \
      "_end\n.global partita_page_" #symbol "\n.global partita_page_" #symbol        \
      "_end\npartita_page_" #symbol ":\n.incbin \"" file "\"\npartita_page_" #symbol \
      "_end:\n.byte 0\n.popsection\n");                                              \
  extern "C" const char partita_page_##symbol[], partita_page_##symbol##_end[]
#define PARTITA_TEXT(symbol)              \
  std::string_view(partita_page_##symbol, \
                   static_cast<std::size_t>(partita_page_##symbol##_end - partita_page_##symbol))

PARTITA_EMBED(style, PARTITA_PAGE "/style.css");
PARTITA_EMBED(lab_html, PARTITA_PAGE "/lab.html");
PARTITA_EMBED(lab_css, PARTITA_PAGE "/lab.css");
PARTITA_EMBED(lab_js, PARTITA_PAGE "/lab.js");
PARTITA_EMBED(report_css, PARTITA_PAGE "/report.css");
PARTITA_EMBED(report_js, PARTITA_PAGE "/report.js");
#ifdef PARTITA_VEGA_JS
PARTITA_EMBED(vega, PARTITA_VEGA_JS);
PARTITA_EMBED(vega_lite, PARTITA_VEGA_LITE_JS);
#endif

namespace partita {

bool has_vega() {
#ifdef PARTITA_VEGA_JS
  return true;
#else
  return false;
#endif
}

std::string_view page_file(std::string_view name) {
  if (name == "style.css") return PARTITA_TEXT(style);
  if (name == "lab.html") return PARTITA_TEXT(lab_html);
  if (name == "lab.css") return PARTITA_TEXT(lab_css);
  if (name == "lab.js") return PARTITA_TEXT(lab_js);
  if (name == "report.css") return PARTITA_TEXT(report_css);
  if (name == "report.js") return PARTITA_TEXT(report_js);
#ifdef PARTITA_VEGA_JS
  if (name == "vega.min.js") return PARTITA_TEXT(vega);
  if (name == "vega-lite.min.js") return PARTITA_TEXT(vega_lite);
#else
  if (name == "vega.min.js" || name == "vega-lite.min.js")
    throw UnsupportedError(
        "pages are drawn by Vega, which this partita was built without; tools/demo fetches it");
#endif
  throw std::logic_error("no such page file: " + std::string(name));
}

}  // namespace partita
