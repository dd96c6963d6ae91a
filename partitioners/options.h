// Options as the tables of algorithms name them, against what a user gave.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "partitioners/partitioner.h"

namespace partita {

using OptionValues = std::map<std::string, double, std::less<>>;

/// The given values and the presets of the others. `owner`: for errors, e.g. "partitioner heft".
/// Throws InputError for an unknown name or a value out of bounds.
OptionValues complete_options(std::string_view owner, std::span<const OptionInfo> infos,
                              const OptionValues& given);

}  // namespace partita
