#include "tools/partita/home.h"

#include <dlfcn.h>

#include <cstdlib>
#include <functional>
#include <system_error>
#include <vector>

#include "sim/base/error.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

/// What this code was loaded from: a Python module or other library, and the program.
std::vector<fs::path> own_files() {
  std::vector<fs::path> files;
  std::error_code error;
  Dl_info info;
  // A program's own name may be relative to where it was started: only a library's is of use.
  if (dladdr(reinterpret_cast<const void*>(&data_root), &info) != 0 && info.dli_fname[0] == '/')
    files.push_back(fs::canonical(info.dli_fname, error));
  files.push_back(fs::read_symlink("/proc/self/exe", error));
  return files;
}

/// What `find` says of the nearest folder above that it says something of.
fs::path nearest(const std::function<fs::path(const fs::path&)>& find) {
  for (const fs::path& file : own_files())
    for (fs::path folder = file.parent_path(); !folder.empty(); folder = folder.parent_path()) {
      if (fs::path found = find(folder); !found.empty()) return found;
      if (folder == folder.parent_path()) break;
    }
  return {};
}

bool is_data_root(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "socs", error) && fs::is_directory(folder / "models", error);
}

}  // namespace

fs::path data_root() {
  const char* given = std::getenv("PARTITA_DATA");
  if (given != nullptr && *given != '\0') return given;
  const fs::path found = nearest([](const fs::path& folder) {
    if (is_data_root(folder / "share" / "partita")) return folder / "share" / "partita";
    return is_data_root(folder) ? folder : fs::path();
  });
  if (!found.empty()) return found;
  if (is_data_root(PARTITA_SOURCE_DIR)) return PARTITA_SOURCE_DIR;
  throw InputError(
      "no data: neither share/partita beside the command nor socs/ and models/ above it; "
      "PARTITA_DATA can name their folder");
}

fs::path package_root() {
  return nearest([](const fs::path& folder) {
    std::error_code error;
    const char* config = "partitaConfig.cmake";
    for (const fs::path& beside : {fs::path(), fs::path("lib") / "cmake" / "partita"})
      if (fs::is_regular_file(folder / beside / config, error)) return folder;
    return fs::path();
  });
}

Catalog open_catalog() {
  return Catalog(data_root());
}

}  // namespace partita
