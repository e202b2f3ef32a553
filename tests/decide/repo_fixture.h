#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fixture.h"

namespace towline::decide {

inline constexpr const char* kPay = "ghcr.io/acme/pay";

using Changes = std::vector<evaluate::ImageChange>;

/// A service whose file has one `image:` line for each reference.
evaluate::ServiceState service(std::string environment, std::string name, const std::vector<std::string>& references);
KnownImage known(std::string_view image, std::string_view tag, std::optional<image::Digest> of = std::nullopt);
/// kPay with that tag, built then.
KnownImage built(std::string_view tag, std::string_view created);
/// A repository with the usual configuration and no pull request.
RepoSnapshot repo(std::vector<evaluate::ServiceState> services, std::vector<KnownImage> known_images);
/// What dev's images are selected by: `semver: ">=1"`.
void select(RepoSnapshot& snapshot, std::string_view policy);

Plan decided(const RepoSnapshot& snapshot);
std::vector<evaluate::ImageChange> wanted(const RepoSnapshot& snapshot);
std::vector<std::string> refused(const RepoSnapshot& snapshot);

}  // namespace towline::decide
