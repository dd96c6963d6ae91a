// What `partita fit` says, and the profile it writes.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/cost/benchmark_rows.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/fit.h"

namespace partita {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

ordered_json score_json(const FitScore& s) {
  return {{"of", s.operators ? "operators" : "networks"},
          {"rows", s.rows},
          {"networks", s.networks},
          {"error_before", s.before},
          {"error_after", or_null(s.after)},
          {"outliers", s.outliers}};
}

ordered_json source_json(const UnitFit& fit) {
  return {{"operators", fit.operators},
          {"networks", fit.networks},
          {"soc", fit.of.empty() ? ordered_json() : ordered_json(fit.of)}};
}

ordered_json coefficients_json(const KernelFit& fit) {
  ordered_json kinds = ordered_json::array();
  const auto table = fit.form().kinds();
  for (std::size_t k = 0; k < table.size(); ++k)
    for (std::size_t j = 0; j < table[k].terms.size(); ++j)
      kinds.push_back({{"kernel", table[k].name},
                       {"term", table[k].terms[j].name},
                       {"coefficient", fit.coefficients().of_kind[k][j]}});
  return kinds;
}

/// Where the expectation before the rows comes from.
std::string origin(const UnitFit& before) {
  if (!before.of.empty())
    return fmt::format("{} operators and {} networks measured on {}", before.operators,
                       before.networks, before.of);
  if (before.operators + before.networks == 0) return "no measurement at all";
  return fmt::format("{} operators and {} networks of {} in traces/", before.operators,
                     before.networks, before.own ? "the unit" : "other units");
}

}  // namespace

std::string fit_json(const FitReport& report, const FitInput& input) {
  ordered_json files = ordered_json::array(), units = ordered_json::array();
  for (std::size_t i = 0; i < input.files.size(); ++i)
    files.push_back({{"file", input.files[i].folder.string()},
                     {"format", to_string(input.formats[i])},
                     {"operators", input.files[i].operators.size()},
                     {"networks", input.files[i].networks.size()}});
  for (const FitUnit& u : report.units) {
    ordered_json scores = ordered_json::array();
    for (const FitScore& s : u.scores) scores.push_back(score_json(s));
    units.push_back({{"unit", u.unit},
                     {"expected_from", source_json(u.before)},
                     {"tables", std::move(scores)},
                     {"check", u.check ? score_json(*u.check) : ordered_json()},
                     {"overhead_ms", u.after.overhead_s * 1e3},
                     {"coefficients", coefficients_json(*u.after.fit)}});
  }
  return json_text({{"precision", report.precision},
                    {"files", std::move(files)},
                    {"existing_rows", report.existing},
                    {"units", std::move(units)},
                    {"notes", report.notes}});
}

std::string fit_text(const FitReport& report, const FitInput& input, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"unit"},
                   {"table"},
                   {"rows", Align::right},
                   {"networks", Align::right},
                   {"before", Align::right},
                   {"after", Align::right},
                   {"outliers", Align::right}});
  std::string out, outliers;
  for (std::size_t i = 0; i < input.files.size(); ++i)
    out += fmt::format("{}: {}, {} operators, {} networks\n", input.files[i].folder.string(),
                       to_string(input.formats[i]), input.files[i].operators.size(),
                       input.files[i].networks.size());
  const auto add = [&](const FitScore& s, const std::string& what, bool check) {
    table.add({s.unit, what, std::to_string(s.rows), std::to_string(s.networks), percent(s.before),
               s.after ? percent(*s.after) : "-", check ? "-" : std::to_string(s.outliers.size())});
  };
  bool checked = false;
  for (const FitUnit& u : report.units) {
    for (const FitScore& s : u.scores) {
      add(s, s.operators ? "operators" : "networks", false);
      for (const std::string& o : s.outliers) outliers += wrap("outlier: " + o);
    }
    if (u.check) add(*u.check, u.check->operators ? "operators, check" : "networks, check", true);
    checked = checked || u.check.has_value();
  }
  out += table.render(style);
  std::map<std::string, std::vector<std::string>> origins;
  for (const FitUnit& u : report.units) origins[origin(u.before)].push_back(u.unit);
  for (const auto& [text, units] : origins)
    out += wrap(fmt::format("before ({}): mean error of what run predicted, from {}",
                            fmt::join(units, ", "), text));
  out += wrap(
      "after: of rows predicted from the rows of the other networks (of one network alone: of its "
      "operators, a tenth from the rest)");
  if (checked) out += wrap("check: rows of networks that were not fitted to");
  out += outliers;
  for (const std::string& note : report.notes) out += wrap("note: " + note);
  return out;
}

void check_output(const FitRequest& request) {
  if (request.output.empty()) return;
  std::error_code error;
  const fs::path folder(request.output);
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw InputError(fmt::format("{}: is a file, not a folder", request.output));
  if (!fs::is_empty(folder, error))
    throw InputError(fmt::format("{}: exists already; nothing written", request.output));
}

std::string write_profile(const FitRequest& request, const Catalog& catalog, const Soc& soc,
                          const Runtime& runtime, Precision precision, const FitInput& input) {
  const fs::path folder(request.output);
  std::vector<OperatorRow> operators;
  std::vector<NetworkRow> networks;
  std::set<std::string> sources, formats;
  for (std::size_t i = 0; i < input.files.size(); ++i) {
    const Evidence& e = input.files[i];
    operators.insert(operators.end(), e.operators.begin(), e.operators.end());
    networks.insert(networks.end(), e.networks.begin(), e.networks.end());
    sources.insert(e.folder.filename().string());
    formats.insert(std::string(to_string(input.formats[i])));
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    throw InputError(fmt::format("{}: cannot make this folder", request.output));
  if (!operators.empty()) write_file(folder / "operators.csv", operators_csv(operators));
  if (!networks.empty()) write_file(folder / "networks.csv", networks_csv(networks));
  // Last: a folder without it is not a profile yet.
  write_file(folder / "meta.yaml",
             fmt::format("runtime: {}\nversion: {}\nprecision: {}\ndevice: {}\n"
                         "threads: the cores that unit names\nmethod: {}\ndate: {}\n"
                         "source: {}\ncommit: none\nlicence: the user's own\nknown: measured\n",
                         runtime.name, yaml_scalar(request.version), to_string(precision),
                         yaml_scalar(request.device.empty() ? soc.title : request.device),
                         yaml_scalar(fmt::format("partita fit, from {}", fmt::join(formats, ", "))),
                         yaml_scalar(request.date),
                         yaml_scalar(fmt::format("{}", fmt::join(sources, ", ")))));
  const fs::path home = catalog.root() / "traces" / soc.name;
  const std::string name = folder.lexically_normal().filename().string();
  const std::string ending = fmt::format("-{}", to_string(precision));
  const bool found =
      fs::equivalent(fs::absolute(folder).lexically_normal().parent_path(), home, error) &&
      name.starts_with(runtime.name + "-") && name.ends_with(ending);
  if (found)
    return fmt::format("wrote {}; run --soc {} --runtime {} uses it", request.output, soc.name,
                       runtime.name);
  return fmt::format("wrote {}; run uses it once it is traces/{}/{}{}", request.output, soc.name,
                     runtime.name, ending);
}

}  // namespace partita
