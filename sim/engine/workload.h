// What is asked of a phone over time: streams of requests for networks, from YAML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

enum class ArrivalKind : std::uint8_t {
  once,
  periodic,
  poisson,
  bursty,
  recorded,
  closed,
  follows
};
std::string_view to_string(ArrivalKind kind);

/// How requests of a stream come.
struct Arrivals {
  ArrivalKind kind = ArrivalKind::once;
  double offset_s = 0;          ///< Of the first.
  double period_s = 0;          ///< periodic; bursty: between requests of a burst.
  double jitter_s = 0;          ///< periodic: uniformly up to this later.
  double rate_per_s = 0;        ///< poisson
  double on_s = 0, off_s = 0;   ///< bursty: length of a burst and of the pause after it.
  std::vector<double> times_s;  ///< recorded, ascending.
  int clients = 1;              ///< closed: each asks again when it is answered,
  double think_s = 0;           ///< after this.
  int after = -1;               ///< follows: index of the stream whose answers it takes in.
  double probability = 1;       ///< follows: of an answer leading to a request.
  int repeat = 1;               ///< follows: requests one after another for each answer (tokens).
};

struct Stream {
  std::string name;
  std::string model;
  std::string partitioner;  ///< Empty: the command's.
  Arrivals arrivals;
  double deadline_s = std::numeric_limits<double>::infinity();  ///< After arrival.
  int priority = 0;                                             ///< Higher goes first.
  int batch = 1;                                                ///< Requests that arrive together.
  int most_waiting = std::numeric_limits<int>::max();  ///< Beyond it a new request is dropped.
};

struct Workload {
  std::string title;
  double duration_s = 0;  ///< No request arrives after it.
  std::vector<Stream> streams;
};

/// Throws InputError `file:line:column: key: problem`.
Workload load_workload(const std::filesystem::path& path);
Workload parse_workload(std::string_view yaml, std::string name,
                        const std::filesystem::path& folder = {});
/// One stream that asks for `model` again as soon as it is answered.
Workload single_stream(std::string model, double duration_s);

/// Arrival times of a stream that do not depend on answers; byte-identical for a seed.
class ArrivalSource {
 public:
  ArrivalSource(const Arrivals& arrivals, std::uint64_t seed);
  /// The next arrival, ascending; infinity: none left, or they depend on answers.
  double next_s();

 private:
  double uniform();
  Arrivals arrivals_;
  std::mt19937_64 random_;
  std::uint64_t count_ = 0;
  double last_s_ = 0;
};

}  // namespace partita
