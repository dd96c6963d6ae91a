#include "tools/partita/pipes.h"

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace partita {

void Descriptor::shut() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

Pipe make_pipe() {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe between processes");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// False: the other end is gone.
bool write_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(to, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int from, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(from, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace partita
