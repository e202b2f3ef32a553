#pragma once

#include <span>
#include <string_view>

namespace towline::render {

/// The kinds of Kubernetes itself that can be listed and watched, "version/Kind" or "group/version/Kind", as of 1.34.
/// Argo CD and Flux tell helm the kinds of the cluster, which it does not know by itself: it has the versions only.
std::span<const std::string_view> kubernetes_kinds();

}  // namespace towline::render
