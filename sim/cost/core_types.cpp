#include "sim/cost/core_types.h"

#include <array>
#include <string>
#include <vector>

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

/// Letters and digits alone, in lower case, of a name or a description.
class Plain {
 public:
  constexpr explicit Plain(std::string_view text) {
    for (const char c : text) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (length_ < kMost && (upper || (c >= 'a' && c <= 'z') || digit(c)))
        letters_[length_++] = static_cast<char>(upper ? c - 'A' + 'a' : c);
    }
  }
  constexpr std::string_view view() const { return {letters_.data(), length_}; }
  static constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

 private:
  static constexpr std::size_t kMost = 256;  // Longer descriptions do not tell more.
  std::array<char, kMost> letters_{};
  std::size_t length_ = 0;
};

/// "cortexa7" is not in "cortexa76".
bool contains(std::string_view text, std::string_view name) {
  const std::size_t found = text.find(name);
  if (found == std::string_view::npos) return false;
  const std::size_t after = found + name.size();
  return after == text.size() || !Plain::digit(text[after]) || !Plain::digit(name.back());
}

}  // namespace

std::span<const CoreType> core_types() {
  return kTypes;
}

const CoreType* find_core_type(std::string_view text) {
  // Kernel models ask for every kernel.
  static const auto names = [] {
    std::vector<std::string> plain;
    for (const CoreType& type : kTypes) plain.emplace_back(Plain(type.name).view());
    return plain;
  }();
  const CoreType* best = nullptr;
  const Plain where(text);
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if ((!best || kTypes[i].name.size() > best->name.size()) && contains(where.view(), names[i]))
      best = &kTypes[i];
  return best;
}

}  // namespace partita
