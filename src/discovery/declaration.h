#pragma once

#include <string>

#include "yaml/node.h"

namespace towline::discovery {

/// What an Application, Kustomization or HelmRelease says beside what its rendering shows: where it goes (destination,
/// kubeConfig), how it is synced (syncPolicy, prune, suspend), from which repository and revision. As YAML, without its
/// status and without the fields of its sources that only shape what is rendered (path, Helm values, kustomize
/// options).
std::string declaration_of(const yaml::Node& root);

}  // namespace towline::discovery
