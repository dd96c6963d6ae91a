// ggml on CPUs and on Adreno through OpenCL: transformers. Weights are 16 or 32 bits wide,
// activations always 32; every operator is a kernel of its own.
//
// What to expect before measurements are rounded figures of the one phone measured (Galaxy S25):
// a class with a row or two there is told by them, left out or not. Normalizations, activations on
// the GPU and copies there have no rows at all and count as other passes over memory.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/ggml_kernels.h"

namespace partita {

const KernelForm& ggml_cpu_form();
const KernelForm& ggml_gpu_form();

namespace {

using namespace ggml;

class GgmlCpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override {
    constexpr double kLoose = 1.5, kSame = 0.3;
    // Beside its dot products: one call for each, the loading of the weights, and what is not
    // measured with a product: unfolding and the activation, as passes over memory.
    static const std::vector<KernelTerm> dots{{"compute", 14, 1},
                                              {"calls", 100, kLoose},
                                              {"weights", 1.2, 0.7},
                                              {"passes", 1, kSame},
                                              {"launch", 0.2, 0.7}};
    static const std::array<KernelKind, kKinds> table{{
        {"product", dots},
        {"product_fp32", dots},
        {"vector", {}},
        {"attention",
         {{"projections", 14, kSame},
          {"scores", 10, kLoose},
          {"softmax", 200, kLoose},
          {"keys", 1, kLoose},
          {"launch", 0.2, 0.7}}},
        {"softmax",
         {{"row", 300, kLoose},
          {"elements", 300, kLoose},
          {"rows", 100, kLoose},
          {"launch", 0.2, 0.7}}},
        {"functions", {{"elements", 60, kLoose}, {"bytes", 1, kLoose}, {"launch", 0.2, 0.7}}},
        {"elementwise", {{"bytes", 1, kLoose}, {"launch", 0.2, 0.7}}},
        {"reduction", {{"elements", 20, kLoose}, {"rows", 100, kLoose}, {"launch", 0.2, 0.7}}},
        {"copy", {{"bytes", 2, kLoose}, {"strided", 5, kLoose}, {"launch", 0.2, 0.7}}},
        {"nothing", {}},
    }};
    return table;
  }

