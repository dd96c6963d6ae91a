// What `--report FILE` asks for, by the file's extension.
#pragma once

#include <string>
#include <vector>

namespace partita {

/// `.html`, `.csv`, ... of the file (`.htm` is `.html`); empty where there is no file. Throws
/// InputError naming the known ones, and UnsupportedError for a page where this build has no Vega.
std::string report_format(const std::string& file, const std::vector<std::string>& known);

}  // namespace partita
