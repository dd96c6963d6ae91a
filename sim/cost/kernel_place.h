// Where a kernel lies among others of its kind: its extents in doublings, by a scale each.
#pragma once

#include <initializer_list>

#include "sim/cost/kernel_work.h"
#include "sim/cost/kriging.h"

namespace partita {

/// `scales`, in doublings: input channels of a group, output channels, output pixels, window, and
/// where a fifth is given the stride's area.
inline KernelPoint kernel_place(const KernelWork& w, std::initializer_list<double> scales) {
  const double extents[] = {w.in_channels / w.groups, w.out_channels, w.out_pixels(),
                            w.kernel_h * w.kernel_w, w.stride_h * w.stride_w};
  KernelPoint p;
  p.kind = static_cast<std::int16_t>(w.kind);
  std::size_t i = 0;
  for (const double scale : scales) {
    p.x[i] = doublings(extents[i]) / scale;
    ++i;
  }
  return p;
}

}  // namespace partita
