// One function per family file: adds its networks to the zoo. Internal to models/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/net.h"
#include "models/zoo.h"

namespace partita {

/// An entry whose `write` adds the operators of a network of size x size pictures to `net`.
ZooNetwork network(std::string name, std::string family, std::string source, std::int64_t size,
                   std::function<void(Net& net)> write);
/// The same for an input of any shape.
ZooNetwork network(std::string name, std::string family, std::string source, Shape input,
                   std::function<void(Net& net)> write);

/// Convolution, batch normalisation, activation, as wide as it was: padded as TensorFlow pads.
Net::Tensor conv_block(Net& net, const Net::Tensor& in, std::int64_t channels, int kernel = 1,
                       int stride = 1, const std::string& act = "relu", std::int64_t groups = 1);
/// 2x2/2 average pooling as imgclsmob writes it in TensorFlow: 2x2/1, then every second element.
Net::Tensor halve_by_average(Net& net, const Net::Tensor& in);
/// Spatial mean and a fully connected layer.
void classify(Net& net, const Net::Tensor& in, std::int64_t classes = 1000);

void add_alexnet(std::vector<ZooNetwork>& zoo);
void add_bagnet(std::vector<ZooNetwork>& zoo);
void add_bninception(std::vector<ZooNetwork>& zoo);
void add_codl(std::vector<ZooNetwork>& zoo);
void add_condensenet(std::vector<ZooNetwork>& zoo);
void add_convnext(std::vector<ZooNetwork>& zoo);
void add_darknet(std::vector<ZooNetwork>& zoo);
void add_densenet(std::vector<ZooNetwork>& zoo);
void add_detection(std::vector<ZooNetwork>& zoo);
void add_detr(std::vector<ZooNetwork>& zoo);
void add_diffusion(std::vector<ZooNetwork>& zoo);
void add_dla(std::vector<ZooNetwork>& zoo);
void add_dpn(std::vector<ZooNetwork>& zoo);
void add_efficientnet(std::vector<ZooNetwork>& zoo);
void add_efficientvit(std::vector<ZooNetwork>& zoo);
void add_ghostnet(std::vector<ZooNetwork>& zoo);
void add_hardnet(std::vector<ZooNetwork>& zoo);
void add_hrnet(std::vector<ZooNetwork>& zoo);
void add_hybrid_transformers(std::vector<ZooNetwork>& zoo);
void add_inception_v3(std::vector<ZooNetwork>& zoo);
void add_language(std::vector<ZooNetwork>& zoo);
void add_llm(std::vector<ZooNetwork>& zoo);
void add_mediapipe(std::vector<ZooNetwork>& zoo);
void add_mixnet(std::vector<ZooNetwork>& zoo);
void add_mnasnet(std::vector<ZooNetwork>& zoo);
void add_mobilenet(std::vector<ZooNetwork>& zoo);
void add_mobilenetv3(std::vector<ZooNetwork>& zoo);
void add_nasnet(std::vector<ZooNetwork>& zoo);
void add_pose(std::vector<ZooNetwork>& zoo);
void add_preresnet(std::vector<ZooNetwork>& zoo);
void add_regnet(std::vector<ZooNetwork>& zoo);
void add_resnet(std::vector<ZooNetwork>& zoo);
void add_resnet_variants(std::vector<ZooNetwork>& zoo);
void add_segmentation(std::vector<ZooNetwork>& zoo);
void add_segmentation_parsing(std::vector<ZooNetwork>& zoo);
void add_shufflenet(std::vector<ZooNetwork>& zoo);
void add_speech(std::vector<ZooNetwork>& zoo);
void add_squeezenet(std::vector<ZooNetwork>& zoo);
void add_super_resolution(std::vector<ZooNetwork>& zoo);
void add_torchvision(std::vector<ZooNetwork>& zoo);
void add_torchvision_mobile(std::vector<ZooNetwork>& zoo);
void add_vision_transformers(std::vector<ZooNetwork>& zoo);
void add_vovnet(std::vector<ZooNetwork>& zoo);
void add_xception(std::vector<ZooNetwork>& zoo);
void add_yolo(std::vector<ZooNetwork>& zoo);
void add_yolo_late(std::vector<ZooNetwork>& zoo);

}  // namespace partita
