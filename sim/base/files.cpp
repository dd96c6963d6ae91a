#include "sim/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "sim/base/error.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_on(const fs::path& path, std::string_view problem) {
  throw InputError(fmt::format("{}: {}", path.string(), problem));
}

std::string system_message(int code) {
  return std::generic_category().message(code);
}

void write_all(int file, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(file, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_on(path, fmt::format("cannot write: {}", system_message(errno)));
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file) != 0 && errno != EINVAL) {
    fail_on(path, fmt::format("cannot write: {}", system_message(errno)));
  }
}

/// A new file beside `path`, in the same file system so that the rename is atomic.
std::pair<int, fs::path> open_beside(const fs::path& path) {
  for (int i = 0; i < 100; ++i) {
    fs::path candidate = path;
    candidate += fmt::format(".{}.{}.tmp", ::getpid(), i);
    const int file = ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) return {file, candidate};
    if (errno != EEXIST) fail_on(path, fmt::format("cannot write: {}", system_message(errno)));
  }
  fail_on(path, "cannot write: too many temporary files beside it");
}

}  // namespace

std::string read_file(const fs::path& path, std::uintmax_t most_bytes) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) fail_on(path, "no such file");
  if (fs::is_directory(status)) fail_on(path, "is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) fail_on(path, "cannot be read");
  std::string content;
  char block[1 << 16];
  // Counted while reading, not asked beforehand: a pipe or a device has no size.
  while (in.read(block, sizeof block), in.gcount() > 0) {
    content.append(block, static_cast<std::size_t>(in.gcount()));
    if (content.size() > most_bytes) {
      fail_on(path, fmt::format("is larger than {} bytes", most_bytes));
    }
  }
  if (in.bad()) fail_on(path, "cannot be read");
  return content;
}

void write_file(const fs::path& requested, std::string_view content) {
  std::error_code error;
  fs::path path = requested;
  if (fs::is_symlink(path, error)) {
    const fs::path target = fs::weakly_canonical(path, error);
    if (!error) path = target;
  }
  if (path.filename().empty()) fail_on(requested, "is not the name of a file");
  // Renaming over a device such as /dev/null would replace it.
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) fail_on(path, "is not a regular file");

  const auto [file, temporary] = open_beside(path);
  try {
    write_all(file, content, path);
  } catch (...) {
    ::close(file);
    fs::remove(temporary, error);
    throw;
  }
  if (::close(file) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    fs::remove(temporary, error);
    fail_on(path, fmt::format("cannot write: {}", system_message(code)));
  }
}

}  // namespace partita
