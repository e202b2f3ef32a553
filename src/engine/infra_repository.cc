#include "engine/infra_repository.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "engine/keys.h"
#include "git/mirror.h"
#include "manifest/paths.h"
#include "yaml/edit.h"

namespace towline::engine {

namespace {
constexpr Duration kFactsLifetime = std::chrono::hours(1);
constexpr Duration kRefusalLifetime = std::chrono::minutes(5);
// A merge that fails this often and this long is reported on the pull request.
constexpr std::size_t kFailedMergesTold = 5;
constexpr Duration kFailedMergesTime = std::chrono::minutes(1);
// How long a forge may go on with a merge that it did not answer.
constexpr Duration kUnansweredTime = std::chrono::minutes(2);
constexpr std::size_t kMostRemembered = 2'000;
// How many earlier versions of the configuration are tried when the present one is broken.
constexpr std::size_t kConfigHistory = 200;

/// What reads content may be taken over by it, and must not be able to write anything but versions.
Result<void> check_edits(const evaluate::FileEdits& file, const std::string& directory) {
  constexpr std::size_t kLongest = 1'000;  // a name, a tag and a digest
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorKind::internal, "the edits of " + printable_utf8(file.path) + " are refused: " + why);
  };
  if (!manifest::is_at_or_below(file.path, directory)) return refuse("it is not in " + directory);
  for (const yaml::Edit& edit : file.edits) {
    // A name, a tag and a digest, in quotes or behind a space (yaml::encode_like).
    const std::string_view text = std::string_view(edit.text).substr(edit.text.starts_with(' ') ? 1 : 0);
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
      return c < 0x80 && (std::isalnum(c) != 0 ||
                          std::string_view("._-+:/@=\"'").find(static_cast<char>(c)) != std::string_view::npos);
    });
    if (!plain || edit.text.size() > kLongest || edit.span.end < edit.span.begin || edit.span.size() > kLongest) {
      return refuse("they change more than a version");
    }
  }
  return {};
}
}  // namespace

InfraRepository::InfraRepository(Parts parts) : parts_(std::move(parts)) {}

Result<InfraRepository::Facts> InfraRepository::facts() {
  const TimePoint now = parts_.clock->now();
  {
    const std::lock_guard lock(mutex_);
    if (facts_ && now - facts_at_ < kFactsLifetime) return *facts_;
  }
  TRY(Facts facts, ([this]() -> Result<Facts> {
        TRY(forge::Repo repo, parts_.forge->repo(parts_.repo));
        TRY(std::string bot, parts_.forge->whoami());
        return Facts{std::move(repo), std::move(bot)};
      }()));
  const std::lock_guard lock(mutex_);
  facts_ = facts;
  facts_at_ = now;
  return facts;
}

Result<git::Repository> InfraRepository::open() {
  std::error_code error;
  std::filesystem::create_directories(parts_.mirror.parent_path(), error);
  if (error) {
    return fail(ErrorKind::internal, "the folder " + parts_.mirror.parent_path().string() +
                                         " for mirrors cannot be made: " + error.message());
  }
  const std::lock_guard lock(fetch_mutex_);
  // Before anything of it is read: alternates and a foreign configuration count for libgit2 too.
  if (std::filesystem::exists(parts_.mirror, error)) CHECK_OK(git::secure_mirror(parts_.mirror));
  return git::Repository::init_bare(parts_.mirror, "main");
}

Result<git::Remote> InfraRepository::remote() {
  // Not the address that the forge's answer names: that could be anywhere.
  std::string url = parts_.url;
  while (url.ends_with('/')) url.pop_back();
  return git::Remote{url + "/" + parts_.repo.str() + ".git", parts_.forge->git_user(), parts_.token};
}

Result<void> InfraRepository::tidy() {
  std::error_code unknown;
  if (!std::filesystem::exists(parts_.mirror, unknown)) return {};
  return git::pack_if_needed(parts_.mirror);
}

Result<void> InfraRepository::ensure(const git::Repository& repository, const CommitId& commit,
                                     const std::vector<std::string>& refs) {
  if (repository.has_commit(commit)) return {};
  TRY(const git::Remote from, remote());
  std::vector<std::string> refspecs;
  refspecs.reserve(refs.size());
  for (const std::string& ref : refs) {
    const bool is_heads = ref == "refs/heads/*";
    refspecs.push_back("+" + ref + ":" + (is_heads ? "refs/remotes/origin/*" : "refs/fetched/" + ref.substr(5)));
  }
  const std::lock_guard lock(fetch_mutex_);
  if (repository.has_commit(commit)) return {};
  const auto fetched = git::fetch(parts_.mirror, from, refspecs);
  if (!fetched) return fail_while("fetching " + parts_.repo.str(), fetched.error());
  if (!repository.has_commit(commit)) {
    return fail(ErrorKind::conflict,
                "commit " + short_id(commit) + " is not (or no longer) in " + parts_.repo.str() + " on the forge");
  }
  return {};
}

