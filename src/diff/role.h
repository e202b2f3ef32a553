#pragma once

#include <string>

#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::diff {

/// What a reader must know of an object: "Helm hook pre-install, pre-upgrade", "Argo CD hook PreSync",
/// "CRD of Widget (acme.io)", "namespace"; "" of most.
std::string role_of(const manifest::ResourceKey& key, const yaml::Node& body);

/// Whether a hook makes the object anew at each sync, so that no field of it is immutable.
bool is_hook(const yaml::Node& body);

/// The text of an annotation; "" when there is none.
std::string_view annotation(const yaml::Node& body, std::string_view name);

/// Whether the annotation, a list with commas, has the word.
bool has_option(const yaml::Node& body, std::string_view annotation_name, std::string_view word);

}  // namespace towline::diff
