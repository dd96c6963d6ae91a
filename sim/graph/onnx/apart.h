// Work on a file's content that a library may not survive. Private to sim/graph.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace partita::onnx_reader {

/// What `work` returns, run in a process of its own with 30 s of processor time: nothing when it
/// crashes or does not end. `work` must not throw.
std::optional<std::string> apart(const std::function<std::string()>& work);

}  // namespace partita::onnx_reader