Result<ConfigInForce> InfraRepository::config_at(const git::Repository& repository, const CommitId& commit) {
  TRY(const auto entry, repository.entry(commit, config::kRepoConfigPath));
  // A detected configuration depends on which folders exist, so it is remembered by commit.
  const std::string identity = entry ? entry->id.str() : "detected:" + commit.str();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = configs_.find(identity); known != configs_.end()) return known->second;
  }
  using Source = evaluate::ConfigSource;
  ConfigInForce in_force{{}, std::nullopt, identity, {}};
  if (!entry) {
    TRY(const auto files, repository.list(commit));
    std::vector<std::string> paths;
    paths.reserve(files.size());
    for (const git::TreeEntry& file : files) paths.push_back(file.path);
    in_force.config = config::detect_repo_config(paths);
    in_force.source = {Source::Kind::detected, "", commit};
  } else {
    TRY(const std::string text, repository.read_blob(entry->id));
    auto parsed = config::parse_repo_config(config::kRepoConfigPath, text);
    if (parsed) {
      in_force.config = *std::move(parsed);
      in_force.source = {Source::Kind::text, text, {}};
    } else {
      TRY(const auto good, last_good_config(repository, commit));
      if (good) in_force.config = good->config;
      if (good) in_force.source = good->source;
      in_force.error = parsed.error().message;
    }
  }
  const std::lock_guard lock(mutex_);
  if (configs_.size() >= kMostRemembered) configs_.clear();
  configs_[identity] = in_force;
  return in_force;
}

Result<std::optional<ConfigInForce>> InfraRepository::last_good_config(const git::Repository& repository,
                                                                       const CommitId& commit) {
  std::optional<ConfigInForce> good;
  std::size_t looked = 0;
  std::string previous;
  const auto walked = repository.walk_first_parents(commit, [&](const git::Commit& ancestor) {
    if (++looked > kConfigHistory) return false;
    const auto entry = repository.entry(ancestor.id, config::kRepoConfigPath);
    if (!entry || !*entry) return true;
    if ((*entry)->id.str() == previous) return true;
    previous = (*entry)->id.str();
    const auto text = repository.read_blob((*entry)->id);
    if (!text) return true;
    auto parsed = config::parse_repo_config(config::kRepoConfigPath, *text);
    if (!parsed) return true;
    good = ConfigInForce{*std::move(parsed), std::nullopt, previous, {evaluate::ConfigSource::Kind::text, *text, {}}};
    return false;
  });
  if (!walked) return tl::unexpected<Error>(walked.error());
  return good;
}

Result<std::shared_ptr<const std::vector<evaluate::ServiceState>>> InfraRepository::services_at(
    const git::Repository& repository, const CommitId& commit, const ConfigInForce& config) {
  const std::string identity = commit.str() + " " + config.identity;
  {
    const std::lock_guard lock(mutex_);
    if (services_ && services_identity_ == identity) return services_;
  }
  TRY(auto services, parts_.reader->services({repository.path().string(), commit, config.source}));
  auto shared = std::make_shared<const std::vector<evaluate::ServiceState>>(std::move(services));
  const std::lock_guard lock(mutex_);
  services_ = shared;
  services_identity_ = identity;
  return shared;
}

Result<std::shared_ptr<const std::vector<sites::ImageSite>>> InfraRepository::sites_below(
    const git::Repository& repository, const CommitId& commit, const std::string& directory) {
  TRY(const auto tree, repository.tree_at(commit, directory));
  const std::pair key(tree.value_or(TreeId()), directory);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = sites_.find(key); known != sites_.end()) return known->second;
  }
  TRY(auto found, parts_.reader->sites({repository.path().string(), commit, directory}));
  auto shared = std::make_shared<const std::vector<sites::ImageSite>>(std::move(found));
  const std::lock_guard lock(mutex_);
  if (sites_.size() >= kMostRemembered) sites_.clear();
  sites_[key] = shared;
  return shared;
}

