#include "partitioners/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "sim/base/error.h"

namespace partita {
namespace {

/// What the loader says, without the file's name before it.
std::string loader_says(const std::filesystem::path& file) {
  const char* error = ::dlerror();
  std::string text = error == nullptr ? "unknown" : error;
  const std::string prefix = file.string() + ": ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

template <class Function>
Function* symbol(void* library, const char* name, const std::string& file) {
  auto* found = reinterpret_cast<Function*>(::dlsym(library, name));
  if (found == nullptr)
    throw InputError(
        fmt::format("--plugin {}: no plug-in of Partita: it does not define {}()", file, name));
  return found;
}

}  // namespace

Registry::Registry(std::span<const std::string> plugins, std::span<const PartitionerInfo> own)
    : infos_(partitioners().begin(), partitioners().end()) {
  for (const std::string& file : plugins) load(file);
  for (const PartitionerInfo& info : own) add(info, "partitioner " + info.name);
}

void Registry::add(PartitionerInfo info, const std::string& where) {
  const bool taken = std::any_of(infos_.begin(), infos_.end(),
                                 [&](const PartitionerInfo& i) { return i.name == info.name; });
  if (taken)
    throw InputError(fmt::format("{}: the name \"{}\" is already taken", where, info.name));
  if (info.name.empty() || !info.run || info.objectives.empty())
    throw InputError(fmt::format("{}: partitioner \"{}\" lacks a name, a function or an objective",
                                 where, info.name));
  infos_.push_back(std::move(info));
}

const PartitionerInfo& Registry::find(std::string_view name) const {
  std::vector<std::string> known;
  for (const PartitionerInfo& info : infos_) {
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  throw_unknown("partitioner", "partitioner", name, known);
}

void Registry::load(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw InputError(fmt::format("--plugin {}: no such file", name));
  // A bare name would be looked for in the system's folders.
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  std::shared_ptr<void> library(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL), [](void* handle) {
    if (handle != nullptr) ::dlclose(handle);
  });
  if (!library)
    throw InputError(fmt::format("--plugin {}: cannot be loaded: {}", name, loader_says(path)));
  const int version =
      symbol<decltype(partita_plugin_interface)>(library.get(), "partita_plugin_interface", name)();
  if (version != kPluginInterface)
    throw InputError(
        fmt::format("--plugin {}: built for interface {}, this command has interface "
                    "{}: compile it with this version's headers",
                    name, version, kPluginInterface));
  const auto fill = symbol<decltype(partita_plugin_partitioners)>(
      library.get(), "partita_plugin_partitioners", name);
  libraries_.push_back(library);
  std::vector<PartitionerInfo> brought;
  fill(&brought);
  for (PartitionerInfo& info : brought) add(std::move(info), "--plugin " + name);
}

}  // namespace partita
