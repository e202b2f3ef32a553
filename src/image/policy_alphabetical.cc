#include "image/rule.h"

namespace towline::image {

namespace {

class AlphabeticalRule final : public Rule {
 public:
  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    return SortKey(std::string(subject.text));
  }
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_alphabetical(const SelectPolicy& /*policy*/) {
  return std::make_shared<const AlphabeticalRule>();
}

}  // namespace towline::image
