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

namespace {

/// By the pace until now; nothing in the first seconds, which tell little.
std::string time_left(double elapsed_s, double done, double left) {
  if (elapsed_s < 3 || !(done > 0) || !(left > 0)) return "";
  const double seconds = elapsed_s * left / done;
  if (seconds < 99) return fmt::format("  {:.0f} s left", seconds);
  if (seconds < 99 * 60) return fmt::format("  {:.0f} min left", seconds / 60);
  return fmt::format("  {:.1f} h left", seconds / 3600);
}

}  // namespace

std::function<void(double)> Console::progress(std::string label) const {
  if (tick_) return [tick = tick_](double) { tick(); };
  if (!bars_) return {};
  using Clock = std::chrono::steady_clock;
  return [label = std::move(label), last = Clock::time_point{}, begun = Clock::now(),
          from = -1.0](double done) mutable {
    const auto now = Clock::now();
    if (from < 0) from = done;
    if (now - last < std::chrono::milliseconds(100) && done < 1) return;
    last = now;
    constexpr int kWidth = 30;
    const int filled = static_cast<int>(std::clamp(done, 0.0, 1.0) * kWidth);
    fmt::print(
        stderr, "\r\x1b[K{} [{}{}] {:3.0f} %{}", label,
        std::string(static_cast<std::size_t>(filled), '='),
        std::string(static_cast<std::size_t>(kWidth - filled), ' '), 100 * done,
        time_left(std::chrono::duration<double>(now - begun).count(), done - from, 1 - done));
    std::fflush(stderr);
  };
}

void Console::clear_progress() const {
  if (!bars_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace partita
