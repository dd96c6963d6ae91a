// Partitioners from outside: shared libraries that the command loads.
//
// A plug-in is compiled with the headers and the compiler of the command that loads it: the
// interface is C++. It leaves Partita's own functions undefined and finds them in the command.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "partitioners/partitioner.h"

namespace partita {

/// Raised with every change of what a plug-in sees; checked before anything else of it is used.
inline constexpr int kPluginInterface = 2;

/// The table of algorithms with those of plug-ins and the caller's own behind it.
class Registry {
 public:
  /// Throws InputError for a file that is not there, is no library or no plug-in, has another
  /// interface, or brings a name that is taken; or where one of the caller's own does.
  explicit Registry(std::span<const std::string> plugins = {},
                    std::span<const PartitionerInfo> own = {});

  std::span<const PartitionerInfo> all() const { return infos_; }
  /// Throws InputError naming the known ones.
  const PartitionerInfo& find(std::string_view name) const;

 private:
  void load(const std::filesystem::path& file);
  void add(PartitionerInfo info, const std::string& where);
  std::vector<std::shared_ptr<void>> libraries_;  ///< Outlive the functions in infos_.
  std::vector<PartitionerInfo> infos_;
};

}  // namespace partita

extern "C" {
/// What a plug-in defines; PARTITA_PLUGIN does it.
int partita_plugin_interface();
void partita_plugin_partitioners(std::vector<partita::PartitionerInfo>* infos);
}

/// At the end of a plug-in: its factories, `PARTITA_PLUGIN(make_mine)`.
#define PARTITA_PLUGIN(...)                                                           \
  int partita_plugin_interface() {                                                    \
    return partita::kPluginInterface;                                                 \
  }                                                                                   \
  void partita_plugin_partitioners(std::vector<partita::PartitionerInfo>* infos) {    \
    for (partita::PartitionerInfo(*make)() : {__VA_ARGS__}) infos->push_back(make()); \
  }
