// The little of SQLite that a store needs. Internal to sim/sweep; no SQLite type leaves it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace partita::sweep {

class Statement;

class Database {
 public:
  /// Opens or makes the file. Throws InputError.
  explicit Database(const std::filesystem::path& file);
  void run(const std::string& sql) const;
  Statement prepare(const std::string& sql) const;
  /// What SQLite says, as an InputError about this file.
  [[noreturn]] void fail(std::string_view doing) const;
  /// Of a query with one whole number as its answer.
  std::int64_t number(const std::string& sql) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::string file_;
  std::unique_ptr<sqlite3, Close> db_;
};

/// Parameters count from 1, columns from 0.
class Statement {
 public:
  /// False: no more rows.
  bool step();
  void again();  ///< Back to the start, parameters empty.
  void bind(int at, std::uint64_t value);
  void bind(int at, double value);  ///< NaN: NULL.
  void bind(int at, std::string_view text);
  std::int64_t number(int column) const;
  double real(int column) const;  ///< NULL: NaN.
  std::string text(int column) const;

 private:
  friend class Database;
  struct Finish {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Database& db, sqlite3_stmt* statement) : db_(&db), statement_(statement) {}
  const Database* db_;
  std::unique_ptr<sqlite3_stmt, Finish> statement_;
};

/// As a name in SQL, whatever it holds.
std::string sql_name(std::string_view name);

}  // namespace partita::sweep
