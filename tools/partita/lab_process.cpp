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

namespace partita {
namespace {

using Work = std::function<std::string(std::string_view)>;

bool send_all(int to, const void* data, std::size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}
bool receive_all(int from, void* data, std::size_t size) {
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = recv(from, bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

struct Header {
  std::uint64_t size = 0;
  Reply::Ending ending = Reply::Ending::done;
};
bool send_message(int to, Reply::Ending ending, std::string_view text) {
  const Header header{text.size(), ending};
  return send_all(to, &header, sizeof header) && send_all(to, text.data(), text.size());
}
std::optional<Reply> receive_message(int from) {
  Header header;
  if (!receive_all(from, &header, sizeof header)) return std::nullopt;
  Reply reply{header.ending, std::string(header.size, '\0')};
  if (!receive_all(from, reply.text.data(), header.size)) return std::nullopt;
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
  int ours, theirs;
};
Pair socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("cannot make a socket between processes");
  return {ends[0], ends[1]};
}

/// Starts workers and ends those that take too long. One thread, so it may fork at any time.
class Keeper {
 public:
  Keeper(int socket, const Work& work, const GuardedProcess::Limits& limits)
      : socket_(socket), work_(work), limits_(limits) {}

  [[noreturn]] void run() {
    while (const auto question = receive_message(socket_)) {
      const Reply reply = answer(question->text);
      if (!send_message(socket_, reply.ending, reply.text)) break;
    }
    end();
    _exit(0);
  }

 private:
  Reply answer(const std::string& question) {
    if (worker_ < 0) begin();
    if (!send_message(to_worker_, Reply::Ending::done, question)) return died();
    const int wait_ms = static_cast<int>(1e3 * limits_.seconds);
    pollfd ready{to_worker_, POLLIN, 0};
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
    auto reply = receive_message(to_worker_);
    return reply ? std::move(*reply) : died();
  }
  Reply died() {
    end();
    return {Reply::Ending::failed, "the engine's process died"};
  }
  void begin() {
    const Pair pair = socket_pair();
    worker_ = fork();
    if (worker_ == 0) {
      close(pair.ours);
      close(socket_);
      const rlimit memory{limits_.memory_bytes, limits_.memory_bytes};
      setrlimit(RLIMIT_AS, &memory);
      serve(pair.theirs, work_);
    }
    close(pair.theirs);
    to_worker_ = pair.ours;
    if (worker_ < 0) close(pair.ours);
  }
  void end() {
    if (worker_ < 0) return;
    kill(worker_, SIGKILL);
    waitpid(worker_, nullptr, 0);
    close(to_worker_);
    worker_ = -1;
  }

  int socket_;
  const Work& work_;
  GuardedProcess::Limits limits_;
  pid_t worker_ = -1;
  int to_worker_ = -1;
};

}  // namespace

GuardedProcess::GuardedProcess(Work work, const Limits& limits) : most_waiting_(limits.waiting) {
  const Pair pair = socket_pair();
  keeper_ = fork();
  if (keeper_ < 0) throw std::runtime_error("cannot start a process");
  if (keeper_ == 0) {
    close(pair.ours);
    std::signal(SIGINT, SIG_IGN);  // It ends with the one that asks.
    Keeper(pair.theirs, work, limits).run();
  }
  close(pair.theirs);
  socket_ = pair.ours;
}

GuardedProcess::~GuardedProcess() {
  close(socket_);
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
    if (send_message(socket_, Reply::Ending::done, question))
      if (auto got = receive_message(socket_)) reply = std::move(*got);
  }
  const std::lock_guard lock(counting_);
  --waiting_;
  return reply;
}

}  // namespace partita
