// partita new: the files a partitioner of one's own begins with.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tools/partita/commands.h"
#include "tools/partita/home.h"
#include "tools/partita/skeletons.h"

namespace partita {
namespace {

namespace fs = std::filesystem;

void check_name(const std::string& name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  bool good = !name.empty() && name.size() <= 40 && letter(name[0]) && name.back() != '-';
  for (std::size_t i = 0; i < name.size(); ++i)
    good = good && (letter(name[i]) || (name[i] >= '0' && name[i] <= '9') ||
                    (name[i] == '-' && name[i - 1] != '-'));
  if (!good)
    throw InputError(fmt::format(
        "new: \"{}\" is no name for a partitioner: small letters, digits and single hyphens, a "
        "letter first, 40 at most",
        name));
  for (const PartitionerInfo& info : partitioners())
    if (info.name == name) throw InputError(fmt::format("new: there is a partitioner {}", name));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

void make_new(const NewRequest& request, const Console& console) {
  if (request.what != "partitioner") throw_unknown("new", "kind", request.what, {"partitioner"});
  check_name(request.name);
  const std::string id = replaced(request.name, "-", "_");
  const auto filled = [&](std::string_view skeleton) {
    std::string text = replaced(std::string(skeleton), "@NAME@", request.name);
    text = replaced(std::move(text), "@ID@", id);
    return replaced(std::move(text), "@HOME@", package_root().string());
  };
  const fs::path folder = request.into.empty() ? fs::path(".") : fs::path(request.into);
  const std::vector<std::pair<fs::path, std::string>> files{
      {folder / (id + ".cpp"), filled(kPartitionerSkeleton)},
      {folder / (id + "_test.cpp"), filled(kPartitionerTestSkeleton)},
      {folder / "CMakeLists.txt", filled(kPluginCmakeSkeleton)}};
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw InputError(fmt::format("--into {}: no such folder", folder.string()));
  for (const auto& [file, text] : files)
    if (fs::exists(fs::symlink_status(file, error)))
      throw InputError(fmt::format("{}: exists already; nothing was written", file.string()));
  std::string said;
  for (const auto& [file, text] : files) {
    write_file(file, text);
    said += fmt::format("wrote {}\n", file.string());
  }
  const std::string here = folder.string();
  said += fmt::format(
      "\nAs a plug-in:\n"
      "  cmake -S {0} -B {0}/build && cmake --build {0}/build && ctest --test-dir {0}/build\n"
      "  partita run --soc rk3588 --model resnet18 --plugin {0}/build/lib{1}.so --partitioner {2}\n"
      "As a part of Partita: move {1}.cpp to partitioners/, then add\n"
      "  PartitionerInfo make_{1}();   to partitioners/partitioner.h\n"
      "  make_{1}(),                   to the table in partitioners/registry.cpp\n",
      here, id, request.name);
  console.print(said);
}

}  // namespace partita
