#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/application_set.h"
#include "discovery/application_set_fill.h"
#include "discovery/tree_index.h"
#include "gotemplate/value.h"
#include "yaml/node.h"

namespace towline::discovery {

inline constexpr std::size_t kMaxApplications = 10'000;  ///< of one ApplicationSet

/// "line 7: …", the line of the node.
tl::unexpected<Error> wrong(const yaml::Node& node, const std::string& what);
/// Error invalid: more than kMaxApplications.
Result<void> check_count(const yaml::Node& node, std::size_t count);

/// The parameters of one Application.
struct ParameterSet {
  gotemplate::GoMap parameters;
  std::set<std::string> made_from;
};

/// What a kind of generator makes, and the template that stands beside it.
struct Generated {
  std::vector<ParameterSet> sets;
  const yaml::Node* own_template = nullptr;
};

/// Runs generators. `index` and `clusters` must outlive it.
class Generators {
 public:
  Generators(const TreeIndex& index, const std::vector<Cluster>& clusters, SetStyle style)
      : index_(index), clusters_(clusters), style_(style) {}

  /// An item of `generators`, which names one generator or more. Error invalid: "line 7: …".
  Result<std::vector<Generated>> run(const yaml::Node& item);

 private:
  using Sets = std::vector<ParameterSet>;

  Result<Sets> run_kind(const std::string& kind, const yaml::Node& node, int depth);
  Result<Sets> run_list(const yaml::Node& node);
  Result<Sets> run_clusters(const yaml::Node& node);
  Result<Sets> run_git(const yaml::Node& node);
  Result<Sets> run_directories(const yaml::Node& node);
  Result<Sets> run_files(const yaml::Node& node);
  Result<Sets> run_matrix(const yaml::Node& node, int depth);
  Result<Sets> run_merge(const yaml::Node& node, int depth);

  /// A generator within matrix or merge, with the parameters of the one before it filled in.
  Result<Sets> run_child(const yaml::Node& item, const ParameterSet* before, int depth);
  Result<Sets> selected(const yaml::Node& item, Sets sets) const;
  Result<gotemplate::GoMap> read_element(const yaml::Node& element) const;
  Result<void> take_matching(const std::vector<yaml::Node>& items) const;
  Result<void> check_submodules(const yaml::Node& node) const;
  Result<TreeIndex::Followed> target_of(const git::TreeEntry& entry, const yaml::Node& node) const;
  Result<void> read_file(const git::TreeEntry& entry, const yaml::Node& node, Sets& out) const;
  Result<void> add_values(const yaml::Node& node, ParameterSet& set) const;
  void add_path(const yaml::Node& node, const std::string& path, const std::string& file,
                gotemplate::GoMap& parameters) const;
  gotemplate::GoMap parameters_of(const Cluster& cluster) const;

  const TreeIndex& index_;
  const std::vector<Cluster>& clusters_;
  SetStyle style_;
};

/// Kubernetes' label selector over any texts; nullptr selects all. Error invalid: "line 5: …".
Result<bool> selects(const yaml::Node* selector, const std::map<std::string, std::string, std::less<>>& labels);

}  // namespace towline::discovery
