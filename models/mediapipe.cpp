// The Blaze networks of MediaPipe, and PoseNet and YAMNet on MobileNet V1.
#include <vector>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Blaze {
  int kernel = 3;
  std::string act = "relu";
  bool projects = false;  ///< The way around a stride is a convolution.
};

/// Depthwise and 1x1, around it pooling and channels of zeros.
Tensor blaze(Net& net, const Tensor& in, std::int64_t channels, int stride, const Blaze& b) {
  const std::int64_t c = net.channels(in);
  Tensor x = net.depthwise(in, b.kernel, stride, "", stride == 2);
  x = net.conv(x, {.channels = channels});
  Tensor way = stride == 2 ? net.max_pool(in, 2, 2) : in;
  if (b.projects && stride == 2) {
    way = net.conv(way, {.channels = channels});
  } else if (channels > c) {
    way = net.pad_channels(way, channels - c);
  }
  return net.add(x, way, b.act);
}

Tensor blazes(Net& net, Tensor x, const std::vector<int>& channels, const Blaze& b) {
  for (const int c : channels) x = blaze(net, x, c, 1, b);
  return x;
}

/// One with stride 2, then `more` without.
Tensor blaze_stage(Net& net, const Tensor& in, std::int64_t channels, int more, const Blaze& b) {
  Tensor x = blaze(net, in, channels, 2, b);
  for (int i = 0; i < more; ++i) x = blaze(net, x, channels, 1, b);
  return x;
}

Tensor stem(Net& net, std::int64_t channels, int kernel, const std::string& act) {
  return net.conv(net.input(),
                  {.channels = channels, .kernel = kernel, .stride = 2, .same = true, .act = act});
}

/// Boxes or scores at two or three scales, as one list of rows.
void rows(Net& net, const std::vector<Tensor>& maps, const std::vector<int>& anchors,
          std::int64_t width) {
  std::vector<Tensor> all;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const Tensor out =
        net.permute(net.conv(maps[i], {.channels = anchors[i] * width}), {0, 2, 3, 1});
    const Shape s = net.shape(out);
    all.push_back(net.reshape(out, {1, s[1] * s[2] * anchors[i], width}));
  }
  net.concat(all, 1);
}

void blaze_face(Net& net) {
  Tensor x = blazes(net, stem(net, 24, 5, "relu"), {24, 28}, {});
  x = blazes(net, blaze(net, x, 32, 2, {}), {36, 42}, {});
  x = blazes(net, blaze(net, x, 48, 2, {}), {56, 64, 72, 80, 88}, {});
  const Tensor y = blaze_stage(net, x, 96, 4, {});
  rows(net, {x, y}, {2, 6}, 1);
  rows(net, {x, y}, {2, 6}, 16);
}

/// The model for the camera at the back of the phone.
void blaze_face_back(Net& net) {
  Tensor x = blazes(net, stem(net, 24, 5, "relu"), std::vector<int>(7, 24), {});
  for (const int c : {24, 48, 96}) x = blaze_stage(net, x, c, 7, {});
  const Tensor y = net.conv(net.depthwise(x, 3, 2, "", true), {.channels = 96, .act = "relu"});
  rows(net, {x, y}, {2, 6}, 1);
  rows(net, {x, y}, {2, 6}, 16);
}

void blaze_face_landmark(Net& net) {
  const Blaze b{.act = "prelu"};
  Tensor x = blazes(net, stem(net, 16, 3, "prelu"), {16, 16}, b);
  for (const int c : {32, 64, 128, 128}) x = blaze_stage(net, x, c, 2, b);
  const auto head = [&](Tensor y, std::int64_t out) {
    y = net.conv(y, {.channels = 32, .act = "prelu"});
    return net.conv(blaze(net, y, 32, 1, b), {.channels = out, .kernel = 3, .pad = 0});
  };
  head(blaze_stage(net, x, 128, 2, b), 1404);
  net.activation(head(blaze_stage(net, x, 128, 0, b), 1), "sigmoid");
}

void blaze_palm(Net& net) {
  Tensor x = blazes(net, stem(net, 32, 3, "relu"), {32, 32, 32, 32, 32, 32, 32}, {});
  x = blaze_stage(net, x, 64, 7, {});
  x = blaze_stage(net, x, 128, 7, {});
  Tensor y = blaze_stage(net, x, 256, 7, {});
  const Tensor z = blaze_stage(net, y, 256, 7, {});
  y = blaze(net, net.add(y, net.activation(net.deconv(z, 256, 2, 2), "relu")), 256, 1, {});
  x = blaze(net, net.add(x, net.activation(net.deconv(y, 128, 2, 2), "relu")), 128, 1, {});
  rows(net, {x, y, z}, {2, 2, 6}, 1);
  rows(net, {x, y, z}, {2, 2, 6}, 18);
}

void blaze_hand_landmark(Net& net) {
  const Blaze b{.kernel = 5};
  Tensor x = blaze(net, blazes(net, stem(net, 24, 3, "relu"), {24, 24}, b), 48, 2, b);
  Tensor y = blaze(net, blazes(net, x, {48, 48}, b), 96, 2, b);
  Tensor z = blaze(net, blazes(net, y, {96, 96}, b), 96, 2, b);
  const Tensor w = blaze(net, blazes(net, z, {96, 96}, b), 96, 2, b);
  z = blaze(net, net.add(z, net.resize(w, 2, "bilinear")), 96, 1, b);
  y = blaze(net, net.add(y, net.resize(z, 2, "bilinear")), 96, 1, b);
  y = net.conv(y, {.channels = 48});
  x = blazes(net, net.add(x, net.resize(y, 2, "bilinear")), {48, 48, 48, 48}, b);
  for (const int c : {96, 288, 288, 288, 288}) x = blaze_stage(net, x, c, 4, b);
  for (const int out : {1, 1, 63}) net.conv(x, {.channels = out, .kernel = 2, .pad = 0});
}

