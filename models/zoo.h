// Networks made from their published definitions, by family and parameters.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// A named network of the zoo. Names are those of the imgclsmob zoo where it has the network.
struct ZooNetwork {
  std::string name;    ///< e.g. "resnet18_wd4"
  std::string family;  ///< e.g. "ResNet"
  std::string source;  ///< The paper that defines it.
  std::function<Graph()> make;
};

/// All of them, by family.
std::span<const ZooNetwork> zoo();
/// Null when unknown.
const ZooNetwork* find_network(std::string_view name);

}  // namespace partita
