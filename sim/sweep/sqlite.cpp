#include "sim/sweep/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "sim/base/error.h"

namespace partita::sweep {

void Database::Close::operator()(sqlite3* db) const {
  sqlite3_close(db);
}

Database::Database(const std::filesystem::path& file) : file_(file.string()) {
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(file_.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail("cannot be opened");
  // Someone may be reading.
  sqlite3_busy_timeout(db, 10'000);
}

void Database::fail(std::string_view doing) const {
  std::string why = sqlite3_errmsg(db_.get());
  const int system = sqlite3_system_errno(db_.get());
  const int code = sqlite3_errcode(db_.get()) & 0xff;
  if (system != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
    why += fmt::format(": {}", std::strerror(system));
  throw InputError(fmt::format("{}: {}: {}", file_, doing, why));
}

void Database::run(const std::string& sql) const {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail("cannot be written");
}

Statement Database::prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
    fail("is not the database of a sweep");
  return Statement(*this, statement);
}

std::int64_t Database::number(const std::string& sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.number(0) : 0;
}

void Statement::Finish::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) db_->fail("cannot be read or written");
  return code == SQLITE_ROW;
}

void Statement::again() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

void Statement::bind(int at, std::uint64_t value) {
  sqlite3_bind_int64(statement_.get(), at, static_cast<sqlite3_int64>(value));
}

void Statement::bind(int at, double value) {
  if (std::isnan(value))
    sqlite3_bind_null(statement_.get(), at);
  else
    sqlite3_bind_double(statement_.get(), at, value);
}

void Statement::bind(int at, std::string_view text) {
  sqlite3_bind_text(statement_.get(), at, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL)
    return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

std::string sql_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace partita::sweep
