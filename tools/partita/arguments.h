// The command line; the only part that sees CLI11.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/partita/console.h"

namespace partita {

/// What the arguments ask for, ready to be called. Throws InputError.
std::function<void(const Console&)> parse_arguments(const std::vector<std::string>& arguments);

}  // namespace partita
