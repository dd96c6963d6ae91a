// A network link, for people and for scripts.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "sim/report/describe.h"
#include "sim/report/describe_json.h"
#include "sim/report/json_text.h"

namespace partita {
namespace {

std::string direction_text(std::string_view name, const NetworkDirection& direction) {
  return wrap(fmt::format("{}: {}; the phone's radio draws {}", name,
                          format_quantity(direction.bandwidth_bytes_per_s, Dimension::bandwidth),
                          format_quantity(direction.power_w(), Dimension::power)),
              kReportWidth, 2);
}

nlohmann::ordered_json direction_json(const NetworkDirection& direction) {
  return {{"bandwidth_bytes_per_s", direction.bandwidth_bytes_per_s},
          {"base_power_w", direction.base_power_w},
          {"energy_per_byte_j", direction.energy_per_byte_j},
          {"power_w", direction.power_w()}};
}

}  // namespace

std::string link_text(const NetworkLink& link, const Style& style) {
  return wrap(style.apply(Emphasis::strong, link.name) + ": " + link.title) + "\n" +
         direction_text("up", link.up) + direction_text("down", link.down) +
         wrap(fmt::format("round trip {}; {} duplex; a transfer's time varies by {} (standard "
                          "deviation)",
                          format_quantity(link.round_trip_s, Dimension::time),
                          link.full_duplex ? "full" : "half",
                          format_quantity(link.variation, Dimension::fraction)),
              kReportWidth, 2) +
         ledger_text(link.ledger, link.sources, style);
}

std::string link_json(const NetworkLink& link) {
  return json_text({{"name", link.name},
                    {"title", link.title},
                    {"duplex", link.full_duplex ? "full" : "half"},
                    {"up", direction_json(link.up)},
                    {"down", direction_json(link.down)},
                    {"round_trip_s", link.round_trip_s},
                    {"variation", link.variation},
                    {"numbers", numbers_json(link.ledger)},
                    {"sources", sources_json(link.sources)}});
}

}  // namespace partita
