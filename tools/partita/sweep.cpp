#include "tools/partita/sweep.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/table.h"
#include "tools/partita/sweep_point.h"

namespace partita {

struct Sweep::Impl {
  Impl(SweepPlan read, const std::vector<std::string>& plugins)
      : plan(std::move(read)),
        design(axes_of(plan), plan.design),
        figures(sweep_figures(plan.live)),
        points(plan, plugins) {
    points.prepare_all(design);
  }
  static std::vector<sweep::Axis> axes_of(const SweepPlan& plan) {
    std::vector<sweep::Axis> axes;
    for (const SweepAxis& axis : plan.axes) axes.push_back(axis.axis);
    return axes;
  }
  SweepPlan plan;
  sweep::Design design;
  std::vector<sweep::Figure> figures;
  SweepPoints points;
};

Sweep::Sweep(const std::filesystem::path& file, const std::vector<std::string>& plugins)
    : impl_(std::make_unique<Impl>(read_sweep(file), plugins)) {}
Sweep::~Sweep() = default;

const SweepPlan& Sweep::plan() const {
  return impl_->plan;
}

const sweep::Design& Sweep::design() const {
  return impl_->design;
}

const std::vector<sweep::Figure>& Sweep::figures() const {
  return impl_->figures;
}

std::vector<std::string> Sweep::figure_names() const {
  std::vector<std::string> names;
  for (const sweep::Figure& figure : impl_->figures) names.push_back(figure.name);
  return names;
}

std::string Sweep::evaluate(std::uint64_t begin, std::uint64_t end) {
  if (begin > end || end > design().size())
    throw InputError(fmt::format("points {} to {}: the sweep has {}", begin, end, design().size()));
  const std::size_t width = design().axes().size();
  std::vector<double> values((end - begin) * width);
  std::vector<std::uint64_t> order;
  for (std::uint64_t p = begin; p < end; ++p) {
    impl_->design.point(p, {values.data() + (p - begin) * width, width});
    order.push_back(p);
  }
  // Points of the same job one after another: what they share is prepared once.
  std::size_t names = 0;
  while (names < width && plan().axes[names].axis.is_text()) ++names;
  std::stable_sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
    const double *x = values.data() + (a - begin) * width, *y = values.data() + (b - begin) * width;
    return std::lexicographical_compare(x, x + names, y, y + names);
  });
  std::vector<sweep::Row> rows;
  for (const std::uint64_t p : order)
    rows.push_back(impl_->points.evaluate(p, {values.data() + (p - begin) * width, width}));
  return sweep::pack(rows);
}

std::size_t Sweep::objective_figure() const {
  if (plan().live) return 0;
  for (const SweepAxis& axis : plan().axes)
    if (axis.use == SweepUse::objective && axis.axis.names.size() == 1) {
      const std::string& name = axis.axis.names.front();
      return sweep::figure_by_name(figures(), name == "throughput" ? "period_s" : name,
                                   "objective");
    }
  return 0;
}

sweep::Store Sweep::store(const std::filesystem::path& file, bool resume) const {
  const auto open = resume ? sweep::Store::resume : sweep::Store::create;
  return open(file, plan().identity, design(), figure_names(), plan().batch);
}

std::string Sweep::text(std::size_t at, double value) const {
  const SweepAxis& axis = plan().axes[at];
  if (axis.axis.is_text()) return axis.axis.names.at(static_cast<std::size_t>(value));
  if (axis.use != SweepUse::change) return fmt::format("{:.4g}", value);
  if (!axis.absolute) return fmt::format("{:.4g}x", value);
  const std::string& name = axis.axis.name;
  return format_quantity(value, name.ends_with("_w")            ? Dimension::power
                                : name.ends_with("_j_per_byte") ? Dimension::energy_per_byte
                                                                : Dimension::bandwidth);
}

std::string sweep_csv_header(const Sweep& sweep) {
  std::vector<std::string> fields{"number"};
  for (const SweepAxis& axis : sweep.plan().axes) fields.push_back(axis.axis.name);
  for (const std::string& figure : sweep.figure_names()) fields.push_back(figure);
  fields.insert(fields.end(), {"plan", "reason"});
  return csv_line(fields);
}

std::string sweep_csv_line(const Sweep& sweep, const sweep::Row& row,
                           std::span<const double> values) {
  std::vector<std::string> fields{fmt::format("{}", row.point)};
  for (std::size_t a = 0; a < values.size(); ++a)
    fields.push_back(sweep.plan().axes[a].axis.is_text() ? sweep.text(a, values[a])
                                                         : csv_number(values[a]));
  for (std::size_t f = 0; f < sweep.figures().size(); ++f)
    fields.push_back(row.figures.empty() ? "" : csv_number(row.figures[f]));
  fields.push_back(row.plan);
  fields.push_back(row.reason);
  return csv_line(fields);
}

}  // namespace partita
