// Exporters write some operators as several; here they become one again.
#include <unordered_map>

#include "sim/graph/foreign.h"

namespace partita::foreign {
namespace {

class Patterns {
 public:
  Patterns(std::vector<Step> steps, const std::set<std::string>& kept,
           std::map<std::string, std::vector<std::string>>& notes)
      : steps_(std::move(steps)), dead_(steps_.size()), kept_(kept), notes_(notes) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      for (const std::string& name : inputs(i)) add_reader(name, i);
      for (const std::string& name : steps_[i].p.output_names) maker_[name] = i;
    }
  }

  std::vector<Step> join() {
    for (std::size_t i = 0; i < steps_.size(); ++i)
      if (!dead_[i]) bias(i) || shuffle(i) || hard_sigmoid(i) || layer_norm(i);
    for (std::size_t i = 0; i < steps_.size(); ++i)
      if (!dead_[i]) gated(i) || hard_swish(i) || gelu(i);
    std::vector<Step> left;
    for (std::size_t i = 0; i < steps_.size(); ++i)
      if (!dead_[i]) left.push_back(std::move(steps_[i]));
    return left;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  const std::vector<std::string>& inputs(std::size_t i) const { return steps_[i].p.input_names; }
  const std::string& output(std::size_t i) const { return steps_[i].p.output_names[0]; }
  const Operator& op(std::size_t i) const { return steps_[i].p.op; }
  const Shape& shape(std::size_t i) const { return steps_[i].p.output_shapes[0]; }
  bool is(std::size_t i, OpKind kind, std::string_view function = {}) const {
    return i != kNone && op(i).kind == kind && (function.empty() || op(i).function == function);
  }
  /// An operation with a constant on every element, of one of these types in either format.
  bool with_constant(std::size_t i, std::initializer_list<std::string_view> types) const {
    if (!is(i, OpKind::activation, "linear")) return false;
    for (const std::string_view type : types)
      if (steps_[i].type == type) return true;
    return false;
  }
  void add_reader(const std::string& name, std::size_t i) {
    std::vector<std::size_t>& readers = readers_[name];
    if (readers.empty() || readers.back() != i) readers.push_back(i);
  }
  std::size_t maker(const std::string& name) const {
    const auto found = maker_.find(name);
    return found == maker_.end() ? kNone : found->second;
  }
  /// What makes the tensor, when only `readers` operators read it and it is no result.
  std::size_t inner(const std::string& name, std::size_t readers = 1) const {
    const std::size_t at = maker(name);
    if (at == kNone || kept_.count(name) > 0 || readers_.at(name).size() != readers) return kNone;
    return at;
  }
  /// The only reader of what `i` makes.
  std::size_t next(std::size_t i) const {
    const auto found = readers_.find(output(i));
    if (found == readers_.end() || found->second.size() != 1 || kept_.count(output(i)) > 0)
      return kNone;
    return found->second[0];
  }
  /// `last` becomes an operator that reads `input`; the others vanish.
  void become(std::size_t last, const std::vector<std::size_t>& others, const std::string& input,
              const std::string& what) {
    for (const std::size_t i : others) vanish(i);
    for (const std::string& name : inputs(last)) std::erase(readers_[name], last);
    steps_[last].p.input_names = {input};
    readers_[input].push_back(last);
    notes_[what].push_back(op(last).name);
  }
  void vanish(std::size_t i) {
    for (const std::string& name : inputs(i)) std::erase(readers_[name], i);
    dead_[i] = true;
  }
  void activation(std::size_t last, const std::string& function) {
    steps_[last].p.op.kind = OpKind::activation;
    steps_[last].p.op.function = function;
    steps_[last].p.given_weight_elements = 0;
  }

  /// fully connected + constant
  bool bias(std::size_t i) {
    if (!with_constant(i, {"Add", "ADD"})) return false;
    const std::size_t fc = inner(inputs(i)[0]);
    if (!is(fc, OpKind::fully_connected) || steps_[fc].p.bias || !op(fc).function.empty() ||
        steps_[i].p.given_weight_elements != steps_[fc].p.out_channels)
      return false;
    const std::vector<std::string> outputs = steps_[i].p.output_names;
    const std::string input = inputs(fc)[0], name = op(i).name;
    vanish(fc);
    for (const std::string& read : inputs(i)) std::erase(readers_[read], i);
    steps_[i].p = steps_[fc].p;
    steps_[i].p.op.name = name;
    steps_[i].p.output_names = outputs;
    steps_[i].p.bias = true;
    readers_[input].push_back(i);
    notes_["fully connected with bias of a product and a sum"].push_back(name);
    return true;
  }

  /// Channels in groups, the two axes swapped, and back.
  bool shuffle(std::size_t i) {
    if (!is(i, OpKind::reshape)) return false;
    const std::size_t swap = inner(inputs(i)[0]);
    if (!is(swap, OpKind::permute)) return false;
    const std::size_t cut = inner(inputs(swap)[0]);
    if (!is(cut, OpKind::reshape)) return false;
    const std::size_t from = maker(inputs(cut)[0]);
    if (from == kNone || steps_[from].p.output_names.size() != 1 || shape(from) != shape(i) ||
        shape(i).size() != 4 || shape(cut).size() != 5)
      return false;
    const Shape &x = shape(i), &parts = shape(cut);
    std::int64_t groups = 0;
    if (op(swap).sizes == Shape{0, 2, 1, 3, 4} &&
        parts == Shape{x[0], parts[1], parts[2], x[2], x[3]})
      groups = parts[1];
    if (op(swap).sizes == Shape{0, 1, 2, 4, 3} &&
        parts == Shape{x[0], x[2], x[3], parts[3], parts[4]})
      groups = parts[3];
    if (groups == 0) return false;
    steps_[i].p.op.kind = OpKind::shuffle;
    steps_[i].p.op.groups = groups;
    steps_[i].p.op.sizes.clear();
    become(i, {swap, cut}, inputs(cut)[0], "shuffle of reshape, transpose and reshape");
    return true;
  }

  /// clip(x + 3) / 6
  bool hard_sigmoid(std::size_t i) {
    if (!with_constant(i, {"Div", "Mul", "DIV", "MUL"})) return false;
    const std::size_t clip = inner(inputs(i)[0]);
    if (!is(clip, OpKind::activation, "clip") && !is(clip, OpKind::activation, "relu6"))
      return false;
    const std::size_t sum = inner(inputs(clip)[0]);
    if (!with_constant(sum, {"Add", "ADD"})) return false;
    activation(i, "hard-sigmoid");
    become(i, {clip, sum}, inputs(sum)[0], "hard-sigmoid of sum, clip and scale");
    return true;
  }

  /// x * sigmoid(x), x * hard-sigmoid(x)
  bool gated(std::size_t i) {
    if (!is(i, OpKind::elementwise, "mul") || inputs(i).size() != 2) return false;
    for (const std::size_t side : {0, 1}) {
      const std::size_t gate = inner(inputs(i)[side]);
      const std::string& x = inputs(i)[1 - side];
      const bool hard = is(gate, OpKind::activation, "hard-sigmoid");
      if (!(hard || is(gate, OpKind::activation, "sigmoid")) || inputs(gate)[0] != x) continue;
      activation(i, hard ? "hard-swish" : "swish");
      become(i, {gate}, std::string(x),
             hard ? "hard-swish of hard-sigmoid and product" : "swish of sigmoid and product");
      return true;
    }
    return false;
  }

  /// x * clip(x + 3) / 6
  bool hard_swish(std::size_t i) {
    if (!with_constant(i, {"Div", "Mul", "DIV", "MUL"})) return false;
    const std::size_t product = inner(inputs(i)[0]);
    if (!is(product, OpKind::elementwise, "mul") || inputs(product).size() != 2) return false;
    for (const std::size_t side : {0, 1}) {
      const std::size_t clip = inner(inputs(product)[side]);
      const std::string x = inputs(product)[1 - side];
      if (!is(clip, OpKind::activation, "clip") && !is(clip, OpKind::activation, "relu6")) continue;
      const std::size_t sum = inner(inputs(clip)[0]);
      if (!with_constant(sum, {"Add", "ADD"}) || inputs(sum)[0] != x) continue;
      activation(i, "hard-swish");
      become(i, {product, clip, sum}, x, "hard-swish of sum, clip, product and scale");
      return true;
    }
    return false;
  }

  /// x / sqrt 2, erf, + 1, * x, / 2 in the orders exporters write.
  bool gelu(std::size_t erf) {
    if (!is(erf, OpKind::activation, "erf")) return false;
    const std::size_t scale = inner(inputs(erf)[0]), sum = next(erf);
    if (!with_constant(scale, {"Div", "Mul"}) || sum == kNone || !with_constant(sum, {"Add"}))
      return false;
    const std::string x = inputs(scale)[0];
    std::vector<std::size_t> others = {scale, erf, sum};
    std::size_t product = next(sum);
    // Half of (erf + 1) before the product.
    const bool before = product != kNone && with_constant(product, {"Mul", "Div"});
    if (before) {
      others.push_back(product);
      product = next(product);
    }
    if (!is(product, OpKind::elementwise, "mul") || inputs(product).size() != 2) return false;
    const std::string& last = output(others.back());
    const std::string other = inputs(product)[inputs(product)[0] == last ? 1 : 0];
    std::size_t end = product;
    if (other != x) {
      const std::size_t half = inner(other);
      if (before || !with_constant(half, {"Mul", "Div"}) || inputs(half)[0] != x) return false;
      others.push_back(half);
    } else if (!before) {
      end = next(product);
      if (end == kNone || !with_constant(end, {"Mul", "Div"})) return false;
      others.push_back(product);
    }
    activation(end, "gelu");
    become(end, others, x, "GELU of its formula");
    return true;
  }

  /// (x - mean) / sqrt(mean of squares + epsilon), then scale and shift where there are some.
  bool layer_norm(std::size_t root) {
    if (!is(root, OpKind::activation, "sqrt")) return false;
    const std::size_t sum = inner(inputs(root)[0]), quotient = next(root);
    if (!with_constant(sum, {"Add"}) || !is(quotient, OpKind::elementwise, "div")) return false;
    const std::size_t variance = inner(inputs(sum)[0]);
    if (!is(variance, OpKind::reduction, "mean")) return false;
    const std::size_t square = inner(inputs(variance)[0]);
    if (square == kNone) return false;
    const bool power = with_constant(square, {"Pow"}) ||
                       (is(square, OpKind::elementwise, "mul") && inputs(square).size() == 2 &&
                        inputs(square)[0] == inputs(square)[1]);
    if (!power || inputs(quotient)[1] != output(root) || inputs(quotient)[0] != inputs(square)[0])
      return false;
    const std::size_t centred = inner(inputs(square)[0], 2);
    if (!is(centred, OpKind::elementwise, "sub")) return false;
    const std::size_t mean = inner(inputs(centred)[1]);
    const std::string x = inputs(centred)[0];
    if (!is(mean, OpKind::reduction, "mean") || inputs(mean)[0] != x) return false;
    std::vector<std::size_t> others = {mean, centred, square, variance, sum, root};
    std::size_t end = quotient;
    std::int64_t weights = 0;
    for (const char* type : {"Mul", "Add"}) {
      const std::size_t after = next(end);
      if (after == kNone || !with_constant(after, {type})) break;
      others.push_back(end);
      weights += steps_[after].p.given_weight_elements;
      end = after;
    }
    steps_[end].p.op.kind = OpKind::normalization;
    steps_[end].p.op.function = "layer";
    steps_[end].p.given_weight_elements = weights;
    become(end, others, x, "layer normalisation of its formula");
    return true;
  }

  std::vector<Step> steps_;
  std::vector<bool> dead_;
  const std::set<std::string>& kept_;
  std::map<std::string, std::vector<std::string>>& notes_;
  std::unordered_map<std::string, std::size_t> maker_;
  std::unordered_map<std::string, std::vector<std::size_t>> readers_;
};

}  // namespace

std::vector<Step> join_patterns(std::vector<Step> steps, const std::set<std::string>& kept,
                                std::map<std::string, std::vector<std::string>>& notes) {
  return Patterns(std::move(steps), kept, notes).join();
}

}  // namespace partita::foreign
