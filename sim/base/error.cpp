#include "sim/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace partita {
namespace {

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Edits between two names: insert, delete, replace, or swap two neighbours (optimal string
// alignment). Blind to case: `GHZ` for `GHz` is the commonest slip.
std::size_t edits(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> d((a.size() + 1) * width);
  for (std::size_t j = 0; j < width; ++j) d[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    d[i * width] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      std::size_t& here = d[i * width + j];
      here = std::min({d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1,
                       d[(i - 1) * width + j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        here = std::min(here, d[(i - 2) * width + j - 2] + 1);
      }
    }
  }
  return d.back();
}

const std::string* nearest(std::string_view got, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest =
      64;  // A longer text is no typing slip, and costs time to compare.
  if (got.size() > kLongest) return nullptr;
  const std::string* best = nullptr;
  std::size_t fewest = 3;
  for (const std::string& name : known) {
    if (name.size() > kLongest) continue;
    const std::size_t n = edits(got, name);
    // Two edits turn any two-letter name into any other: ask that most of the name be right.
    if (n < fewest && 2 * n < std::max(got.size(), name.size())) {
      best = &name;
      fewest = n;
    }
  }
  return best;
}

// One line, whatever the user's file holds.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return text.size() > 80 ? out + "..." : out;
}

}  // namespace

std::string join_choices(const std::vector<std::string>& names, std::size_t most) {
  if (names.empty()) return "none";
  std::string out;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    if (i > 0) out += ", ";
    out += names[i];
  }
  if (names.size() > most) out += fmt::format(", ... ({} more)", names.size() - most);
  return out;
}

void throw_unknown(std::string_view where, std::string_view what, std::string_view got,
                   const std::vector<std::string>& known) {
  const std::string* guess = nearest(got, known);
  throw InputError(fmt::format(
      "{}{}unknown {} \"{}\"{}; known: {}", where, where.empty() ? "" : ": ", what, shown(got),
      guess ? fmt::format(" (did you mean \"{}\"?)", *guess) : "", join_choices(known)));
}

void throw_unknown_of_many(std::string_view where, std::string_view what, std::string_view got,
                           const std::vector<std::string>& known, std::string_view how_to_list) {
  constexpr std::size_t kShown = 5;
  constexpr std::size_t kCompared = 64;
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : known)
    ranked.emplace_back(edits(got.substr(0, kCompared), name.substr(0, kCompared)), name);
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> names;
  for (const auto& [distance, name] : ranked)
    if (names.size() < kShown) names.push_back(name);
  const std::string* guess = nearest(got, known);
  throw InputError(fmt::format(
      "{}{}unknown {} \"{}\"{}; known: {}{}", where, where.empty() ? "" : ": ", what, shown(got),
      guess ? fmt::format(" (did you mean \"{}\"?)", *guess) : "", fmt::join(names, ", "),
      ranked.size() > kShown
          ? fmt::format(", ... ({} more: {})", ranked.size() - kShown, how_to_list)
          : ""));
}

}  // namespace partita
