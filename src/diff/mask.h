#pragma once

#include "base/secret.h"
#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::diff {

/// Whether the object is a v1 Secret.
bool is_secret(const manifest::Resource& resource);

/// Replaces the values of a v1 Secret's canonical body by "<masked 1f2e3d4c>"; true when there were any.
bool mask_secret(yaml::Node& body, const Secret& key);

}  // namespace towline::diff
