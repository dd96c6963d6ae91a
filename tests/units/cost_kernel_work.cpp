// What a kernel model sees of an operator, and of a part of one.
#include <catch2/catch.hpp>

#include "models/zoo.h"
#include "sim/cost/kernel_work.h"

using namespace partita;

TEST_CASE("half of a batch is as much work as a network for half as many requests") {
  const Graph eight = find_network("qwen2.5-0.5b-decode-512-batch-8")->make();
  const Graph four = find_network("qwen2.5-0.5b-decode-512-batch-4")->make();
  REQUIRE(eight.size() == four.size());
  int cut = 0;
  for (const OpId op : eight.order()) {
    if (!is_placed(eight.op(op))) continue;
    const auto axes = cut_axes(eight, op);
    if (std::find(axes.begin(), axes.end(), Axis::batch) == axes.end()) continue;
    INFO(eight.op(op).name);
    REQUIRE(cut_extent(eight, op, Axis::batch) == 8);
    const KernelWork part = kernel_of(eight, op, {Axis::batch, 4, 8}, Precision::fp32);
    const KernelWork whole = kernel_of(four, op, {}, Precision::fp32);
    CHECK(part.in_channels == whole.in_channels);
    CHECK(part.in_height == whole.in_height);
    CHECK(part.in_width == whole.in_width);
    CHECK(part.out_channels == whole.out_channels);
    CHECK(part.out_height == whole.out_height);
    CHECK(part.out_width == whole.out_width);
    CHECK(part.macs == whole.macs);
    CHECK(part.output_elements == whole.output_elements);
    ++cut;
  }
  CHECK(cut > 400);
}
