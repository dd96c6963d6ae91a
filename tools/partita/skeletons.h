// What `partita new` writes; @NAME@, @ID@ and @SOURCE@ are filled in.
#pragma once

#include <string_view>

namespace partita {

extern const std::string_view kPartitionerSkeleton;
extern const std::string_view kPartitionerTestSkeleton;
extern const std::string_view kPluginCmakeSkeleton;

}  // namespace partita
