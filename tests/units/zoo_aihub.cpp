// Do the networks of the AI Hub have the parameters and multiply-accumulates that are published?
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "models/aihub.h"
#include "models/zoo.h"

namespace partita {
namespace {

struct Published {
  const char* network;
  double parameters_m;  ///< Millions; 0: not published alone.
  double macs_g;        ///< Thousand millions; 0: not published for this input.
};

/// Ours fold batch normalisation into convolutions, which drops up to 1 % of the parameters.
void check(const Published& p) {
  const ZooNetwork* network = find_network(p.network);
  INFO(p.network);
  REQUIRE(network != nullptr);
  const Graph graph = network->make();
  if (p.parameters_m > 0) {
    CHECK(static_cast<double>(graph.total_weight_elements()) / 1e6 ==
          Approx(p.parameters_m).epsilon(0.02));
  }
  if (p.macs_g > 0)
    CHECK(static_cast<double>(graph.total_macs()) / 1e9 == Approx(p.macs_g).epsilon(0.03));
}

// torchvision 0.20's table of weights: parameters, and "GFLOPS", which are multiply-accumulates.
// The two of segmentation less their auxiliary heads: 1024 x 256 x 9 + 256 x 21 weights at 65 x 65.
constexpr double kAuxiliary = (1024.0 * 256 * 9 + 256 * 21) * 65 * 65 / 1e9;
constexpr Published kTorchvision[] = {{"tv_resnet18", 11.69, 1.814},
                                      {"tv_resnet50", 25.56, 4.089},
                                      {"tv_resnet101", 44.55, 7.801},
                                      {"wide_resnet50_2", 68.88, 11.398},
                                      {"tv_resnext50_32x4d", 25.03, 4.230},
                                      {"resnext101_32x8d", 88.79, 16.414},
                                      {"tv_densenet121", 7.98, 2.834},
                                      {"squeezenet1_1", 1.236, 0.349},
                                      {"shufflenet_v2_x0_5", 1.367, 0.040},
                                      {"shufflenet_v2_x1_0", 2.279, 0.145},
                                      {"regnet_x_3_2gf", 15.30, 3.177},
                                      {"regnet_y_800mf", 6.432, 0.834},
                                      {"tv_googlenet", 6.625, 1.498},
                                      {"inception_v3", 23.83, 5.713},
                                      {"mobilenet_v2", 3.505, 0.301},
                                      {"mobilenet_v3_large", 5.483, 0.217},
                                      {"mobilenet_v3_small", 2.543, 0.057},
                                      {"mnasnet0_5", 2.219, 0.104},
                                      {"tv_efficientnet_b0", 5.289, 0.386},
                                      {"tv_efficientnet_b4", 19.34, 4.394},
                                      {"efficientnet_v2_s", 21.46, 8.366},
                                      {"vit_b_16", 86.57, 17.564},
                                      {"vit_b_32", 88.22, 4.409},
                                      {"vit_l_16", 304.33, 61.555},
                                      {"convnext_tiny", 28.59, 4.456},
                                      {"convnext_small", 50.22, 8.684},
                                      {"convnext_base", 88.59, 15.355},
                                      {"fcn_resnet50", 0, 152.717 - kAuxiliary},
                                      {"deeplabv3_resnet50", 0, 178.722 - kAuxiliary}};

// The papers' tables. YOLO: half of the operations published, a multiply-accumulate being two.
constexpr Published kPapers[] = {
    {"levit_128s", 0, 0.305},              // arXiv:2104.01136
    {"levit_128", 0, 0.406},               // the same
    {"levit_192", 0, 0.658},               // the same
    {"levit_256", 0, 1.120},               // the same
    {"efficientformer_l1", 12.3, 1.3},     // arXiv:2206.01191
    {"efficientformer_l3", 31.3, 3.9},     // the same
    {"mobilevit_s", 5.6, 0},               // arXiv:2110.02178
    {"efficientvit_b1", 9.1, 0.52},        // arXiv:2205.14756
    {"efficientvit_b2", 24.3, 1.6},        // the same
    {"efficientvit_l2", 64, 6.9},          // the same
    {"gpunet_0", 11.9, 0},                 // arXiv:2205.00841
    {"video_mae_base", 87, 180},           // arXiv:2203.12602
    {"depth_anything_small", 24.8, 0},     // arXiv:2406.09414
    {"pidnet_s", 7.6, 47.6},               // arXiv:2206.02066
    {"ddrnet23_slim", 5.7, 36.3},          // arXiv:2101.06085
    {"segformer_b0", 3.8, 8.4},            // arXiv:2105.15203
    {"hrnet_w32_pose", 28.5, 7.7},         // mmpose's model zoo (the paper: 7.10)
    {"hrnet_w48_pose", 63.6, 15.77},       // mmpose's model zoo
    {"hrnet_w48_ocr", 70.37, 1296.77},     // mmsegmentation's and openseg's tables
    {"yolov5s", 7.2, 16.5 / 2},            // ultralytics/yolov5, table of version 6
    {"yolov5m", 21.2, 49.0 / 2},           // the same
    {"yolov8n", 3.2, 8.7 / 2},             // ultralytics, table of YOLOv8
    {"yolov8s", 11.2, 28.6 / 2},           // the same
    {"yolov8n_seg", 3.4, 0},               // the same
    {"fastsam_s", 11.8, 0},                // YOLOv8s-seg, the same
    {"fastsam_x", 71.8, 0},                // YOLOv8x-seg, the same
    {"yolo11n", 2.6, 6.5 / 2},             // ultralytics, table of YOLO11
    {"yolo11n_seg", 2.9, 0},               // the same
    {"yolov10n", 2.3, 6.7 / 2},            // arXiv:2405.14458
    {"yolox_s", 9.0, 26.8 / 2},            // arXiv:2107.08430
    {"yolov6n", 4.7, 11.4 / 2},            // arXiv:2301.05586
    {"yolov7_tiny", 6.2, 13.8 / 2},        // arXiv:2207.02696
    {"rtmdet_m", 0, 39.27},                // arXiv:2212.07784
    {"rrdbnet_x4", 16.7, 0},               // arXiv:1809.00219
    {"detr_resnet50", 41, 0},              // arXiv:2005.12872
    {"detr_resnet101", 60, 0},             // the same
    {"conditional_detr_resnet50", 44, 0},  // arXiv:2108.06152
    {"sd15_unet", 860, 0},                 // CompVis/stable-diffusion, model card
    {"wavlm_base_plus", 94.4 + 12.0, 0}    // arXiv:2110.13900; 12 tables of 999 x 999 scores
};

// What the AI Hub states for each (release 0.46.1, info.yaml), without the tables of embeddings,
// which are looked up and not computed.
constexpr double kWords = 30522 * 768 / 1e6;
constexpr Published kHub[] = {{"beit_base", 92.0, 0},
                              {"bisenet_resnet18", 12.0, 0},
                              {"ir_se_100", 65.5, 0},
                              {"deeplabv3_plus_mobilenet", 5.80, 0},
                              {"fcn_resnet50_224", 33.0, 0},
                              {"ffnet_40s", 13.9, 0},
                              {"ffnet_54s", 18.0, 0},
                              {"ffnet_78s", 27.5, 0},
                              {"ffnet_78s_lowres", 26.8, 0},
                              {"pspnet101", 65.7, 0},
                              {"unet", 31.0, 0},
                              {"hrnet_w18_face", 9.68, 0},
                              {"blaze_face_back", 0.135, 0},
                              {"blaze_face_landmark", 0.603, 0},
                              {"blaze_palm", 1.76, 0},
                              {"blaze_hand_landmark", 2.01, 0},
                              {"blaze_pose", 0.815, 0},
                              {"blaze_pose_landmark", 3.36, 0},
                              {"posenet_mobilenet", 3.31, 0},
                              {"movenet_lightning", 2.33, 0},
                              {"yamnet", 3.73, 0},
                              {"quicksrnet_small_x4", 0.0333, 0},
                              {"quicksrnet_medium_x4", 0.0610, 0},
                              {"quicksrnet_large_x4", 0.436, 0},
                              {"sesr_m5_expanded_x4", 0.343, 0},
                              {"xlsr_x4", 0.0280, 0},
                              {"srvggnet_x4", 1.21, 0},
                              {"rtmdet_m", 27.5, 0},
                              {"bert_base_384", 110, 0},
                              {"electra_base_384", 109 - kWords, 0},
                              {"nomic_embed_128", 137 - kWords, 0},
                              {"clip_vit_b_16", 150 - 49408 * 512 / 1e6, 0},
                              {"whisper_tiny_encoder", 9.39, 0},
                              {"whisper_tiny_decoder", 28.4, 0},
                              {"whisper_base_encoder", 23.7, 0},
                              {"whisper_base_decoder", 48.9, 0},
                              {"whisper_small_encoder", 102, 0},
                              {"whisper_small_decoder", 139, 0},
                              {"trocr_small_encoder", 23.0, 0},
                              {"trocr_small_decoder", 38.3 - 64044 * 256 / 1e6, 0}};

}  // namespace

TEST_CASE("networks of torchvision have the parameters and multiply-accumulates of its tables") {
  for (const Published& p : kTorchvision) check(p);
}

TEST_CASE("networks of the AI Hub have the size their papers publish") {
  for (const Published& p : kPapers) check(p);
}

TEST_CASE("networks of the AI Hub have the parameters it states") {
  for (const Published& p : kHub) check(p);
}

TEST_CASE("attention is spelt out: two products of matrices in each of ViT-B/16's twelve layers") {
  // 197 tokens of 768: scores and mixture of 197 x 197 x 768 each.
  const Graph graph = find_network("vit_b_16")->make();
  std::int64_t products = 0, matmul_macs = 0;
  for (const Operator& op : graph.operators()) {
    CHECK(op.kind != OpKind::attention);
    if (op.kind != OpKind::matmul) continue;
    ++products;
    matmul_macs += op.macs;
  }
  CHECK(products == 2 * 12);
  CHECK(matmul_macs == 12 * 2 * std::int64_t{197} * 197 * 768);
}

TEST_CASE("every network the AI Hub is said to have is in the zoo, under one name") {
  std::set<std::string> names;
  for (const ZooNetwork& network : zoo()) {
    INFO(network.name);
    CHECK(names.insert(network.name).second);
  }
  std::string last;
  for (const AiHubNetwork& n : ai_hub_networks()) {
    INFO(n.model << " " << n.component);
    CHECK(names.count(std::string(n.network)) == 1);
    const std::string key = std::string(n.model) + '\n' + std::string(n.component);
    CHECK(last < key);
    last = key;
  }
  CHECK(find_ai_hub("resnet101", "ResNet101")->network == "tv_resnet101");
  CHECK(find_ai_hub("mediapipe_pose", "PoseDetector")->network == "blaze_pose");
  CHECK(find_ai_hub("mediapipe_pose", "") == nullptr);
  CHECK(find_ai_hub("yolov3", "Yolo-v3") == nullptr);
}

}  // namespace partita
