#include "sim/graph/merge.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "sim/base/error.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

constexpr char kJoin = '+';

/// The parts of networks with these names, in order.
std::vector<NetworkPart> make_parts(const std::vector<std::string>& networks) {
  std::vector<NetworkPart> parts;
  std::map<std::string, int, std::less<>> seen;
  for (const std::string& network : networks) {
    const int number = ++seen[network];
    parts.push_back({network, network + (number > 1 ? '#' + std::to_string(number) : "") + '/'});
  }
  return parts;
}

const NetworkPart* part_of(const std::vector<NetworkPart>& parts, std::string_view name) {
  for (const NetworkPart& part : parts)
    if (name.starts_with(part.prefix)) return &part;
  return nullptr;
}

/// Replaces the prefix of a name that has it.
void move_name(std::string& name, const std::string& from, const std::string& to) {
  if (!name.empty()) name = to + (name.starts_with(from) ? name.substr(from.size()) : name);
}

/// Adds the operators of `graph`, whose parts become `parts[first...]`.
void add_all(const Graph& graph, const std::vector<NetworkPart>& parts, std::size_t first,
             GraphBuilder& builder) {
  const std::vector<NetworkPart> own = networks_of(graph);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    rules::Pending p = rules::reopen(graph, make_id<OpId>(i));
    std::size_t k = 0;
    while (own.size() > 1 && !p.op.name.starts_with(own[k].prefix)) ++k;
    const std::string &from = own[k].prefix, &to = parts[first + k].prefix;
    move_name(p.op.name, from, to);
    move_name(p.op.layer, from, to);
    for (std::string& name : p.input_names) move_name(name, from, to);
    for (std::string& name : p.output_names) move_name(name, from, to);
    builder.add(std::move(p));
  }
}

}  // namespace

Graph merge_graphs(std::span<const Graph> graphs) {
  if (graphs.empty()) throw InputError("no network to merge");
  if (graphs.size() == 1) return graphs[0];
  std::vector<std::string> networks, sources;
  std::string name;
  for (const Graph& graph : graphs) {
    name += (name.empty() ? "" : std::string(1, kJoin)) + graph.name();
    for (const NetworkPart& part : networks_of(graph)) networks.push_back(part.network);
    if (!graph.source().empty() &&
        std::find(sources.begin(), sources.end(), graph.source()) == sources.end())
      sources.push_back(graph.source());
  }
  const auto join = [](const std::vector<std::string>& texts, const std::string& between) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : between) + text;
    return all;
  };
  GraphBuilder builder(name);
  builder.set_network(join(networks, std::string(1, kJoin)));
  builder.set_source(join(sources, "; "));
  const std::vector<NetworkPart> parts = make_parts(networks);
  std::size_t first = 0;
  for (const Graph& graph : graphs) {
    add_all(graph, parts, first, builder);
    first += networks_of(graph).size();
  }
  return builder.build();
}

std::vector<NetworkPart> networks_of(const Graph& graph) {
  std::vector<std::string> names;
  std::string_view rest = graph.network();
  for (auto at = rest.find(kJoin); at != std::string_view::npos; at = rest.find(kJoin)) {
    names.emplace_back(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  names.emplace_back(rest);
  std::vector<NetworkPart> parts = make_parts(names);
  // A network may have a + in its own name: a merged one has every operator under a prefix.
  const bool merged =
      parts.size() > 1 &&
      std::all_of(graph.operators().begin(), graph.operators().end(),
                  [&](const Operator& op) { return part_of(parts, op.name) != nullptr; });
  if (merged) return parts;
  return {{graph.network(), ""}};
}

std::vector<std::vector<OpId>> components(const Graph& graph) {
  std::vector<std::size_t> root(graph.size());
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  for (std::size_t i = 0; i < graph.size(); ++i)
    for (const OpId next : graph.successors(make_id<OpId>(i))) root[find(i)] = find(index(next));
  std::vector<std::vector<OpId>> groups;
  std::vector<std::optional<std::size_t>> group_of(graph.size());
  for (const OpId id : graph.order()) {
    auto& at = group_of[find(index(id))];
    if (!at) {
      at = groups.size();
      groups.emplace_back();
    }
    groups[*at].push_back(id);
  }
  return groups;
}

}  // namespace partita
