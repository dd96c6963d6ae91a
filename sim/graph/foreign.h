// What readers of other tools' files have in common: names, constants, and the list of operators
// that becomes a graph. Private to sim/graph.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/graph/graph.h"
#include "sim/graph/import.h"

namespace partita::foreign {

using Pending = GraphBuilder::Pending;

/// A tensor that the file holds, or that follows from such tensors alone.
struct Constant {
  Shape shape;                       ///< As in the file; empty: a scalar.
  int bits = 32;                     ///< Of an element as stored.
  std::vector<std::int64_t> values;  ///< Of a few whole numbers: shapes, axes; else empty.
  std::vector<double> reals;         ///< Of a few others: scales.
  std::int64_t elements() const { return partita::elements(shape); }
};

/// Printable ASCII of a name in a file, at most 120 characters.
std::string clean(std::string_view name);

/// An operator in our terms that remembers what it was.
struct Step {
  Pending p;
  std::string type;  ///< Of the file: "MatMul", "ADD".
};

/// How a file lays out tensors of four axes; ours is N C H W.
enum class Layout { channels_second, channels_last };

class Network {
 public:
  Network(std::string file, Layout layout) : file_(std::move(file)), layout_(layout) {}
  const std::string& file() const { return file_; }
  /// In our layout, with at least two axes.
  Shape ours(const Shape& shape) const;
  /// Of a tensor of `rank` axes in the file; counts from the front. Throws InputError when outside.
  int axis(std::int64_t axis, std::size_t rank) const;

  void add_constant(const std::string& id, Constant constant) {
    constants_[id] = std::move(constant);
  }
  const Constant* constant(const std::string& id) const;

  /// Our name of a tensor of the file; a constant becomes an operator. Throws InputError when
  /// nothing before makes it.
  std::string tensor(const std::string& id, const std::string& where);
  const Shape& shape(const std::string& our_name) const { return shapes_.at(our_name); }

  void add_input(const std::string& id, const std::string& name, const Shape& ours);
  void alias(const std::string& id, const std::string& our_name) { names_[id] = our_name; }
  /// Adds an operator with these inputs (our names) and outputs; `name` is made unique. Returns our
  /// names of its outputs.
  std::vector<std::string> emit(Step step, const std::string& name, std::vector<std::string> inputs,
                                const std::vector<Shape>& outputs);
  /// The tensor in another shape of as many elements; itself when it has that shape.
  std::string reshaped(const std::string& our_name, const Shape& to, const std::string& name,
                       const std::string& where);
  void note(const std::string& what, const std::string& where) { notes_[what].push_back(where); }
  /// A result of the network: what makes it is not joined with what reads it.
  void keep(const std::string& id, const std::string& where) { kept_.insert(tensor(id, where)); }

  /// Joins patterns and builds. Throws InputError.
  ImportedNetwork build(std::string name, std::string source, std::string format);

 private:
  std::string unique(const std::string& wanted);
  std::string file_;
  Layout layout_;
  std::unordered_map<std::string, Constant> constants_;
  std::unordered_map<std::string, std::string> names_;  ///< Of the file to ours.
  std::unordered_map<std::string, Shape> shapes_;       ///< By our names.
  std::set<std::string> used_, kept_;
  std::unordered_map<std::string, int> numbered_;
  std::vector<Step> steps_;
  std::map<std::string, std::vector<std::string>> notes_;
};

/// Joins operators of a file that are one of ours: swish, GELU, layer normalisation, shuffle,
/// biases.
std::vector<Step> join_patterns(std::vector<Step> steps, const std::set<std::string>& kept,
                                std::map<std::string, std::vector<std::string>>& notes);

// Operators that both formats have. `like` brings kind, function, type and place; `name` is the
// operator's.

/// Add, Mul ... of two or more tensors; one with a constant that does not widen it is an operation
/// on every element. Returns our name of the result.
std::string elementwise(Network& net, Step like, const std::string& name,
                        const std::vector<std::string>& ids, const Shape& out);
/// Rows of `width` elements by constant weights.
std::string fully_connected(Network& net, Step like, const std::string& name, std::string input,
                            std::int64_t width, const Shape& out);
/// Product of two tensors; the ranks are made equal.
std::string matmul(Network& net, Step like, const std::string& name, std::string a, std::string b,
                   const Shape& out);
/// What the channels of a block of pixels are made of.
enum class Blocks { to_depth, to_space, to_space_by_channel };
/// As reshape, permute, reshape.
std::string move_blocks(Network& net, const Step& like, const std::string& name,
                        const std::string& input, std::int64_t block, Blocks blocks);

}  // namespace partita::foreign
