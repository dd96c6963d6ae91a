// The files that pages are made of, kept in the library.
#pragma once

#include <string_view>

namespace partita {

/// Were Vega and Vega-Lite there when the library was built?
bool has_vega();

/// Whole text of `vega.min.js`, `vega-lite.min.js` or a file of sim/report/page. Throws
/// UnsupportedError for the first two where the library was built without them.
std::string_view page_file(std::string_view name);

}  // namespace partita
