#include <fmt/format.h>

#include "sim/soc/scope.h"

namespace partita {
namespace {

/// One name or a list of names.
std::vector<UnitId> unit_refs(const Yaml& node, const Soc& soc) {
  std::vector<UnitId> out;
  const auto one = [&](const Yaml& scalar) {
    out.push_back(make_id<UnitId>(refer(scalar, "unit", soc.unit_names())));
  };
  if (!node.is_sequence()) {
    one(node);
    return out;
  }
  for (const Yaml& item : node.items()) one(item);
  if (out.empty()) node.fail("is empty; at least one unit is expected");
  return out;
}

/// Term with the side it runs on still open: `on` may say "from" or "to".
struct ReadTerm {
  LinkTerm term;
  std::optional<UnitId> unit;
  bool on_from = false;
};

ReadTerm read_term(const Scope& scope, const Soc& soc) {
  ReadTerm out;
  std::optional<double> fixed;
  for (std::size_t k = 0; k < kLinkTermKinds; ++k) {
    const auto kind = static_cast<LinkTermKind>(k);
    const auto value = scope.find_quantity(to_string(kind), Dimension::time);
    if (!value) continue;
    if (fixed) scope.node().fail("one term is one of transform, map, sync, copy, cast, unmap");
    fixed = value;
    out.term.kind = kind;
  }
  const auto per_byte = scope.find_quantity("per_byte", Dimension::time_per_byte);
  const Yaml on = scope.node().at("on");
  std::vector<std::string> sides = soc.unit_names();
  sides.insert(sides.begin(), {"from", "to"});
  const std::size_t side = refer(on, "unit", sides);
  scope.done();
  if (!fixed) scope.node().fail("expected one of transform, map, sync, copy, cast, unmap");
  out.term.fixed_s = *fixed;
  out.term.per_byte_s = per_byte.value_or(0);
  out.on_from = side == 0;
  if (side > 1) out.unit = make_id<UnitId>(side - 2);
  return out;
}

void read_link(const Scope& scope, Soc& soc) {
  const auto froms = unit_refs(scope.node().at("from"), soc);
  const auto tos = unit_refs(scope.node().at("to"), soc);
  std::vector<ReadTerm> terms;
  for (const Scope& term : scope.children("terms")) terms.push_back(read_term(term, soc));
  if (terms.empty()) scope.node().at("terms").fail("at least one term is expected");
  scope.done();
  for (const UnitId from : froms) {
    for (const UnitId to : tos) {
      if (from == to) scope.node().fail(fmt::format("{} to itself", soc.unit(from).name));
      if (soc.link(from, to)) {
        scope.node().fail(
            fmt::format("a second price for {} to {}", soc.unit(from).name, soc.unit(to).name));
      }
      Link link{from, to, {}};
      for (const ReadTerm& t : terms) {
        link.terms.push_back(t.term);
        link.terms.back().on = t.unit ? *t.unit : t.on_from ? from : to;
      }
      soc.links.push_back(std::move(link));
    }
  }
}

}  // namespace

void read_links(const Scope& root, Soc& soc) {
  for (const Scope& link : root.children("links")) read_link(link, soc);
}

}  // namespace partita
