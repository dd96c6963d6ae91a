// DETR: a residual network, then a transformer whose queries are the objects.
#include "models/families.h"
#include "models/resnet_body.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

constexpr std::int64_t kWidth = 256, kHeads = 8, kInner = 2048;

Tensor project(Net& net, const Tensor& in) {
  return net.fully_connected(in, kWidth);
}

Tensor heads(Net& net, const Tensor& in) {
  return tokens::heads_of(net, in, kHeads);
}

/// Attention with positions added to queries and keys but not to values.
Tensor attend(Net& net, const Tensor& query, const Tensor& key, const Tensor& value) {
  const Tensor q = heads(net, project(net, query)), k = heads(net, project(net, key));
  return project(net, tokens::attend(net, q, k, heads(net, project(net, value))));
}

Tensor fed(Net& net, const Tensor& x) {
  return net.layer_norm(net.add(x, tokens::feed_forward(net, x, kInner, "relu")));
}

struct Memory {
  Tensor tokens, positions;
};

Memory encode(Net& net, const ResNetBody& body) {
  const Tensor map = resnet_body(net, net.input(), body).back();
  Tensor x = tokens::from_map(net, net.conv(map, {.channels = kWidth}));
  const Tensor positions = net.constant(Shape{net.shape(x)});
  for (int i = 0; i < 6; ++i) {
    const Tensor placed = net.add(x, positions);
    x = fed(net, net.layer_norm(net.add(x, attend(net, placed, placed, x))));
  }
  return {x, positions};
}

void heads_of_objects(Net& net, const Tensor& x, std::int64_t classes) {
  net.fully_connected(x, classes);
  const Tensor hidden = net.fully_connected(net.fully_connected(x, kWidth, "relu"), kWidth, "relu");
  net.fully_connected(hidden, 4, "sigmoid");
}

void detr(Net& net, const ResNetBody& body) {
  const Memory memory = encode(net, body);
  const Tensor objects = net.constant({1, 100, kWidth});
  const Tensor placed = net.add(memory.tokens, memory.positions);
  Tensor x = net.constant({1, 100, kWidth});  // Zeros to start with.
  for (int i = 0; i < 6; ++i) {
    const Tensor q = i == 0 ? objects : net.add(x, objects);
    x = net.layer_norm(net.add(x, attend(net, q, q, x)));
    x = net.layer_norm(net.add(x, attend(net, net.add(x, objects), placed, memory.tokens)));
    x = fed(net, x);
  }
  heads_of_objects(net, net.layer_norm(x), 92);
}

/// Conditional DETR: content and place of a query are joined, not added, so that keys are twice as
/// wide as values.
Tensor conditional_cross(Net& net, const Tensor& x, const Memory& memory, const Tensor& place,
                         const Tensor& learnt) {
  Tensor q = project(net, x), k = project(net, memory.tokens);
  const Tensor v = project(net, memory.tokens), at = project(net, memory.positions);
  if (!learnt.empty()) {
    q = net.add(q, project(net, learnt));
    k = net.add(k, at);
  }
  const Tensor wide_q = net.concat({heads(net, q), heads(net, project(net, place))}, 3);
  const Tensor wide_k = net.concat({heads(net, k), heads(net, at)}, 3);
  return project(net, tokens::attend(net, wide_q, wide_k, heads(net, v)));
}

void conditional_detr(Net& net) {
  const Memory memory = encode(net, kResNet50);
  const Tensor objects = net.constant({1, 300, kWidth});
  const auto two = [&](const Tensor& in, std::int64_t out) {
    return net.fully_connected(net.fully_connected(in, kWidth, "relu"), out);
  };
  const Tensor points = net.activation(two(objects, 2), "sigmoid");
  // Stands for the sines and cosines of the points, 256 numbers each.
  const Tensor waves = net.fully_connected(points, kWidth, "", false);
  Tensor x = net.constant({1, 300, kWidth});
  for (int i = 0; i < 6; ++i) {
    const Tensor place = i == 0 ? waves : net.mul(waves, two(x, kWidth));
    const Tensor q = net.add(project(net, x), project(net, objects));
    const Tensor k = net.add(project(net, x), project(net, objects));
    const Tensor mixed =
        tokens::attend(net, heads(net, q), heads(net, k), heads(net, project(net, x)));
    x = net.layer_norm(net.add(x, project(net, mixed)));
    const Tensor learnt = i == 0 ? objects : "";
    x = net.layer_norm(net.add(x, conditional_cross(net, x, memory, place, learnt)));
    x = fed(net, x);
  }
  heads_of_objects(net, net.layer_norm(x), 91);
}

}  // namespace

void add_detr(std::vector<ZooNetwork>& zoo) {
  const std::string paper = "arXiv:2005.12872";
  const auto add = [&](const std::string& name, ResNetBody body, bool dilated) {
    if (dilated) body.dilated = 1;
    zoo.push_back(network(name, "DETR", paper, 480, [body](Net& net) { detr(net, body); }));
  };
  add("detr_resnet50", kResNet50, false);
  add("detr_resnet101", kResNet101, false);
  add("detr_resnet50_dc5", kResNet50, true);
  add("detr_resnet101_dc5", kResNet101, true);
  zoo.push_back(
      network("conditional_detr_resnet50", "DETR", "arXiv:2108.06152", 480, conditional_detr));
}

}  // namespace partita
