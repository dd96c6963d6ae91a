// What many families write the same way.
#include "models/families.h"

namespace partita {

Net::Tensor conv_block(Net& net, const Net::Tensor& in, std::int64_t channels, int kernel,
                       int stride, const std::string& act, std::int64_t groups) {
  return net.conv(in, {.channels = channels,
                       .kernel = kernel,
                       .stride = stride,
                       .same = true,
                       .groups = groups,
                       .act = act});
}

Net::Tensor halve_by_average(Net& net, const Net::Tensor& in) {
  return net.avg_pool(net.avg_pool(in, 2, 1), 1, 2);
}

void classify(Net& net, const Net::Tensor& in, std::int64_t classes) {
  net.fully_connected(net.global_pool(in), classes);
}

}  // namespace partita
