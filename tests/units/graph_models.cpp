// Every network of models/: loads, has the published size, and survives writing and reading.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "sim/graph/graph.h"

using namespace partita;

namespace {

const std::filesystem::path kModels = std::filesystem::path(PARTITA_ROOT) / "models";

std::size_t blocks(const Graph& graph) {
  std::size_t count = 0;
  for (const Operator& op : graph.operators()) count += op.kind == OpKind::block ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("every model survives writing and reading, fine and coarse", "[graph]") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kModels)) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    INFO(entry.path().string());
    const Graph graph = load_graph(entry.path());
    CHECK(parse_graph_yaml(to_yaml(graph), graph.name()) == graph);
    const Graph coarse = coarsen(graph);
    CHECK(parse_graph_yaml(to_yaml(coarse), coarse.name()) == coarse);
    CHECK(coarse.total_macs() == graph.total_macs());
    CHECK(coarse.total_weight_elements() == graph.total_weight_elements());
  }
  CHECK(count >= 42);
}

TEST_CASE("MACs as published", "[graph]") {
  struct Published {
    const char* model;
    double gmacs;
    double within;
  };
  // First block: papers and model cards. Where a file's network is a variant, the margin says so.
  const std::vector<Published> all = {
      {"mobilenet", 0.569, 0.001},      // arXiv 1704.04861, table 8
      {"mobilenet-v2", 0.300, 0.05},    // arXiv 1801.04381, table 4; the file is a variant
      {"shufflenet-v2", 0.146, 0.01},   // arXiv 1807.11164, table 8
      {"efficientnet-b0", 0.39, 0.02},  // arXiv 1905.11946, table 2
      {"mnasnet", 0.312, 0.01},         // arXiv 1807.11626, table 1
      {"regnety-400m", 0.4, 0.01},      // arXiv 2003.13678
      {"vgg16", 15.47, 0.001},          // 15.35 of convolutions (arXiv 1409.1556, D) + 0.124 of FC
      {"resnet50", 3.8, 0.02},          // arXiv 1512.03385, table 1
      {"resnet18", 1.8, 0.02},          // arXiv 1512.03385, table 1
      {"vision-transformer", 13.06, 0.002},  // ViT-B/32 at 384, timm's results table
      {"yolov3-armcl", 70.345, 0.0001},      // Darknet prints 140.69 BFLOPs at 608
      {"alexnet-armcl", 0.7244, 0.0001},     // As the Caffe network below
      {"resnet50-armcl", 3.858, 0.0001},     // The same network as below, by another way
      {"mobilenet-armcl", 0.5687, 0.0001},
  };
  for (const Published& p : all) {
    INFO(p.model);
    CHECK(static_cast<double>(load_graph(kModels / (std::string(p.model) + ".yaml")).total_macs()) /
              1e9 ==
          Approx(p.gmacs).epsilon(p.within));
  }
}

TEST_CASE("MACs as counted from the shapes ncnn wrote into its files", "[graph]") {
  // Sum over the layer lines of kernel x channels x the written output shapes, by another program.
  const std::map<std::string, double> gmacs = {{"alexnet", 0.7244},
                                               {"efficientnet-b0", 0.3858},
                                               {"efficientnetv2-b0", 0.7181},
                                               {"googlenet", 1.5827},
                                               {"googlenet-int8", 1.5827},
                                               {"mnasnet", 0.3144},
                                               {"mobilenet", 0.5687},
                                               {"mobilenet-int8", 0.5687},
                                               {"mobilenet-ssd", 1.1485},
                                               {"mobilenet-ssd-int8", 1.1485},
                                               {"mobilenet-v2", 0.3136},
                                               {"mobilenet-v3", 0.2456},
                                               {"mobilenet-yolo", 2.6053},
                                               {"mobilenetv2-yolov3", 1.1826},
                                               {"nanodet-m", 0.3422},
                                               {"proxylessnasnet", 0.3365},
                                               {"regnety-400m", 0.4018},
                                               {"resnet18", 1.8269},
                                               {"resnet18-int8", 1.8269},
                                               {"resnet50", 3.8580},
                                               {"resnet50-int8", 3.8580},
                                               {"shufflenet", 0.1271},
                                               {"shufflenet-v2", 0.1449},
                                               {"squeezenet", 0.4185},
                                               {"squeezenet-int8", 0.4185},
                                               {"squeezenet-ssd", 1.1760},
                                               {"squeezenet-ssd-int8", 1.1760},
                                               {"vgg16", 15.4703},
                                               {"vgg16-int8", 15.4703},
                                               {"yolo-fastest-1.1", 0.1254},
                                               {"yolo-fastestv2", 0.1064},
                                               {"yolov4-tiny", 3.4539}};
  for (const auto& [model, expected] : gmacs) {
    INFO(model);
    CHECK(static_cast<double>(load_graph(kModels / (model + ".yaml")).total_macs()) / 1e9 ==
          Approx(expected).margin(5e-5));
  }
}

TEST_CASE("weights as published", "[graph]") {
  auto millions = [](const std::string& model) {
    return static_cast<double>(load_graph(kModels / (model + ".yaml")).total_weight_elements()) /
           1e6;
  };
  CHECK(millions("vgg16") == Approx(138.358).margin(0.001));  // arXiv 1409.1556, table 2: 138 M
  CHECK(millions("alexnet") ==
        Approx(60.965).margin(0.001));  // 60 M in the paper; 60,965,224 in Caffe
  CHECK(millions("squeezenet-armcl") == Approx(1.248).margin(0.001));  // SqueezeNet 1.0: 1,248,424
  CHECK(millions("vision-transformer") == Approx(88.3).margin(0.05));  // timm: 88.3 M
  CHECK(load_graph(kModels / "squeezenet-int8.yaml").operators()[1].weight_bits == 8);
}

TEST_CASE("the board's runtime runs 8, 11, 14, 18, 10 and 75 layers, in order", "[graph]") {
  const std::map<std::string, std::size_t> layers = {
      {"alexnet", 8},     {"googlenet", 11}, {"mobilenet", 14},  {"resnet50", 18},
      {"squeezenet", 10}, {"yolov3", 75},    {"resnet50-v1", 18}};
  for (const auto& [network, expected] : layers) {
    INFO(network);
    const Graph graph = load_graph(kModels / (network + "-armcl.yaml"));
    CHECK(graph.network() == network);
    const Graph coarse = coarsen(graph);
    CHECK(blocks(coarse) == expected);
    CHECK(coarse.size() == expected + 1);  // And the input.
    for (std::size_t i = 1; i < coarse.size(); ++i)
      CHECK(coarse.op(coarse.order()[i]).name == std::to_string(i - 1));
    CHECK(coarse.is_chain() == (network != "yolov3"));
  }
}

TEST_CASE("what layers hand on", "[graph]") {
  const Graph squeezenet = coarsen(load_graph(kModels / "squeezenet-armcl.yaml"));
  CHECK(squeezenet.operators()[1].output_elements ==
        96 * 54 * 54);  // conv1 109, then pool, rounded up
  CHECK(squeezenet.operators()[4].output_elements == 256 * 27 * 27);
  const Graph alexnet = coarsen(load_graph(kModels / "alexnet-armcl.yaml"));
  CHECK(alexnet.operators()[1].macs == 96LL * 55 * 55 * 11 * 11 * 3);
  // conv1's output and norm1's stay inside: 2 * 96*55*55.
  CHECK(alexnet.operators()[1].internal_elements == 2 * 96 * 55 * 55);
  CHECK(alexnet.operators()[1].output_elements == 96 * 27 * 27);
}
