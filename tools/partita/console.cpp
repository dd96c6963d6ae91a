#include "tools/partita/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace partita {

Console::Console() {
  const char* no_color = std::getenv("NO_COLOR");
  style_.colour = isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
  bars_ = isatty(STDERR_FILENO) != 0;
}

void Console::print(std::string_view text) const {
  if (kept_ != nullptr) {
    *kept_ += text;
    return;
  }
  clear_progress();
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw ClosedPipe{};
      throw std::runtime_error(
          fmt::format("cannot write to standard output: {}", std::strerror(errno)));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Console::complain(std::string_view text) const {
  clear_progress();
  std::string line = "partita: ";
  for (const char c : text) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  line.erase(line.find_last_not_of(' ') + 1);
  fmt::print(stderr, "{}\n", line);
}

std::function<void(double)> Console::progress(std::string label) const {
  if (!bars_) return {};
  return [label = std::move(label),
          last = std::chrono::steady_clock::time_point{}](double done) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - last < std::chrono::milliseconds(100) && done < 1) return;
    last = now;
    constexpr int kWidth = 30;
    const int filled = static_cast<int>(std::clamp(done, 0.0, 1.0) * kWidth);
    fmt::print(stderr, "\r\x1b[K{} [{}{}] {:3.0f} %", label,
               std::string(static_cast<std::size_t>(filled), '='),
               std::string(static_cast<std::size_t>(kWidth - filled), ' '), 100 * done);
    std::fflush(stderr);
  };
}

void Console::clear_progress() const {
  if (!bars_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace partita
