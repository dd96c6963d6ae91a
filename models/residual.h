// The stages that ResNets, PreResNets and their relatives share. Internal to models/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

struct ResidualUnit {
  std::int64_t channels = 0;
  int stride = 1;
};

struct ResidualNet {
  std::int64_t stem = 64;
  bool bottleneck = false;
  bool stride_first = false;  ///< A bottleneck halves the size in its first convolution.
  std::vector<ResidualUnit> units;
};

/// `blocks` is the depth of the name. `b`: bottlenecks halve the size in the 3x3 convolution.
/// The width factor spares the last unit.
ResidualNet residual_net(int blocks, bool bottleneck, bool b = true, double width = 1);

struct ResidualName {
  std::string name;
  int blocks = 0;
  bool bottleneck = false, b = false;
  double width = 1;
};
/// The depths and widths that the imgclsmob zoo names: resnet10 ... resnet200b.
std::vector<ResidualName> residual_names(std::string_view prefix);

}  // namespace partita
