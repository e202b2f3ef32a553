#include <algorithm>
#include <array>

#include "base/text.h"
#include "image/rule.h"
#include "image/tag_time.h"

namespace towline::image {

namespace {

/// Names that each build takes over from the one before, so that what they name is not what was tried.
constexpr std::array<std::string_view, 18> kMovingTags = {
    "latest", "edge",    "nightly", "stable", "unstable", "main",    "master",  "trunk", "head",
    "dev",    "develop", "devel",   "next",   "canary",   "current", "rolling", "lts",   "release"};

bool is_moving(const std::string& tag) {
  const std::string word = to_lower(tag);
  return std::find(kMovingTags.begin(), kMovingTags.end(), word) != kMovingTags.end();
}

class NewestRule final : public Rule {
 public:
  explicit NewestRule(bool has_pattern) : has_pattern_(has_pattern) {}

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

  std::optional<Refusal> outside(const Subject& subject, const SortKey& /*key*/,
                                 const std::optional<Tag>& /*present*/) const override {
    const std::string& tag = subject.facts.tag.str();
    // Whoever writes a pattern says which tags are meant.
    if (has_pattern_ || !is_moving(tag)) return std::nullopt;
    return Refusal{RefusedBy::moving_tag,
                   quoted(tag) +
                       " moves from build to build; a 'pattern' that it matches would allow it, and 'digest' "
                       "follows what it names"};
  }

 private:
  bool has_pattern_;
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_newest(const SelectPolicy& policy) {
  return std::make_shared<const NewestRule>(!policy.pattern.empty());
}

}  // namespace towline::image
