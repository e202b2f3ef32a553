#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "image/reference.h"

namespace towline::engine {

/// A queue key taken apart: "pull:gitea/acme/infra#12" or "repo:gitea/acme/infra".
struct Key {
  std::string forge;
  RepoName repo;
  std::optional<PullNumber> pull;
};
std::optional<Key> parse_key(std::string_view text);
/// "image:ghcr.io/acme/pay": the image is to be looked at at its registry.
std::string image_key(const image::ImageName& name);
std::optional<image::ImageName> parse_image_key(std::string_view text);
/// "gitea/acme/infra"
std::string repo_id(std::string_view forge, const RepoName& repo);

}  // namespace towline::engine
