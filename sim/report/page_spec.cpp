#include "sim/report/page_spec.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "sim/report/json_text.h"

namespace partita::pages {
namespace {

/// By kind of unit, so that a GPU looks alike on all SoCs. Okabe and Ito, "Color Universal Design"
/// (2008), without black, which would vanish on a dark ground; then Tol, "Colour schemes" (2021),
/// muted. Vermilion is left to hand-overs.
std::vector<const char*> palette_of(UnitKind kind) {
  switch (kind) {
    case UnitKind::gpu:
      return {kOrange, "#f0e442"};
    case UnitKind::npu:
      return {kGreen, "#999933"};
    case UnitKind::dsp:
      return {kPink, "#aa4499"};
    case UnitKind::network:
      return {kGrey, "#b0b0b0"};
    case UnitKind::cpu:
      break;
  }
  return {kBlue, kSky, "#332288", "#44aa99", "#882255", "#117733", kGrey};
}

/// Relative luminance, WCAG 2.1.
double luminance(const std::string& colour) {
  double sum = 0;
  const std::array<double, 3> weights{0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double part =
        static_cast<double>(std::strtol(colour.substr(1 + 2 * i, 2).c_str(), nullptr, 16)) / 255;
    sum += weights.at(i) * (part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}

}  // namespace

std::vector<std::string> unit_colours(const Soc& soc) {
  std::vector<std::string> out;
  std::map<UnitKind, std::size_t> seen;
  for (const Unit& unit : soc.units) {
    const auto palette = palette_of(unit.kind);
    out.emplace_back(palette[seen[unit.kind]++ % palette.size()]);
  }
  return out;
}

std::string ink_on(const std::string& colour) {
  const double light = luminance(colour);
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

Json channel(std::string_view field, std::string_view type, std::string_view title) {
  Json out{{"field", field}, {"type", type}, {"title", nullptr}};
  if (!title.empty()) out["title"] = title;
  return out;
}

Json tips(std::initializer_list<std::pair<const char*, const char*>> lines) {
  Json out = Json::array();
  for (const auto& [field, title] : lines)
    out.push_back({{"field", field}, {"type", "nominal"}, {"title", title}});
  return out;
}

Json names_axis(int extent) {
  return {{"minExtent", extent},
          {"maxExtent", extent},
          {"labelLimit", extent - 8},
          {"ticks", false},
          {"domain", false}};
}

Json fixed_axis(Json more, int extent) {
  more["minExtent"] = extent;
  more["maxExtent"] = extent;
  more["labelLimit"] = extent - 10;
  return more;
}

void spread_percents(Json& channel) {
  channel["scale"] = {{"type", "symlog"}, {"constant", 5}};
  channel["axis"] = {
      {"values", {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000}}};
}

Json colours(const std::vector<std::pair<std::string, std::string>>& of) {
  Json domain = Json::array(), range = Json::array();
  for (const auto& [name, colour] : of) {
    domain.push_back(name);
    range.push_back(colour);
  }
  return {{"domain", std::move(domain)}, {"range", std::move(range)}};
}

Json picture(std::string_view description, int inset) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"description", description},
          {"usermeta", {{"inset", inset}}}};
}

Json rows(std::string_view description, int inset, int step, Json values) {
  Json spec = picture(description, inset);
  spec["width"] = "container";
  spec["height"] = {{"step", step}};
  spec["data"] = {{"values", std::move(values)}};
  return spec;
}

Json row_names(std::string_view field, int extent) {
  Json y = channel(field, "nominal");
  y["sort"] = nullptr;
  y["axis"] = names_axis(extent);
  return y;
}

std::string spec_text(const Json& spec) {
  return json_line(spec);
}

TimeUnit time_unit(double seconds) {
  if (seconds >= 10) return {1, "s"};
  if (seconds >= 1e-3) return {1e3, "ms"};
  return {1e6, "µs"};
}

}  // namespace partita::pages
