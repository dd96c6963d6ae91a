// Where the data lives: one root with socs/, models/, traces/ and validation/.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

class Catalog {
 public:
  /// `root` holds socs/, models/, ... Throws InputError when it does not.
  explicit Catalog(std::filesystem::path root);
  const std::filesystem::path& root() const { return root_; }

  /// Names (file stems) in socs/ and models/, sorted.
  std::vector<std::string> socs() const;
  std::vector<std::string> models() const;
  /// Network links: socs/links/.
  std::vector<std::string> links() const;
  std::filesystem::path link(std::string_view name_or_path) const;
  /// Ready-made workloads (models/workloads/) and conditions (socs/conditions/).
  std::vector<std::string> workloads() const;
  std::filesystem::path workload(std::string_view name_or_path) const;
  std::vector<std::string> conditions() const;
  std::filesystem::path condition(std::string_view name_or_path) const;
  /// A name from the list, or a path to a file of the user's. Throws InputError naming the known.
  std::filesystem::path soc(std::string_view name_or_path) const;
  std::filesystem::path model(std::string_view name_or_path) const;

  /// Whether it means a file of the user's: it has a slash or ends in .yaml or .param.
  static bool is_path(std::string_view name_or_path);

  /// Measured tables: `traces/<soc>/<runtime>-<precision>/`.
  struct ProfileEntry {
    std::string soc, runtime, precision;
    std::filesystem::path folder;
    bool layers =
        false;  ///< Layer by layer at every clock (layers.csv), not single rows to fit to.
  };
  std::vector<ProfileEntry> profiles() const;
  /// Names in traces/runtimes/, sorted, and the file of one. Throws InputError naming the known.
  std::vector<std::string> runtimes() const;
  std::filesystem::path runtime(std::string_view name_or_path) const;

 private:
  std::filesystem::path root_;
};

}  // namespace partita
