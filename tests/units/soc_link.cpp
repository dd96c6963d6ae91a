// Are network links and joined SoCs read and put together right?
#include <catch2/catch.hpp>

#include <set>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/graph/anchor.h"
#include "sim/soc/network.h"

using namespace partita;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view kLink = R"(title: A test
sources:
  t: {what: this test, licence: none}
source: t
known: assumed
duplex: half
up: {bandwidth: 2 MB/s, power: 500 mW, energy: 100 nJ/B}
down: {bandwidth: 4 MB/s, power: 400 mW, energy: 0 nJ/B}
round_trip: 10 ms
variation: 20 %
)";

std::string replaced(std::string_view what, std::string_view with) {
  std::string text(kLink);
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a link in SI units, with the source of every number") {
  const NetworkLink link = parse_link(kLink, "test");
  CHECK(link.name == "test");
  CHECK_FALSE(link.full_duplex);
  CHECK(link.up.bandwidth_bytes_per_s == Approx(2e6));
  CHECK(link.up.power_w() == Approx(0.5 + 100e-9 * 2e6));
  CHECK(link.down.power_w() == Approx(0.4));
  CHECK(link.round_trip_s == Approx(0.01));
  CHECK(link.variation == Approx(0.2));
  REQUIRE(link.ledger.size() == 8);
  CHECK(link.ledger[0].path == "up.bandwidth");
  CHECK(link.ledger[0].known == Known::assumed);
}

TEST_CASE("a wrong link is one clear line") {
  const auto refuses = [](const std::string& yaml, const std::string& says) {
    CHECK_THROWS_WITH(parse_link(yaml, "test"), Contains(says));
    CHECK_THROWS_AS(parse_link(yaml, "test"), InputError);
  };
  refuses(replaced("2 MB/s", "0 MB/s"), "up.bandwidth: must be greater than zero");
  refuses(replaced("2 MB/s", "2"), "has no unit; known: B/s");
  refuses(replaced("2 MB/s", "2 Mbit/s"), "unknown unit \"Mbit/s\"");
  refuses(replaced("half", "both"), "unknown duplex \"both\"; known: half, full");
  refuses(replaced("round_trip: 10 ms", ""), "round_trip");
  refuses(replaced("10 ms", "-1 ms"), "is negative");
  refuses(replaced("20 %", "120 %"), "is not between 0 % and 100 %");
  refuses(replaced("source: t\n", ""), "no source covers this number");
  refuses(replaced("known: assumed\n", ""), "how this number is known is not said");
  refuses(replaced("round_trip:", "jitter: 1 ms\nround_trip:"), "jitter");
}

TEST_CASE("every link of the repository is readable and plausible") {
  const Catalog catalog(PARTITA_ROOT);
  const auto names = catalog.links();
  for (const char* expected : {"3g", "lte", "5g", "wifi-4", "wifi-5", "wifi-6", "ethernet"})
    CHECK(std::find(names.begin(), names.end(), expected) != names.end());
  for (const std::string& name : names) {
    INFO(name);
    const NetworkLink link = load_link(catalog.link(name));
    CHECK(link.ledger.size() == 8);
    for (const NetworkDirection& way : {link.up, link.down}) {
      CHECK(way.bandwidth_bytes_per_s > 1e5);
      CHECK(way.bandwidth_bytes_per_s < 1e9);
      CHECK(way.power_w() < 5);
    }
    CHECK(link.round_trip_s < 0.2);
  }
  CHECK_THROWS_WITH(catalog.link("wifi-7"), Contains("unknown link \"wifi-7\""));
  // Each SoC's listing is of SoCs alone.
  for (const std::string& name : catalog.socs()) CHECK(name != "links");
  // LTE sending at 5.85 Mbit/s: 1288.04 + 438.39 x 5.85 = 3852.6 mW by the power model of its
  // source; 3G at 1.1 Mbit/s: 817.88 + 868.98 x 1.1 = 1773.8 mW.
  CHECK(load_link(catalog.link("lte")).up.power_w() == Approx(3.8526).epsilon(1e-4));
  CHECK(load_link(catalog.link("3g")).up.power_w() == Approx(1.7738).epsilon(1e-4));
}

