#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decide/decide.h"
#include "decide/snapshot.h"
#include "evaluate/evaluation.h"
#include "policy/finding.h"

namespace towline::report {

/// What the report says, as plain text: comment and page write the same things in their own language.
struct ImageView {
  std::string name;  ///< "": the images on both sides are called by their whole names
  std::string before;
  std::string after;
};

/// What an image does that is there on one side only: "new", "removed"; "" for one that is on both.
std::string_view image_word(const ImageView& image);

struct ApplicationView {
  std::string name;
  std::string environment;
  std::optional<evaluate::EnvironmentCause> environment_cause;
  std::string generated_by;
  std::string path;
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t removed = 0;
  std::size_t hidden = 0;  ///< resources of which noise rules hide everything; counted nowhere else
  std::vector<ImageView> images;
  std::vector<std::string> problems;
  std::vector<std::string> remarks;                    ///< diff::Diff::remarks
  const std::vector<diff::Change>* changes = nullptr;  ///< of the snapshot
};

struct GateView {
  bool met = false;
  std::string symbol;
  std::string name;
  std::string state;
  std::string reason;
};

struct DangerView {
  std::string application;
  std::string resource;
  std::string message;
};

struct View {
  std::string verdict;       ///< a plain word or two: "Ready to merge", "Waiting", "Blocked", "Merged", "Closed"
  std::string verdict_rest;  ///< what follows it in the same line; may be empty
  std::string summary;       ///< a sentence where there is nothing to show in a table; else empty
  std::vector<DangerView> dangers;
  std::vector<std::string> notes;
  std::vector<std::string> unseen;  ///< why there may be more than is shown
  std::vector<ApplicationView> applications;
  std::vector<GateView> gates;  ///< what is missing first; none for a pull request that is merged or closed
  std::vector<const policy::Finding*> failures;
  std::vector<const policy::Finding*> others;  ///< warnings, then skipped checks
  std::vector<const policy::Finding*> passed;
  bool open = true;
};

/// The view points into the snapshot, which must outlive it.
View make_view(const decide::PullSnapshot& snapshot, const decide::Conclusion& conclusion);

/// "2 added, 1 changed, 1 hidden"; "no changes".
std::string counts(const ApplicationView& application);

}  // namespace towline::report
