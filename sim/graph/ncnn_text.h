// The text of an ncnn .param file, before its layers mean anything. Private to sim/graph.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/graph.h"

namespace partita::ncnn {

/// One layer line: `type name inputs outputs <tensors> id=value ...`; arrays are
/// `-233xx=count,...`.
class Layer {
 public:
  std::string where;  ///< `file:line: type name`
  std::string type, name;
  std::vector<std::string> inputs, outputs;
  std::vector<Shape> hints;  ///< Of the outputs, N first; empty without -23330.

  bool has(int id) const { return params_.count(id) > 0; }
  /// The getters mark a parameter as read and throw InputError when it is malformed or outside.
  std::int64_t integer(int id, std::int64_t fallback, std::int64_t least, std::int64_t most);
  std::int64_t integer(int id, std::int64_t least, std::int64_t most);  ///< Required.
  double number(int id, double fallback);
  std::vector<std::int64_t> integers(int id);   ///< Array; empty when absent.
  std::size_t array_size(int id);               ///< Of any numbers; 0 when absent.
  void ignore(std::initializer_list<int> ids);  ///< Parameters without an effect on shape or cost.
  void done() const;                            ///< Throws on a parameter nobody asked for.
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  friend class LineReader;
  struct Param {
    std::vector<std::string> values;
    bool array = false;
    bool read = false;
  };
  Param* find(int id, bool array);
  std::int64_t to_integer(int id, const std::string& text) const;
  std::map<int, Param> params_;
  std::vector<int> asked_;
};

/// Checks magic, counts, and that every tensor is made once and before it is read.
std::vector<Layer> read_layers(std::string_view text, const std::string& file);

}  // namespace partita::ncnn