TEST_CASE("a joined SoC keeps the phone and adds the rest behind it") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc phone = load_soc(catalog.soc("snapdragon-855"));
  for (const char* name : {"edge-desktop", "edge-server", "rk3588", "snapdragon-855"}) {
    INFO(name);
    const Soc remote = load_soc(catalog.soc(name));
    const Joined joined = join(phone, remote, parse_link(kLink, "air"));
    const Soc& soc = joined.soc;
    REQUIRE(soc.units.size() == phone.units.size() + remote.units.size() + 2);
    std::set<char> letters;
    std::uint64_t phones = 0;
    for (std::size_t u = 0; u < soc.units.size(); ++u) {
      const Unit& unit = soc.units[u];
      if (unit.letter != 0) CHECK(letters.insert(unit.letter).second);
      if (u < phone.units.size()) {
        CHECK(unit.name == phone.units[u].name);
        CHECK(unit.letter == phone.units[u].letter);
        phones |= unit.resources;
        continue;
      }
      CHECK((unit.resources & phones) == 0);
      const UnitId id = make_id<UnitId>(u);
      if (!joined.is_remote(id)) continue;
      const Unit& own = remote.unit(joined.own(id));
      CHECK(unit.name == "edge." + own.name);
      CHECK(soc.domain(unit.domain).name == "edge." + remote.domain(own.domain).name);
      CHECK(peak_ops_per_s(soc, id, unit.default_precision, soc.top_opp(unit.domain)) ==
            Approx(peak_ops_per_s(remote, joined.own(id), own.default_precision,
                                  remote.top_opp(own.domain))));
    }
    CHECK(soc.unit(joined.up).kind == UnitKind::network);
    CHECK(soc.unit(joined.up).name == "air.up");
    CHECK(soc.unit(joined.up).resources == soc.unit(joined.down).resources);  // Half duplex.
    CHECK(soc.base_power_w == phone.base_power_w);
    for (std::size_t a = 0; a < phone.units.size(); ++a)
      for (std::size_t b = 0; b < remote.units.size(); ++b) {
        const UnitId here = make_id<UnitId>(a), there = joined.remote_unit(make_id<UnitId>(b));
        INFO(soc.unit(here).name << " " << soc.unit(there).name);
        CHECK(joined.route(here, there));
        CHECK(soc.link(there, here) != nullptr);
      }
  }
}

TEST_CASE("an anchored network is the network with its ends on the phone") {
  const Catalog catalog(PARTITA_ROOT);
  std::vector<Graph> graphs;
  for (const std::string& name : catalog.models())
    graphs.push_back(load_graph(catalog.model(name)));
  const std::size_t files = graphs.size();
  for (std::size_t i = 0; i < files; ++i)
    if (graphs[i].name().ends_with("-armcl")) graphs.push_back(coarsen(graphs[i]));
  for (const Graph& graph : graphs) {
    INFO(graph.name());
    const AnchoredGraph anchored = anchor(graph);
    const Graph& out = anchored.graph;
    CHECK(out.network() == graph.network());
    CHECK(out.total_macs() == graph.total_macs());
    CHECK(out.total_weight_elements() == graph.total_weight_elements());
    std::size_t anchors = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const Operator& op = out.operators()[i];
      const Operator& same = graph.op(anchored.original[i]);
      if (anchored.is_anchor[i]) {
        ++anchors;
        CHECK(op.kind == OpKind::split);
        CHECK((op.name.ends_with("@phone") && op.weight_elements == 0 && op.macs == 0));
        continue;
      }
      CHECK(anchored.anchored[index(anchored.original[i])] == make_id<OpId>(i));
      CHECK(op.name == same.name);
      CHECK(op.macs == same.macs);
      CHECK(op.simple_ops == same.simple_ops);
      CHECK(op.weight_elements == same.weight_elements);
      CHECK(op.input_elements == same.input_elements);
      CHECK(op.output_elements == same.output_elements);
      CHECK(op.internal_elements == same.internal_elements);
      // Inputs are read from their anchors alone.
      for (const OpId pred : out.predecessors(make_id<OpId>(i)))
        CHECK(out.op(pred).kind != OpKind::input);
    }
    CHECK(out.size() == graph.size() + anchors);
    CHECK(anchors >= 2);
    for (std::size_t t = 0; t < out.tensors().size(); ++t)
      CHECK(out.tensors()[t].shape == graph.tensor(anchored.original_tensor[t]).shape);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (out.successors(make_id<OpId>(i)).empty()) CHECK(anchored.is_anchor[i]);
  }
}
