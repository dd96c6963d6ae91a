// What a compression did to a network.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/report/describe.h"
#include "sim/report/describe_compression.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

std::string kept(std::int64_t now, std::int64_t was) {
  return was == 0 ? "-" : percent(static_cast<double>(now) / static_cast<double>(was), 0);
}

std::string count(std::int64_t value) {
  return format_count(static_cast<double>(value));
}

ordered_json size_json(const NetworkSize& size) {
  return {{"operators", size.operators},
          {"macs", size.macs},
          {"weight_elements", size.weight_elements},
          {"weight_bytes", static_cast<double>(size.weight_bits) / 8},
          {"activation_elements", size.activation_elements}};
}

}  // namespace

std::string compression_text(const std::vector<CompressionEffect>& effects, const Style& style) {
  if (effects.empty()) return {};
  using Align = TextTable::Align;
  TextTable table({{"compression", Align::left, 20},
                   {"operators", Align::right},
                   {"MACs", Align::right},
                   {"kept", Align::right},
                   {"weights", Align::right},
                   {"kept", Align::right},
                   {"bytes", Align::right},
                   {"kept", Align::right},
                   {"activations", Align::right},
                   {"kept", Align::right}});
  const NetworkSize& whole = effects.front().before;
  const auto add = [&](const std::string& name, const NetworkSize& size) {
    table.add({name, std::to_string(size.operators), count(size.macs), kept(size.macs, whole.macs),
               count(size.weight_elements), kept(size.weight_elements, whole.weight_elements),
               count(size.weight_bits / 8), kept(size.weight_bits, whole.weight_bits),
               count(size.activation_elements),
               kept(size.activation_elements, whole.activation_elements)});
  };
  add("(none)", whole);
  for (const CompressionEffect& effect : effects) add(effect.step, effect.after);
  return table.render(style) +
         style.apply(Emphasis::faint,
                     "  bytes of weights; activations: elements of all tensors; accuracy is not "
                     "predicted") +
         "\n";
}

ordered_json compression_json(const std::vector<CompressionEffect>& effects) {
  ordered_json list = ordered_json::array();
  for (const CompressionEffect& effect : effects)
    list.push_back({{"step", effect.step},
                    {"before", size_json(effect.before)},
                    {"after", size_json(effect.after)},
                    {"accuracy", nullptr}});
  return list;
}

}  // namespace partita
