#include "sim/sweep/rows.h"

#include <bit>
#include <cstring>
#include <stdexcept>

namespace partita::sweep {
namespace {

static_assert(std::endian::native == std::endian::little);

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number())); }
  std::vector<double> figures(std::size_t expected) {
    const std::uint64_t count = number();
    if (count != 0 && count != expected)
      throw std::invalid_argument("unpack: rows of another sweep");
    std::vector<double> values(count);
    if (count > 0) std::memcpy(values.data(), take(count * sizeof(double)).data(), 8 * count);
    return values;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) throw std::invalid_argument("unpack: the rows end early");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
};

void put(std::string& bytes, std::uint64_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put(std::string& bytes, const std::string& text) {
  put(bytes, text.size());
  bytes += text;
}

}  // namespace

std::string pack(const std::vector<Row>& rows) {
  std::string bytes;
  for (const Row& row : rows) {
    put(bytes, row.point);
    put(bytes, row.reason);
    put(bytes, row.plan);
    put(bytes, row.figures.size());
    bytes.append(reinterpret_cast<const char*>(row.figures.data()),
                 row.figures.size() * sizeof(double));
  }
  return bytes;
}

std::vector<Row> unpack(std::string_view bytes, std::size_t figures) {
  Reader reader(bytes);
  std::vector<Row> rows;
  while (!reader.at_end()) {
    Row row;
    row.point = reader.number();
    row.reason = reader.text();
    row.plan = reader.text();
    row.figures = reader.figures(figures);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace partita::sweep
