#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/graph/onnx/model.h"

namespace partita::onnx_reader {

void Node::fail(const std::string& problem) const {
  throw InputError(where + ": " + problem);
}

const Attribute* Node::find(std::string_view key, Attribute::Type expected) const {
  const auto found = attributes.find(key);
  if (found == attributes.end()) return nullptr;
  if (found->second.type != expected) fail(fmt::format("attribute {} is of another type", key));
  return &found->second;
}

std::int64_t Node::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                           std::int64_t most) const {
  const Attribute* attribute = find(key, Attribute::Type::integer);
  if (attribute == nullptr) return fallback;
  const std::int64_t value = attribute->integer;
  if (value < least || value > most)
    fail(fmt::format("attribute {} = {} is not in {}..{}", key, value, least, most));
  return value;
}

std::string Node::text(std::string_view key, const std::string& fallback) const {
  const Attribute* attribute = find(key, Attribute::Type::text);
  return attribute == nullptr ? fallback : attribute->text;
}

std::optional<std::vector<std::int64_t>> Node::integers(std::string_view key) const {
  const Attribute* attribute = find(key, Attribute::Type::integers);
  if (attribute == nullptr) return std::nullopt;
  return attribute->integers;
}

std::optional<std::vector<double>> Node::reals(std::string_view key) const {
  const Attribute* attribute = find(key, Attribute::Type::reals);
  if (attribute == nullptr) return std::nullopt;
  return attribute->reals;
}

}  // namespace partita::onnx_reader
