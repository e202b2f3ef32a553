#include "image/rule.h"
#include "image/tag_time.h"

namespace towline::image {

namespace {

class NewestRule final : public Rule {
 public:
  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    const std::optional<TimePoint>& created = subject.facts.created;
    const bool told = created && is_build_time(*created);
    // Whoever names the timestamp in the pattern means it; found by chance, it is the poorer witness.
    if (told && !subject.named) return SortKey(*created);
    if (const auto time = time_in_tag(subject.text)) return SortKey(*time);
    if (told) return SortKey(*created);
    const std::string tag = quoted(subject.facts.tag.str());
    if (created)
      return tl::unexpected(Refusal{RefusedBy::build_time, "the registry says that " + tag + " was built at " +
                                                               format_time(*created) +
                                                               ", which no image was, and it has no timestamp in it"});
    return tl::unexpected(Refusal{RefusedBy::build_time, "when " + tag +
                                                             " was built is not known: the registry has not told, and "
                                                             "it has no timestamp in it"});
  }
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_newest(const SelectPolicy& /*policy*/) {
  return std::make_shared<const NewestRule>();
}

}  // namespace towline::image
