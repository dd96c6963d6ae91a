// Measured rows into a model of a unit: whose rows count, and what other devices lead to expect.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/cost/fitted_model.h"

using namespace partita;

namespace {

const Catalog& catalog() {
  static const Catalog of_repository{std::filesystem::path(PARTITA_ROOT)};
  return of_repository;
}

const Graph* zoo_graph(std::string_view name) {
  static std::map<std::string, Graph, std::less<>> known;
  if (const auto at = known.find(name); at != known.end()) return &at->second;
  const ZooNetwork* network = find_network(name);
  return network ? &known.emplace(name, network->make()).first->second : nullptr;
}

NetworkRow row(const std::string& network, const std::string& unit, double latency_s) {
  NetworkRow r;
  r.network = network, r.unit = unit, r.latency_s = latency_s;
  return r;
}

struct Phone {
  Soc soc = load_soc(catalog().soc("snapdragon-855"));
  Runtime tflite = load_runtime(catalog().runtime("tflite"));
  const KernelForm& form = *kernel_form("tflite", UnitKind::cpu);
};

}  // namespace

TEST_CASE("rows of the very cores count, in the precision that was asked for") {
  const Phone phone;
  Evidence fp, integers;
  fp.networks = {row("mobilenet_w1", "prime:1", 40e-3), row("resnet18", "gold:3 prime:1", 60e-3),
                 row("nobody_drew_it", "prime:1", 1e-3), row("mobilenet_w1", "gpu", 6e-3)};
  integers.precision = Precision::int8;
  integers.networks = {row("mobilenet_w1", "prime:1", 20e-3)};
  const std::vector<Evidence> evidence{fp, integers};
  const auto rows = [&](const char* unit, Precision precision, RowsOf which) {
    return measurements_of(phone.soc, phone.tflite, phone.form,
                           unit_by_spec(phone.soc, unit, "test"), precision, evidence, zoo_graph,
                           which);
  };
  CHECK(rows("prime:1", Precision::fp32, RowsOf::unit).networks.size() == 1);
  CHECK(rows("prime:1", Precision::fp32, RowsOf::kind).networks.size() == 2);
  CHECK(rows("prime:1", Precision::int8, RowsOf::unit).networks.at(0).latency_s == 20e-3);
  // The described unit of one prime and three gold cores, however the row orders them.
  CHECK(rows("cpu-big", Precision::fp32, RowsOf::unit).network_rows.at(0)->network == "resnet18");
  CHECK(rows("silver:1", Precision::fp32, RowsOf::unit).empty());
}

TEST_CASE("where nothing was measured, the most similar unit of another SoC is asked") {
  const Phone phone;
  const Unit prime = unit_by_spec(phone.soc, "prime:1", "test");
  const UnitTraits traits = traits_of(phone.soc, prime, Precision::fp32);
  // Two SoCs where everything takes twice and ten times what the form expects; the nearer one has
  // the same cores.
  const KernelFit prior(phone.form, prior_coefficients(phone.form));
  const auto other = [&](const char* soc, const char* unit, double times) {
    MeasuredSoc m{load_soc(catalog().soc(soc)), {}};
    const UnitTraits t = traits_of(m.soc, unit_by_spec(m.soc, unit, "test"), Precision::fp32);
    Evidence e;
    for (const char* name : {"mobilenet_w1", "mobilenetv2_w1", "squeezenet_v1_1", "resnet18"}) {
      const auto kernels = kernels_of(phone.form, *zoo_graph(name), Precision::fp32, t,
                                      phone.tflite.unit(UnitKind::cpu)->fusions);
      e.networks.push_back(row(name, unit, times * prior.network(kernels, t).latency_s));
    }
    m.evidence.push_back(std::move(e));
    return m;
  };
  const std::vector<MeasuredSoc> others{other("helio-p35", "big:1", 10),
                                        other("snapdragon-855-plus", "prime:1", 2)};
  const UnitFit fit =
      fit_unit(phone.soc, phone.tflite, prime, Precision::fp32, {}, zoo_graph, others);
  CHECK(fit.of == "snapdragon-855-plus");
  CHECK_FALSE(fit.own);
  CHECK(fit.networks == 4);
  const auto kernels = kernels_of(phone.form, *zoo_graph("mobilenet_w1"), Precision::fp32, traits,
                                  phone.tflite.unit(UnitKind::cpu)->fusions);
  const double ratio =
      fit.network(kernels, traits).latency_s / prior.network(kernels, traits).latency_s;
  CHECK(ratio > 1.4);  // drawn to the form's prior, which says 1
  CHECK(ratio < 2.1);
}

