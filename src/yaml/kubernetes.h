#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::yaml {

/// Reading as Argo CD and kubectl do it: k8s.io/apimachinery/pkg/util/yaml splits a file at the lines that begin with
/// "---", and sigs.k8s.io/yaml (go-yaml v2, a port of libyaml) decodes each part. Whatever these may read differently
/// is an error, so that a file is understood or refused.

/// The documents of a file, as `parse` gives them; aliases are not expanded. Error invalid: as `parse`, and
///  - a separator line with more than a comment behind it, or a document that follows the end of another without one,
///  - directives, which Kubernetes refuses,
///  - a byte order mark at the begin of a line, but for the first,
///  - text that libyaml or go-yaml refuses or reads differently from the other reader.
Result<std::vector<Document>> parse_as_kubernetes(std::string_view text, const Limits& limits = {});

/// The root as go-yaml v2 decodes it: aliases expanded, merge keys applied in the order in which they are written (so
/// that a merged entry replaces one that is written before it), keys as the strings that JSON has for them.
/// Error invalid: as `expand`, a tag other than those of the core schema, a value that does not fit its tag, a key that
/// is no scalar, null or not exactly known as a string.
Result<Node> decode_as_kubernetes(const Node& root, const Limits& limits = {});

}  // namespace towline::yaml
