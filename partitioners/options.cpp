#include "partitioners/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace partita {

OptionValues complete_options(std::string_view owner, std::span<const OptionInfo> infos,
                              const OptionValues& given) {
  OptionValues options;
  std::vector<std::string> known;
  for (const OptionInfo& option : infos) {
    options[option.name] = option.preset;
    known.push_back(option.name);
  }
  for (const auto& [name, value] : given) {
    const auto found = std::find_if(infos.begin(), infos.end(),
                                    [&](const OptionInfo& o) { return o.name == name; });
    if (found == infos.end()) {
      if (known.empty())
        throw InputError(fmt::format("{}: unknown option \"{}\"; it has no options", owner, name));
      throw_unknown(owner, "option", name, known);
    }
    if (!(value >= found->least && value <= found->most))
      throw InputError(fmt::format("{}: option {} = {} is outside {} to {} {}", owner, name, value,
                                   found->least, found->most, found->unit));
    options[name] = value;
  }
  return options;
}

}  // namespace partita
