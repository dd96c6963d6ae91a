// Much work shared out to processes, results taken as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace partita {

/// [begin, end)
using WorkRange = std::pair<std::uint64_t, std::uint64_t>;

/// `take` gets what `work` makes of each range, in whatever order they are done, in this process;
/// `work` runs in at most so many processes that fork from this one, or here where that is one.
/// A range whose process ends before its work goes to another, once. Throws what `take` throws, and
/// std::runtime_error for what `work` throws or where a range ends two processes.
void in_stream(const std::vector<WorkRange>& ranges, std::size_t workers,
               const std::function<std::string(const WorkRange&)>& work,
               const std::function<void(const WorkRange&, std::string)>& take);

}  // namespace partita
