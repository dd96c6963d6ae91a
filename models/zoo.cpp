#include "models/zoo.h"

#include <algorithm>
#include <utility>

#include "models/families.h"

namespace partita {
namespace {

using AddFamily = void (*)(std::vector<ZooNetwork>&);

constexpr AddFamily kFamilies[] = {
    add_alexnet,
    add_bagnet,
    add_bninception,
    add_codl,
    add_condensenet,
    add_convnext,
    add_darknet,
    add_densenet,
    add_detection,
    add_detr,
    add_diffusion,
    add_dla,
    add_dpn,
    add_efficientnet,
    add_efficientvit,
    add_ghostnet,
    add_hardnet,
    add_hrnet,
    add_hybrid_transformers,
    add_inception_v3,
    add_language,
    add_llm,
    add_mediapipe,
    add_mixnet,
    add_mnasnet,
    add_mobilenet,
    add_mobilenetv3,
    add_nasnet,
    add_pose,
    add_preresnet,
    add_regnet,
    add_resnet,
    add_resnet_variants,
    add_segmentation,
    add_segmentation_parsing,
    add_shufflenet,
    add_speech,
    add_squeezenet,
    add_super_resolution,
    add_torchvision,
    add_torchvision_mobile,
    add_vision_transformers,
    add_vovnet,
    add_xception,
    add_yolo,
    add_yolo_late,
};

std::vector<ZooNetwork> make_zoo() {
  std::vector<ZooNetwork> networks;
  for (const AddFamily add : kFamilies) add(networks);
  return networks;
}

}  // namespace

ZooNetwork network(std::string name, std::string family, std::string source, Shape input,
                   std::function<void(Net&)> write) {
  const auto make = [name, source, input = std::move(input), write = std::move(write)] {
    Net net(name, input);
    net.set_source(source);
    write(net);
    return net.build();
  };
  return {std::move(name), std::move(family), std::move(source), make};
}

ZooNetwork network(std::string name, std::string family, std::string source, std::int64_t size,
                   std::function<void(Net&)> write) {
  return network(std::move(name), std::move(family), std::move(source), Shape{1, 3, size, size},
                 std::move(write));
}

std::span<const ZooNetwork> zoo() {
  static const std::vector<ZooNetwork> networks = make_zoo();
  return networks;
}

const ZooNetwork* find_network(std::string_view name) {
  const auto networks = zoo();
  const auto found = std::find_if(networks.begin(), networks.end(),
                                  [&](const ZooNetwork& network) { return network.name == name; });
  return found == networks.end() ? nullptr : &*found;
}

}  // namespace partita
