// Results of a sweep in a SQLite database: what is committed stays, whatever ends the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/sweep/design.h"
#include "sim/sweep/rows.h"

namespace partita::sweep {

/// What a database is of: two sweeps are the same where all of this is.
struct Identity {
  std::string plan;     ///< In canonical form.
  std::string version;  ///< Of Partita.
  std::string data;     ///< Hash of the files that the plan names.
};

/// 64-bit FNV-1a in hexadecimal: tells two texts apart, and is no protection against forgers.
std::string hash_of(std::string_view text);

/// Tables: `plan` (one row: the identity, batch, points), `points` (number and one column per axis)
/// and `results` (number, reason, plan, one column per figure). A batch is one transaction.
class Store {
 public:
  /// Of points from 0 on, so many in a batch. Throws InputError where the file is there already or
  /// cannot be written.
  static Store create(const std::filesystem::path& file, const Identity& identity,
                      const Design& design, const std::vector<std::string>& figures,
                      std::uint64_t batch);
  /// One begun before, with its own batch; else a new one. Throws InputError where it is of another
  /// plan, another version, other data, or no sweep at all.
  static Store resume(const std::filesystem::path& file, const Identity& identity,
                      const Design& design, const std::vector<std::string>& figures,
                      std::uint64_t batch);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) = delete;
  ~Store();

  std::uint64_t batch() const;
  /// Points that have a result.
  std::uint64_t done() const;
  /// Ranges [begin, end) without results, ascending, none longer than a batch.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> missing() const;
  /// Rows of one range, all or none. Throws InputError where they cannot be written (a full disk)
  /// or are there already.
  void add(std::vector<Row> rows);
  /// Every row by number, with the values of its axes.
  void each(const std::function<void(const Row&, std::span<const double>)>& take) const;
  /// Moves everything into the one file.
  void settle();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace partita::sweep