  int kind_of(const KernelWork& w, const UnitTraits&) const override { return ggml::kind_of(w); }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    if (s.empty()) return;
    const double peak = unit.macs_per_s, one_thread = peak / unit.threads;
    const double pass = 2 * kActivation / unit.bytes_per_s;
    const double moved = kActivation * elements_moved(w) / unit.bytes_per_s;
    const double channels = channels_of(w), rows = w.input_elements / channels;
    s.back() = unit.dispatch_s;
    switch (w.kind) {
      case product:
      case product_fp32: {
        const Product m = product_of(w);
        s[0] = m.batch * m.rows * m.columns * m.depth / peak;
        s[1] = m.batch * m.rows * m.columns / peak;
        s[2] = m.weights * weight_bytes(w) / unit.bytes_per_s;
        s[3] = (m.gathered + (w.function.empty() ? 0 : w.output_elements)) * pass;
        break;
      }
      case attention: {
        const Attended a = attended_of(w);
        s[0] = a.projections / peak;
        s[1] = a.scores / peak;
        s[2] = a.queries * a.keys * a.heads / peak;
        s[3] = 2 * kCached * a.keys * a.size * a.heads / unit.bytes_per_s;
        break;
      }
      case softmax:
        // A row has one thread, the last round of rows leaves some idle.
        s[0] = channels * std::ceil(rows / unit.threads) / one_thread;
        s[1] = w.input_elements / peak;
        s[2] = rows / peak;
        break;
      case functions:
        s[0] = w.output_elements / peak;
        s[1] = moved;
        break;
      case reduction:  // One thread does it all.
        s[0] = w.input_elements / one_thread;
        s[1] = rows / one_thread;
        break;
      case copy:
        s[0] = moved;
        s[1] = w.in_channels == w.out_channels ? 0 : moved;
        break;
      default:
        s[0] = moved;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override { return point_of(w); }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance = {0.4, 0, 0, 0.05};
    s.noise = 0.2;  // Eight threads wait for the one that the system holds up.
    s.calibration = 1.15;
    return s;
  }
};

class GgmlGpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override {
    constexpr double kLoose = 1.5, kSame = 0.3;
    static const std::vector<KernelTerm> tiles{
        {"compute", 80, 1}, {"passes", 1.5, kSame}, {"launch", 1, 0.5}};
    static const std::array<KernelKind, kKinds> table{{
        {"product", tiles},
        {"product_fp32", tiles},
        {"vector",
         {{"compute", 200, kLoose},
          {"outputs", 20, kLoose},
          {"weights", 1, kLoose},
          {"launch", 1, 0.5}}},
        {"attention",
         {{"projections", 80, kSame},
          {"chain", 20, kLoose},
          {"scores", 300, kLoose},
          {"tiles", 2000, kLoose},
          {"launch", 1, 0.5}}},
        {"softmax",
         {{"row", 20, kLoose},
          {"elements", 1000, kLoose},
          {"rows", 60, kLoose},
          {"launch", 1, 0.5}}},
        {"functions", {{"rows", 60, kLoose}, {"bytes", 2, kLoose}, {"launch", 1, 0.5}}},
        {"elementwise", {{"bytes", 1.5, kLoose}, {"launch", 1, 0.5}}},
        {"reduction", {{"bytes", 1, kLoose}, {"rows", 40, kLoose}, {"launch", 1, 0.5}}},
        {"copy", {{"bytes", 1.5, kLoose}, {"launch", 1, 0.5}}},
        {"nothing", {}},
    }};
    return table;
  }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    const int kind = ggml::kind_of(w);
    if (kind == functions && w.function != "rope") return elementwise;  // A work-item an element.
    return kind <= product_fp32 && product_of(w).rows == 1 ? vector : kind;
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    if (s.empty()) return;
    const double peak = unit.macs_per_s, clock = unit.clock_hz;
    const double pass = 2 * kActivation / unit.bytes_per_s;
    const double channels = channels_of(w), rows = w.input_elements / channels;
    s.back() = unit.dispatch_s;
    switch (w.kind) {
      case product:
      case product_fp32:
        tiled(product_of(w), peak, s);
        s[1] = (product_of(w).gathered + (w.function.empty() ? 0 : w.output_elements)) * pass;
        break;
      case vector: {
        const Product m = product_of(w);
        s[0] = m.batch * m.columns * m.depth / peak;
        s[1] = m.batch * m.columns / clock;
        s[2] = m.weights * weight_bytes(w) / unit.bytes_per_s;
        break;
      }
      case attention:
        attended(attended_of(w), unit, s);
        break;
      case softmax:  // A workgroup walks along its row.
        s[0] = channels / clock;
        s[1] = w.input_elements / peak;
        s[2] = rows / clock;
        break;
      case functions:
        s[0] = rows / clock;
        s[1] = kActivation * elements_moved(w) / unit.bytes_per_s;
        break;
      case reduction:
        s[0] = kActivation * elements_moved(w) / unit.bytes_per_s;
        s[1] = rows / clock;
        break;
      default:
        s[0] = kActivation * elements_moved(w) / unit.bytes_per_s;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override { return point_of(w); }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance = {0.4, 0, 0, 0.05};
    s.noise = 0.1;
    s.calibration = 0.85;
    return s;
  }

 private:
  /// A workgroup makes 64 x 64 results whether they are wanted or not: 2 tokens take as long as 8.
  static void tiled(const Product& m, double peak, std::span<double> s) {
    constexpr double kTile = 64;
    const auto whole = [](double extent) { return std::ceil(extent / kTile) * kTile; };
    s[0] = m.batch * whole(m.rows) * whole(m.columns) * m.depth / peak;
  }

  /// One query: a workgroup a head walks along the keys, and the longer a head the more of its
  /// registers spill. More queries have a kernel of their own.
  static void attended(const Attended& a, const UnitTraits& unit, std::span<double> s) {
    constexpr double kSpill = 64;
    s[0] = a.projections / unit.macs_per_s;
    if (a.queries > 1) {
      s[3] = a.scores / unit.macs_per_s;
      return;
    }
    s[1] = a.keys * a.size / unit.clock_hz * (a.size / kSpill);
    s[2] = a.scores / unit.macs_per_s * (a.size / kSpill);
  }
};

}  // namespace

const KernelForm& ggml_cpu_form() {
  static const GgmlCpu form;
  return form;
}

const KernelForm& ggml_gpu_form() {
  static const GgmlGpu form;
  return form;
}

}  // namespace partita
