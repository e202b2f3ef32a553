#pragma once

#include <optional>
#include <vector>

#include "diff/diff.h"
#include "yaml/node.h"

namespace towline::diff {

/// A resource on both sides, masked and canonical; one side is nullptr when it came or went.
struct ComparedResource {
  manifest::ResourceKey key;                 ///< at head, or at base when it went
  std::optional<manifest::ResourceKey> was;  ///< the key at base when it is another
  const yaml::Node* base = nullptr;
  const yaml::Node* head = nullptr;
};

/// What a reviewer must not overlook in this change, in the order of the table of dangers.
std::vector<Danger> dangers_of(const ComparedResource& resource);

}  // namespace towline::diff
