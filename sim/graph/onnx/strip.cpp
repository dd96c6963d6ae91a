// Steps through protobuf's wire format (protobuf.dev/programming-guides/encoding) with the field
// numbers of onnx.proto: a model of 2 GB costs the memory of its structure.
#include "sim/graph/onnx/strip.h"

#include <fmt/format.h>

#include "sim/base/error.h"

namespace partita::onnx_reader {
namespace {

constexpr std::uint64_t kMostData = 8192;                      ///< Bytes of a tensor's values.
constexpr std::uint64_t kMostKept = std::uint64_t{128} << 20;  ///< Bytes of structure.
constexpr int kMostDepth = 60;                                 ///< Protobuf itself allows 100.

enum class Message { model, graph, node, attribute, tensor, sparse, function, other };

/// What a length-delimited field of a message is.
Message inside(Message message, std::uint64_t field) {
  switch (message) {
    case Message::model:
      return field == 7 ? Message::graph : field == 25 ? Message::function : Message::other;
    case Message::graph:
      return field == 1    ? Message::node
             : field == 5  ? Message::tensor
             : field == 15 ? Message::sparse
                           : Message::other;
    case Message::function:
      return field == 7 ? Message::node : Message::other;
    case Message::node:
      return field == 5 ? Message::attribute : Message::other;
    case Message::attribute:
      if (field == 5 || field == 10) return Message::tensor;
      if (field == 6 || field == 11) return Message::graph;
      return field == 22 || field == 23 ? Message::sparse : Message::other;
    case Message::sparse:
      return field == 1 || field == 2 ? Message::tensor : Message::other;
    default:
      return Message::other;
  }
}

/// Of a TensorProto: float, int32, string, int64, raw, double, uint64 data.
bool is_data(std::uint64_t field) {
  return (field >= 4 && field <= 7) || (field >= 9 && field <= 11);
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>((value & 127) | 128);
  out += static_cast<char>(value);
}

class Stripper {
 public:
  Stripper(std::istream& in, std::uint64_t size, const std::string& file)
      : in_(in), size_(size), file_(file) {}

  /// A message that ends at byte `end`.
  std::string message(Message kind, std::uint64_t end, int depth) {
    if (depth > kMostDepth) fail("nested too deep");
    std::string out;
    while (at_ < end) {
      const std::uint64_t key = varint(end), field = key >> 3;
      if (field == 0 || key > 0xffffffffu) fail("not an ONNX file");
      switch (key & 7) {
        case 0:
          number(out, kind, key, varint(end));
          break;
        case 1:
          fixed(out, kind, key, 8, end);
          break;
        case 2:
          bytes(out, kind, key, end, depth);
          break;
        case 5:
          fixed(out, kind, key, 4, end);
          break;
        default:  // Groups: no ONNX file has them.
          fail("not an ONNX file");
      }
    }
    return out;
  }

 private:
  [[noreturn]] void fail(const char* problem) const {
    throw InputError(fmt::format("{}: byte {}: {}", file_, at_, problem));
  }
  void keep(std::uint64_t bytes) {
    kept_ += bytes;
    if (kept_ > kMostKept) fail("more than 128 MiB beside the weights");
  }
  std::uint64_t varint(std::uint64_t end) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ >= end) fail("the file is cut off or damaged");
      const int byte = in_.get();
      if (byte == std::istream::traits_type::eof()) fail("the file is cut off");
      ++at_;
      if (shift < 64) value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    fail("not an ONNX file");
  }
  void number(std::string& out, Message kind, std::uint64_t key, std::uint64_t value) {
    // Values that are not packed come one by one; many are weights.
    if (kind == Message::tensor && is_data(key >> 3) && ++unpacked_ > kMostData) return;
    keep(16);
    put_varint(out, key);
    put_varint(out, value);
  }
  void fixed(std::string& out, Message kind, std::uint64_t key, std::uint64_t size,
             std::uint64_t end) {
    const std::string value = read(size, end);
    if (kind == Message::tensor && is_data(key >> 3) && ++unpacked_ > kMostData) return;
    keep(16);
    put_varint(out, key);
    out += value;
  }
  void bytes(std::string& out, Message kind, std::uint64_t key, std::uint64_t end, int depth) {
    const std::uint64_t length = varint(end), field = key >> 3;
    if (length > end - at_) fail("the file is cut off or damaged");
    if (kind == Message::tensor && is_data(field) && length > kMostData) return skip(length);
    const Message type = inside(kind, field);
    std::string value;
    if (type == Message::other) {
      keep(length + 16);
      value = read(length, end);
    } else {
      if (type == Message::tensor) unpacked_ = 0;
      keep(16);
      value = message(type, at_ + length, depth + 1);
    }
    put_varint(out, key);
    put_varint(out, value.size());
    out += value;
  }
  std::string read(std::uint64_t length, std::uint64_t end) {
    if (length > end - at_) fail("the file is cut off or damaged");
    std::string value(length, '\0');
    in_.read(value.data(), static_cast<std::streamsize>(length));
    if (static_cast<std::uint64_t>(in_.gcount()) != length) fail("the file is cut off");
    at_ += length;
    return value;
  }
  void skip(std::uint64_t length) {
    at_ += length;
    in_.seekg(static_cast<std::streamoff>(at_));
    if (!in_ || at_ > size_) fail("the file is cut off");
  }

  std::istream& in_;
  std::uint64_t size_, at_ = 0, kept_ = 0, unpacked_ = 0;
  const std::string& file_;
};

}  // namespace

std::string without_weights(std::istream& in, std::uint64_t size, const std::string& file) {
  if (size == 0) throw InputError(file + ": the file is empty");
  return Stripper(in, size, file).message(Message::model, size, 0);
}

}  // namespace partita::onnx_reader
