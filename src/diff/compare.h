#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diff/diff.h"
#include "yaml/node.h"

namespace towline::diff {

/// The nodes of a canonical body that noise rules hide, with the rule.
using NoiseMarks = std::unordered_map<const yaml::Node*, std::string>;

/// What two nodes are that are compared.
struct Subject {
  std::string_view kind{};  ///< of the Kubernetes object; "" for something else, which has no merge keys nor quantities
  const NoiseMarks* base_marks = nullptr;
  const NoiseMarks* head_marks = nullptr;
  bool fold_list_order = true;  ///< hide moves where order means nothing
};

/// The fields in which two canonical nodes differ.
std::vector<FieldChange> compare(const yaml::Node& base, const yaml::Node& head, const Subject& subject = {});

}  // namespace towline::diff
