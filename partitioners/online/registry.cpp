#include <algorithm>

#include <fmt/format.h>

#include "partitioners/online/online.h"
#include "sim/base/error.h"

namespace partita {

std::span<const OnlineInfo> online_schedulers() {
  static const std::vector<OnlineInfo> table{
      online_sel(),          online_heft(), online_lsf(),  online_round_robin(),
      online_fixed_worker(), online_edf(),  online_adms(), online_replan(),
  };
  return table;
}

const OnlineInfo& online_scheduler(std::string_view name) {
  const auto table = online_schedulers();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OnlineInfo& info) { return info.name == name; });
  if (found != table.end()) return *found;
  std::vector<std::string> known;
  for (const OnlineInfo& info : table) known.push_back(info.name);
  throw_unknown("--scheduler", "scheduler", name, known);
}

std::unique_ptr<OnlineScheduler> make_online(const OnlineInfo& info, OnlineRequest request) {
  std::vector<std::string> known;
  OptionValues options;
  for (const OptionInfo& option : info.options) {
    options[option.name] = option.preset;
    known.push_back(option.name);
  }
  for (const auto& [name, value] : request.options) {
    const auto found = std::find_if(info.options.begin(), info.options.end(),
                                    [&](const OptionInfo& o) { return o.name == name; });
    if (found == info.options.end()) {
      if (known.empty())
        throw InputError(
            fmt::format("scheduler {}: unknown option \"{}\"; it has no options", info.name, name));
      throw_unknown("scheduler " + info.name, "option", name, known);
    }
    if (!(value >= found->least && value <= found->most))
      throw InputError(fmt::format("scheduler {}: option {} = {} is outside {} to {} {}", info.name,
                                   name, value, found->least, found->most, found->unit));
    options[name] = value;
  }
  request.options = std::move(options);
  return info.make(request);
}

}  // namespace partita
