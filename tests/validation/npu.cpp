// NPUs: are the logs read as written, are terms what is worked out by hand, and are the suites'
// figures what the documentation says?
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/error.h"
#include "sim/cost/form_qnn.h"
#include "validation/ai_hub_runs.h"
#include "validation/rknn_layers.h"
#include "validation/validation.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

fs::path written(const std::string& name, const std::string& text) {
  const fs::path path = fs::temp_directory_path() / ("partita-npu-" + name + ".csv");
  std::ofstream(path) << text;
  return path;
}

const std::string kLayers = "model,op,dtype,target,in_shapes_nchw,out_shape_nchw,time_us\n";
const std::string kRuns =
    "model,component,precision,soc,runtime,inference_ms,primary_unit,layers_cpu\n";

std::vector<double> terms_of(const KernelForm& form, KernelWork work, const UnitTraits& unit) {
  work.kind = form.kind_of(work, unit);
  std::vector<double> seconds(form.kinds()[static_cast<std::size_t>(work.kind)].terms.size());
  form.terms(work, unit, seconds);
  return seconds;
}

const QuantityResult& quantity(const SuiteResult& result, const std::string& name) {
  for (const QuantityResult& q : result.results)
    if (q.quantity == name) return q;
  throw std::out_of_range(name);
}

}  // namespace

TEST_CASE("an RKNN log is read as the toolkit writes it") {
  const RknnLayers log = read_rknn_layers(written(
      "layers",
      kLayers +
          "n,InputOperator,UINT8,CPU,-,\"1,3,640,640\",14\n"
          "n,ConvReluAdd,INT8,NPU,\"1,32,160,160;32,32,3,3;1,32,160,160\",\"1,32,160,160\",474\n"
          "n,ConvTranspose,INT8,NPU,\"1,256,20,20;256,1,4,4\",\"1,256,40,40\",170\n"
          "n,Conv,FLOAT16,NPU,\"1,64,16,16;1,64,3,3\",\"1,64,8,8\",20\n"
          "n,exSwish,FLOAT16,NPU,\"1,64,16,16\",\"1,64,16,16\",30\n"));
  CHECK(log.dropped == 1);
  REQUIRE(log.layers.size() == 4);
  const KernelWork& conv = log.layers[0].work;
  CHECK(conv.macs == 160. * 160 * 32 * 32 * 9);
  CHECK(conv.fused_elements == 32. * 160 * 160);
  CHECK(conv.input_elements == 32. * 160 * 160);  // the added map is not read twice
  CHECK(log.layers[1].work.operation == OpKind::deconv);
  CHECK(log.layers[1].work.groups == 256);
  CHECK(log.layers[1].work.stride_h == 2);
  CHECK(log.layers[2].work.operation == OpKind::depthwise_conv);
  CHECK(log.layers[2].work.precision == Precision::fp16);
  CHECK(log.layers[3].work.operation == OpKind::activation);
  CHECK_THROWS_AS(read_rknn_layers(written("column", "model,op,price\nn,Conv,1\n")), InputError);
  CHECK_THROWS_AS(read_rknn_layers(written("zero", kLayers + "n,Add,INT8,NPU,\"1,2\",\"1,2\",0\n")),
                  InputError);
}

TEST_CASE("Rockchip's array is counted in rows of 32 bytes") {
  UnitTraits unit;
  unit.macs_per_s = 1024e9, unit.bytes_per_s = 8e9;
  KernelWork stem;
  stem.operation = OpKind::conv;
  stem.precision = Precision::int8;
  stem.in_channels = 3, stem.out_channels = 16;
  stem.out_height = stem.out_width = 320;
  stem.kernel_h = stem.kernel_w = 6;
  stem.input_elements = 3 * 640 * 640;
  const KernelForm& form = *kernel_form("rknn", UnitKind::npu);
  // 320^2 pixels x 36 taps x 32 x 32 channels at 1024 a cycle of 1 GHz
  CHECK(terms_of(form, stem, unit)[1] == Approx(320. * 320 * 36 * 1e-9));
  CHECK(terms_of(form, stem, unit)[2] == Approx(3. * 640 * 640 / 8e9));
  stem.precision = Precision::fp16;  // 16 halves a row: 3 -> 16, 16 -> 16
  CHECK(terms_of(form, stem, unit)[1] == Approx(320. * 320 * 36 * 16 * 16 / 1024e9));
}

