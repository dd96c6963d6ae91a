// Where the commands' output goes: the terminal, or a caller's string.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/report/table.h"

namespace partita {

/// Output could not be written: the reader is gone (quiet) or the device is full (a failure).
struct ClosedPipe {};

class Console {
 public:
  Console();  ///< The terminal.
  /// Appends to `kept` what would be printed; no colours, no bars.
  explicit Console(std::string& kept) : kept_(&kept) {}
  /// The same; `tick` is called now and then in long work and may throw to end it.
  Console(std::string& kept, std::function<void()> tick) : kept_(&kept), tick_(std::move(tick)) {}
  /// Colours on a terminal, unless NO_COLOR is set.
  const Style& style() const { return style_; }
  /// To stdout, all of it. Throws ClosedPipe, or std::runtime_error naming the cause.
  void print(std::string_view text) const;
  /// `partita: <text>` on stderr, one line whatever the text holds.
  void complain(std::string_view text) const;
  /// A bar on stderr, with the time left, where that is a terminal, or the tick; elsewhere nothing.
  /// Call with the fraction done, from where the work begins.
  std::function<void(double)> progress(std::string label) const;
  /// The same without bars: for parts of a longer work that has its own.
  Console quiet() const {
    Console same = *this;
    same.bars_ = false;
    same.tick_ = {};
    return same;
  }
  /// Takes the bar away.
  void clear_progress() const;

 private:
  Style style_;
  bool bars_ = false;
  std::string* kept_ = nullptr;
  std::function<void()> tick_;
};

}  // namespace partita
