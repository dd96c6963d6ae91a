#include "sim/base/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>

#include "sim/base/files.h"
#include "sim/base/yaml_tree.h"

namespace partita {

using yaml_tree::child_path;
using yaml_tree::Entry;
using yaml_tree::item_path;
using yaml_tree::locate;
using yaml_tree::Node;

namespace {
constexpr std::uintmax_t kMostBytes = 64u << 20;
}  // namespace

struct Yaml::Document {
  std::string name;
  std::deque<Node> nodes;
};

struct Yaml::Impl {
  std::shared_ptr<Document> document;
  Node* node;
  std::string path;

  static std::shared_ptr<const Impl> child(const Impl& parent, Node* node, std::string path) {
    return std::make_shared<const Impl>(Impl{parent.document, node, std::move(path)});
  }
  /// The entry, marked read; null when absent.
  Entry* ask(std::string_view key) const {
    if (std::find(node->asked.begin(), node->asked.end(), key) == node->asked.end()) {
      node->asked.emplace_back(key);
    }
    for (Entry& entry : node->entries) {
      if (entry.key != key) continue;
      entry.read = true;
      return &entry;
    }
    return nullptr;
  }
};

Yaml Yaml::load_file(const std::filesystem::path& path) {
  return load_text(read_file(path, kMostBytes), path.string());
}

Yaml Yaml::load_text(std::string_view text, std::string name) {
  if (text.size() > kMostBytes) {
    throw InputError(fmt::format("{}: is larger than {} bytes", name, kMostBytes));
  }
  if (text.find('\0') != std::string_view::npos) {
    throw InputError(fmt::format("{}: is not text: it holds a zero byte", name));
  }
  auto document = std::make_shared<Document>();
  document->name = std::move(name);
  Node* root = yaml_tree::build(text, document->name, document->nodes);
  return Yaml(std::make_shared<const Impl>(Impl{std::move(document), root, ""}));
}

Yaml Yaml::at(std::string_view key) const {
  std::optional<Yaml> child = find(key);
  if (!child) {
    // The keys that are there: the one looked for may be among them, misspelt.
    std::vector<std::string> present;
    for (const Entry& entry : impl_->node->entries) present.push_back(entry.key);
    fail(fmt::format("key \"{}\" is missing; present: {}", key, join_choices(present)));
  }
  return *child;
}

std::optional<Yaml> Yaml::find(std::string_view key) const {
  if (!is_map()) fail("expected a mapping (key: value)");
  const Entry* entry = impl_->ask(key);
  if (!entry) return std::nullopt;
  return Yaml(Impl::child(*impl_, entry->value, child_path(impl_->path, entry->key)));
}

bool Yaml::has(std::string_view key) const {
  return find(key).has_value();
}

std::vector<std::pair<std::string, Yaml>> Yaml::entries() const {
  if (!is_map()) fail("expected a mapping (key: value)");
  std::vector<std::pair<std::string, Yaml>> out;
  for (Entry& entry : impl_->node->entries) {
    entry.read = true;
    out.emplace_back(entry.key,
                     Yaml(Impl::child(*impl_, entry.value, child_path(impl_->path, entry.key))));
  }
  return out;
}

std::vector<Yaml> Yaml::items() const {
  if (!is_sequence()) fail("expected a list");
  std::vector<Yaml> out;
  for (std::size_t i = 0; i < impl_->node->items.size(); ++i) {
    out.push_back(Yaml(Impl::child(*impl_, impl_->node->items[i], item_path(impl_->path, i))));
  }
  return out;
}

bool Yaml::is_map() const {
  return impl_->node->kind == Node::Kind::map;
}
bool Yaml::is_sequence() const {
  return impl_->node->kind == Node::Kind::sequence;
}
bool Yaml::is_scalar() const {
  return impl_->node->kind == Node::Kind::scalar;
}

std::string Yaml::text() const {
  if (impl_->node->kind == Node::Kind::null || (is_scalar() && impl_->node->scalar.empty())) {
    fail("the value is empty");
  }
  if (!is_scalar()) fail("expected a single value");
  return impl_->node->scalar;
}

double Yaml::number() const {
  return parse_number(text(), where());
}

std::int64_t Yaml::integer(std::int64_t least, std::int64_t most) const {
  const std::string s = text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error == std::errc::invalid_argument || end != s.data() + s.size()) {
    fail(fmt::format("\"{}\" is not a whole number", s.substr(0, 80)));
  }
  if (error != std::errc{} || value < least || value > most) {
    fail(fmt::format("{} is not between {} and {}", s.substr(0, 80), least, most));
  }
  return value;
}

bool Yaml::boolean() const {
  return choice("value", {"true", "false"}) == 0;
}

double Yaml::quantity(Dimension dimension) const {
  const std::string s = text();
  try {
    return parse_quantity(s, dimension);
  } catch (const InputError& e) {
    fail(e.what());
  }
}

std::size_t Yaml::choice(std::string_view what, const std::vector<std::string>& known) const {
  const std::string s = text();
  const auto it = std::find(known.begin(), known.end(), s);
  if (it == known.end()) throw_unknown(where(), what, s, known);
  return static_cast<std::size_t>(it - known.begin());
}

void Yaml::done() const {
  if (!is_map()) fail("expected a mapping (key: value)");
  for (const Entry& entry : impl_->node->entries) {
    if (entry.read) continue;
    throw_unknown(locate(impl_->document->name, entry.at, child_path(impl_->path, entry.key)),
                  "key", entry.key, impl_->node->asked);
  }
}

std::string Yaml::where() const {
  return locate(impl_->document->name, impl_->node->at, impl_->path);
}

void Yaml::fail(std::string_view problem) const {
  throw InputError(fmt::format("{}: {}", where(), problem));
}

int Yaml::line() const {
  return impl_->node->at.line;
}
const std::string& Yaml::path() const {
  return impl_->path;
}

std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view kReserved[] = {"null", "true", "false", "yes", "no", "on",
                                            "off",  "y",    "n",     "inf", "nan"};
  std::string folded;
  bool safe = !text.empty() && text.front() != ' ' && text.back() != ' ' && text.front() != '-' &&
              text.front() != '.';
  bool letter = false;  // All digits and points: another reader would take it for a number.
  for (const char c : text) {
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    letter = letter || (alpha && c != 'e' && c != 'E' && c != 'x');
    safe = safe && (alpha || (c >= '0' && c <= '9') ||
                    std::string_view("./+- ()").find(c) != std::string_view::npos);
  }
  for (const std::string_view word : kReserved) safe = safe && folded != word;
  if (safe && letter) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace partita
