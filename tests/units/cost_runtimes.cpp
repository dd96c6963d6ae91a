// Runtimes as data: what they fuse, and do all of them read?
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/net.h"
#include "sim/cost/runtime.h"

using namespace partita;

TEST_CASE("what a runtime fuses runs inside the kernel before it") {
  Net net("fusing", 16, 16);
  const auto a = net.conv(net.input(), {.channels = 8, .kernel = 3});
  const auto b = net.conv(net.input(), {.channels = 8, .kernel = 1});
  const auto sum = net.add(a, b);  // after b, which comes last
  net.activation(sum, "hard-swish");
  const Graph graph = net.build();
  const std::vector<FusionRule> rules{
      {{OpKind::conv}, {OpKind::elementwise, OpKind::activation}, {}}};
  const auto lead = fuse(graph, rules);
  std::vector<std::string> leaders;
  for (std::size_t i = 0; i < graph.size(); ++i)
    if (lead[i] == make_id<OpId>(i))
      leaders.push_back(std::string(to_string(graph.operators()[i].kind)));
  CHECK(leaders == std::vector<std::string>{"input", "conv", "conv"});
  CHECK(lead[3] == make_id<OpId>(2));
  CHECK(lead[4] == make_id<OpId>(2));
  // Another function, no rule: a kernel of its own.
  const std::vector<FusionRule> relu{{{OpKind::conv}, {OpKind::activation}, {"relu"}}};
  CHECK(fuse(graph, relu)[4] == make_id<OpId>(4));
}

TEST_CASE("every runtime of the repository reads, and says what it cannot run") {
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(PARTITA_ROOT) /
                                                               "traces" / "runtimes")) {
    const Runtime runtime = load_runtime(entry.path());
    INFO(runtime.name);
    CHECK_FALSE(runtime.title.empty());
    CHECK_FALSE(runtime.units.empty());
  }
}
