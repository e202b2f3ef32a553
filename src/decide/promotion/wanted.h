#pragma once

#include "decide/snapshot.h"

namespace towline::decide {

/// The service's state in the environment; nullptr when it is not there.
const evaluate::ServiceState* find_service(const RepoSnapshot& snapshot, std::string_view environment,
                                           std::string_view service);

/// Whether two lists name the same changes, in any order.
bool same_images(const std::vector<evaluate::ImageChange>& a, const std::vector<evaluate::ImageChange>& b);

/// Whether the bump leads to images that the closed pull request would have led to as well: equal versions, or equal
/// tags of which one is not pinned. Where they come from does not matter.
bool leads_to_same(const std::vector<evaluate::ImageChange>& wanted, const std::vector<evaluate::ImageChange>& refused);

}  // namespace towline::decide