void blaze_pose(Net& net) {
  const Blaze b{.kernel = 5, .projects = true};
  Tensor x = net.conv(net.input(), {.channels = 48, .kernel = 5, .act = "relu"});
  x = blazes(net, x, {48, 48, 48}, b);
  x = blaze_stage(net, x, 64, 3, b);
  x = blaze_stage(net, x, 96, 6, b);
  x = blaze_stage(net, x, 128, 7, b);
  const Tensor y = blaze_stage(net, x, 256, 6, b);
  rows(net, {x, y}, {2, 6}, 1);
  rows(net, {x, y}, {2, 6}, 12);
}

Tensor narrowed(Net& net, const Tensor& in, std::int64_t channels) {
  return net.conv(net.depthwise(in, 3, 1, ""), {.channels = channels, .act = "relu"});
}

void blaze_pose_landmark(Net& net) {
  const Tensor x = blazes(net, stem(net, 24, 3, "relu"), {24, 24}, {});
  const Tensor y = blaze_stage(net, x, 48, 3, {}), z = blaze_stage(net, y, 96, 4, {});
  const Tensor w = blaze_stage(net, z, 192, 5, {}), v = blaze_stage(net, w, 288, 6, {});
  const auto up = [&](const Tensor& in) { return net.resize(in, 2, "bilinear"); };
  const Tensor w1 = net.add(narrowed(net, w, 48), up(narrowed(net, v, 48)));
  const Tensor z1 = net.add(narrowed(net, z, 48), up(w1));
  const Tensor y1 = net.add(narrowed(net, y, 48), up(z1));
  const Tensor mask = net.add(narrowed(net, x, 8), up(narrowed(net, y1, 8)));
  net.conv(narrowed(net, mask, 8), {.channels = 1, .kernel = 3});
  Tensor out = net.add(blaze_stage(net, y1, 96, 4, {}), narrowed(net, z, 96));
  out = net.add(blaze_stage(net, out, 192, 5, {}), narrowed(net, w, 192));
  out = net.add(blaze_stage(net, out, 288, 6, {}), narrowed(net, v, 288));
  out = blaze_stage(net, blaze_stage(net, out, 288, 7, {}), 288, 6, {});
  out = blaze(net, out, 288, 1, {});
  net.activation(net.conv(out, {.channels = 1, .kernel = 2, .pad = 0}), "sigmoid");
  net.conv(out, {.channels = 124, .kernel = 2, .pad = 0});
}

// ---- On MobileNet V1: PoseNet and YAMNet

/// The 13 separable blocks; with `atrous` the last stride becomes dilation.
Tensor mobilenet_v1(Net& net, const std::string& act, bool atrous) {
  constexpr int kRows[][2] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                              {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
  Tensor x = net.conv(net.input(),
                      {.channels = 32, .kernel = 3, .stride = 2, .same = !atrous, .act = act});
  bool dilated = false;
  for (const auto& [channels, stride] : kRows) {
    const bool replaced = atrous && channels == 1024;
    const std::int64_t c = net.channels(x);
    x = net.conv(x, {.channels = c,
                     .kernel = 3,
                     .stride = replaced ? 1 : stride,
                     .same = !atrous,
                     .dilation = dilated ? 2 : 1,
                     .groups = c,
                     .act = act});
    if (replaced) dilated = true;
    x = net.conv(x, {.channels = channels, .act = act});
  }
  return x;
}

void posenet(Net& net) {
  const Tensor x = mobilenet_v1(net, "relu6", true);
  net.activation(net.conv(x, {.channels = 17}), "sigmoid");
  for (const int channels : {34, 32, 32}) net.conv(x, {.channels = channels});
}

void yamnet(Net& net) {
  const Tensor x = mobilenet_v1(net, "relu", false);
  net.activation(net.fully_connected(net.global_pool(x), 521), "sigmoid");
}

}  // namespace

void add_mediapipe(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& paper, std::int64_t size,
                       void (*write)(Net&)) {
    zoo.push_back(network(name, "MediaPipe", paper, size, write));
  };
  const std::string face = "BlazeFace, arXiv:1907.05047; as MediaPipePyTorch";
  const std::string hand = "MediaPipe Hands, arXiv:2006.10214; as MediaPipePyTorch";
  const std::string pose = "BlazePose, arXiv:2006.10204; as MediaPipePyTorch";
  add("blaze_face_front", face, 128, blaze_face);
  add("blaze_face_back", face, 256, blaze_face_back);
  add("blaze_face_landmark", face, 192, blaze_face_landmark);
  add("blaze_palm", hand, 256, blaze_palm);
  add("blaze_hand_landmark", hand, 256, blaze_hand_landmark);
  add("blaze_pose", pose, 128, blaze_pose);
  add("blaze_pose_landmark", pose, 256, blaze_pose_landmark);
  zoo.push_back(
      network("posenet_mobilenet", "PoseNet", "arXiv:1803.08225", Shape{1, 3, 513, 257}, posenet));
  zoo.push_back(network("yamnet", "YAMNet", "MobileNet V1 on log-mel spectra, AudioSet",
                        Shape{1, 1, 96, 64}, yamnet));
}

}  // namespace partita
