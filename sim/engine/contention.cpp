#include "sim/engine/contention.h"

#include <algorithm>

namespace partita {

double attained_bytes_per_s(const ContentionCurve& curve, double own, double external) {
  const double minor = std::min(external, curve.minor_external_bytes_per_s);
  const double below = std::min(own, curve.normal_limit_bytes_per_s);
  double attained = below;
  if (curve.minor_external_bytes_per_s > 0)
    attained -= below * curve.minor_loss * minor / curve.minor_external_bytes_per_s;
  const double line = std::min(external, curve.balance_external_bytes_per_s);
  double share = 1;
  if (curve.balance_external_bytes_per_s > 0)
    share -= (1 - curve.floor_share) * line / curve.balance_external_bytes_per_s;
  return attained + (own - below) * share;
}

}  // namespace partita
