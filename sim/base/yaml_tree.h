// The tree under Yaml, and what builds it. Internal to sim/base.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace partita::yaml_tree {

struct Place {
  int line = 1;
  int column = 1;
};

struct Node;

struct Entry {
  std::string key;
  Place at;  ///< Of the key.
  Node* value = nullptr;
  bool read = false;
};

struct Node {
  enum class Kind { null, scalar, sequence, map } kind = Kind::null;
  Place at;
  std::string scalar;
  std::vector<Node*> items;
  std::vector<Entry> entries;
  std::vector<std::string> asked;  ///< Keys somebody looked for, there or not: the known ones.
};

std::string locate(const std::string& name, Place at, const std::string& path);
std::string child_path(const std::string& parent, const std::string& key);
std::string item_path(const std::string& parent, std::size_t i);

/// Parses the only document of `text` into `nodes` and returns its root. Throws InputError.
Node* build(std::string_view text, const std::string& name, std::deque<Node>& nodes);

}  // namespace partita::yaml_tree
