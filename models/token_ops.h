// What transformers add to convolutional networks: tokens, attention, feed-forward. Spelt out in
// the operators an exported graph has. Internal to models/.
#pragma once

#include <cstdint>
#include <string>

#include "models/net.h"

namespace partita::tokens {

using Tensor = Net::Tensor;

/// 1 x C x H x W to 1 x HW x C, row by row.
Tensor from_map(Net& net, const Tensor& map);
/// 1 x HW x C back to 1 x C x H x W.
Tensor to_map(Net& net, const Tensor& sequence, std::int64_t height, std::int64_t width);
/// 1 x L x (heads x width) to 1 x heads x L x width.
Tensor heads_of(Net& net, const Tensor& sequence, std::int64_t heads);
/// softmax(q k^T + bias) v over 1 x heads x L x width each, heads joined again: 1 x Lq x C.
/// An empty bias: none. The scale is part of the weights of q, as compilers fold it.
Tensor attend(Net& net, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias = "");
/// Queries from one sequence, keys and values from another, each projected to `width`, the result
/// to the width of the queries.
struct Attention {
  std::int64_t heads = 1;
  std::int64_t width = 0;  ///< 0: that of the queries' sequence.
  bool bias = true;        ///< Of the projections.
  Tensor scores = {};      ///< Added to the scores: mask, positions.
};
Tensor attention(Net& net, const Tensor& query, const Tensor& context, const Attention& a);
/// fully connected, activation, fully connected back to the input's width.
Tensor feed_forward(Net& net, const Tensor& in, std::int64_t inner, const std::string& act = "gelu",
                    bool bias = true);
/// A learnt factor for each channel: layer scale.
Tensor scale(Net& net, const Tensor& in);
/// x + attention(norm(x)), then x + feed_forward(norm(x)).
struct Block {
  std::int64_t heads = 1;
  std::int64_t inner = 0;  ///< Of the feed-forward part.
  std::string act = "gelu";
  bool layer_scale = false;
  Tensor scores = {};
};
Tensor block_norm_first(Net& net, const Tensor& in, const Block& b);
/// norm(x + attention(x)), then norm(x + feed_forward(x)).
Tensor block_norm_last(Net& net, const Tensor& in, const Block& b);
/// Learnt positions added to a sequence.
Tensor add_positions(Net& net, const Tensor& in);
/// The one at `index` of a sequence as 1 x C.
Tensor pick(Net& net, const Tensor& sequence, std::int64_t index = 0);

}  // namespace partita::tokens