Result<std::vector<git::PathEdit>> InfraRepository::edits(const git::Repository& repository, const CommitId& base,
                                                          const std::string& directory,
                                                          const std::vector<evaluate::ImageChange>& images) {
  TRY(auto files, parts_.reader->edits({repository.path().string(), base, directory, images}));
  std::vector<git::PathEdit> result;
  for (evaluate::FileEdits& file : files) {
    CHECK_OK(check_edits(file, directory));
    TRY(const auto entry, repository.entry(base, file.path));
    if (!entry || !git::is_regular(entry->mode)) {
      return fail(ErrorKind::internal, "the edits of " + printable_utf8(file.path) + " are refused: it is no file");
    }
    TRY(const std::string text, repository.read_blob(entry->id));
    TRY(std::string edited, yaml::apply_edits(text, std::move(file.edits)));
    if (edited != text) result.push_back({file.path, std::move(edited)});
  }
  if (result.empty()) {
    return fail(ErrorKind::conflict, "the images to bump are no longer in " + directory + " on the default branch");
  }
  return result;
}

bool InfraRepository::base_differs(const CommitId& base) const {
  const std::lock_guard lock(mutex_);
  return !base_.empty() && base_ != base;
}

void InfraRepository::remember_base(const CommitId& base) {
  const std::lock_guard lock(mutex_);
  base_ = base;
}

std::optional<std::vector<evaluate::ImageChange>> InfraRepository::known_branch_images(const CommitId& head) const {
  const std::lock_guard lock(mutex_);
  const auto known = branch_images_.find(head);
  if (known == branch_images_.end()) return std::nullopt;
  return known->second;
}

void InfraRepository::remember_branch_images(const CommitId& head, std::vector<evaluate::ImageChange> images) {
  const std::lock_guard lock(mutex_);
  if (branch_images_.size() >= kMostRemembered) branch_images_.clear();
  branch_images_[head] = std::move(images);
}

void InfraRepository::remember_head(const CommitId& head, PullNumber pull) {
  const std::lock_guard lock(mutex_);
  if (heads_.size() >= kMostRemembered) heads_.clear();
  heads_[head] = pull;
}

std::optional<PullNumber> InfraRepository::pull_with_head(const CommitId& head) const {
  const std::lock_guard lock(mutex_);
  const auto known = heads_.find(head);
  if (known == heads_.end()) return std::nullopt;
  return known->second;
}

void InfraRepository::remember_refusal(PullNumber pull, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (refusals_.size() >= kMostRemembered) refusals_.clear();
  refusals_[pull] = {std::move(reason), parts_.clock->now()};
}

std::optional<std::string> InfraRepository::refusal(PullNumber pull) const {
  const std::lock_guard lock(mutex_);
  const auto known = refusals_.find(pull);
  if (known == refusals_.end() || parts_.clock->now() - known->second.at > kRefusalLifetime) return std::nullopt;
  return known->second.reason;
}

void InfraRepository::forget_refusal(PullNumber pull) {
  const std::lock_guard lock(mutex_);
  refusals_.erase(pull);
  failed_merges_.erase(pull);
}

bool InfraRepository::note_failed_merge(PullNumber pull, const std::string& branch, const std::string& reason) {
  const TimePoint now = parts_.clock->now();
  const std::lock_guard lock(mutex_);
  if (failed_merges_.size() >= kMostRemembered) failed_merges_.clear();
  FailedMerges& failed = failed_merges_.try_emplace(pull, FailedMerges{now, 0}).first->second;
  ++failed.count;
  if (failed.count < kFailedMergesTold || now - failed.since < kFailedMergesTime) return false;
  refusals_[pull] = {"it failed " + std::to_string(failed.count) + " times since " + format_time(failed.since) +
                         ", the last time with: " + reason + ". If there is a tag named refs/heads/" + branch +
                         ", delete it: Gitea cannot merge then",
                     now};
  return true;
}

void InfraRepository::set_unanswered_merge(const std::string& branch, std::optional<PullNumber> pull) {
  const std::lock_guard lock(mutex_);
  unanswered_.erase(branch);
  if (pull) unanswered_.emplace(branch, Unanswered{*pull, parts_.clock->now()});
}

std::optional<PullNumber> InfraRepository::unanswered_merge(const std::string& branch) const {
  const std::lock_guard lock(mutex_);
  const auto known = unanswered_.find(branch);
  if (known == unanswered_.end() || parts_.clock->now() - known->second.at > kUnansweredTime) return std::nullopt;
  return known->second.pull;
}

std::unique_lock<std::mutex> InfraRepository::merge_turn(const std::string& branch,
                                                         const std::function<void()>& waits) {
  std::unique_lock<std::mutex> turn;
  {
    const std::lock_guard lock(mutex_);
    turn = std::unique_lock(merge_turns_[branch], std::defer_lock);
  }
  if (turn.try_lock()) return turn;
  waits();
  turn.lock();
  return turn;
}

}  // namespace towline::engine
