#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::diff {

/// A resource that has no twin of its key on the other side.
struct Unpaired {
  const manifest::ResourceKey* key = nullptr;
  const yaml::Node* body = nullptr;  ///< canonical
};

/// Which of the resources that went are those that came under another key, as indices (base, head), each at most once:
/// 1. the API group moved ("extensions" to "networking.k8s.io");
/// 2. of one kind and namespace, the names differ in a generated suffix only: kustomize's hash, the random end of a
///    Job's name, a version or a time;
/// 3. of one kind, at least three quarters of their values are the same (their own names do not count).
/// The same whatever the order of the resources; of thousands, not all are compared with all.
std::vector<std::pair<std::size_t, std::size_t>> pair_by_likeness(const std::vector<Unpaired>& base,
                                                                  const std::vector<Unpaired>& head);

/// The name without a generated suffix; the name itself when it has none.
std::string name_stem(std::string_view kind, std::string_view name);

}  // namespace towline::diff
