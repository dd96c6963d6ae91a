// Work done in a process of its own, which may crash, hang or eat memory without harm to this one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "tools/partita/pipes.h"

namespace partita {

struct Reply {
  enum class Ending : std::uint32_t {
    done,
    wrong_input,
    failed,  ///< Or its process died.
    late,    ///< Took longer than allowed.
    busy     ///< Too many wait already.
  };
  Ending ending = Ending::failed;
  std::string text;  ///< The answer, or what was wrong.
};

/// Forks when made; make it before any thread. A question at a time is answered, by a process that
/// keeps what `work` keeps until one takes too long.
class GuardedProcess {
 public:
  struct Limits {
    double seconds = 10;                              ///< For one answer.
    std::size_t memory_bytes = std::size_t{4} << 30;  ///< Address space.
    int waiting = 64;                                 ///< Questions at once.
  };
  /// `work` throws InputError or UnsupportedError for wrong questions.
  GuardedProcess(std::function<std::string(std::string_view)> work, const Limits& limits);
  ~GuardedProcess();
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  /// From any thread.
  Reply ask(std::string_view question);

 private:
  std::mutex one_at_a_time_, counting_;
  int waiting_ = 0, most_waiting_ = 0;
  Descriptor socket_;
  pid_t keeper_ = -1;
};

}  // namespace partita
