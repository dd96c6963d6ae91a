// Strict YAML: mandatory units, no duplicate or unknown keys, positions in every error.
// The only header through which the rest of the house sees YAML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/units.h"

namespace partita {

/// A node of a document with its place. Cheap to copy; keeps the document alive.
///
/// A mapping is read key by key; `done()` throws on the first key nobody asked for. Every getter
/// throws InputError `file:line:column: key.path: problem` when the value is missing or malformed.
class Yaml {
 public:
  /// Throws InputError when the file is missing, unreadable, larger than 64 MB, nested deeper than
  /// 64 levels, not one YAML document, or holds a duplicate key.
  static Yaml load_file(const std::filesystem::path& path);
  static Yaml load_text(std::string_view text, std::string name);

  Yaml at(std::string_view key) const;                   ///< Required child.
  std::optional<Yaml> find(std::string_view key) const;  ///< Optional child.
  bool has(std::string_view key) const;

  std::vector<std::pair<std::string, Yaml>> entries()
      const;                        ///< Mapping, in file order; all marked read.
  std::vector<Yaml> items() const;  ///< Sequence.
  bool is_map() const;
  bool is_sequence() const;
  bool is_scalar() const;

  std::string text() const;  ///< Non-empty scalar.
  double number() const;     ///< Finite, unit-less.
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  bool boolean() const;  ///< true | false only.
  double quantity(Dimension dimension) const;
  /// Index of the scalar in `known`; throws naming the choices.
  std::size_t choice(std::string_view what, const std::vector<std::string>& known) const;

  void done() const;  ///< Throws on unknown keys of this mapping, naming the known ones.

  std::string where() const;  ///< `file:line:column: key.path`
  [[noreturn]] void fail(std::string_view problem) const;
  int line() const;
  const std::string& path() const;  ///< Key path, e.g. `units.gpu.opps[2]`.

 private:
  struct Document;
  struct Impl;
  explicit Yaml(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// A scalar quoted where YAML would read it otherwise (for the writers of our own files).
std::string yaml_scalar(std::string_view text);

}  // namespace partita
