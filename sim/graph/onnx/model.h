// An ONNX model as its nodes, constants and inferred shapes, without protobuf in the header.
// Private to sim/graph.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/graph/foreign.h"
#include "sim/graph/import.h"

namespace partita::onnx_reader {

using foreign::Constant;

struct Attribute {
  enum class Type { integer, real, text, integers, reals, tensor, other };
  Type type = Type::other;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::optional<Constant> tensor;
};

struct Node {
  std::string name, type;                    ///< The name may be empty.
  std::string where;                         ///< `file: node "name" (Type)`
  std::vector<std::string> inputs, outputs;  ///< Empty: left out.
  std::map<std::string, Attribute, std::less<>> attributes;
  bool constant = false;  ///< Follows from constants and shapes alone.

  [[noreturn]] void fail(const std::string& problem) const;
  /// Throw InputError when of another type or out of range.
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most) const;
  std::string text(std::string_view key, const std::string& fallback) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;
  std::optional<std::vector<double>> reals(std::string_view key) const;
  bool has(std::string_view key) const { return attributes.find(key) != attributes.end(); }

 private:
  const Attribute* find(std::string_view key, Attribute::Type expected) const;
};

struct Model {
  int opset = 0;
  std::vector<Node> nodes;
  std::vector<std::pair<std::string, Shape>> inputs;  ///< Without constants.
  std::vector<std::string> outputs;
  std::unordered_map<std::string, Constant> constants;
  std::unordered_map<std::string, Shape> shapes;  ///< Static ones, by tensor.
  std::unordered_map<std::string, int> bits;      ///< Of an element, by tensor.
  /// Small whole-number tensors that follow from shapes.
  std::unordered_map<std::string, std::vector<std::int64_t>> values;
};

/// Reads, checks that every operator is one of `known` (or follows from constants), and infers
/// shapes. Throws InputError.
Model read_model(const std::filesystem::path& path, const ImportOptions& options,
                 const std::vector<std::string>& known);

}  // namespace partita::onnx_reader
