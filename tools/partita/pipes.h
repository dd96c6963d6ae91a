// Pipes between processes of one command. Internal to workers.cpp and streamed.cpp.
#pragma once

#include <cstddef>

namespace partita {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
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
