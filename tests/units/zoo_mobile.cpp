// The families for phones against published counts.
#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

#include "models/zoo.h"

using namespace partita;

namespace {

Graph make(const char* name) {
  INFO(name);
  const ZooNetwork* network = find_network(name);
  REQUIRE(network != nullptr);
  return network->make();
}

bool is_convolution(const Operator& op) {
  return op.kind == OpKind::conv || op.kind == OpKind::depthwise_conv ||
         op.kind == OpKind::grouped_conv;
}

/// Channels that a batch normalisation scaled before it was folded: of every convolution with a
/// bias, save those of squeeze-and-excite blocks and classifiers, whose maps are 1x1.
std::int64_t folded(const Graph& graph) {
  std::int64_t channels = 0;
  for (const Operator& op : graph.operators()) {
    if (!is_convolution(op)) continue;
    const Shape& in = graph.tensor(op.inputs[0]).shape;
    const Shape& out = graph.tensor(op.outputs[0]).shape;
    const std::int64_t kernel =
        out[1] * in[1] / op.groups * op.window.kernel_h * op.window.kernel_w;
    if (out[2] > 1 && op.weight_elements > kernel) channels += out[1];
  }
  return channels;
}

/// What normalizations hold besides scale and shift: running mean and variance, not trained.
std::int64_t statistics(const Graph& graph) {
  std::int64_t elements = 0;
  for (const Operator& op : graph.operators())
    if (op.kind == OpKind::normalization)
      elements += op.weight_elements - 2 * graph.tensor(op.outputs[0]).shape[1];
  return elements;
}

struct Parameters {
  const char* name;
  std::int64_t trainable;
  int per_channel = 1;  ///< Parameters folding saves: 2 where the convolution had a bias as well.
};

// Trainable weights as the tests of github.com/osmr/imgclsmob (tensorflow2/tf2cv/models) assert
// them; mobilenetv2b: its gluon/gluoncv2; condensenet: its pytorch/pytorchcv.
constexpr Parameters kParameters[] = {
    {"mobilenet_w1", 4231976},
    {"mobilenet_w3d4", 2585560},
    {"mobilenet_wd2", 1331592},
    {"mobilenet_wd4", 470072},
    {"mobilenetb_w1", 4222056},
    {"mobilenetb_w3d4", 2578120},
    {"mobilenetb_wd2", 1326632},
    {"mobilenetb_wd4", 467592},
    {"fdmobilenet_w1", 2901288},
    {"fdmobilenet_w3d4", 1833304},
    {"fdmobilenet_wd2", 993928},
    {"fdmobilenet_wd4", 383160},
    {"mobilenetv2_w1", 3504960},
    {"mobilenetv2_w3d4", 2627592},
    {"mobilenetv2_wd2", 1964736},
    {"mobilenetv2_wd4", 1516392},
    {"mobilenetv2b_w1", 3503872},
    {"mobilenetv2b_w3d4", 2626968},
    {"mobilenetv2b_wd2", 1964448},
    {"mobilenetv2b_wd4", 1516312},
    {"igcv3_w1", 3491688},
    {"igcv3_w3d4", 2638084},
    {"igcv3_wd2", 1985528},
    {"igcv3_wd4", 1534020},
    {"mobilenetv3_small_w7d20", 2159600},
    {"mobilenetv3_small_wd2", 2288976},
    {"mobilenetv3_small_w3d4", 2581312},
    {"mobilenetv3_small_w1", 2945288},
    {"mobilenetv3_small_w5d4", 3643632},
    {"mobilenetv3_large_w7d20", 2943080},
    {"mobilenetv3_large_wd2", 3334896},
    {"mobilenetv3_large_w3d4", 4263496},
    {"mobilenetv3_large_w1", 5481752},
    {"mobilenetv3_large_w5d4", 7459144},
    {"ghostnet", 5180840},
    {"mnasnet_b1", 4383312},
    {"mnasnet_a1", 3887038},
    {"mnasnet_small", 2030264},
    {"fbnet_cb", 5572200},
    {"spnasnet", 4421616},
    {"proxylessnas_cpu", 4361648},
    {"proxylessnas_gpu", 7119848},
    {"proxylessnas_mobile", 4080512},
    {"proxylessnas_mobile14", 6857568},
    {"mixnet_s", 4134606},
    {"mixnet_m", 5014382},
    {"mixnet_l", 7329252},
    {"squeezenet_v1_0", 1248424, 0},
    {"squeezenet_v1_1", 1235496, 0},
    {"squeezeresnet_v1_0", 1248424, 0},
    {"squeezeresnet_v1_1", 1235496, 0},
    {"sqnxt23_w1", 724056, 2},
    {"sqnxt23_w3d2", 1511824, 2},
    {"sqnxt23_w2", 2583752, 2},
    {"sqnxt23v5_w1", 921816, 2},
    {"sqnxt23v5_w3d2", 1953616, 2},
    {"sqnxt23v5_w2", 3366344, 2},
    {"shufflenet_g1_w1", 1531936},
    {"shufflenet_g2_w1", 1733848},
    {"shufflenet_g3_w1", 1865728},
    {"shufflenet_g4_w1", 1968344},
    {"shufflenet_g8_w1", 2434768},
    {"shufflenet_g1_w3d4", 975214},
    {"shufflenet_g3_w3d4", 1238266},
    {"shufflenet_g1_wd2", 534484},
    {"shufflenet_g3_wd2", 718324},
    {"shufflenet_g1_wd4", 209746},
    {"shufflenet_g3_wd4", 305902},
    {"shufflenetv2_wd2", 1366792},
    {"shufflenetv2_w1", 2278604},
    {"shufflenetv2_w3d2", 4406098},
    {"shufflenetv2_w2", 7601686},
    {"shufflenetv2b_wd2", 1366792},
    {"shufflenetv2b_w1", 2279760},
    {"shufflenetv2b_w3d2", 4410194},
    {"shufflenetv2b_w2", 7611290},
    {"menet108_8x1_g3", 654516},
    {"menet128_8x1_g4", 750796},
    {"menet160_8x1_g8", 850120},
    {"menet228_12x1_g3", 1806568},
    {"menet256_12x1_g4", 1888240},
    {"menet348_12x1_g3", 3368128},
    {"menet352_12x1_g8", 2272872},
    {"menet456_24x1_g3", 5304784},
    {"efficientnet_b0", 5288548},
    {"efficientnet_b1", 7794184},
    {"efficientnet_b2", 9109994},
    {"efficientnet_b3", 12233232},
    {"efficientnet_b4", 19341616},
    {"efficientnet_b5", 30389784},
    {"efficientnet_b6", 43040704},
    {"efficientnet_b7", 66347960},
    {"efficientnet_b8", 87413142},
    {"efficientnet_b0b", 5288548},
    {"efficientnet_b3b", 12233232},
    {"efficientnet_edge_small_b", 5438392},
    {"efficientnet_edge_medium_b", 6899496},
    {"efficientnet_edge_large_b", 10589712},
    {"condensenet74_c4_g4", 4773944},
    {"condensenet74_c8_g8", 2935416},
    {"nasnet_4a1056", 5289978},
    {"nasnet_6a4032", 88753150},
};

}  // namespace

