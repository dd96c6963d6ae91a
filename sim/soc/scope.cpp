#include "sim/soc/scope.h"

#include <fmt/format.h>

namespace partita {
namespace {

const std::vector<std::string>& known_names() {
  static const std::vector<std::string> names{"measured", "published", "fitted", "assumed"};
  return names;
}

Provenance nearest(const Yaml& node, Provenance provenance, const Soc& soc) {
  if (const auto source = node.find("source")) {
    std::vector<std::string> ids;
    for (const Source& s : soc.sources) ids.push_back(s.id);
    provenance.source = ids[refer(*source, "source", ids)];
  }
  if (const auto known = node.find("known")) {
    provenance.known = static_cast<Known>(known->choice("way of knowing", known_names()));
  }
  return provenance;
}

}  // namespace

std::size_t refer(const Yaml& scalar, std::string_view what,
                  const std::vector<std::string>& names) {
  return scalar.choice(what, names);
}

Scope::Scope(Yaml node, const Provenance& outer, Soc& soc)
    : node_(std::move(node)), provenance_(nearest(node_, outer, soc)), soc_(&soc) {}

std::optional<Scope> Scope::find_child(std::string_view key) const {
  const auto node = node_.find(key);
  if (!node) return std::nullopt;
  return inside(*node);
}

std::vector<std::pair<std::string, Scope>> Scope::named_children() const {
  std::vector<std::pair<std::string, Scope>> out;
  for (const auto& [name, node] : node_.entries()) {
    // These two stand beside the names and say where the numbers under them come from.
    if (name == "source" || name == "known") continue;
    if (name.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
        std::string::npos) {
      node.fail(
          fmt::format("the name \"{}\" may hold only letters, digits, '_', '-' and '.'", name));
    }
    out.emplace_back(name, inside(node));
  }
  if (out.empty()) node_.fail("is empty; at least one entry is expected");
  return out;
}

std::vector<Scope> Scope::children(std::string_view key) const {
  std::vector<Scope> out;
  for (const Yaml& item : node_.at(key).items()) out.push_back(inside(item));
  return out;
}

double Scope::quantity(std::string_view key, Dimension dimension) const {
  return recorded(node_.at(key)).quantity(dimension);
}

std::optional<double> Scope::find_quantity(std::string_view key, Dimension dimension) const {
  const auto node = node_.find(key);
  if (!node) return std::nullopt;
  return recorded(*node).quantity(dimension);
}

std::vector<double> Scope::find_quantities(std::string_view key, Dimension dimension) const {
  std::vector<double> out;
  if (const auto node = node_.find(key)) {
    for (const Yaml& item : node->items()) out.push_back(recorded(item).quantity(dimension));
  }
  return out;
}

double Scope::positive(std::string_view key, Dimension dimension) const {
  const double value = quantity(key, dimension);
  if (!(value > 0)) node_.at(key).fail("must be greater than zero");
  return value;
}

double Scope::number(std::string_view key) const {
  const double value = recorded(node_.at(key)).number();
  if (value < 0) node_.at(key).fail("is negative");
  return value;
}

std::optional<double> Scope::find_number(std::string_view key) const {
  if (!node_.has(key)) return std::nullopt;
  return number(key);
}

int Scope::integer(std::string_view key, int least, int most) const {
  return static_cast<int>(recorded(node_.at(key)).integer(least, most));
}

Yaml Scope::recorded(const Yaml& written) const {
  if (!written.is_map()) {
    record(written, written, provenance_);
    return written;
  }
  const Provenance own = nearest(written, provenance_, *soc_);
  const Yaml scalar = written.at("value");
  written.done();
  record(written, scalar, own);
  return scalar;
}

void Scope::record(const Yaml& written, const Yaml& scalar, const Provenance& provenance) const {
  const std::string text = scalar.text();
  if (provenance.source.empty()) {
    written.fail("no source covers this number; write `source:` here or above it");
  }
  if (!provenance.known) {
    written.fail(
        fmt::format("how this number is known is not said; write `known:` here or above "
                    "it, one of {}",
                    join_choices(known_names())));
  }
  soc_->ledger.push_back({written.path(), text, *provenance.known, provenance.source});
}

}  // namespace partita
