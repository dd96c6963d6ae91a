// partita fit contention | thermal: measurements into a section of a SoC description.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/engine/contention.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/fit.h"
#include "validation/contention_data.h"
#include "validation/validation.h"

namespace partita {
namespace {

void refuse_options(const FitRequest& request) {
  const char* option = !request.soc.empty()       ? "--soc"
                       : !request.runtime.empty() ? "--runtime"
                       : !request.from.empty()    ? "--from"
                       : !request.check.empty()   ? "--check"
                       : !request.output.empty()  ? "--output"
                                                  : nullptr;
  if (option != nullptr)
    throw InputError(
        fmt::format("{}: belongs to the fit of a profile, not of {}", option, request.what));
  if (request.file.empty())
    throw InputError(
        fmt::format("fit {}: FILE is required; see `partita fit --help`", request.what));
}

void contention(const FitRequest& request, const Console& console) {
  const auto cells = read_contention(request.file);
  const ContentionCurve curve = fit_contention(cells, request.file);
  std::vector<double> predicted, measured;
  for (const ContentionCell& cell : cells) {
    predicted.push_back(attained_bytes_per_s(curve, cell.own, cell.external));
    measured.push_back(cell.attained);
  }
  const double mape = *score("", predicted, measured, false).mape;
  if (request.json) {
    console.print(json_text({{"what", "contention"},
                             {"rows", cells.size()},
                             {"mape", mape},
                             {"normal_limit_bytes_per_s", curve.normal_limit_bytes_per_s},
                             {"minor_loss", curve.minor_loss},
                             {"minor_external_bytes_per_s", curve.minor_external_bytes_per_s},
                             {"balance_external_bytes_per_s", curve.balance_external_bytes_per_s},
                             {"floor_share", curve.floor_share}}));
    return;
  }
  console.print(contention_yaml(curve) +
                wrap(fmt::format("{} cells, mean error {:.2f} %; the lines above belong to a unit "
                                 "in socs/*.yaml, with a source",
                                 cells.size(), mape * 100)));
}

}  // namespace

void fit_section(const FitRequest& request, const Console& console) {
  if (request.what != "contention")
    throw_unknown("fit", "part of a SoC description", request.what, {"contention"});
  refuse_options(request);
  contention(request, console);
}

}  // namespace partita
