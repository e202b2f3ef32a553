#pragma once

#include <string>
#include <vector>

#include "policy/finding.h"

namespace towline::policy {

/// What a rule says about one resource, before it is known what violations count as.
struct Violation {
  std::string field;  ///< "spec.template.spec.containers[0].image", "" for the whole resource
  std::string message;
  std::string remedy;
};

std::vector<Violation> unpinned_images(const manifest::Resource& resource);
std::vector<Violation> raw_secrets(const manifest::Resource& resource);
std::vector<Violation> missing_requests(const manifest::Resource& resource);

}  // namespace towline::policy