TEST_CASE("weights stream while the array multiplies, and large maps leave its memory") {
  UnitTraits unit;
  unit.macs_per_s = 10e12, unit.bytes_per_s = 50e9, unit.dispatch_s = 2e-6;
  const KernelForm& form = *kernel_form("qnn", UnitKind::dsp);
  KernelWork w;
  w.operation = OpKind::conv;
  w.precision = Precision::fp16;
  w.in_channels = w.out_channels = 512;
  w.out_height = w.out_width = 8;
  w.input_elements = w.output_elements = 512 * 64;
  w.weight_elements = 512 * 512;
  auto s = terms_of(form, w, unit);
  const double products = 64. * 512 * 512 / 10e12;  // 1.68 us, pointwise
  const double streamed = 2. * 512 * 512 / 50e9;    // 10.5 us
  CHECK(s[1] == Approx(products));
  CHECK(s[10] == Approx(streamed - products));
  CHECK(s[8] == 0);  // 131 kB stay
  w.out_height = w.out_width = 128;
  w.input_elements = w.output_elements = 512 * 128 * 128;  // 33.6 MB in and out
  s = terms_of(form, w, unit);
  CHECK(s[10] == 0);
  CHECK(s[8] == Approx(2. * 2 * 512 * 128 * 128 / 50e9));
  // Activations of 16 bits with weights of 8: twice the bytes, half the products a second.
  w.precision = Precision::int8;
  const auto narrow = terms_of(form, w, unit), wide = terms_of(qnn_w8a16_form(), w, unit);
  CHECK(wide[1] == Approx(2 * narrow[1]));
  CHECK(wide[7] == Approx(2 * narrow[7]));
}

TEST_CASE("AI Hub's jobs are read as published") {
  const HubRuns runs = read_hub_runs(
      written("runs", kRuns + "resnet101,ResNet101,float,Snapdragon 8 Gen 3,qnn_dlc,2.4,NPU,0\n"
                              "resnet101,ResNet101,w8a16_mixed_int16,X,onnx,3.5,NPU,2\n"
                              "resnet101,ResNet101,float,X,tflite,3.5,CPU,100\n"
                              "resnet101,ResNet101,w4a16,X,tflite,3.5,NPU,0\n"
                              "no_such_network,N,float,X,tflite,3.5,NPU,0\n"));
  REQUIRE(runs.runs.size() == 2);
  CHECK(runs.runs[0].network == "tv_resnet101");
  CHECK(runs.runs[0].latency_s == Approx(2.4e-3));
  CHECK(runs.runs[1].precision == HubPrecision::w8a16);
  CHECK(runs.runs[1].mixed);
  std::size_t dropped = 0;
  for (const auto& [why, count] : runs.dropped) dropped += count;
  CHECK(dropped == 3);
  CHECK_THROWS_AS(read_hub_runs(written("unknown", "model,colour\na,b\n")), InputError);
}

TEST_CASE("the NPU suites' cross-validated figures are those of the documentation") {
  const Catalog catalog(PARTITA_ROOT);
  const SuiteResult layers = suite("npu-layers").run(catalog, {});
  CHECK(*quantity(layers, "layers.unseen-resolution").mape == Approx(0.116).margin(0.005));
  CHECK(*quantity(layers, "layers.unseen-operation").mape == Approx(0.156).margin(0.005));
  const SuiteResult models = suite("npu-models").run(catalog, {});
  const QuantityResult& all = quantity(models, "latency.unseen-network");
  CHECK(*all.mape == Approx(0.213).margin(0.005));
  CHECK(*all.mape < *all.plain_mape);
  CHECK(*all.coverage_90 == Approx(0.9).margin(0.05));
  CHECK(*quantity(models, "latency.unseen-network.fp16").mape == Approx(0.201).margin(0.005));
}
