#include "sim/base/catalog.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "sim/base/error.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> stems(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<fs::path> subfolders(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_directory(error)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

bool looks_like_path(std::string_view text) {
  const fs::path path(text);
  const fs::path extension = path.extension();
  return text.find('/') != std::string_view::npos || extension == ".yaml" ||
         extension == ".param" || extension == ".onnx" || extension == ".tflite";
}

fs::path resolve(const fs::path& folder, std::string_view what, std::string_view name_or_path) {
  std::error_code error;
  if (looks_like_path(name_or_path)) {
    const fs::path path(name_or_path);
    if (!fs::exists(path, error)) throw InputError(fmt::format("{}: no such file", name_or_path));
    return path;
  }
  const auto known = stems(folder);
  if (std::find(known.begin(), known.end(), name_or_path) == known.end())
    throw_unknown(folder.filename().string(), what, name_or_path, known);
  return folder / (std::string(name_or_path) + ".yaml");
}

}  // namespace

Catalog::Catalog(fs::path root) : root_(std::move(root)) {
  std::error_code error;
  for (const char* room : {"socs", "models"})
    if (!fs::is_directory(root_ / room, error))
      throw InputError(
          fmt::format("{}: not a data root: it has no folder {}/", root_.string(), room));
}

std::vector<std::string> Catalog::socs() const {
  return stems(root_ / "socs");
}
std::vector<std::string> Catalog::models() const {
  return stems(root_ / "models");
}

fs::path Catalog::soc(std::string_view name_or_path) const {
  return resolve(root_ / "socs", "SoC", name_or_path);
}

fs::path Catalog::model(std::string_view name_or_path) const {
  return resolve(root_ / "models", "model", name_or_path);
}

std::vector<std::string> Catalog::links() const {
  return stems(root_ / "socs" / "links");
}

std::filesystem::path Catalog::link(std::string_view name_or_path) const {
  return resolve(root_ / "socs" / "links", "link", name_or_path);
}

std::vector<std::string> Catalog::workloads() const {
  return stems(root_ / "models" / "workloads");
}

fs::path Catalog::workload(std::string_view name_or_path) const {
  return resolve(root_ / "models" / "workloads", "workload", name_or_path);
}

std::vector<std::string> Catalog::conditions() const {
  return stems(root_ / "socs" / "conditions");
}

fs::path Catalog::condition(std::string_view name_or_path) const {
  return resolve(root_ / "socs" / "conditions", "condition", name_or_path);
}

bool Catalog::is_path(std::string_view name_or_path) {
  return looks_like_path(name_or_path);
}

std::vector<std::string> Catalog::runtimes() const {
  return stems(root_ / "traces" / "runtimes");
}

fs::path Catalog::runtime(std::string_view name_or_path) const {
  return resolve(root_ / "traces" / "runtimes", "runtime", name_or_path);
}

std::vector<Catalog::ProfileEntry> Catalog::profiles() const {
  std::vector<ProfileEntry> entries;
  std::error_code error;
  for (const fs::path& soc : subfolders(root_ / "traces"))
    for (const fs::path& folder : subfolders(soc)) {
      if (!fs::exists(folder / "meta.yaml", error)) continue;
      const std::string name = folder.filename().string();
      const auto dash = name.rfind('-');
      if (dash == std::string::npos || dash == 0 || dash + 1 == name.size())
        throw InputError(
            fmt::format("traces/{}/{}: a profile folder is named <runtime>-<precision>",
                        soc.filename().string(), name));
      entries.push_back({soc.filename().string(), name.substr(0, dash), name.substr(dash + 1),
                         folder, fs::exists(folder / "layers.csv", error)});
    }
  return entries;
}

}  // namespace partita