TEST_CASE("operators alone do not hide what a network takes beside them") {
  const Phone phone;
  const KernelForm& form = *kernel_form("tflite", UnitKind::gpu);
  Evidence e = load_evidence(catalog().root() / "traces/snapdragon-855/tflite-fp32");
  e.networks.clear();
  e.operators.resize(200);
  const Unit gpu = unit_by_spec(phone.soc, "gpu", "test");
  const UnitFit fit =
      fit_unit(phone.soc, phone.tflite, gpu, Precision::fp16, {&e, 1}, zoo_graph, {});
  CHECK(fit.own);
  CHECK(fit.operators == 200);
  CHECK(fit.overhead_s == form.settings().overhead_s);
  const UnitTraits traits = traits_of(phone.soc, gpu, Precision::fp16);
  const auto kernels = kernels_of(form, *zoo_graph("mobilenet_w1"), Precision::fp16, traits,
                                  phone.tflite.unit(UnitKind::gpu)->fusions);
  CHECK(fit.network(kernels, traits).latency_s ==
        Approx(fit.fit->network(kernels, traits).latency_s + fit.overhead_s));
  // One network whose kernels take half as long again: drawn to 1 by what devices and networks
  // scatter, 1 / (1 + 0.12^2 / 0.15^2) = 0.61 of the logarithm.
  const double alone = fit.network(kernels, traits).latency_s - fit.overhead_s;
  e.networks = {row("mobilenet_w1", "gpu", 1.5 * alone + fit.overhead_s)};
  const UnitFit scaled =
      fit_unit(phone.soc, phone.tflite, gpu, Precision::fp16, {&e, 1}, zoo_graph, {});
  CHECK_FALSE(scaled.of_networks);
  CHECK(scaled.scale == Approx(std::pow(1.5, 1 / 1.64)));
  CHECK(scaled.network(kernels, traits).latency_s == Approx(alone * scaled.scale + fit.overhead_s));
}

TEST_CASE("a run is the kernels and, once, what the network takes beside them") {
  const Phone phone;
  const std::vector<Evidence> evidence{
      load_evidence(catalog().root() / "traces/snapdragon-855/tflite-fp32")};
  const Graph& graph = *zoo_graph("mobilenet_w1");
  auto fits = fit_units(phone.soc, phone.tflite, evidence, zoo_graph, {});
  const UnitId gpu = *phone.soc.find_unit("gpu");
  const UnitFit fit = fits[index(gpu)];
  const auto model = make_fitted_model(phone.soc, phone.tflite, graph, std::move(fits));
  double sum = 0;
  for (const OpId id : graph.order()) {
    const auto cost =
        model->operator_cost(graph, id, {}, top_mode(phone.soc, gpu), Precision::fp16);
    REQUIRE(cost);
    sum += cost->latency_s;
    // No more than the unit can draw, or it would contend with itself.
    CHECK(cost->bytes <=
          cost->latency_s * phone.soc.unit(gpu).memory_bandwidth_bytes_per_s * (1 + 1e-12));
    if (is_placed(graph.op(id)))
      sum += model->input_cost(graph, id, top_mode(phone.soc, gpu)).latency_s;
  }
  const UnitTraits traits = traits_of(phone.soc, top_mode(phone.soc, gpu), Precision::fp16);
  const auto kernels = kernels_of(fit.fit->form(), graph, Precision::fp16, traits,
                                  phone.tflite.unit(UnitKind::gpu)->fusions);
  CHECK(sum == Approx(fit.network(kernels, traits).latency_s).epsilon(0.05));
}

TEST_CASE("where one thread launches on all units, the unit it waits for does nothing else") {
  const Phone phone;
  const Graph& graph = *zoo_graph("resnet18");
  const UnitId gpu = *phone.soc.find_unit("gpu"), cpu = *phone.soc.find_unit("cpu-big");
  const OpId reader = graph.order().back();
  const TensorId tensor = graph.op(reader).inputs.front();
  const auto wait_on = [&](const char* runtime, UnitId from, UnitId to) {
    const auto model = make_fitted_model(phone.soc, load_runtime(catalog().runtime(runtime)), graph,
                                         std::vector<UnitFit>(phone.soc.units.size()));
    for (const TransferStep& step : model->transfer(
             graph, tensor, 1e3, reader, top_mode(phone.soc, from), top_mode(phone.soc, to)))
      if (step.kind == LinkTermKind::sync) return step.on;
    return UnitId{-1};
  };
  CHECK(wait_on("mace", gpu, cpu) == gpu);
  CHECK(wait_on("tflite", gpu, cpu) == cpu);
  CHECK(wait_on("mace", cpu, gpu) == cpu);
}

TEST_CASE("what is fused into a kernel costs nothing in it and a kernel of its own elsewhere") {
  const Phone phone;
  const std::vector<Evidence> evidence{
      load_evidence(catalog().root() / "traces/snapdragon-855/tflite-fp32")};
  const Graph& graph = *zoo_graph("resnet18");
  const auto model = make_fitted_model(phone.soc, phone.tflite, graph,
                                       fit_units(phone.soc, phone.tflite, evidence, zoo_graph, {}));
  const Mode gpu = top_mode(phone.soc, *phone.soc.find_unit("gpu"));
  int fused = 0;
  for (const OpId id : graph.order()) {
    const auto cost = model->operator_cost(graph, id, {}, gpu, Precision::fp16);
    const auto own = model->unfused_cost(graph, id, {}, gpu, Precision::fp16);
    REQUIRE(cost);
    REQUIRE(own);
    CHECK(cost->dispatch_s <= cost->latency_s);
    CHECK(cost->occupancy <= 1);
    const auto before = model->fused_with(graph, id, gpu);
    if (!before) continue;
    ++fused;
    const auto preds = graph.predecessors(id);
    CHECK(std::find(preds.begin(), preds.end(), *before) != preds.end());
    CHECK(cost->latency_s == 0);
    CHECK(own->latency_s > 0);
    CHECK(own->dispatch_s > 0);
    CHECK(own->source == CostSource::fitted);
  }
  CHECK(fused == 16);  // Of eight residual blocks: the addition and the activation after it.
}
