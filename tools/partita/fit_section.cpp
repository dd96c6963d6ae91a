// partita fit contention | thermal: measurements into a section of a SoC description.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/engine/contention.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/fit.h"
#include "tools/partita/prepare.h"
#include "validation/board_heat.h"
#include "validation/contention_data.h"
#include "validation/phone_heat.h"
#include "validation/validation.h"

namespace partita {
namespace {

constexpr const char* kPhone = "snapdragon-8-elite";  ///< The description that `fit thermal` is of.

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

void phone(const FitRequest& request, const PhoneRuns& runs, const Console& console) {
  const Soc soc = fit_phone(open_soc(open_catalog(), kPhone), runs.runs);
  double squares = 0, n = 0;
  for (const PhoneRun& run : runs.runs) {
    const auto points = predict_run(soc, run);
    for (std::size_t i = 1; i < points.size(); ++i, ++n)
      squares += std::pow(points[i].temperature_c - run.samples[i].temperature_c, 2);
  }
  const double rmse = std::sqrt(squares / n);
  if (request.json) {
    console.print(json_text({{"what", "thermal"},
                             {"runs", runs.runs.size()},
                             {"rmse_k", rmse},
                             {"yaml", phone_yaml(soc)}}));
    return;
  }
  console.print(phone_yaml(soc) +
                wrap(fmt::format("{} runs, temperatures within {:.2f} K; the lines above belong "
                                 "to socs/{}.yaml, with a source",
                                 runs.runs.size(), rmse, kPhone)));
}

void boards(const FitRequest& request, const BoardTraces& traces, const Console& console) {
  using Align = TextTable::Align;
  TextTable table({{"result"},
                   {"device", Align::left, 30},
                   {"idle C", Align::right},
                   {"chip K", Align::right},
                   {"board K", Align::right},
                   {"board s", Align::right},
                   {"RMSE K", Align::right}});
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const BoardTrace& trace : traces.traces) {
    const BoardHeat heat = fit_board(trace, std::vector<bool>(trace.samples.size(), true));
    const auto predicted = predict_board(trace, heat);
    double squares = 0;
    for (std::size_t i = 1; i < predicted.size(); ++i)
      squares += std::pow(predicted[i] - trace.samples[i].temperature_c, 2);
    const double rmse = std::sqrt(squares / static_cast<double>(predicted.size() - 1));
    table.add({trace.result, trace.device, fmt::format("{:.1f}", heat.ambient_c),
               fmt::format("{:.1f}", heat.chip_k), fmt::format("{:.1f}", heat.board_k),
               fmt::format("{:.0f}", heat.board_s), fmt::format("{:.2f}", rmse)});
    list.push_back({{"result", trace.result},
                    {"device", trace.device},
                    {"ambient_c", heat.ambient_c},
                    {"chip_k", heat.chip_k},
                    {"board_k", heat.board_k},
                    {"board_s", heat.board_s},
                    {"rmse_k", rmse}});
  }
  if (request.json)
    console.print(json_text({{"what", "thermal"}, {"boards", std::move(list)}}));
  else
    console.print(table.render(console.style()) +
                  wrap("chip K: the chip above its board, board K: the board above the idle "
                       "temperature, both at full load"));
}

/// Whole runs of the phone, or traces of boards: what each comes down to.
void thermal(const FitRequest& request, const Console& console) {
  const Csv csv = read_csv(request.file);
  if (is_board_table(csv)) return boards(request, read_boards(csv), console);
  if (!is_phone_table(csv))
    throw InputError(csv.name +
                     ": neither runs of a phone (t_s, temp_c, gpu_freq_hz, ...) nor traces of "
                     "boards (result, device, section, line)");
  phone(request, read_phone_runs(csv), console);
}

}  // namespace

void fit_section(const FitRequest& request, const Console& console) {
  const bool heat = request.what == "thermal";
  if (!heat && request.what != "contention")
    throw_unknown("fit", "part of a SoC description", request.what, {"contention", "thermal"});
  refuse_options(request);
  (heat ? thermal : contention)(request, console);
}

}  // namespace partita
