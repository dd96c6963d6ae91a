#include "tools/partita/report_file.h"

#include <algorithm>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/report/page.h"

namespace partita {

std::string report_format(const std::string& file, const std::vector<std::string>& known) {
  if (file.empty()) return {};
  std::string extension = std::filesystem::path(file).extension().string();
  if (extension == ".htm") extension = ".html";
  if (std::find(known.begin(), known.end(), extension) == known.end())
    throw_unknown("--report " + file, "report format", extension, known);
  if (extension == ".html") require_pages();
  return extension;
}

}  // namespace partita
