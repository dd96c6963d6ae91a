// What a unit gets of the memory while others use it.
#pragma once

#include "sim/soc/soc.h"

namespace partita {

/// Bandwidth a unit reaches that alone would draw `own` while all others together would draw
/// `external` (both alone, B/s). Never above `own`; grows with `own`, falls with `external`, both
/// continuously. Some multiplications: meant to be asked at every event of the bus.
double attained_bytes_per_s(const ContentionCurve& curve, double own, double external);

}  // namespace partita
