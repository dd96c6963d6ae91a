#include "tools/partita/workers.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>

#include "sim/base/error.h"
#include "tools/partita/pipes.h"

namespace partita {
namespace {

enum class Ending : std::uint32_t { done, wrong_input, unsupported, failed };

/// Before every result in a worker's pipe.
struct Header {
  std::uint64_t item = 0, size = 0;
  Ending ending = Ending::done;
};

struct Result {
  Ending ending = Ending::done;
  std::string bytes;
};

Result result_of(std::size_t item, const std::function<std::string(std::size_t)>& work) {
  try {
    return {Ending::done, work(item)};
  } catch (const InputError& error) {
    return {Ending::wrong_input, error.what()};
  } catch (const UnsupportedError& error) {
    return {Ending::unsupported, error.what()};
  } catch (const std::exception& error) {
    return {Ending::failed, error.what()};
  }
}

[[noreturn]] void rethrow(const Result& result) {
  if (result.ending == Ending::wrong_input) throw InputError(result.bytes);
  if (result.ending == Ending::unsupported) throw UnsupportedError(result.bytes);
  throw std::runtime_error(result.bytes);
}

/// A worker: takes numbers from one pipe until none is left.
void serve(int numbers, int results, const std::function<std::string(std::size_t)>& work) {
  std::uint64_t item = 0;
  while (read_all(numbers, reinterpret_cast<char*>(&item), sizeof item)) {
    const Result result = result_of(item, work);
    const Header header{item, result.bytes.size(), result.ending};
    if (!write_all(results, reinterpret_cast<const char*>(&header), sizeof header) ||
        !write_all(results, result.bytes.data(), result.bytes.size()))
      return;
  }
}

constexpr int kLookMs = 250;  ///< How often whoever watches the progress is asked.

/// The processes, and what they have made so far.
class Workers {
 public:
  Workers(std::size_t count, std::size_t workers,
          const std::function<std::string(std::size_t)>& work)
      : results_(count) {
    // Whoever is free takes the next number: all of them fit into the pipe (64 KiB on Linux).
    Pipe numbers = make_pipe();
    for (std::size_t w = 0; w < workers; ++w) {
      Pipe pipe = make_pipe();
      const pid_t child = fork();
      if (child < 0) break;  // The others do its share.
      if (child == 0) {
        numbers.in.shut();
        pipes_.clear();
        serve(numbers.out.number(), pipe.in.number(), work);
        _exit(0);  // Nothing of the parent's is ended or written twice.
      }
      children_.push_back(child);
      pipes_.push_back(std::move(pipe.out));
    }
    if (children_.empty()) throw std::runtime_error("cannot start another process; try --jobs 1");
    numbers.out.shut();
    for (std::uint64_t item = 0; item < count; ++item)
      if (!write_all(numbers.in.number(), reinterpret_cast<const char*>(&item), sizeof item)) break;
  }
  ~Workers() {
    pipes_.clear();
    for (const pid_t child : children_) {
      kill(child, SIGTERM);  // One that is still at work does it for nobody.
      waitpid(child, nullptr, 0);
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void collect(const std::function<void(double)>& progress) {
    std::vector<pollfd> open;
    for (const Descriptor& pipe : pipes_) open.push_back({pipe.number(), POLLIN, 0});
    std::size_t done = 0;
    while (!open.empty()) {
      const int ready = poll(open.data(), open.size(), kLookMs);
      if (ready < 0 && errno != EINTR)
        throw std::runtime_error("cannot wait for the other processes");
      if (ready <= 0) {
        if (progress) progress(fraction(done));  // It may throw to end the work.
        continue;
      }
      for (pollfd& pipe : open)
        if (pipe.revents != 0 && !take(pipe.fd))
          pipe.fd = -1;
        else if (pipe.revents != 0 && progress)
          progress(fraction(++done));
      std::erase_if(open, [](const pollfd& pipe) { return pipe.fd < 0; });
    }
  }

  std::vector<std::string> results() {
    std::vector<std::string> all;
    for (std::optional<Result>& result : results_) {
      if (!result) throw std::runtime_error("a process ended before its work; try --jobs 1");
      if (result->ending != Ending::done) rethrow(*result);
      all.push_back(std::move(result->bytes));
    }
    return all;
  }

 private:
  double fraction(std::size_t done) const {
    return static_cast<double>(done) / static_cast<double>(results_.size());
  }

  /// False: the worker has ended.
  bool take(int from) {
    Header header;
    if (!read_all(from, reinterpret_cast<char*>(&header), sizeof header)) return false;
    Result result{header.ending, std::string(header.size, '\0')};
    if (!read_all(from, result.bytes.data(), result.bytes.size())) return false;
    results_.at(header.item) = std::move(result);
    return true;
  }

  std::vector<std::optional<Result>> results_;
  std::vector<pid_t> children_;
  std::vector<Descriptor> pipes_;
};

}  // namespace

std::vector<std::string> in_workers(std::size_t count, std::size_t workers,
                                    const std::function<std::string(std::size_t)>& work,
                                    const std::function<void(double)>& progress) {
  constexpr std::size_t kMostInPipe = 4096;  // Numbers in the smallest pipe of 32 KiB.
  if (std::min(count, workers) <= 1 || count > kMostInPipe) {
    std::vector<std::string> results;
    for (std::size_t i = 0; i < count; ++i) {
      results.push_back(work(i));
      if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(count));
    }
    return results;
  }
  Workers running(count, std::min(count, workers), work);
  running.collect(progress);
  return running.results();
}

}  // namespace partita
