// The parts that the YOLO family shares. Internal to models/.
#pragma once

#include <string>
#include <vector>

#include "models/net.h"

namespace partita::yolo {

using Tensor = Net::Tensor;

/// Convolution, folded normalisation, swish.
Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel = 1, int stride = 1,
            const std::string& act = "swish");
Tensor depthwise(Net& net, const Tensor& in, std::int64_t channels, int kernel, int stride = 1,
                 const std::string& act = "swish");
/// Two 3x3 convolutions, the first to `inner` channels.
Tensor bottleneck(Net& net, const Tensor& in, std::int64_t inner, bool shortcut, int first = 3);
/// Cross-stage partial with three convolutions (YOLOv5).
Tensor c3(Net& net, const Tensor& in, std::int64_t channels, int depth, bool shortcut,
          int kernel = 1);
/// Cross-stage partial whose every bottleneck is kept (YOLOv8); with `nested`, each is a c3
/// (YOLO11).
Tensor c2f(Net& net, const Tensor& in, std::int64_t channels, int depth, bool shortcut);
/// Pooling pyramid: three 5x5 poolings in a row.
Tensor sppf(Net& net, const Tensor& in, std::int64_t channels, const std::string& act = "swish");
Tensor twice(Net& net, const Tensor& in);
/// 1 x C x H x W maps, flattened and joined: 1 x C x cells.
Tensor cells(Net& net, const std::vector<Tensor>& maps);
/// Boxes from 16 bins a side and the sigmoid of the scores: 1 x (4 + classes) x cells.
Tensor decode(Net& net, const Tensor& boxes, const Tensor& scores);

}  // namespace partita::yolo