TEST_CASE("parameters of the families for phones, exactly", "[zoo]") {
  for (const auto& [name, trainable, per_channel] : kParameters) {
    INFO(name);
    const Graph graph = make(name);
    // GhostNet normalises in its classifier as well: 1280 channels of a 1x1 map.
    const std::int64_t classifier = std::string_view(name) == "ghostnet" ? 1280 : 0;
    CHECK(graph.total_weight_elements() - statistics(graph) +
              per_channel * (folded(graph) + classifier) ==
          trainable);
  }
}

TEST_CASE("operations of the families for phones, exactly", "[zoo]") {
  // Column FLOPS of dataset/tflite_cnn_e2e.csv of github.com/qed-usc/mobile-ml-benchmark, which
  // ran every network at 224 x 224: 2 per MAC, 1 per element a pooling reads, and the biases of
  // the fully connected layer.
  struct Counted {
    const char* name;
    std::int64_t operations;
  };
  const std::vector<Counted> all = {
      {"mobilenet_w1", 1137531880},
      {"mobilenet_wd4", 82074088},
      {"fdmobilenet_w3d4", 168604264},
      {"fdmobilenet_wd2", 80290536},
      {"mobilenetv2_w1", 627301376},
      {"mobilenetv2_w3d4", 373363776},
      {"mobilenetv2b_wd2", 178182272},
      {"proxylessnas_cpu", 878558896},
      {"proxylessnas_gpu", 930605992},
      {"proxylessnas_mobile", 640918888},
      {"spnasnet", 666997864},
      {"efficientnet_edge_small_b", 4704679400},
      {"efficientnet_edge_large_b_224", 10637625320},
  };
  for (const auto& [name, operations] : all) {
    INFO(name);
    const Graph graph = make(name);
    std::int64_t count = 2 * graph.total_macs();
    for (const Operator& op : graph.operators()) {
      if (op.kind == OpKind::pool)
        count += op.output_elements * op.window.kernel_h * op.window.kernel_w;
      if (op.kind == OpKind::fully_connected) count += op.output_elements;
    }
    CHECK(count == operations);
  }
}

