// Pipes between processes of one command.
#pragma once

#include <cstddef>
#include <utility>

namespace partita {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { shut(); }
  int number() const { return number_; }
  void shut();

 private:
  int number_;
};

struct Pipe {
  Descriptor out, in;
};

Pipe make_pipe();

/// False: the other end is gone.
bool write_all(int to, const char* bytes, std::size_t size);
bool read_all(int from, char* bytes, std::size_t size);

}  // namespace partita
