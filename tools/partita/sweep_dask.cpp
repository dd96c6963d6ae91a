#include "tools/partita/sweep_dask.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "sim/base/error.h"
#include "tools/partita/pipes.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

/// Debian's own, which its python3-distributed is for, before others on the path.
std::string interpreter() {
  if (const char* given = std::getenv("PARTITA_PYTHON"); given != nullptr && *given != '\0')
    return given;
  std::error_code error;
  return fs::exists("/usr/bin/python3", error) ? "/usr/bin/python3" : "python3";
}

/// The package beside a command that was built and not installed.
std::string search_path() {
  std::error_code error;
  const fs::path built = fs::read_symlink("/proc/self/exe", error).parent_path() / "python";
  const char* given = std::getenv("PYTHONPATH");
  std::string path = given != nullptr ? given : "";
  if (fs::exists(built / "partita", error))
    path = path.empty() ? built.string() : fmt::format("{}:{}", built.string(), path);
  return path;
}

std::vector<std::string> arguments(const SweepRequest& request, const fs::path& database) {
  std::vector<std::string> out{
      interpreter(),     "-m",          "partita.distributed", request.plan,      "--database",
      database.string(), "--scheduler", request.scheduler,     "--progress-lines"};
  if (request.resume) out.emplace_back("--resume");
  for (const std::string& plugin : request.plugins) out.insert(out.end(), {"--plugin", plugin});
  return out;
}

/// In the child: becomes Python, what it writes goes into the pipe.
[[noreturn]] void become(const std::vector<std::string>& words, int to) {
  dup2(to, STDOUT_FILENO);
  dup2(to, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
  _exit(127);
}

/// `progress 0.25` goes to the bar; `failed ...`, else the last other line, is why it failed.
class Listener {
 public:
  explicit Listener(std::function<void(double)> progress) : progress_(std::move(progress)) {}
  void hear(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      end_line();
    }
  }
  const std::string& why() const { return failed_.empty() ? last_ : failed_; }

 private:
  void end_line() {
    constexpr std::string_view kProgress = "progress ", kFailed = "failed ";
    double done = 0;
    if (line_.starts_with(kProgress) &&
        std::from_chars(line_.data() + kProgress.size(), line_.data() + line_.size(), done).ec ==
            std::errc{}) {
      if (progress_) progress_(done);
    } else if (line_.starts_with(kFailed)) {
      failed_ = line_.substr(kFailed.size());
    } else if (!line_.empty()) {
      last_ = line_;
    }
    line_.clear();
  }
  std::function<void(double)> progress_;
  std::string line_, last_, failed_;
};

}  // namespace

void fill_by_dask(const SweepRequest& request, const fs::path& database, const Console& console) {
  const std::vector<std::string> words = arguments(request, database);
  const std::string path = search_path();
  Pipe pipe = make_pipe();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start another process");
  if (child == 0) {
    if (!path.empty()) setenv("PYTHONPATH", path.c_str(), 1);
    become(words, pipe.in.number());
  }
  pipe.in.shut();
  Listener listener(console.progress("sweep on " + request.scheduler));
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = read(pipe.out.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    listener.hear({buffer.data(), static_cast<std::size_t>(got)});
  }
  int status = 0;
  waitpid(child, &status, 0);
  console.clear_progress();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw InputError(fmt::format("--scheduler: {} cannot be started; PARTITA_PYTHON names another",
                                 words.front()));
  throw InputError(fmt::format("--scheduler {}: {}", request.scheduler,
                               listener.why().empty() ? "Python ended" : listener.why()));
}

}  // namespace partita
