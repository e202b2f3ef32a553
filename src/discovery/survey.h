#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/application.h"
#include "discovery/inputs.h"
#include "discovery/own_repository.h"
#include "discovery/tree_index.h"
#include "discovery/tree_reads.h"
#include "git/repository.h"

namespace towline::discovery {

/// What the changes of one application are looked for in.
struct ApplicationInputs {
  struct OfSource {
    std::optional<std::string> directory;  ///< all of which belongs to it, read or not
    std::optional<Inputs> inputs;          ///< nullopt: too many to know, so that anything may touch it
  };
  std::vector<OfSource> sources;
  TreeReads reads;  ///< what they were found by
  /// How many paths are kept of it.
  std::size_t size() const;

  static Result<ApplicationInputs> of(const TreeIndex& index, const Application& application);
  bool touched_by(const Application& application, const std::vector<std::string>& changed_paths) const;
  /// Through what its sources read, not through what declares it.
  bool sources_touched_by(const std::vector<std::string>& changed_paths) const;
};

/// The applications of one state of a repository and what each of them reads. It knows what these answers were found
/// by, so that those of a similar state are found by what differs: what nothing of that touches is taken over.
class Survey {
 public:
  /// What is asked beside the state.
  struct Question {
    std::vector<std::string> service_directories;
    std::vector<Cluster> clusters;
    OwnRepository own{};
    /// The addresses are not compared: those that a base taught give the same answer there.
    bool operator==(const Question& other) const {
      return service_directories == other.service_directories && clusters == other.clusters &&
             own.name == other.own.name && own.branch == other.own.branch;
    }
  };
  static Result<Survey> make(const TreeIndex& index, Question question, DeclarationScreen* screen);
  /// Of the state `after`, which `changes` make of this one's. The same as `make` would give.
  Result<Survey> updated(const TreeIndex& after, const TreeChanges& changes, Question question,
                         DeclarationScreen* screen) const;

  const Discovered& discovered() const { return found_->discovered; }
  /// The positions of the applications that the changed paths touch. `index` is of the state surveyed.
  Result<std::vector<std::size_t>> touched(const TreeIndex& index, const std::vector<std::string>& changed_paths) const;
  /// Whether Applications may come of rendering the application at that position (`discovery::may_generate`).
  bool may_generate(std::size_t position) const { return generates_[position].value_or(true); }
  /// How many paths are kept, at most some 200,000 beside those that discovery asked for.
  std::size_t size() const { return size_; }

 private:
  Result<void> complete(const TreeIndex& index, const TreeChanges* changes, DeclarationScreen* screen);

  struct Found {
    Question question;
    Discovered discovered;
    TreeReads reads;
  };
  std::shared_ptr<const Found> found_;
  /// Of each application; nullptr: not kept, as they all would be too many.
  std::vector<std::shared_ptr<const ApplicationInputs>> inputs_;
  std::vector<std::optional<bool>> generates_;  ///< of each application; nullopt: not known yet
  std::size_t size_ = 0;
};

}  // namespace towline::discovery
