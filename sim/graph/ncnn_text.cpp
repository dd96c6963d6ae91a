#include "sim/graph/ncnn_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita::ncnn {
namespace {

constexpr int kArrayBase = -23300;  // Parameter id n as an array is written -23300 - n.
constexpr int kShapeHints = 30;
constexpr int kMostId = 31;
constexpr std::size_t kMostLayers = 100'000;

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool parse(std::string_view text, std::int64_t& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size();
}

}  // namespace

class LineReader {
 public:
  LineReader(Layer& layer, std::string place) : layer_(layer), place_(std::move(place)) {}

  void read(std::string_view line) {
    words_ = split(line, " \t\r");
    layer_.where = place_;
    if (words_.size() < 4) layer_.fail("expected `type name inputs outputs ...`");
    layer_.type = words_[0];
    layer_.name = words_[1];
    layer_.where = fmt::format("{}: {} {}", place_, layer_.type, layer_.name);
    const std::size_t ins = count(2, "inputs"), outs = count(3, "outputs");
    if (words_.size() - 4 < ins + outs) {
      layer_.fail(fmt::format("{} inputs and {} outputs announced, but the line ends", ins, outs));
    }
    const auto first = words_.begin() + 4;
    layer_.inputs.assign(first, first + static_cast<std::ptrdiff_t>(ins));
    layer_.outputs.assign(first + static_cast<std::ptrdiff_t>(ins),
                          first + static_cast<std::ptrdiff_t>(ins + outs));
    for (std::size_t i = 4 + ins + outs; i < words_.size(); ++i) param(words_[i]);
    hints();
  }

 private:
  std::size_t count(std::size_t word, std::string_view what) const {
    std::int64_t value = 0;
    if (!parse(words_[word], value) || value < 0 ||
        value > static_cast<std::int64_t>(kMostLayers)) {
      layer_.fail(fmt::format("\"{}\" is no number of {}", words_[word], what));
    }
    return static_cast<std::size_t>(value);
  }

  void param(const std::string& word) {
    const std::size_t equals = word.find('=');
    std::int64_t id = 0;
    if (equals == std::string::npos || !parse(std::string_view(word).substr(0, equals), id)) {
      layer_.fail("expected id=value, got \"" + word + "\"");
    }
    Layer::Param value;
    value.array = id <= kArrayBase;
    if (value.array) id = kArrayBase - id;
    if (id < 0 || id > kMostId)
      layer_.fail(fmt::format("parameter id of \"{}\" is not in 0..{}", word, kMostId));
    const std::string_view rest = std::string_view(word).substr(equals + 1);
    value.values = value.array ? split(rest, ",") : std::vector{std::string(rest)};
    if (value.array) {
      std::int64_t size = 0;
      if (value.values.empty() || !parse(value.values[0], size) ||
          size != static_cast<std::int64_t>(value.values.size()) - 1) {
        layer_.fail("array \"" + word + "\" does not hold as many values as it says");
      }
      value.values.erase(value.values.begin());
    }
    if (!layer_.params_.emplace(static_cast<int>(id), std::move(value)).second) {
      layer_.fail(fmt::format("parameter {} is given twice", id));
    }
  }

  /// dims, w, h, c of every output.
  void hints() {
    const std::vector<std::int64_t> flat = layer_.integers(kShapeHints);
    if (flat.empty()) return;
    if (flat.size() != 4 * layer_.outputs.size())
      layer_.fail("expected four shape numbers for each output");
    for (std::size_t i = 0; i < flat.size(); i += 4) {
      if (flat[i] < 1 || flat[i] > 3) layer_.fail(fmt::format("a shape of {} axes", flat[i]));
      Shape shape = {1};
      for (std::int64_t axis = flat[i]; axis >= 1; --axis)
        shape.push_back(flat[i + static_cast<std::size_t>(axis)]);
      layer_.hints.push_back(std::move(shape));
    }
  }

  Layer& layer_;
  std::string place_;
  std::vector<std::string> words_;
};

void Layer::fail(const std::string& problem) const {
  throw InputError(where + ": " + problem);
}

