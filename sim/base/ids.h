// Ids that do not mix: an operator's index cannot be passed where a unit's is asked for.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace partita {

enum class OpId : std::int32_t {};
enum class TensorId : std::int32_t {};
enum class UnitId : std::int32_t {};
enum class DomainId : std::int32_t {};
enum class TaskId : std::int32_t {};

template <class Id>
requires std::is_enum_v<Id>
constexpr std::size_t index(Id id) {
  return static_cast<std::size_t>(id);
}

template <class Id>
requires std::is_enum_v<Id>
constexpr Id make_id(std::size_t i) {
  return static_cast<Id>(static_cast<std::int32_t>(i));
}

}  // namespace partita
