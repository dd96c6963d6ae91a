#include "models/token_ops.h"

namespace partita::tokens {

Tensor from_map(Net& net, const Tensor& map) {
  const Shape s = net.shape(map);
  return net.permute(net.reshape(map, {s[0], s[1], s[2] * s[3]}), {0, 2, 1});
}

Tensor to_map(Net& net, const Tensor& sequence, std::int64_t height, std::int64_t width) {
  const Shape s = net.shape(sequence);
  return net.reshape(net.permute(sequence, {0, 2, 1}), {s[0], s[2], height, width});
}

Tensor heads_of(Net& net, const Tensor& sequence, std::int64_t heads) {
  const Shape s = net.shape(sequence);
  return net.permute(net.reshape(sequence, {s[0], s[1], heads, s[2] / heads}), {0, 2, 1, 3});
}

Tensor attend(Net& net, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  Tensor scores = net.matmul(q, k, true);
  if (!bias.empty()) scores = net.add(scores, bias);
  const Tensor out = net.permute(net.matmul(net.softmax(scores), v, false), {0, 2, 1, 3});
  const Shape s = net.shape(out);
  return net.reshape(out, {s[0], s[1], s[2] * s[3]});
}

Tensor attention(Net& net, const Tensor& query, const Tensor& context, const Attention& a) {
  const std::int64_t outer = net.shape(query)[2];
  const std::int64_t width = a.width > 0 ? a.width : outer;
  const auto project = [&](const Tensor& in) {
    return heads_of(net, net.fully_connected(in, width, "", a.bias), a.heads);
  };
  const Tensor q = project(query), k = project(context), v = project(context);
  return net.fully_connected(attend(net, q, k, v, a.scores), outer, "", a.bias);
}

Tensor feed_forward(Net& net, const Tensor& in, std::int64_t inner, const std::string& act,
                    bool bias) {
  const std::int64_t outer = net.shape(in).back();
  return net.fully_connected(net.fully_connected(in, inner, act, bias), outer, "", bias);
}

Tensor scale(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  return net.mul(in, net.constant(s.size() == 4 ? Shape{1, s[1], 1, 1} : Shape{1, 1, s[2]}));
}

Tensor block_norm_first(Net& net, const Tensor& in, const Block& b) {
  const Tensor normal = net.layer_norm(in);
  Tensor mixed = attention(net, normal, normal, {.heads = b.heads, .scores = b.scores});
  if (b.layer_scale) mixed = scale(net, mixed);
  const Tensor middle = net.add(in, mixed);
  Tensor fed = feed_forward(net, net.layer_norm(middle), b.inner, b.act);
  if (b.layer_scale) fed = scale(net, fed);
  return net.add(middle, fed);
}

Tensor block_norm_last(Net& net, const Tensor& in, const Block& b) {
  const Tensor mixed = attention(net, in, in, {.heads = b.heads, .scores = b.scores});
  const Tensor middle = net.layer_norm(net.add(in, mixed));
  return net.layer_norm(net.add(middle, feed_forward(net, middle, b.inner, b.act)));
}

Tensor add_positions(Net& net, const Tensor& in) {
  return net.add(in, net.constant(Shape{net.shape(in)}));
}

Tensor pick(Net& net, const Tensor& sequence, std::int64_t index) {
  const std::int64_t width = net.shape(sequence)[2];
  return net.reshape(net.slice(sequence, 1, index, index + 1), {1, width});
}

}  // namespace partita::tokens
