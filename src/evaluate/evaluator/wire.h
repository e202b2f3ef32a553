#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace towline::evaluate {

/// The last enumerator of an enum that crosses between processes; specialised beside its struct's fields.
template <class Enum>
inline constexpr Enum kLastOf = Enum{};

/// Whether a text may be a value of that strong type.
template <class Strong>
bool is_valid(const Strong& text);
template <>
bool is_valid(const CommitId& id);
template <>
bool is_valid(const BlobId& id);

/// Writes plain structs as bytes: integers and lengths little-endian, 8 and 4 bytes; structs as their fields in order,
/// by `fields(archive, struct)`, the same function that the Decoder uses.
class Encoder {
 public:
  template <class Type>
  using Ref = const Type&;

  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  std::string take() { return std::move(out_); }

 private:
  void put_number(std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out_ += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  }
  void put_count(std::size_t count) { put_number(count, 4); }

  void put(bool value) { out_ += value ? '\1' : '\0'; }
  template <std::integral Number>
  void put(Number value) {
    put_number(static_cast<std::uint64_t>(value), 8);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void put(Enum value) { out_ += static_cast<char>(static_cast<unsigned char>(value)); }
  void put(const std::string& text) {
    put_count(text.size());
    out_ += text;
  }
  template <class Kind>
  void put(const StrongString<Kind>& text) {
    put(text.str());
  }
  template <class Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class First, class Second>
  void put(const std::pair<First, Second>& pair) {
    put(pair.first);
    put(pair.second);
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    put_count(values.size());
    for (const Value& value : values) put(value);
  }
  template <class Struct>
  requires std::is_class_v<Struct>
  void put(const Struct& value) { fields(*this, value); }

  std::string out_;
};

/// Reads what an Encoder wrote. The bytes may come from a process that hostile content has taken over: a count is never
/// believed before its elements are there, nesting is bounded, enums and strong strings are checked. After the first
/// fault everything reads as empty, and `finish` says what it was.
class Decoder {
 public:
  template <class Type>
  using Ref = Type&;

  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }
  /// Error internal: the bytes are not a whole value of the type that was read, with why.
  Result<void> finish() const;

 private:
  static constexpr int kMaxDepth = 400;

  void refuse(const char* why) {
    if (fault_ == nullptr) fault_ = why;
    rest_ = {};
  }
  std::uint64_t number(std::size_t bytes) {
    if (rest_.size() < bytes) {
      refuse("it ends too early");
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(bytes);
    return value;
  }
  /// Each element takes a byte at least.
  std::size_t count() {
    const auto value = static_cast<std::size_t>(number(4));
    if (value <= rest_.size()) return value;
    refuse("a count is larger than what follows");
    return 0;
  }

  void get(bool& value) {
    const std::uint64_t read = number(1);
    if (read > 1) refuse("a flag is neither true nor false");
    value = read == 1;
  }
  template <std::integral Number>
  void get(Number& value) {
    const std::uint64_t read = number(8);
    value = static_cast<Number>(read);
    if (static_cast<std::uint64_t>(value) != read) refuse("a number is out of range");
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void get(Enum& value) {
    const std::uint64_t read = number(1);
    if (read > static_cast<std::uint64_t>(kLastOf<Enum>)) {
      refuse("an enum is out of range");
      return;
    }
    value = static_cast<Enum>(read);
  }
  void get(std::string& text) {
    const std::size_t size = count();
    text.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  template <class Kind>
  void get(StrongString<Kind>& text) {
    std::string read;
    get(read);
    text = StrongString<Kind>(std::move(read));
    if (!text.empty() && !is_valid(text)) refuse("a value is not of its type");
  }
  template <class Value>
  void get(std::optional<Value>& value) {
    bool is_there = false;
    get(is_there);
    value.reset();
    if (is_there) get(value.emplace());
  }
  template <class First, class Second>
  void get(std::pair<First, Second>& pair) {
    get(pair.first);
    get(pair.second);
  }
  template <class Value>
  void get(std::vector<Value>& values) {
    values.clear();
    const std::size_t size = count();
    // Grown as its elements are read: a count of small elements could ask for much more than the bytes that are there.
    for (std::size_t i = 0; i < size && fault_ == nullptr; ++i) get(values.emplace_back());
  }
  template <class Struct>
  requires std::is_class_v<Struct>
  void get(Struct& value) {
    if (++depth_ > kMaxDepth) {
      refuse("it is nested too deep");
    } else {
      fields(*this, value);
    }
    --depth_;
  }

  std::string_view rest_;
  const char* fault_ = nullptr;
  int depth_ = 0;
};

/// The fields of a struct, all of them, in order: naming fewer or more does not compile.
#define TOWLINE_FIELDS(Type, ...)                                             \
  template <class Archive>                                                    \
  void fields(Archive& archive, typename Archive::template Ref<Type> value) { \
    auto& [__VA_ARGS__] = value;                                              \
    archive(__VA_ARGS__);                                                     \
  }

template <class Value>
std::string encode(const Value& value) {
  Encoder encoder;
  encoder(value);
  return encoder.take();
}

/// Error internal: they are not the bytes of such a value.
template <class Value>
Result<Value> decode(std::string_view bytes) {
  Value value;
  Decoder decoder(bytes);
  decoder(value);
  CHECK_OK(decoder.finish());
  return value;
}

}  // namespace towline::evaluate
