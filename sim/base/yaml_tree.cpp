#include "sim/base/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "sim/base/error.h"

namespace partita::yaml_tree {
namespace {

constexpr std::size_t kMostLevels = 64;

Place place(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

/// Builds our own tree from the parser's events: the library's tree drops duplicate keys and key
/// positions, and follows aliases.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<Node>& nodes, const std::string& name) : nodes_(nodes), name_(name) {}

  Node* root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) fail(mark, "a second YAML document; one is expected");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    plain(mark, "", anchor);
    if (at_key()) fail(mark, "a key is empty");
    add(mark, Node::Kind::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases (*name) are not accepted; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    plain(mark, tag, anchor);
    if (at_key()) {
      add_key(mark, value);
    } else {
      add(mark, Node::Kind::scalar)->scalar = value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Open {
    Node* node;
    std::unordered_map<std::string, int> lines;  // Of each key so far.
  };

  bool at_key() const {
    if (open_.empty() || open_.back().node->kind != Node::Kind::map) return false;
    const auto& entries = open_.back().node->entries;
    return entries.empty() || entries.back().value != nullptr;
  }

  std::string path() const {
    std::string out;
    for (const Open& o : open_) {
      if (o.node->kind == Node::Kind::map) {
        if (!o.node->entries.empty()) out = child_path(out, o.node->entries.back().key);
      } else if (&o != &open_.back() || !o.node->items.empty()) {
        out = item_path(out, o.node->items.empty() ? 0 : o.node->items.size() - 1);
      }
    }
    return out;
  }

  [[noreturn]] void fail(const YAML::Mark& mark, std::string_view problem) const {
    throw InputError(fmt::format("{}: {}", locate(name_, place(mark), path()), problem));
  }

  void plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) fail(mark, "anchors (&name) are not accepted");
    if (!tag.empty() && tag != "?" && tag != "!") {
      fail(mark, fmt::format("tags are not accepted ({})", tag));
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    plain(mark, tag, anchor);
    if (at_key()) fail(mark, "a key must be a name");
    if (open_.size() >= kMostLevels) {
      fail(mark, fmt::format("nested deeper than {} levels", kMostLevels));
    }
    open_.push_back({add(mark, kind), {}});
  }

  void add_key(const YAML::Mark& mark, const std::string& key) {
    if (key.empty()) fail(mark, "a key is empty");
    if (key == "<<") fail(mark, "merge keys (<<) are not accepted");
    Open& top = open_.back();
    const auto [it, fresh] = top.lines.emplace(key, place(mark).line);
    top.node->entries.push_back({key, place(mark), nullptr, false});
    if (!fresh) fail(mark, fmt::format("duplicate key \"{}\", first on line {}", key, it->second));
  }

  Node* add(const YAML::Mark& mark, Node::Kind kind) {
    Node* node = &nodes_.emplace_back();
    node->kind = kind;
    node->at = place(mark);
    if (open_.empty()) {
      root_ = node;
    } else if (Node* parent = open_.back().node; parent->kind == Node::Kind::map) {
      parent->entries.back().value = node;
    } else {
      parent->items.push_back(node);
    }
    return node;
  }

  std::deque<Node>& nodes_;
  const std::string& name_;
  Node* root_ = nullptr;
  std::vector<Open> open_;
};

}  // namespace

std::string locate(const std::string& name, Place at, const std::string& path) {
  return fmt::format("{}:{}:{}{}{}", name, at.line, at.column, path.empty() ? "" : ": ", path);
}

std::string child_path(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

std::string item_path(const std::string& parent, std::size_t i) {
  return fmt::format("{}[{}]", parent, i);
}

Node* build(std::string_view text, const std::string& name, std::deque<Node>& nodes) {
  TreeBuilder builder(nodes, name);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    throw InputError(fmt::format("{}: not YAML: {}", locate(name, place(e.mark), ""), e.msg));
  }
  if (!builder.root()) throw InputError(fmt::format("{}:1:1: is empty", name));
  return builder.root();
}

}  // namespace partita::yaml_tree
