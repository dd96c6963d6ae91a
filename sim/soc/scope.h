// A mapping of a SoC description together with the provenance that holds in it. Internal to
// sim/soc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/yaml.h"
#include "sim/soc/soc.h"

namespace partita {

/// `source` and `known` may stand in any mapping and hold for everything under it; the nearest
/// wins.
struct Provenance {
  std::string source;  ///< Empty: none so far.
  std::optional<Known> known;
};

/// Every number read through a Scope is entered in the ledger; one without a source is an error.
class Scope {
 public:
  /// `soc` receives the ledger, and has its sources already.
  Scope(Yaml node, const Provenance& outer, Soc& soc);

  const Yaml& node() const { return node_; }
  Scope child(std::string_view key) const { return inside(node_.at(key)); }
  std::optional<Scope> find_child(std::string_view key) const;
  std::vector<std::pair<std::string, Scope>> named_children() const;  ///< Mapping of mappings.
  std::vector<Scope> children(std::string_view key) const;  ///< List of mappings under `key`.

  double quantity(std::string_view key, Dimension dimension) const;
  std::optional<double> find_quantity(std::string_view key, Dimension dimension) const;
  std::vector<double> find_quantities(std::string_view key, Dimension dimension) const;
  double positive(std::string_view key, Dimension dimension) const;  ///< Greater than zero.
  double number(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  int integer(std::string_view key, int least, int most) const;
  std::string text(std::string_view key) const { return node_.at(key).text(); }
  void done() const { node_.done(); }

 private:
  Scope inside(Yaml node) const { return Scope(std::move(node), provenance_, *soc_); }
  /// The scalar of a number written plainly or as {value, source, known}, entered in the ledger.
  Yaml recorded(const Yaml& written) const;
  void record(const Yaml& written, const Yaml& scalar, const Provenance& provenance) const;

  Yaml node_;
  Provenance provenance_;
  Soc* soc_;
};

/// Index of the scalar among `names`; throws InputError `unknown <what> ...; known: ...`.
std::size_t refer(const Yaml& scalar, std::string_view what, const std::vector<std::string>& names);

/// Reads `thermal`, where it is, into soc.thermal; domains are there already.
void read_thermal(const Scope& root, Soc& soc);

/// Reads `links` of the whole description into soc.links; the units are there already.
void read_links(const Scope& root, Soc& soc);

}  // namespace partita
