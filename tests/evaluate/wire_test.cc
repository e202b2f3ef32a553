#include "evaluate/evaluator/wire.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

#include <rapidcheck.h>

#include "evaluate/evaluator/wire_types.h"

namespace towline::evaluate {
namespace {

/// Fills structs with values of all kinds, through the same `fields` functions.
class Filler {
 public:
  template <class Type>
  using Ref = Type&;

  explicit Filler(unsigned seed) : random_(seed) {}

  template <class... Values>
  void operator()(Values&... values) {
    (fill(values), ...);
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  std::string hex(std::size_t digits) {
    std::string text;
    while (text.size() < digits) text += "0123456789abcdef"[below(16)];
    return text;
  }

  void fill(bool& value) { value = below(2) == 1; }
  template <std::integral Number>
  void fill(Number& value) {
    value = static_cast<Number>(below(2) == 1 ? below(100) : random_());
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void fill(Enum& value) { value = static_cast<Enum>(below(static_cast<std::size_t>(kLastOf<Enum>) + 1)); }
  void fill(std::string& text) {
    text.clear();
    for (std::size_t size = below(12); size > 0; --size) text += static_cast<char>(below(256));
  }
  void fill(CommitId& id) { id = CommitId(below(4) == 0 ? "" : hex(40)); }
  void fill(BlobId& id) { id = BlobId(below(4) == 0 ? "" : hex(40)); }
  void fill(image::Tag& tag) { tag = image::Tag("v" + hex(3)); }
  void fill(image::Digest& digest) { digest = image::Digest("sha256:" + hex(64)); }
  template <class Value>
  void fill(std::optional<Value>& value) {
    value.reset();
    if (below(2) == 1) fill(value.emplace());
  }
  template <class First, class Second>
  void fill(std::pair<First, Second>& pair) {
    fill(pair.first);
    fill(pair.second);
  }
  template <class Value>
  void fill(std::vector<Value>& values) {
    values.clear();
    if (depth_ > 6) return;
    for (std::size_t size = below(4); size > 0; --size) fill(values.emplace_back());
  }
  template <class Struct>
  requires std::is_class_v<Struct>
  void fill(Struct& value) {
    ++depth_;
    fields(*this, value);
    --depth_;
  }

  std::mt19937_64 random_;
  int depth_ = 0;
};

template <class Value>
Value filled(unsigned seed) {
  Value value;
  Filler{seed}(value);
  return value;
}

template <class Value>
void check_round_trip(unsigned seed) {
  const auto value = filled<Value>(seed);
  const std::string bytes = encode(value);
  const auto read = decode<Value>(bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(encode(*read) == bytes);
}

TEST_CASE("what was written is read back, whatever it is") {
  CHECK(rc::check("evaluations and the rest", [](unsigned seed) {
    check_round_trip<evaluate::Evaluation>(seed);
    check_round_trip<std::vector<evaluate::ServiceState>>(seed);
    check_round_trip<std::vector<FileEdits>>(seed);
    check_round_trip<EvaluationQuestion>(seed);
    check_round_trip<EditsQuestion>(seed);
    check_round_trip<EvaluatorSettings>(seed);
    check_round_trip<Failure>(seed);
  }));
  const auto one = filled<evaluate::Evaluation>(7);
  const auto read = decode<evaluate::Evaluation>(encode(one)).value();
  CHECK(read.head == one.head);
  CHECK(read.findings == one.findings);
  CHECK(read.changed_paths == one.changed_paths);
  CHECK(read.diff_hash == one.diff_hash);
}

TEST_CASE("bytes that were tampered with are read as something else or refused") {
  CHECK(rc::check("changed, cut and lengthened evaluations", [](unsigned seed) {
    std::string bytes = encode(filled<evaluate::Evaluation>(seed));
    std::mt19937 random(seed);
    for (int change = 0; change < 20; ++change) {
      std::string other = bytes;
      other[random() % other.size()] = static_cast<char>(random());
      if (random() % 4 == 0) other.resize(random() % other.size());
      if (const auto read = decode<evaluate::Evaluation>(other)) RC_ASSERT(encode(*read) == other);
    }
    RC_ASSERT(!decode<evaluate::Evaluation>(bytes + "x").has_value());
    RC_ASSERT(!decode<evaluate::Evaluation>(bytes.substr(0, bytes.size() - 1)).has_value());
  }));
}

std::string refusal(const std::string& message) { return "a message of the evaluator cannot be read: " + message; }

TEST_CASE("a lie about a size, a flag, an enum, a depth or an id is refused with what it is") {
  CHECK(decode<std::string>("\xff\xff\xff\x7f"
                            "abc")
            .error()
            .message == refusal("a count is larger than what follows"));
  CHECK(decode<std::vector<std::string>>("\xff\xff\xff\x7f").error().message ==
        refusal("a count is larger than what follows"));
  CHECK(decode<bool>("\x02").error().message == refusal("a flag is neither true nor false"));
  CHECK(decode<policy::Level>("\x05").error().message == refusal("an enum is out of range"));
  CHECK(decode<policy::Level>("").error().message == refusal("it ends too early"));
  CHECK(decode<CommitId>(encode(std::string("../../etc"))).error().message == refusal("a value is not of its type"));
  CHECK(decode<image::Tag>(encode(std::string("a b"))).error().message == refusal("a value is not of its type"));
  diff::FieldChange deep;
  for (int i = 0; i < 500; ++i) {
    diff::FieldChange outer;
    outer.inside.push_back(std::move(deep));
    deep = std::move(outer);
  }
  CHECK(decode<diff::FieldChange>(encode(deep)).error().message == refusal("it is nested too deep"));
}

}  // namespace
}  // namespace towline::evaluate
