#include "partitioners/blocks.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "sim/graph/merge.h"

namespace partita {
namespace {

/// What a block's operators make for later ones, by place in the network.
struct Makers {
  std::vector<int> alive;                ///< Tensors that cross behind each place.
  std::vector<std::size_t> last_reader;  ///< Of the tensors made at each place; itself if none.
};

Makers makers_of(const SearchSpace& space, const std::vector<std::size_t>& positions,
                 const std::vector<std::size_t>& place) {
  const Graph& graph = space.costs().graph();
  Makers makers{std::vector<int>(positions.size() + 1, 0), {}};
  for (std::size_t i = 0; i < positions.size(); ++i) {
    makers.last_reader.push_back(i);
    for (TensorId id : graph.op(space.op(positions[i])).outputs) {
      std::size_t last = i;
      for (OpId reader : graph.tensor(id).consumers) last = std::max(last, place[index(reader)]);
      if (last == i) continue;
      ++makers.alive[i];
      --makers.alive[last];
      makers.last_reader[i] = std::max(makers.last_reader[i], last);
    }
  }
  std::partial_sum(makers.alive.begin(), makers.alive.end(), makers.alive.begin());
  return makers;
}

std::size_t first_edge(const SearchSpace& space, std::size_t from, std::size_t beyond) {
  const auto edges = space.edges();  // ascending by reader
  for (std::size_t e = space.first_input(beyond + 1); e < edges.size(); ++e)
    if (edges[e].from == from) return e;
  return kNowhere;
}

std::vector<Block> cut(const SearchSpace& space, const std::vector<std::size_t>& positions,
                       const std::vector<std::size_t>& place) {
  const Makers makers = makers_of(space, positions, place);
  std::vector<Block> blocks;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    std::size_t maker = kNowhere;
    for (std::size_t k = begin; k <= i && makers.alive[i] == 1; ++k)
      if (makers.last_reader[k] > i) maker = k;
    if (makers.alive[i] != 0 && maker == kNowhere) continue;
    Block& block = blocks.emplace_back();
    block.positions.assign(positions.begin() + static_cast<std::ptrdiff_t>(begin),
                           positions.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    if (maker != kNowhere) {
      block.maker = positions[maker];
      block.edge = first_edge(space, block.maker, positions[i]);
    }
    begin = i + 1;
  }
  return blocks;
}

}  // namespace

std::vector<std::vector<Block>> blocks(const SearchSpace& space) {
  const Graph& graph = space.costs().graph();
  std::vector<std::size_t> position(graph.size(), kNowhere), place(graph.size(), 0);
  for (std::size_t p = 0; p < space.size(); ++p) position[index(space.op(p))] = p;
  std::vector<std::vector<Block>> all;
  for (const auto& network : components(graph)) {
    std::vector<std::size_t> positions;
    for (OpId op : network)
      if (position[index(op)] != kNowhere) {
        place[index(op)] = positions.size();
        positions.push_back(position[index(op)]);
      }
    if (!positions.empty()) all.push_back(cut(space, positions, place));
  }
  return all;
}

std::vector<std::vector<std::size_t>> connected(const SearchSpace& space,
                                                const std::vector<std::size_t>& positions) {
  std::map<std::size_t, std::size_t> root;
  for (std::size_t p : positions) root[p] = p;
  const auto find = [&](std::size_t p) {
    while (root[p] != p) p = root[p];
    return p;
  };
  for (std::size_t p : positions)
    for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e)
      if (root.contains(space.edges()[e].from)) {
        const std::size_t a = find(space.edges()[e].from), b = find(p);
        root[std::max(a, b)] = std::min(a, b);
      }
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t p : positions) groups[find(p)].push_back(p);
  std::vector<std::vector<std::size_t>> list;
  for (auto& [first, members] : groups) list.push_back(std::move(members));
  return list;
}

}  // namespace partita
