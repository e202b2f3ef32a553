#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/select.h"

namespace towline::image {

// One policy of each kind, with its main key.
SelectPolicy semver(std::string range);
SelectPolicy newest(std::string pattern = {});
SelectPolicy numeric(std::string pattern = {});
SelectPolicy alphabetical(std::string pattern = {});
SelectPolicy digest(std::string tag);
SelectPolicy any_variant(SelectPolicy policy);
SelectPolicy ignoring(SelectPolicy policy, std::vector<std::string> ignore);

/// Fails the test when the policy is wrong.
Selector selector_of(const SelectPolicy& policy);

TimePoint at(std::string_view time);
TagFacts facts(std::string_view tag);
TagFacts built(std::string_view tag, std::string_view time);
std::vector<TagFacts> facts_of(const std::vector<std::string>& texts);

/// "(none)" when no tag is accepted.
std::string picked(const SelectPolicy& policy, const std::vector<TagFacts>& tags,
                   const std::optional<Tag>& present = std::nullopt);

}  // namespace towline::image
