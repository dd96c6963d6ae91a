// Files: whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// Throws InputError when missing, a folder, unreadable, or larger than `most_bytes`.
std::string read_file(const std::filesystem::path& path, std::uintmax_t most_bytes = 256u << 20);

/// Writes to a temporary file beside `path`, then renames: a reader sees the old or the new
/// content. Throws InputError when the folder cannot be written.
void write_file(const std::filesystem::path& path, std::string_view content);

/// A CSV table with a header line. Fields may be quoted with ". No escapes beyond "".
struct Csv {
  std::string name;  ///< For errors.
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< Each as long as the header.
  std::vector<int> lines;                      ///< Line in the file of each row, from 1.

  /// Throws InputError naming the known columns.
  std::size_t column(std::string_view title) const;
  bool has_column(std::string_view title) const;
  /// Finite number; throws InputError `file:line: column: ...`.
  double number(std::size_t row, std::size_t column) const;
  [[noreturn]] void fail(std::size_t row, std::size_t column, std::string_view problem) const;
};

/// Throws InputError when ragged, without a header, or with a repeated column.
Csv read_csv(const std::filesystem::path& path);
Csv parse_csv(std::string_view text, std::string name);

/// Finite number from the whole of `text`, locale-independent; throws InputError `<where>: ...`.
double parse_number(std::string_view text, std::string_view where);

}  // namespace partita
