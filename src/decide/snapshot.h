#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "config/repository.h"
#include "decide/commands/words.h"
#include "diff/diff.h"
#include "discovery/application.h"
#include "evaluate/evaluation.h"
#include "forge/types.h"
#include "git/repository.h"
#include "image/reference.h"
#include "policy/finding.h"
#include "sites/sites.h"

namespace towline::decide {

/// The branch of the bot's pull request for a service: "towline/<environment>/<service>".
std::string bump_branch(std::string_view environment, std::string_view service);
struct BumpTarget {
  std::string environment;
  std::string service;
  auto operator<=>(const BumpTarget&) const = default;
};
std::optional<BumpTarget> parse_bump_branch(std::string_view branch);

/// Where an image says that it was built from (its labels org.opencontainers.image.source and .revision).
struct ImageSource {
  std::string url;
  std::string revision;
};

/// The commits between two versions of an image, at the forge of its source.
struct SourceLink {
  image::ImageName image;
  std::string url;   ///< http(s), of harmless characters
  std::string from;  ///< revisions, in hexadecimal
  std::string to;
  bool operator==(const SourceLink&) const = default;
};

/// An image version that has been in the `from` environment.
struct Proven {
  TimePoint since;  ///< when the forge merged it there, or it was first seen there
  CommitId commit;
  std::string pull_request;  ///< URL of the PR that did, "" when unknown
};

// ---- what concerns one pull request --------------------------------------------------------------------

/// What the bot's report on the pull request showed from a time on.
struct Shown {
  CommitId head;
  CommitId base;       ///< of the evaluation that was shown
  std::string digest;  ///< shown_digest() of it; "": from then on nothing was shown, or nothing that can be relied on
  TimePoint at;        ///< when it became visible, as the forge tells it
  bool operator==(const Shown&) const = default;
};

/// Whether the bot's merge made the tree that was evaluated for it.
struct MergeCheck {
  bool as_evaluated = true;
  std::string difference;  ///< what differs, for people: a clause; empty when nothing does
  bool recorded = false;   ///< it was checked before, and acted on
};

/// The evaluation is being made and takes long.
struct Rendering {
  std::size_t applications = 0;  ///< affected ones; 0: not known yet
};

/// What a comment of the bot is for.
struct OwnComment {
  std::size_t part = 0;       ///< of the report; 0: it is none
  std::int64_t reply_to = 0;  ///< the comment that it answers; 0: none
  std::string body;           ///< what the bot wrote; empty for parts of the report, which are made anew
};

struct PullSnapshot {
  std::string forge;
  RepoName repo;
  std::string bot;  ///< login
  std::string default_branch;
  config::RepoConfig config;                ///< from the base branch (or the last good one)
  std::optional<std::string> config_error;  ///< the base branch's file is broken; `config` is the last good one
  forge::PullRequest pull;
  std::vector<forge::Comment> comments;     ///< all, oldest first
  std::set<std::int64_t> edited_comments;   ///< known to have been edited, beside Comment::edited
  std::vector<SeenWord> words;              ///< what is recorded of what was said, oldest record first
  std::map<std::int64_t, OwnComment> own;   ///< the bot's comments, as far as the store knows them
  std::set<std::int64_t> foreign;           ///< the bot's comments whose present text somebody else wrote
  std::vector<forge::Review> reviews;       ///< also recorded ones that requested changes and are no longer listed
  std::set<std::int64_t> vanished_reviews;  ///< which of `reviews` those are
  std::vector<forge::HeadEvent> heads;
  std::set<std::string> writers;
  std::map<std::string, std::set<std::string>> teams;  ///< "payments" -> logins
  std::set<std::string> commit_authors;
  std::vector<forge::CommitStatus> statuses;  ///< on the head
  /// Absent when it could not be made; then `evaluation_error` says why.
  std::optional<evaluate::Evaluation> evaluation;
  std::string evaluation_error;
  std::optional<Rendering> rendering;              ///< then there is no evaluation yet
  std::vector<Shown> shown;                        ///< to the present target branch, oldest first
  std::set<std::string> pushers;                   ///< who pushed its commits, as signed deliveries told
  bool pushes_recorded = false;                    ///< a delivery told each push that it consists of
  std::optional<BumpTarget> bump;                  ///< it is the bot's own PR for a service
  std::vector<evaluate::ImageChange> bump_images;  ///< what the bot's PR changes
  std::optional<TimePoint> proven_since;           ///< when the youngest of bump_images reached `from`
  std::string page_url;                            ///< the full report
  /// The forge refused the last merge attempt for a reason of its own (branch protection, ...), a few minutes ago
  /// at most: until then it is not tried again.
  std::optional<std::string> merge_refused;
  std::optional<MergeCheck> merge_check;  ///< of a pull request that the bot merged
  std::vector<SourceLink> sources;        ///< what is new in the images that it changes, as far as they tell
  /// For /promote: the bump that would promote this PR's service to each environment that is `from` its own.
  std::vector<struct WantedBump> promotions;
};

// ---- what concerns the repository's own bumps ------------------------------------------------------------

/// A tag known to exist. One entry a tag; a moved tag has its newest digest.
struct KnownImage {
  image::ImageName name;
  image::Tag tag;
  std::optional<image::Digest> digest;
  TimePoint seen;
  std::optional<TimePoint> created = std::nullopt;  ///< when it was built, as the registry says
};

struct BotPull {
  forge::PullRequest pull;
  BumpTarget target;
  std::vector<evaluate::ImageChange> images;  ///< what its branch changes against its merge base
  bool foreign_commits = false;               ///< someone else committed on the branch
  bool outdated = false;                      ///< a file it touches changed on the default branch since
};

struct RepoSnapshot {
  std::string forge;
  RepoName repo;
  std::string bot;
  std::string default_branch;
  CommitId base;  ///< tip of the default branch
  config::RepoConfig config;
  std::optional<std::string> config_error;
  std::vector<evaluate::ServiceState> services;
  std::vector<KnownImage> known;
  std::map<image::Digest, ImageSource> sources;  ///< as far as registries were asked
  /// Why a tag's digest could not be checked with its registry.
  std::map<std::pair<image::ImageName, image::Tag>, std::string> unchecked;
  std::vector<BotPull> open;     ///< the bot's open pull requests on bump branches
  std::vector<BotPull> refused;  ///< closed without merging by a person, newest first
  /// (environment, service, image name) -> when its present version came there.
  std::map<std::tuple<std::string, std::string, std::string>, Proven> proven;
};

/// A bump the repository should have a pull request for.
struct WantedBump {
  BumpTarget target;
  std::vector<evaluate::ImageChange> images;
  std::optional<Proven> proven;  ///< promotions: where it was proven
  std::string from;              ///< promotions: the environment it comes from
  std::vector<SourceLink> sources;
  std::vector<std::string> notes;  ///< Markdown sentences for whoever reviews it
};

}  // namespace towline::decide
