#pragma once

#include "base/secret.h"
#include "yaml/node.h"

namespace towline::diff {

/// Replaces the values of every v1 Secret in a canonical body by "<masked 1f2e3d4c5b6a7980>"; true when there were any.
/// Secrets are looked for everywhere: as the body itself, as an object within another, and in texts that hold
/// manifests (files in ConfigMaps, last-applied annotations). Of a Secret all but its identity, its type and its
/// metadata is masked, so that a misspelt field leaks nothing. A text with a Secret is shown as its masked documents,
/// or masked as a whole where it cannot be read. In all other objects, what looks like a credential by its form or its
/// name is masked too (base/credential_text.h): in ConfigMaps, environment variables, arguments, annotations,
/// parameters of charts, and texts.
bool mask_secrets(yaml::Node& body, const Secret& key);

}  // namespace towline::diff
