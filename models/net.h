// Short hand for writing published networks down, layer by layer. Internal to models/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// Builds a network at batch 1 in N C H W. Every method adds one operator (and those it says) and
/// returns the name of its tensor; batch normalisation after a convolution is folded into it, as
/// every runtime does. Operators are numbered in the order of calls: `12_conv`.
class Net {
 public:
  using Tensor = std::string;

  /// A network with one input of shape 1 x 3 x height x width. Copies write into the same network.
  Net(std::string name, std::int64_t height, std::int64_t width);
  /// A network whose input is no picture.
  Net(std::string name, Shape input);
  Tensor input() const { return "input"; }
  /// One more input: a mask, a cache, a second picture.
  Tensor input(const std::string& name, Shape shape);
  void set_source(std::string source);
  /// From here on, symmetric padding of a convolution, or of a pooling, is an operator `pad` before
  /// it: how TensorFlow has to write it, whose own "same" pads at the end first.
  void pad_apart(bool convolutions = true, bool poolings = false);

  struct Conv {
    std::int64_t channels = 0;  ///< Out.
    int kernel = 1, stride = 1;
    int kernel_w = 0;   ///< 0: square.
    int pad = -1;       ///< -1: dilation x (kernel - 1) / 2, each side.
    bool same = false;  ///< Output = ceil(input / stride), padded at the end first.
    int dilation = 1;
    std::int64_t groups = 1;  ///< In channels: depthwise.
    bool bias = true;         ///< True also for a folded batch normalisation.
    std::string act = {};     ///< See activation(); relu, relu6 are fused, others follow. "": none.
  };
  Tensor conv(const Tensor& in, const Conv& c);
  /// Depthwise: channels and groups from the input.
  Tensor depthwise(const Tensor& in, int kernel, int stride, const std::string& act,
                   bool same = false);
  /// kernel x kernel from `channels`, stride and padding as PyTorch's ConvTranspose2d.
  Tensor deconv(const Tensor& in, std::int64_t channels, int kernel, int stride, int pad = 0);
  Tensor fully_connected(const Tensor& in, std::int64_t channels, const std::string& act = "",
                         bool bias = true);
  /// relu, relu6, sigmoid, hard-sigmoid, swish, hard-swish, gelu, ... (functions of `activation`).
  /// "": nothing, the input again.
  Tensor activation(const Tensor& in, const std::string& function);
  /// A batch normalisation that no convolution precedes: `normalization`, function `batch`.
  Tensor batch_norm(const Tensor& in, const std::string& act = "");
  Tensor layer_norm(const Tensor& in);
  Tensor add(const Tensor& a, const Tensor& b, const std::string& act = "");
  Tensor mul(const Tensor& a, const Tensor& b);
  /// Other functions of two inputs: max, sub, ...
  Tensor combine(const Tensor& a, const Tensor& b, const std::string& function);
  Tensor concat(const std::vector<Tensor>& in, int axis = 1);
  /// Equal shares along the axis.
  std::vector<Tensor> split(const Tensor& in, int parts, int axis = 1);
  Tensor slice(const Tensor& in, int axis, std::int64_t begin, std::int64_t end);
  Tensor max_pool(const Tensor& in, int kernel, int stride, int pad = 0, bool ceil = false);
  Tensor avg_pool(const Tensor& in, int kernel, int stride, int pad = 0, bool ceil = false);
  /// Output = ceil(input / stride), padded at the end first; function max or avg.
  Tensor pool_same(const Tensor& in, int kernel, int stride, const std::string& function);
  /// Spatial mean; 1 x C, or 1 x C x 1 x 1 with keep_dims.
  Tensor global_pool(const Tensor& in, bool keep_dims = false);
  /// Mean or another reduction over some axes.
  Tensor reduce(const Tensor& in, std::vector<std::int64_t> axes, const std::string& function,
                bool keep_dims = true);
  /// Rows and columns before and after.
  Tensor pad(const Tensor& in, std::int64_t before, std::int64_t after);
  /// More channels, of zeros, at the end.
  Tensor pad_channels(const Tensor& in, std::int64_t more);
  Tensor shuffle(const Tensor& in, std::int64_t groups);
  Tensor reshape(const Tensor& in, Shape to);
  Tensor permute(const Tensor& in, std::vector<std::int64_t> axes);
  Tensor softmax(const Tensor& in, int axis = -1);
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_b);
  Tensor resize(const Tensor& in, double scale, const std::string& function);
  Tensor resize_to(const Tensor& in, std::int64_t height, std::int64_t width,
                   const std::string& function);
  /// Weights that are not those of a convolution: tokens, positions, tables.
  Tensor constant(Shape shape);
  /// Squeeze and excite by 1x1 convolutions on the pooled 1 x C x 1 x 1, times the input.
  Tensor squeeze_excite(const Tensor& in, std::int64_t inner, const std::string& act = "relu",
                        const std::string& gate = "sigmoid");

  /// Shape of a tensor so far.
  const Shape& shape(const Tensor& tensor) const;
  std::int64_t channels(const Tensor& tensor) const { return shape(tensor)[1]; }

  /// Throws std::logic_error when the definition is wrong (ours, not the user's); so do the methods
  /// above.
  Graph build();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace partita
