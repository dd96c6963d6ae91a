// Cells as bytes, between processes of one command.
#include <cstring>
#include <stdexcept>

#include "tools/partita/compare_cell.h"

namespace partita {
namespace {

class Packer {
 public:
  template <class Number>
  requires std::is_trivially_copyable_v<Number>
  void put(const Number& number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put(const std::string& text) {
    put(text.size());
    bytes += text;
  }
  std::string bytes;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
  template <class Number>
  requires std::is_trivially_copyable_v<Number>
  void get(Number& number) { std::memcpy(&number, take(sizeof number).data(), sizeof number); }
  void get(std::string& text) {
    std::size_t size = 0;
    get(size);
    text = take(size);
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) throw std::logic_error("unpack: a cell ends early");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
};

/// The same fields in the same order, both ways.
template <class Way, class Row>
void each_field(Row& row, Way way) {
  auto& o = row.outcome;
  way(o.name), way(o.single_unit), way(o.mapping), way(o.value), way(o.latency_s);
  way(o.energy_j), way(o.period_s), way(o.gap), way(o.uncertainty.sd_s);
  way(row.gain), way(row.regret), way(row.verdict), way(row.repeats);
}

}  // namespace

std::string pack(const Cell& cell) {
  Packer packer;
  const auto put = [&](const auto& field) { packer.put(field); };
  put(cell.csv), put(cell.json);
  put(cell.comparison.rows.size());
  for (const Ranked& row : cell.comparison.rows) each_field(row, put);
  put(cell.comparison.left_out.size());
  for (const NotApplicable& left : cell.comparison.left_out) put(left.name), put(left.why);
  return std::move(packer.bytes);
}

Cell unpack(std::string_view packed) {
  Unpacker unpacker(packed);
  const auto get = [&](auto& field) { unpacker.get(field); };
  Cell cell;
  std::size_t count = 0;
  get(cell.csv), get(cell.json);
  get(count);
  cell.comparison.rows.resize(count);
  for (Ranked& row : cell.comparison.rows) each_field(row, get);
  get(count);
  cell.comparison.left_out.resize(count);
  for (NotApplicable& left : cell.comparison.left_out) get(left.name), get(left.why);
  return cell;
}

}  // namespace partita
