// Which network of the zoo is which of Qualcomm's AI Hub.
#pragma once

#include <span>
#include <string_view>

namespace partita {

/// How well the two are known to be the same.
enum class Likeness {
  same,      ///< Published definition, and the number of parameters the AI Hub states.
  close,     ///< Published definition; the export differs in a detail or states another number.
  inferred,  ///< The size of the input is inferred from measured times: no judge of predictions.
};

struct AiHubNetwork {
  std::string_view model;      ///< Folder of the release, e.g. "resnet101".
  std::string_view component;  ///< As its tables name the part; empty: the model has only one.
  std::string_view network;    ///< Of the zoo.
  Likeness likeness = Likeness::same;
};

/// Sorted by model, then component.
std::span<const AiHubNetwork> ai_hub_networks();
/// Null when the zoo has none. The component matters only for models of several.
const AiHubNetwork* find_ai_hub(std::string_view model, std::string_view component);

}  // namespace partita
