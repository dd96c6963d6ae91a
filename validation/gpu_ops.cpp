// Suite gpu-ops: how long does an operator of a network nobody has measured take on a phone's GPU?
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "validation/gpu_devices.h"
#include "validation/qed_operators.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_gpu_ops(const Catalog& catalog, const ValidateOptions& options);

namespace {

struct Case {
  std::string soc, kind;
  double measured_s = 0, predicted_s = 0, relative_sd = 0, plain_s = 0;
};

/// Six numbers by kind of operator, coefficients by relative least squares.
class Plain {
 public:
  static constexpr std::size_t kTerms = 6;

  void add(const KernelWork& work, double latency_s) {
    TrendProblem& p = problems_[work.operation];
    const auto x = features(work);
    p.design.insert(p.design.end(), x.begin(), x.end());
    p.measured_s.push_back(latency_s);
    p.relative_sd.push_back(1);
  }
  void fit() {
    for (auto& [kind, p] : problems_) {
      p.terms = kTerms;
      p.prior.assign(kTerms, 0);
      p.prior_sd.assign(kTerms, std::numeric_limits<double>::infinity());
      p.rounds = 1;
      p.huber = std::numeric_limits<double>::infinity();
      coefficients_[kind] = fit_trend(p);
    }
  }
  double predict(const KernelWork& work) const {
    const auto found = coefficients_.find(work.operation);
    if (found == coefficients_.end()) return 0;
    const auto x = features(work);
    double sum = 0;
    for (std::size_t j = 0; j < kTerms; ++j) sum += x[j] * found->second[j];
    return sum;
  }

 private:
  static std::array<double, kTerms> features(const KernelWork& w) {
    return {1e-5,
            w.macs * 1e-12,
            w.input_elements * 1e-10,
            w.output_elements * 1e-10,
            w.weight_elements * 1e-10,
            w.simple_ops * 1e-11};
  }
  std::map<OpKind, TrendProblem> problems_;
  std::map<OpKind, std::vector<double>> coefficients_;
};

QuantityResult scored(std::string quantity, const std::vector<const Case*>& cases) {
  std::vector<ScoredRow> rows;
  for (const Case* c : cases)
    rows.push_back({c->predicted_s, c->measured_s, c->relative_sd, c->plain_s, c->kind, c->soc});
  return score(std::move(quantity), rows);
}

SuiteResult result_of(const std::vector<Case>& cases) {
  SuiteResult suite;
  suite.suite = "gpu-ops";
  std::map<std::string, std::vector<const Case*>> by_soc, by_kind;
  for (const Case& c : cases) {
    by_soc[c.soc].push_back(&c);
    by_kind[c.soc + "." + c.kind].push_back(&c);
  }
  for (const auto* groups : {&by_soc, &by_kind})
    for (const auto& [name, some] : *groups)
      suite.results.push_back(scored("latency." + name, some));
  return suite;
}

std::string kind_name(const KernelForm& form, const KernelWork& work) {
  return form.kinds()[static_cast<std::size_t>(work.kind)].name;
}

std::vector<Case> cross_validate(GpuDevices& devices, const std::function<void(double)>& progress) {
  std::vector<Case> cases;
  std::size_t done = 0;
  for (const GpuDevice& device : devices.all()) {
    if (!device.operators.empty()) {
      const std::vector<Measurement> rows = devices.operators(device);
      const auto estimates = leave_groups_out(devices.form(), rows, {});
      const double widen = GpuDevices::calibration(rows, estimates);
      std::map<std::size_t, Plain> plain;
      for (const Measurement& m : rows) plain[m.group];
      for (auto& [group, one] : plain) {
        for (const Measurement& m : rows)
          if (m.group != group) one.add(m.kernels.front(), m.latency_s);
        one.fit();
      }
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const KernelWork& work = rows[i].kernels.front();
        cases.push_back({device.soc, kind_name(devices.form(), work), rows[i].latency_s,
                         estimates[i].latency_s,
                         widen * std::hypot(estimates[i].relative_sd, rows[i].relative_sd),
                         plain.at(rows[i].group).predict(work)});
      }
    }
    ++done;
    if (progress) progress(static_cast<double>(done) / static_cast<double>(devices.all().size()));
  }
  return cases;
}

/// Everything measured on one GPU, fitted.
struct Fitted {
  Fitted(GpuDevices& devices, const GpuDevice& on) : device(on) {
    const std::vector<Measurement> rows = devices.operators(on);
    fit.emplace(devices.form(), rows, KernelFit::Options{});
    widen = GpuDevices::calibration(rows, leave_groups_out(devices.form(), rows, {}));
    std::map<int, std::pair<double, double>> squares;
    for (const Measurement& m : rows) {
      plain.add(m.kernels.front(), m.latency_s);
      auto& [sum, count] = squares[m.kernels.front().kind];
      sum += m.relative_sd * m.relative_sd, ++count;
    }
    plain.fit();
    for (const auto& [kind, s] : squares) noise[kind] = std::sqrt(s.first / s.second);
  }

  Case predict(KernelWork work, double measured_s) const {
    const KernelForm& form = fit->form();
    work.kind = form.kind_of(work, device.unit);
    const KernelEstimate e = fit->kernel(work, device.unit);
    const auto of_kind = noise.find(work.kind);
    const double own = of_kind == noise.end() ? form.settings().noise : of_kind->second;
    return {device.soc,
            kind_name(form, work),
            measured_s,
            e.latency_s,
            widen * std::hypot(e.relative_sd, own),
            plain.predict(work)};
  }

  const GpuDevice& device;
  std::optional<KernelFit> fit;
  Plain plain;
  std::map<int, double> noise;  ///< By kind.
  double widen = 1;
};

}  // namespace

SuiteResult validate_gpu_ops(const Catalog& catalog, const ValidateOptions& options) {
  GpuDevices devices(catalog);
  if (!options.data) return result_of(cross_validate(devices, options.progress));
  const QedOperators table = read_qed_operators(*options.data);
  std::vector<Case> cases;
  std::set<std::string> unknown;
  for (std::size_t d = 0; d < table.socs.size(); ++d) {
    const GpuDevice* device = devices.find(table.socs[d]);
    if (device == nullptr || device->operators.empty()) {
      unknown.insert(table.socs[d]);
      continue;
    }
    const Fitted fitted(devices, *device);
    for (const QedOperator& row : table.rows)
      for (const QedOperator::Time& time : row.times)
        if (time.device == d) cases.push_back(fitted.predict(time.work, time.latency_s));
    if (options.progress)
      options.progress(static_cast<double>(d + 1) / static_cast<double>(table.socs.size()));
  }
  if (cases.empty())
    throw InputError(options.data->string() + ": no row was measured on a GPU that traces/ knows");
  SuiteResult suite = result_of(cases);
  if (!unknown.empty())
    suite.notes.push_back(fmt::format("left out, no operators measured on them: {}",
                                      join_choices({unknown.begin(), unknown.end()})));
  return suite;
}

}  // namespace partita
