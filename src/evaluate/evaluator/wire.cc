#include "evaluate/evaluator/wire.h"

#include <algorithm>

namespace towline::evaluate {
namespace {

bool is_object_id(const std::string& text) {
  constexpr std::size_t kDigits = 40;
  return text.size() == kDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

template <>
bool is_valid(const CommitId& id) {
  return is_object_id(id.str());
}

template <>
bool is_valid(const BlobId& id) {
  return is_object_id(id.str());
}

Result<void> Decoder::finish() const {
  const char* fault = fault_ != nullptr ? fault_ : rest_.empty() ? nullptr : "something follows its end";
  if (fault == nullptr) return {};
  return fail(ErrorKind::internal, "a message of the evaluator cannot be read: " + std::string(fault));
}

}  // namespace towline::evaluate
