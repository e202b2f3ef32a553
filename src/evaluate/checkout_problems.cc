#include "evaluate/checkout_problems.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "discovery/checkout_rules.h"
#include "discovery/flux.h"
#include "discovery/tree_index.h"
#include "git/file_tree.h"
#include "manifest/paths.h"

namespace towline::evaluate {
namespace {

using discovery::CheckoutChange;
using manifest::ManifestProblem;

constexpr std::size_t kMostChanges = 100;  ///< of one file, that are looked at one by one
constexpr std::size_t kAtOnce = 64;        ///< paths that are held against the applications together
constexpr std::size_t kLongestPattern = 80;

class CheckoutSearch {
 public:
  CheckoutSearch(const git::Repository& repository, const State& state, const GeneratedApplications& generated)
      : state_(state), generated_(generated), tree_(repository), index_(tree_, state.known->listing) {}

  Result<std::vector<ManifestProblem>> run() {
    for (const git::TreeEntry& entry : index_.below("")) {
      const std::string_view name = manifest::base_name(entry.path);
      if (name == discovery::kGitAttributes) CHECK_OK(read(entry));
      if (name == discovery::kFluxIgnore) add_ignore(entry.path);
    }
    std::vector<std::string> texts;
    for (const auto& [path, text] : files_) texts.push_back(text);
    const auto macros = discovery::checkout_macros(texts);
    for (const auto& [path, text] : files_) CHECK_OK(add_changes(path, discovery::checkout_changes(text, macros)));
    return std::move(problems_);
  }

 private:
  Result<void> read(const git::TreeEntry& entry) {
    std::string why = "it is not a regular file";
    if (git::is_regular(entry.mode)) {
      auto text = index_.read(entry.path);
      if (text) {
        files_.emplace_back(entry.path, *std::move(text));
        return {};
      }
      if (text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
      why = text.error().message;
    }
    TRY(const bool matters, is_read({entry.path}));
    if (matters) {
      problems_.push_back({entry.path, 0, "the attributes that Git takes from this file are not known: " + why});
    }
    return {};
  }

  void add_ignore(const std::string& path) {
    const auto& all = state_.known->survey.discovered().applications;
    const auto directory = manifest::parent_directory(path);
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& one) { return discovery::is_left_out_by(one, directory); })) {
      return;
    }
    problems_.push_back({path, 0, "Flux leaves out what .sourceignore names; Towline cannot show that"});
  }

  Result<void> add_changes(const std::string& path, const std::vector<CheckoutChange>& changes) {
    if (changes.size() > kMostChanges) {
      TRY(const bool matters, is_read({path}));
      if (!matters) return {};
      problems_.push_back({path, changes.front().line,
                           "more than " + std::to_string(kMostChanges) +
                               " attributes make Git change files when it checks them out, which are too many to know "
                               "whether they are files of applications"});
      return {};
    }
    for (const CheckoutChange& change : changes) {
      TRY(const bool matters, changes_read_files(manifest::parent_directory(path), change));
      if (!matters) continue;
      problems_.push_back({path, change.line,
                           "the attribute '" + change.attribute + "' for '" +
                               printable_utf8(ellipsize(change.pattern, kLongestPattern)) +
                               "' makes Git change files of applications when it checks them out, so what is applied "
                               "is not what Towline reads and shows"});
    }
    return {};
  }

  Result<bool> changes_read_files(std::string_view directory, const CheckoutChange& change) const {
    const std::size_t prefix = directory.empty() ? 0 : directory.size() + 1;
    std::vector<std::string> matched;
    for (const git::TreeEntry& entry : index_.below(directory)) {
      if (!git::is_regular(entry.mode) || !change.may_match(std::string_view(entry.path).substr(prefix))) continue;
      // Attributes themselves are read from the blobs.
      if (manifest::base_name(entry.path) == discovery::kGitAttributes) continue;
      matched.push_back(entry.path);
      if (matched.size() < kAtOnce) continue;
      TRY(const bool matters, is_read(matched));
      if (matters) return true;
      matched.clear();
    }
    return is_read(matched);
  }

  /// Whether an application reads one of them.
  Result<bool> is_read(const std::vector<std::string>& paths) const {
    if (paths.empty()) return false;
    for (const auto& made : generated_.all) {
      if (made.inputs->sources_touched_by(paths)) return true;
    }
    TRY(const auto positions, state_.known->survey.touched(index_, paths));
    return !positions.empty();
  }

  const State& state_;
  const GeneratedApplications& generated_;
  const git::BlobTree tree_;
  const discovery::TreeIndex index_;
  std::vector<std::pair<std::string, std::string>> files_;  ///< path, text
  std::vector<ManifestProblem> problems_;
};

}  // namespace

Result<std::vector<ManifestProblem>> checkout_problems(const git::Repository& repository, const State& state,
                                                       const GeneratedApplications& generated) {
  return CheckoutSearch(repository, state, generated).run();
}

}  // namespace towline::evaluate
