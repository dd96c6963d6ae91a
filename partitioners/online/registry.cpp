#include <algorithm>

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
  request.options = complete_options("scheduler " + info.name, info.options, request.options);
  return info.make(request);
}

}  // namespace partita
