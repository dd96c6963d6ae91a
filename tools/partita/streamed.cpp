#include "tools/partita/streamed.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <exception>
#include <list>
#include <stdexcept>

#include "tools/partita/pipes.h"

namespace partita {
namespace {

/// Before every result in a worker's pipe.
struct Header {
  std::uint64_t size = 0, failed = 0;
};

struct Worker {
  pid_t child = 0;
  Pipe asked, made;
  std::deque<std::size_t> ranges;  ///< Given out, oldest first; two keep it from waiting.
};

void serve(const Pipe& asked, const Pipe& made, const std::vector<WorkRange>& ranges,
           const std::function<std::string(const WorkRange&)>& work) {
  std::size_t range = 0;
  while (read_all(asked.out.number(), reinterpret_cast<char*>(&range), sizeof range)) {
    Header header;
    std::string bytes;
    try {
      bytes = work(ranges[range]);
    } catch (const std::exception& error) {
      bytes = error.what();
      header.failed = 1;
    }
    header.size = bytes.size();
    if (!write_all(made.in.number(), reinterpret_cast<const char*>(&header), sizeof header) ||
        !write_all(made.in.number(), bytes.data(), bytes.size()))
      return;
  }
}

class Stream {
 public:
  Stream(const std::vector<WorkRange>& ranges, std::size_t workers,
         const std::function<std::string(const WorkRange&)>& work)
      : ranges_(ranges), deaths_(ranges.size(), 0) {
    for (std::size_t r = 0; r < ranges.size(); ++r) waiting_.push_back(r);
    for (std::size_t w = 0; w < workers; ++w) {
      Worker worker{0, make_pipe(), make_pipe(), {}};
      worker.child = fork();
      if (worker.child < 0) break;  // The others do its share.
      if (worker.child == 0) {
        workers_.clear();  // Their pipes end when this process no longer holds them.
        worker.asked.in.shut();
        worker.made.out.shut();
        serve(worker.asked, worker.made, ranges, work);
        _exit(0);  // Nothing of the parent's is ended or written twice.
      }
      worker.asked.out.shut();
      worker.made.in.shut();
      workers_.push_back(std::move(worker));
    }
    if (workers_.empty()) throw std::runtime_error("cannot start another process; try --jobs 1");
  }
  ~Stream() {
    for (Worker& worker : workers_) {
      worker.asked.in.shut();
      worker.made.out.shut();
    }
    for (const Worker& worker : workers_) waitpid(worker.child, nullptr, 0);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void run(const std::function<void(const WorkRange&, std::string)>& take) {
    for (Worker& worker : workers_) feed(worker);
    while (std::any_of(workers_.begin(), workers_.end(),
                       [](const Worker& w) { return !w.ranges.empty(); })) {
      std::vector<pollfd> open;
      for (const Worker& worker : workers_) open.push_back({worker.made.out.number(), POLLIN, 0});
      if (poll(open.data(), open.size(), -1) < 0 && errno != EINTR)
        throw std::runtime_error("cannot wait for the other processes");
      std::size_t at = 0;
      for (auto worker = workers_.begin(); worker != workers_.end(); ++at) {
        const auto now = worker++;
        if (open[at].revents != 0 && !collect(*now, take)) bury(now);
      }
    }
    if (!waiting_.empty()) throw std::runtime_error("every process ended before its work");
  }

 private:
  void feed(Worker& worker) {
    while (worker.ranges.size() < 2 && !waiting_.empty()) {
      const std::size_t range = waiting_.front();
      waiting_.pop_front();
      worker.ranges.push_back(range);
      // One that has ended is found when its result is read.
      write_all(worker.asked.in.number(), reinterpret_cast<const char*>(&range), sizeof range);
    }
  }

  /// False: the worker has ended.
  bool collect(Worker& worker, const std::function<void(const WorkRange&, std::string)>& take) {
    Header header;
    const int from = worker.made.out.number();
    if (!read_all(from, reinterpret_cast<char*>(&header), sizeof header)) return false;
    std::string bytes(header.size, '\0');
    if (!read_all(from, bytes.data(), bytes.size())) return false;
    const std::size_t range = worker.ranges.front();
    worker.ranges.pop_front();
    if (header.failed != 0) throw std::runtime_error(bytes);
    feed(worker);
    take(ranges_[range], std::move(bytes));
    return true;
  }

  void bury(std::list<Worker>::iterator worker) {
    if (!worker->ranges.empty()) {
      const std::size_t at_work = worker->ranges.front();
      if (++deaths_[at_work] == 2)
        throw std::runtime_error(
            fmt::format("two processes ended at the points from {} on", ranges_[at_work].first));
    }
    waiting_.insert(waiting_.begin(), worker->ranges.begin(), worker->ranges.end());
    waitpid(worker->child, nullptr, 0);
    workers_.erase(worker);
    for (Worker& other : workers_) feed(other);
  }

  const std::vector<WorkRange>& ranges_;
  std::vector<int> deaths_;  ///< By range.
  std::deque<std::size_t> waiting_;
  std::list<Worker> workers_;
};

}  // namespace

void in_stream(const std::vector<WorkRange>& ranges, std::size_t workers,
               const std::function<std::string(const WorkRange&)>& work,
               const std::function<void(const WorkRange&, std::string)>& take) {
  if (std::min(ranges.size(), workers) <= 1) {
    for (const WorkRange& range : ranges) take(range, work(range));
    return;
  }
  Stream stream(ranges, std::min(ranges.size(), workers), work);
  stream.run(take);
}

}  // namespace partita
