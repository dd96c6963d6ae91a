#include "sim/soc/network.h"
#include "sim/soc/scope.h"

namespace partita {
namespace {

NetworkDirection read_direction(const Scope& scope) {
  NetworkDirection direction;
  direction.bandwidth_bytes_per_s = scope.positive("bandwidth", Dimension::bandwidth);
  direction.base_power_w = scope.quantity("power", Dimension::power);
  direction.energy_per_byte_j = scope.quantity("energy", Dimension::energy_per_byte);
  scope.done();
  return direction;
}

NetworkLink read_network(const Yaml& root, std::string name) {
  NetworkLink link;
  link.name = std::move(name);
  Soc books;  // Scope enters numbers and sources here.
  for (const auto& [id, source] : root.at("sources").entries()) {
    books.sources.push_back({id, source.at("what").text(), source.at("licence").text()});
    source.done();
  }
  const Scope scope(root, Provenance{}, books);
  link.title = scope.text("title");
  link.full_duplex = scope.node().at("duplex").choice("duplex", {"half", "full"}) == 1;
  link.up = read_direction(scope.child("up"));
  link.down = read_direction(scope.child("down"));
  link.round_trip_s = scope.quantity("round_trip", Dimension::time);
  link.variation = scope.quantity("variation", Dimension::fraction);
  scope.done();
  link.sources = std::move(books.sources);
  link.ledger = std::move(books.ledger);
  return link;
}

}  // namespace

NetworkLink load_link(const std::filesystem::path& path) {
  return read_network(Yaml::load_file(path), path.stem().string());
}

NetworkLink parse_link(std::string_view yaml, std::string name) {
  const Yaml root = Yaml::load_text(yaml, name);
  return read_network(root, std::move(name));
}

}  // namespace partita
