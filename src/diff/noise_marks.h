#pragma once

#include <string>
#include <vector>

#include "diff/compare.h"
#include "diff/field_selector.h"
#include "diff/noise.h"
#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::diff {

/// Noise rules made ready to use.
class Noise {
 public:
  /// `ignore_differences`: the application's own, beside those of the rules.
  Noise(const NoiseRules& rules, const std::vector<discovery::IgnoreDifference>& ignore_differences);

  /// What the rules ask for and cannot have, in sentences: unsupported paths, managers of fields.
  const std::vector<std::string>& remarks() const { return remarks_; }

  /// The nodes of the object's canonical body that a rule hides. A mapping of which every entry is hidden is hidden.
  NoiseMarks marks(const manifest::ResourceKey& key, const yaml::Node& body) const;

  bool folds_list_order() const { return rules_.list_order; }

 private:
  struct Ignored {
    discovery::IgnoreDifference objects;  ///< whose
    std::string name;                     ///< of the rule
    FieldSelector selector;
  };

  void add(const discovery::IgnoreDifference& rule);
  void add_path(const discovery::IgnoreDifference& rule, const std::string& path, Result<FieldSelector> selector);

  NoiseRules rules_;
  std::vector<Ignored> ignored_;
  std::vector<std::string> remarks_;
};

}  // namespace towline::diff
