#include "tools/partita/sweep_axes.h"

#include <algorithm>
#include <cmath>

namespace partita {
namespace {

constexpr std::size_t kMostLevels = 100'000;

}  // namespace

/// A list, or one value as a list of one.
std::vector<Yaml> sweep_items(const Yaml& yaml) {
  if (!yaml.is_sequence()) return {yaml};
  auto items = yaml.items();
  if (items.empty()) yaml.fail("the list is empty");
  if (items.size() > kMostLevels) yaml.fail(fmt::format("more than {} values", kMostLevels));
  return items;
}

SweepAxis& SweepAxisReader::add(SweepUse use, std::string column, std::string key,
                                const Yaml& yaml) {
  SweepAxis& axis = plan_.axes.emplace_back();
  axis.use = use;
  axis.key = std::move(key);
  axis.axis.name = std::move(column);
  axis.where = yaml.where();
  return axis;
}

void SweepAxisReader::add_integers(SweepUse use, const char* column, const Yaml& yaml,
                                   std::int64_t least, std::int64_t most) {
  SweepAxis& axis = add(use, column, "", yaml);
  for (const Yaml& item : sweep_items(yaml))
    axis.axis.numbers.push_back(static_cast<double>(item.integer(least, most)));
}

void SweepAxisReader::add_numbers(SweepUse use, const std::string& key, const Yaml& yaml,
                                  const std::vector<OptionInfo>& options, std::string_view of) {
  Names known;
  double least = INFINITY, most = -INFINITY;
  for (const OptionInfo& option : options) {
    if (!holds(known, option.name)) known.push_back(option.name);
    if (option.name != key) continue;
    least = std::min(least, option.least);
    most = std::max(most, option.most);
  }
  if (!holds(known, key))
    at(yaml, [&] { throw_unknown("", fmt::format("option of these {}s", of), key, known); });
  SweepAxis& axis =
      add(use, fmt::format("{}.{}", use == SweepUse::set ? "set" : "option", key), key, yaml);
  read_values(axis, yaml, [&](const Yaml& item) {
    const double value = item.number();
    if (!(value >= least && value <= most))
      item.fail(fmt::format("is not between {:g} and {:g}", least, most));
    return value;
  });
}

void SweepAxisReader::add_change(const std::string& key, const Yaml& yaml) {
  ChangeKey change;
  for (const Soc& soc : socs_) at(yaml, [&] { change = change_key(soc, key, ""); });
  SweepAxis& axis = add(SweepUse::change, key, key, yaml);
  std::optional<bool> absolute;
  read_values(axis, yaml, [&](const Yaml& item) {
    Amount amount;
    at(item, [&] { amount = read_amount(change, item.text(), ""); });
    if (absolute && *absolute != amount.absolute)
      item.fail("factors and values do not mix in one axis");
    absolute = amount.absolute;
    return amount.value;
  });
  axis.absolute = absolute.value_or(false);
  if (axis.absolute)
    axis.axis.name += change.what == ChangeKey::What::memory_energy ? "_j_per_byte"
                      : change.what == ChangeKey::What::base_power  ? "_w"
                                                                    : "_bytes_per_s";
}

void SweepAxisReader::read_values(SweepAxis& axis, const Yaml& yaml, const Value& value) const {
  if (yaml.is_map()) {
    read_range(axis, yaml, value);
    return;
  }
  auto& numbers = axis.axis.numbers;
  for (const Yaml& item : sweep_items(yaml)) {
    numbers.push_back(value(item));
    if (std::count(numbers.begin(), numbers.end(), numbers.back()) > 1)
      item.fail("is listed twice");
  }
}

/// {from: 0.25x, to: 4x, scale: log, steps: 9}
void SweepAxisReader::read_range(SweepAxis& axis, const Yaml& yaml, const Value& value) const {
  sweep::Range range;
  range.from = value(yaml.at("from"));
  range.to = value(yaml.at("to"));
  if (!(range.from < range.to)) yaml.at("to").fail("must be above `from`");
  if (const auto scale = yaml.find("scale"))
    range.log = scale->choice("scale", {"linear", "log"}) == 1;
  if (range.log && !(range.from > 0))
    yaml.at("from").fail("must be greater than zero on a log scale");
  if (plan_.design.kind == sweep::DesignKind::grid)
    range.steps = static_cast<int>(yaml.at("steps").integer(2, kMostLevels));
  else if (const auto steps = yaml.find("steps"))
    steps->fail("only a grid has steps: other designs take any value between the ends");
  yaml.done();
  axis.axis.range = range;
}

}  // namespace partita
