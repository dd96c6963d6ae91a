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
  /// A name from the list, or a path to a file of the user's. Throws InputError naming the known.
  std::filesystem::path soc(std::string_view name_or_path) const;
  std::filesystem::path model(std::string_view name_or_path) const;

  /// Measured profiles: traces/<soc>/<runtime>-<precision>/.
  struct ProfileEntry {
    std::string soc, runtime, precision;
    std::filesystem::path folder;
  };
  std::vector<ProfileEntry> profiles() const;

 private:
  std::filesystem::path root_;
};

}  // namespace partita
