#include "evaluate/evaluator/wire_types.h"

namespace towline::evaluate {

template <>
bool is_valid(const image::Tag& tag) {
  return image::parse_tag(tag.str()).has_value();
}

template <>
bool is_valid(const image::Digest& digest) {
  return image::parse_digest(digest.str()).has_value();
}

}  // namespace towline::evaluate
