#include "sim/cost/core_types.h"

#include <array>
#include <cctype>
#include <string>

namespace partita {
namespace {

// Widths as commonly given for the pipelines; Arm's technical reference manuals for the extensions.
constexpr std::array kTypes{
    CoreType{"Cortex-A35", true, 2, false, false, false},
    CoreType{"Cortex-A53", true, 4, false, false, false},
    CoreType{"Cortex-A55", true, 4, true, true, false},
    CoreType{"Cortex-A57", false, 4, false, false, false},
    CoreType{"Cortex-A72", false, 4, false, false, false},
    CoreType{"Cortex-A73", false, 4, false, false, false},
    CoreType{"Cortex-A75", false, 4, true, true, false},
    CoreType{"Cortex-A76", false, 8, true, true, false},
    CoreType{"Cortex-A77", false, 8, true, true, false},
    CoreType{"Cortex-A78", false, 8, true, true, false},
    CoreType{"Cortex-A78AE", false, 8, true, true, false},
    CoreType{"Cortex-X1", false, 16, true, true, false},
    CoreType{"Cortex-X2", false, 16, true, true, true},
    CoreType{"Cortex-X3", false, 16, true, true, true},
    CoreType{"Cortex-X4", false, 16, true, true, true},
    CoreType{"Cortex-A510", true, 4, true, true, true},
    CoreType{"Cortex-A520", true, 4, true, true, true},
    CoreType{"Cortex-A710", false, 8, true, true, true},
    CoreType{"Cortex-A715", false, 8, true, true, true},
    CoreType{"Cortex-A720", false, 8, true, true, true},
    CoreType{"Kryo", false, 8, false, false, false},
    // Numbered Kryos are Arm's cores with small changes; the first of a phone's clusters counts.
    CoreType{"Kryo 260", false, 4, false, false, false},
    CoreType{"Kryo 280", false, 4, false, false, false},
    CoreType{"Kryo 385", false, 4, true, true, false},
    CoreType{"Kryo 460", false, 8, true, true, false},
    CoreType{"Kryo 475", false, 8, true, true, false},
    CoreType{"Kryo 485", false, 8, true, true, false},
    CoreType{"Kryo 585", false, 8, true, true, false},
    CoreType{"Denver2", false, 8, false, false, false},
    CoreType{"Denver 2", false, 8, false, false, false},
    CoreType{"Carmel", false, 8, true, false, false},
    CoreType{"Cyclone", false, 8, false, false, false},
    CoreType{"Hurricane", false, 12, false, false, false},
    CoreType{"Zephyr", false, 4, false, false, false},
    CoreType{"Vortex", false, 12, true, false, false},
    CoreType{"Tempest", false, 4, true, false, false},
    CoreType{"Firestorm", false, 16, true, true, false},
    CoreType{"Icestorm", false, 8, true, true, false},
    CoreType{"M3 performance", false, 16, true, true, true},
    CoreType{"M3 efficiency", false, 8, true, true, true},
    CoreType{"Oryon", false, 16, true, true, true},
    CoreType{"Mongoose", false, 8, false, false, false},
    CoreType{"Exynos M4", false, 12, true, true, false},
};

/// Letters and digits alone, in lower case.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)))
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// "cortexa7" is not in "cortexa76".
bool contains(const std::string& text, const std::string& name) {
  const std::size_t found = text.find(name);
  if (found == std::string::npos) return false;
  const std::size_t after = found + name.size();
  return after == text.size() || !digit(text[after]) || !digit(name.back());
}

}  // namespace

std::span<const CoreType> core_types() {
  return kTypes;
}

const CoreType* find_core_type(std::string_view text) {
  const CoreType* best = nullptr;
  const std::string where = plain(text);
  for (const CoreType& type : kTypes)
    if (contains(where, plain(type.name)) && (!best || type.name.size() > best->name.size()))
      best = &type;
  return best;
}

}  // namespace partita
