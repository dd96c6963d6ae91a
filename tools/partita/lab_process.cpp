#include "tools/partita/lab_process.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>

#include "sim/base/error.h"
#include "tools/partita/pipes.h"

namespace partita {
namespace {

using Work = std::function<std::string(std::string_view)>;

struct Header {
  std::uint64_t size = 0;
  Reply::Ending ending = Reply::Ending::done;
};
bool send_message(int to, Reply::Ending ending, std::string_view text) {
  const Header header{text.size(), ending};
  return write_all(to, reinterpret_cast<const char*>(&header), sizeof header) &&
         write_all(to, text.data(), text.size());
}
std::optional<Reply> receive_message(int from) {
  Header header;
  if (!read_all(from, reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  Reply reply{header.ending, std::string(header.size, '\0')};
  if (!read_all(from, reply.text.data(), header.size)) return std::nullopt;
  return reply;
}

Reply attempt(const Work& work, std::string_view question) {
  try {
    return {Reply::Ending::done, work(question)};
  } catch (const InputError& error) {
    return {Reply::Ending::wrong_input, error.what()};
  } catch (const UnsupportedError& error) {
    return {Reply::Ending::wrong_input, error.what()};
  } catch (const std::bad_alloc&) {
    return {Reply::Ending::failed, "out of memory"};
  } catch (const std::exception& error) {
    return {Reply::Ending::failed, error.what()};
  }
}

/// Never returns.
[[noreturn]] void serve(int socket, const Work& work) {
  while (const auto question = receive_message(socket)) {
    const Reply reply = attempt(work, question->text);
    if (!send_message(socket, reply.ending, reply.text)) break;
  }
  _exit(0);
}

struct Pair {
  Descriptor ours, theirs;
};
Pair socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("cannot make a socket between processes");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Starts workers and ends those that take too long. One thread, so it may fork at any time.
class Keeper {
 public:
  Keeper(Descriptor socket, const Work& work, const GuardedProcess::Limits& limits)
      : socket_(std::move(socket)), work_(work), limits_(limits) {}

  [[noreturn]] void run() {
    while (const auto question = receive_message(socket_.number())) {
      const Reply reply = answer(question->text);
      if (!send_message(socket_.number(), reply.ending, reply.text)) break;
    }
    end();
    _exit(0);
  }

 private:
  Reply answer(const std::string& question) {
    if (worker_ < 0) begin();
    if (!send_message(to_worker_->number(), Reply::Ending::done, question)) return died();
    const int wait_ms = static_cast<int>(1e3 * limits_.seconds);
    pollfd ready{to_worker_->number(), POLLIN, 0};
    const auto by = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    int got = 0;
    do {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          by - std::chrono::steady_clock::now());
      got = poll(&ready, 1, std::max(0, static_cast<int>(left.count())));
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
      end();
      return {Reply::Ending::late, "took too long"};
    }
    auto reply = receive_message(to_worker_->number());
    return reply ? std::move(*reply) : died();
  }
  Reply died() {
    end();
    return {Reply::Ending::failed, "the engine's process died"};
  }
  void begin() {
    Pair pair = socket_pair();
    worker_ = fork();
    if (worker_ == 0) {
      pair.ours.shut();
      socket_.shut();
#ifndef __SANITIZE_ADDRESS__  // Which lays claim to all addresses there are.
      const rlimit memory{limits_.memory_bytes, limits_.memory_bytes};
      setrlimit(RLIMIT_AS, &memory);
#endif
      serve(pair.theirs.number(), work_);
    }
    to_worker_.emplace(std::move(pair.ours));
  }
  void end() {
    if (worker_ > 0) {
      kill(worker_, SIGKILL);
      waitpid(worker_, nullptr, 0);
    }
    to_worker_.reset();
    worker_ = -1;
  }

  Descriptor socket_;
  const Work& work_;
  GuardedProcess::Limits limits_;
  pid_t worker_ = -1;
  std::optional<Descriptor> to_worker_;
};

}  // namespace

GuardedProcess::GuardedProcess(Work work, const Limits& limits)
    : most_waiting_(limits.waiting), socket_(-1) {
  Pair pair = socket_pair();
  keeper_ = fork();
  if (keeper_ < 0) throw std::runtime_error("cannot start a process");
  if (keeper_ == 0) {
    pair.ours.shut();
    std::signal(SIGINT, SIG_IGN);  // It ends with the one that asks.
    Keeper(std::move(pair.theirs), work, limits).run();
  }
  socket_ = std::move(pair.ours);
}

GuardedProcess::~GuardedProcess() {
  socket_.shut();
  waitpid(keeper_, nullptr, 0);
}

Reply GuardedProcess::ask(std::string_view question) {
  {
    const std::lock_guard lock(counting_);
    if (waiting_ >= most_waiting_) return {Reply::Ending::busy, "too many questions at once"};
    ++waiting_;
  }
  Reply reply{Reply::Ending::failed, "the engine's process is gone"};
  {
    const std::lock_guard lock(one_at_a_time_);
    if (send_message(socket_.number(), Reply::Ending::done, question))
      if (auto got = receive_message(socket_.number())) reply = std::move(*got);
  }
  const std::lock_guard lock(counting_);
  --waiting_;
  return reply;
}

}  // namespace partita
