#include "sim/report/page_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/report/page_spec.h"
#include "sim/report/table.h"

namespace partita {
namespace {

using pages::Json;

/// More groups than colours are not told apart: all are drawn alike.
constexpr std::size_t kMostGroups = 8;

double relative_error(const AgreementCase& c) {
  return c.predicted / c.measured - 1;
}

Json line_of(double low, double high, double factor, const char* name) {
  return Json::array({{{"x", low}, {"y", low * factor}, {"l", name}},
                      {{"x", high}, {"y", high * factor}, {"l", name}}});
}

}  // namespace

PageSection agreement_section(const Agreement& agreement) {
  const auto& cases = agreement.cases;
  PageSection out;
  out.heading = agreement.quantity + ": predicted and measured";
  const std::size_t step = cases.size() / kMostCases + 1;
  out.lead =
      "Each point is a measured case. On the line the prediction is "
      "exact; between the dashed ones it is within 10 %.";
  if (step > 1)
    out.lead += fmt::format(" Drawn is every {}th of {} cases; the table of figures is of all.",
                            step, cases.size());
  double low = std::numeric_limits<double>::infinity(), high = 0;
  std::vector<std::string> groups;
  Json values = Json::array();
  PageTable table{"",
                  {{"case"},
                   {"group"},
                   {"measured, " + agreement.unit, true},
                   {"predicted, " + agreement.unit, true},
                   {"error", true}},
                  {},
                  "The others are in the data of the picture."};
  for (std::size_t i = 0; i < cases.size(); i += step) {
    const AgreementCase& c = cases[i];
    if (!(c.measured > 0) || !(c.predicted > 0)) continue;
    low = std::min({low, c.measured, c.predicted});
    high = std::max({high, c.measured, c.predicted});
    if (std::find(groups.begin(), groups.end(), c.group) == groups.end()) groups.push_back(c.group);
    const std::string m = fmt::format("{:.4g}", c.measured), p = fmt::format("{:.4g}", c.predicted),
                      e = percent(relative_error(c));
    values.push_back({{"n", c.name},
                      {"g", c.group},
                      {"x", c.measured},
                      {"y", c.predicted},
                      {"m", m},
                      {"p", p},
                      {"e", e}});
    table.rows.push_back({c.name, c.group, m, p, e});
  }
  table.total = cases.size();
  if (table.rows.empty()) low = high = 1;
  Json spec = pages::picture(out.lead, 100);
  spec["width"] = "container";
  spec["height"] = 420;
  spec["usermeta"]["renderer"] = "canvas";
  Json x = pages::channel("x", "quantitative", "measured, " + agreement.unit),
       y = pages::channel("y", "quantitative", "predicted, " + agreement.unit);
  x["scale"] = y["scale"] = {{"type", "log"}, {"nice", false}, {"domain", {low / 1.1, high * 1.1}}};
  x["axis"] = y["axis"] = {{"format", "~g"}, {"labelOverlap", true}};
  Json colour{{"value", pages::kBlue}};
  if (groups.size() > 1 && groups.size() <= kMostGroups) {
    colour = pages::channel("g", "nominal");
    colour["sort"] = groups;
  }
  const auto ruler = [&](double factor, bool dashed) {
    Json mark{{"type", "line"}, {"color", "@faint"}, {"strokeWidth", 1.2}, {"clip", true}};
    if (dashed) mark["strokeDash"] = {4, 4};
    return Json{{"data", {{"values", line_of(low / 1.1, high * 1.1, factor, "")}}},
                {"mark", std::move(mark)},
                {"encoding", {{"x", x}, {"y", y}}}};
  };
  spec["layer"] = Json::array(
      {ruler(1, false),
       ruler(1.1, true),
       ruler(0.9, true),
       {{"data", {{"values", std::move(values)}}},
        {"params", Json::array({{{"name", "pan"}, {"select", "interval"}, {"bind", "scales"}}})},
        {"mark", {{"type", "point"}, {"size", 22}, {"opacity", 0.55}, {"clip", true}}},
        {"encoding",
         {{"x", x},
          {"y", y},
          {"color", colour},
          {"tooltip", pages::tips({{"n", "case"},
                                   {"g", "group"},
                                   {"m", "measured"},
                                   {"p", "predicted"},
                                   {"e", "error"}})}}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

std::vector<std::size_t> error_histogram(const std::vector<AgreementCase>& cases, double width,
                                         double most) {
  const auto bins = static_cast<std::size_t>(std::llround(2 * most / width));
  std::vector<std::size_t> out(bins);
  for (const AgreementCase& c : cases) {
    if (!(c.measured > 0)) continue;
    // 0.6 / 0.2 is a little less than 3: an error on an edge belongs to the bin that it begins.
    const double at = std::floor((relative_error(c) + most) / width + 1e-9);
    ++out[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(bins - 1)))];
  }
  return out;
}

PageSection errors_section(const Agreement& agreement) {
  constexpr double kWidth = 0.025, kSpan = 0.6;
  const auto counts = error_histogram(agreement.cases, kWidth, kSpan);
  PageSection out;
  out.heading = agreement.quantity + ": errors";
  out.lead = fmt::format(
      "Relative errors of all {} cases: right of zero the prediction is too long. The outermost "
      "bars hold all that is beyond; the darker ones are within 10 %.",
      agreement.cases.size());
  Json values = Json::array();
  PageTable table{"", {{"error"}, {"cases", true}}, {}};
  for (std::size_t b = 0; b < counts.size(); ++b) {
    const double from = -kSpan + kWidth * static_cast<double>(b);
    const std::string text = fmt::format("{}{:.1f} to {:.1f} %", b == 0 ? "below and " : "",
                                         100 * from, 100 * (from + kWidth));
    values.push_back({{"s", 100 * from},
                      {"e", 100 * (from + kWidth)},
                      {"n", counts[b]},
                      {"t", text},
                      {"near", std::abs(from + kWidth / 2) < 0.1 ? "within 10 %" : "beyond"}});
    table.rows.push_back(
        {b + 1 == counts.size() ? text + " and above" : text, std::to_string(counts[b])});
  }
  Json spec = pages::picture(out.lead, 100);
  spec["width"] = "container";
  spec["height"] = 180;
  spec["data"] = {{"values", std::move(values)}};
  spec["mark"] = {{"type", "bar"}, {"binSpacing", 1}};
  Json x = pages::channel("s", "quantitative", "error, %"),
       y = pages::channel("n", "quantitative", "cases");
  x["bin"] = {{"binned", true}, {"step", 100 * kWidth}};
  x["axis"] = {{"tickCount", 13}};
  Json colour = pages::channel("near", "nominal");
  colour["scale"] = pages::colours({{"within 10 %", pages::kBlue}, {"beyond", pages::kSky}});
  colour["legend"] = nullptr;
  spec["encoding"] = {{"x", x},
                      {"x2", {{"field", "e"}}},
                      {"y", y},
                      {"color", colour},
                      {"tooltip", pages::tips({{"t", "error"}, {"n", "cases"}})}};
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

}  // namespace partita
