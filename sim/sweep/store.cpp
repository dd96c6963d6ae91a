#include "sim/sweep/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "sim/base/error.h"
#include "sim/sweep/sqlite.h"

namespace partita::sweep {
namespace fs = std::filesystem;

std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

struct Store::Impl {
  Impl(const fs::path& path, const Design& points, std::size_t figure_count)
      : file(path.string()), db(path), design(points), figures(figure_count) {}
  void prepare() {
    std::string axes = "(?", columns = "(?,?,?";
    for (std::size_t a = 0; a < design.axes().size(); ++a) axes += ",?";
    for (std::size_t f = 0; f < figures; ++f) columns += ",?";
    add_point.emplace(db.prepare("INSERT INTO points VALUES " + axes + ")"));
    add_result.emplace(db.prepare("INSERT INTO results VALUES " + columns + ")"));
  }
  void insert(const Row& row);

  std::string file;
  Database db;
  Design design;
  std::size_t figures;
  std::uint64_t batch = 1;
  std::optional<Statement> add_point, add_result;
  std::vector<double> values;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store::~Store() = default;

namespace {

void make_tables(const Database& db, const Identity& identity, const Design& design,
                 const std::vector<std::string>& figures, std::uint64_t batch) {
  std::string points = "number INTEGER PRIMARY KEY", results = points + ", reason TEXT, plan TEXT";
  for (const Axis& axis : design.axes())
    points += fmt::format(", {} {}", sql_name(axis.name), axis.is_text() ? "TEXT" : "REAL");
  for (const std::string& figure : figures) results += fmt::format(", {} REAL", sql_name(figure));
  db.run("BEGIN IMMEDIATE");
  db.run(
      "CREATE TABLE plan (plan TEXT, hash TEXT, version TEXT, data TEXT, points INTEGER, "
      "batch INTEGER)");
  db.run("CREATE TABLE points (" + points + ")");
  db.run("CREATE TABLE results (" + results + ")");
  Statement insert = db.prepare("INSERT INTO plan VALUES (?,?,?,?,?,?)");
  insert.bind(1, identity.plan);
  insert.bind(2, hash_of(identity.plan));
  insert.bind(3, identity.version);
  insert.bind(4, identity.data);
  insert.bind(5, design.size());
  insert.bind(6, batch);
  insert.step();
  db.run("COMMIT");
}

void set_journal(const Database& db) {
  db.run("PRAGMA journal_mode=WAL");
  db.run("PRAGMA synchronous=FULL");
}

/// The batch that it was begun with.
std::uint64_t check_identity(const Database& db, const std::string& file,
                             const Identity& identity) {
  Statement plan = db.prepare("SELECT plan, version, data, batch FROM plan");
  if (!plan.step()) throw InputError(file + ": is not the database of a sweep");
  const auto differs = [&](std::string_view what, const std::string& there,
                           const std::string& here) {
    throw InputError(
        fmt::format("{}: is of another {} ({}, not {}); name another file with "
                    "--database",
                    file, what, there, here));
  };
  if (plan.text(0) != identity.plan) differs("plan", hash_of(plan.text(0)), hash_of(identity.plan));
  if (plan.text(1) != identity.version) differs("version", plan.text(1), identity.version);
  if (plan.text(2) != identity.data) differs("state of the data", plan.text(2), identity.data);
  return static_cast<std::uint64_t>(plan.number(3));
}

}  // namespace

Store Store::create(const fs::path& file, const Identity& identity, const Design& design,
                    const std::vector<std::string>& figures, std::uint64_t batch) {
  std::error_code error;
  if (fs::exists(file, error))
    throw InputError(file.string() +
                     ": is there already; --resume goes on with it, --database FILE names another");
  auto impl = std::make_unique<Impl>(file, design, figures.size());
  set_journal(impl->db);
  make_tables(impl->db, identity, design, figures, batch);
  impl->batch = batch;
  impl->prepare();
  return Store(std::move(impl));
}

Store Store::resume(const fs::path& file, const Identity& identity, const Design& design,
                    const std::vector<std::string>& figures, std::uint64_t batch) {
  auto impl = std::make_unique<Impl>(file, design, figures.size());
  // Ended before it began: the first transaction makes the tables.
  const bool begun = impl->db.number("SELECT count(*) FROM sqlite_master") > 0;
  if (begun) impl->batch = check_identity(impl->db, impl->file, identity);
  set_journal(impl->db);
  if (!begun) {
    make_tables(impl->db, identity, design, figures, batch);
    impl->batch = batch;
  }
  impl->prepare();
  return Store(std::move(impl));
}

std::uint64_t Store::batch() const {
  return impl_->batch;
}

std::uint64_t Store::done() const {
  return static_cast<std::uint64_t>(impl_->db.number("SELECT count(*) FROM results"));
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> Store::missing() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  const std::uint64_t batch = impl_->batch;
  const auto gap = [&](std::uint64_t begin, std::uint64_t end) {
    while (begin < end) {
      const std::uint64_t stop = std::min(end, (begin / batch + 1) * batch);
      ranges.emplace_back(begin, stop);
      begin = stop;
    }
  };
  Statement rows = impl_->db.prepare("SELECT number FROM results ORDER BY number");
  std::uint64_t next = 0;
  while (rows.step()) {
    const auto number = static_cast<std::uint64_t>(rows.number(0));
    gap(next, number);
    next = number + 1;
  }
  gap(next, impl_->design.size());
  return ranges;
}

void Store::Impl::insert(const Row& row) {
  values.resize(design.axes().size());
  design.point(row.point, values);
  add_point->again();
  add_point->bind(1, row.point);
  for (std::size_t a = 0; a < values.size(); ++a) {
    const Axis& axis = design.axes()[a];
    const int at = static_cast<int>(a) + 2;
    if (axis.is_text())
      add_point->bind(at, axis.names.at(static_cast<std::size_t>(values[a])));
    else
      add_point->bind(at, values[a]);
  }
  add_point->step();
  add_result->again();
  add_result->bind(1, row.point);
  if (!row.reason.empty()) add_result->bind(2, row.reason);
  if (!row.plan.empty()) add_result->bind(3, row.plan);
  for (std::size_t f = 0; f < row.figures.size(); ++f)
    add_result->bind(static_cast<int>(f) + 4, row.figures[f]);
  add_result->step();
}

void Store::add(std::vector<Row> rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.point < b.point; });
  impl_->db.run("BEGIN IMMEDIATE");
  try {
    for (const Row& row : rows) impl_->insert(row);
    impl_->db.run("COMMIT");
  } catch (const InputError& error) {
    impl_->add_point->again();
    impl_->add_result->again();
    try {
      impl_->db.run("ROLLBACK");
    } catch (const InputError&) {
      // SQLite has rolled back itself.
    }
    throw InputError(fmt::format("{}; what was written before is kept, --resume goes on from there",
                                 error.what()));
  }
}

void Store::each(const std::function<void(const Row&, std::span<const double>)>& take) const {
  Statement rows = impl_->db.prepare("SELECT * FROM results ORDER BY number");
  Row row;
  std::vector<double> values(impl_->design.axes().size());
  while (rows.step()) {
    row.point = static_cast<std::uint64_t>(rows.number(0));
    row.reason = rows.text(1);
    row.plan = rows.text(2);
    row.figures.clear();
    if (row.reason.empty())
      for (std::size_t f = 0; f < impl_->figures; ++f)
        row.figures.push_back(rows.real(static_cast<int>(f) + 3));
    impl_->design.point(row.point, values);
    take(row, values);
  }
}

void Store::settle() {
  impl_->db.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace partita::sweep
