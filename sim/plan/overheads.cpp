#include "sim/plan/overheads.h"

#include <stdexcept>

namespace partita {
namespace {

struct Row {
  std::string_view name, text;
};
constexpr std::array<Row, kOverheads> kRows{{
    {"transform", "layout change of a tensor that is handed over"},
    {"map", "making GPU memory visible to another unit"},
    {"sync", "waiting for another unit to say it has ended"},
    {"copy", "moving a tensor between units"},
    {"cast", "change of precision, between units or on one"},
    {"unmap", "giving GPU memory back"},
    {"arrival", "waking a unit that operators come to"},
    {"spread", "threads of waiting units beside an operator on the CPU"},
    {"dispatch", "launching kernels"},
    {"halo", "rows of a chain computed twice"},
    {"unfused", "operators cut off from the kernel they are otherwise part of"},
    {"input", "loading the network's input"},
    {"dvfs", "clocks on their way"},
    {"contention", "units sharing the memory bus"},
    {"compile", "building an accelerator's graph (first request)"},
    {"planning", "deciding on the plan (first request)"},
}};

}  // namespace

std::string_view to_string(Overhead overhead) {
  return kRows.at(static_cast<std::size_t>(overhead)).name;
}

std::string_view describe(Overhead overhead) {
  return kRows.at(static_cast<std::size_t>(overhead)).text;
}

std::vector<std::string> overhead_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

static_assert(overhead_of(LinkTermKind::unmap) == Overhead::unmap);

}  // namespace partita