TEST_CASE("MACs of the families for phones as their papers say", "[zoo]") {
  struct Published {
    const char* name;
    double mmacs;
    double within;
  };
  const std::vector<Published> all = {
      {"mobilenet_w1", 569, 0.001},          // arXiv 1704.04861, table 6
      {"mobilenet_w3d4", 325, 0.002},        // idem
      {"mobilenet_wd2", 149, 0.004},         // idem
      {"mobilenet_wd4", 41, 0.002},          // idem
      {"fdmobilenet_w1", 144, 0.004},        // arXiv 1802.03750
      {"fdmobilenet_wd2", 40, 0.004},        // idem
      {"fdmobilenet_wd4", 12, 0.004},        // idem
      {"mobilenetv2b_w1", 300, 0.003},       // arXiv 1801.04381, table 4
      {"mobilenetv3_large_w1", 219, 0.015},  // arXiv 1905.02244, table 3
      {"mobilenetv3_small_w1", 56, 0.02},    // idem
      {"igcv3_w1", 318, 0.02},               // arXiv 1806.00178
      {"ghostnet", 141, 0.003},              // arXiv 1911.11907
      {"mnasnet_a1", 312, 0.002},            // arXiv 1807.11626, table 1
      {"fbnet_cb", 375, 0.03},               // arXiv 1812.03443
      {"proxylessnas_mobile", 320, 0.002},   // arXiv 1812.00332
      {"efficientnet_b0", 390, 0.02},        // arXiv 1905.11946, table 2
      {"efficientnet_b1", 700, 0.02},        // idem
      {"efficientnet_b2", 1000, 0.01},       // idem
      {"efficientnet_b3", 1800, 0.02},       // idem
      {"efficientnet_b4", 4200, 0.05},       // idem
      {"efficientnet_b5", 9900, 0.04},       // idem
      {"efficientnet_b6", 19000, 0.01},      // idem
      {"efficientnet_b7", 37000, 0.025},     // idem
      {"mixnet_s", 256, 0.07},               // arXiv 1907.09595, table 2; counts activations too
      {"mixnet_m", 360, 0.06},               // idem
      {"mixnet_l", 565, 0.02},               // idem
      {"nasnet_4a1056", 564, 0.01},          // arXiv 1707.07012, table 3
      {"nasnet_6a4032", 23800, 0.002},       // arXiv 1707.07012, table 2
      {"shufflenet_g1_w1", 143, 0.002},      // arXiv 1707.01083, table 1
      {"shufflenet_g2_w1", 140, 0.01},       // idem
      {"shufflenet_g3_w1", 137, 0.004},      // idem
      {"shufflenet_g4_w1", 133, 0.015},      // idem
      {"shufflenet_g8_w1", 137, 0.015},      // idem
      {"shufflenetv2b_wd2", 41, 0.015},      // arXiv 1807.11164, table 5
      {"shufflenetv2b_w1", 146, 0.005},      // idem
      {"shufflenetv2_w2", 591, 0.01},        // idem
      {"menet228_12x1_g3", 144, 0.002},      // arXiv 1803.09127
      {"menet348_12x1_g3", 299, 0.005},      // idem
      {"menet456_24x1_g3", 551, 0.002},      // idem
      {"condensenet74_c4_g4", 529, 0.025},   // arXiv 1711.09224, counts activations too
      {"condensenet74_c8_g8", 274, 0.05},    // idem
      {"sqnxt23_w1", 282, 0.025},            // arXiv 1803.10615, at 227
  };
  for (const auto& [name, mmacs, within] : all) {
    INFO(name);
    CHECK(static_cast<double>(make(name).total_macs()) / 1e6 == Approx(mmacs).epsilon(within));
  }
}

TEST_CASE("a depthwise convolution is padded apart, an ordinary one is not", "[zoo]") {
  const Graph graph = make("mobilenet_w1");
  std::vector<const Operator*> first;
  for (std::size_t i = 0; i < 4; ++i) first.push_back(&graph.op(graph.order()[i]));
  CHECK(first[1]->kind == OpKind::conv);  // 112 x 112 x 32 x 3 x 9
  CHECK(first[1]->macs == 10838016);
  CHECK(first[1]->function == "relu");
  CHECK(first[2]->kind == OpKind::pad);
  CHECK(graph.tensor(first[2]->outputs[0]).shape == Shape{1, 32, 114, 114});
  CHECK(first[3]->kind == OpKind::depthwise_conv);
  CHECK(graph.tensor(first[3]->outputs[0]).shape == Shape{1, 32, 112, 112});
}
