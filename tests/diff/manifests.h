#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "diff/diff.h"
#include "manifest/object.h"

namespace towline::diff::test {

inline std::vector<manifest::Resource> resources(std::string_view text) {
  return manifest::parse_manifests("test.yaml", text, "pay").resources;
}

inline Diff diff_of(std::string_view base, std::string_view head) {
  return diff_resources(resources(base), resources(head), Secret("key"));
}

/// The changes as a reader sees them.
inline std::string shown(const Diff& diff) {
  std::string text;
  for (const Change& change : diff.changes) {
    text += std::string(to_string(change.kind)) + " " + change.key.str() + "\n" + to_text(change);
  }
  return text;
}

/// A ConfigMap whose `data` is the text, for what is about fields alone.
inline std::string config_map(std::string_view fields) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n" + std::string(fields);
}

}  // namespace towline::diff::test
