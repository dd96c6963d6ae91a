// What the specifications of all pictures have in common. Internal to sim/report and to the pages
// that tools make; include in .cpp files only, together with nlohmann/json.hpp.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/report/page.h"
#include "sim/soc/soc.h"

namespace partita::pages {

using Json = nlohmann::ordered_json;

/// By unit, told apart by the colour-blind; the same in every picture.
std::vector<std::string> unit_colours(const Soc& soc);
/// Black or white, whichever is read better on it.
std::string ink_on(const std::string& colour);
/// Colours of things that are not units.
inline constexpr const char* kBlue = "#0072b2";
inline constexpr const char* kSky = "#56b4e9";
inline constexpr const char* kOrange = "#e69f00";
inline constexpr const char* kGreen = "#009e73";
inline constexpr const char* kRed = "#d55e00";
inline constexpr const char* kPink = "#cc79a7";
inline constexpr const char* kGrey = "#8c8c8c";

/// A channel of an encoding: field, type and title; `title` empty: none.
Json channel(std::string_view field, std::string_view type, std::string_view title = "");
/// Field and title of each line of a tooltip; the fields hold text.
Json tips(std::initializer_list<std::pair<const char*, const char*>> lines);
/// An axis of names that takes `extent` pixels, so that pictures below one another line up.
Json names_axis(int extent);
/// An axis that takes `extent` pixels, with more of its own.
Json fixed_axis(Json more, int extent);
/// Scale and ticks of percents of which small ones matter and large ones must not hide them.
void spread_percents(Json& channel);
/// A scale from names to colours, in this order.
Json colours(const std::vector<std::pair<std::string, std::string>>& of);
/// `$schema`, a description, the width of the page less `inset` pixels for axes.
Json picture(std::string_view description, int inset = 90);
/// The same with a row of `step` pixels a name, and its data.
Json rows(std::string_view description, int inset, int step, Json values);
/// The channel that says in which row: as the data comes, names in `extent` pixels.
Json row_names(std::string_view field, int extent);
std::string spec_text(const Json& spec);

/// Seconds in the unit that a span of so many is best read in.
struct TimeUnit {
  double per_second = 1e3;
  std::string name = "ms";
  double of(double seconds) const { return seconds * per_second; }
};
TimeUnit time_unit(double seconds);

}  // namespace partita::pages