Layer::Param* Layer::find(int id, bool array) {
  asked_.push_back(id);
  const auto found = params_.find(id);
  if (found == params_.end()) return nullptr;
  if (found->second.array != array)
    fail(fmt::format("parameter {} must be {}", id, array ? "an array" : "one value"));
  found->second.read = true;
  return &found->second;
}

std::int64_t Layer::to_integer(int id, const std::string& text) const {
  std::int64_t value = 0;
  if (!parse(text, value)) fail(fmt::format("parameter {}: \"{}\" is no whole number", id, text));
  return value;
}

std::int64_t Layer::integer(int id, std::int64_t least, std::int64_t most) {
  const Param* param = find(id, false);
  if (param == nullptr) fail(fmt::format("parameter {} is missing", id));
  const std::int64_t value = to_integer(id, param->values[0]);
  if (value < least || value > most)
    fail(fmt::format("parameter {} = {} is not in {}..{}", id, value, least, most));
  return value;
}

std::int64_t Layer::integer(int id, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  if (!has(id)) asked_.push_back(id);
  return has(id) ? integer(id, least, most) : fallback;
}

double Layer::number(int id, double fallback) {
  const Param* param = find(id, false);
  return param == nullptr
             ? fallback
             : parse_number(param->values[0], fmt::format("{}: parameter {}", where, id));
}

std::vector<std::int64_t> Layer::integers(int id) {
  std::vector<std::int64_t> values;
  if (const Param* param = find(id, true)) {
    for (const std::string& text : param->values) values.push_back(to_integer(id, text));
  }
  return values;
}

std::size_t Layer::array_size(int id) {
  const Param* param = find(id, true);
  return param == nullptr ? 0 : param->values.size();
}

void Layer::ignore(std::initializer_list<int> ids) {
  for (int id : ids) {
    asked_.push_back(id);
    if (const auto found = params_.find(id); found != params_.end()) found->second.read = true;
  }
}

void Layer::done() const {
  for (const auto& [id, param] : params_) {
    if (param.read) continue;
    std::set<int> known(asked_.begin(), asked_.end());
    fail(fmt::format("unknown parameter {}; known: {}", id, fmt::join(known, ", ")));
  }
}

std::vector<Layer> read_layers(std::string_view text, const std::string& file) {
  std::vector<Layer> layers;
  std::set<std::string> tensors;
  std::int64_t said_layers = -1, said_tensors = -1;
  std::size_t number = 0;
  bool magic = false;
  auto place = [&] { return fmt::format("{}:{}", file, number); };
  auto check = [&](bool fine, const std::string& problem) {
    if (!fine) throw InputError(place() + ": " + problem);
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::vector<std::string> words = split(line, " \t\r");
    if (words.empty()) continue;
    if (!magic) {
      check(words.size() == 1 && words[0] == "7767517",
            "not an ncnn .param text: it must begin with 7767517");
      magic = true;
    } else if (said_layers < 0) {
      check(words.size() == 2 && parse(words[0], said_layers) && parse(words[1], said_tensors) &&
                said_layers > 0 && said_layers <= static_cast<std::int64_t>(kMostLayers) &&
                said_tensors > 0,
            "expected the numbers of layers (1..100000) and tensors");
    } else {
      Layer& layer = layers.emplace_back();
      LineReader(layer, place()).read(line);
      for (const std::string& input : layer.inputs) {
        if (tensors.count(input) == 0)
          layer.fail("reads tensor \"" + input + "\", which no layer before it makes");
      }
      for (const std::string& output : layer.outputs) {
        if (!tensors.insert(output).second) layer.fail("a second tensor named \"" + output + "\"");
      }
    }
  }
  ++number;
  check(said_layers >= 0, "the file ends before its layers");
  // ncnn stops at the announced number; a Noop after it (nanodet_m has one) changes nothing.
  while (layers.size() > static_cast<std::size_t>(said_layers) && layers.back().type == "Noop") {
    for (const std::string& output : layers.back().outputs) tensors.erase(output);
    layers.pop_back();
  }
  check(layers.size() == static_cast<std::size_t>(said_layers),
        fmt::format("{} layers announced, {} found", said_layers, layers.size()));
  check(tensors.size() == static_cast<std::size_t>(said_tensors),
        fmt::format("{} tensors announced, {} found", said_tensors, tensors.size()));
  return layers;
}

}  // namespace partita::ncnn
