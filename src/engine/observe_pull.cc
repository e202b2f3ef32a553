#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "base/log.h"
#include "chatops/commands.h"
#include "decide/commands/spoken.h"
#include "decide/decide.h"
#include "decide/people/render_permission.h"
#include "decide/promotion/source_link.h"
#include "discovery/fields.h"
#include "discovery/own_repository.h"
#include "engine/branch_state.h"
#include "engine/engine.h"
#include "engine/keys.h"
#include "engine/merged_tree.h"
#include "engine/observe.h"
#include "engine/own_comments.h"
#include "engine/pushes.h"
#include "engine/refresh_image.h"
#include "engine/words.h"

namespace towline::engine {

std::string report_url(std::string_view public_url, std::string_view forge, const RepoName& repo, PullNumber number) {
  return std::string(public_url) + "/pulls/" + repo_id(forge, repo) + "/" + std::to_string(number.value);
}

std::shared_ptr<const evaluate::Evaluation> EvaluationCache::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : entry->second;
}

void EvaluationCache::put(const std::string& key, std::shared_ptr<const evaluate::Evaluation> evaluation) {
  constexpr std::size_t kMost = 64;
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMost) entries_.clear();
  entries_[key] = std::move(evaluation);
  failures_.erase(key);
}

std::optional<Error> EvaluationCache::failure(const std::string& key, TimePoint now) const {
  const std::lock_guard lock(mutex_);
  const auto entry = failures_.find(key);
  if (entry == failures_.end() || now >= entry->second.until) return std::nullopt;
  return entry->second.error;
}

std::optional<TimePoint> EvaluationCache::next_try(const CommitId& head) const {
  const std::lock_guard lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto& [key, failure] : failures_) {
    if (failure.head == head && (!next || failure.until > *next)) next = failure.until;
  }
  return next;
}

void EvaluationCache::remember_failure(const std::string& key, const CommitId& head, Error error, TimePoint now) {
  constexpr std::size_t kMost = 1'000;
  constexpr std::size_t kMostDoublings = 7;
  constexpr long kLongestMinutes = 120;
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kMost) failures_.clear();
  Failure& failure = failures_[key];
  const auto wait = std::chrono::minutes(std::min(kLongestMinutes, 1L << std::min(failure.times, kMostDoublings)));
  failure = {head, std::move(error), now + wait, failure.times + 1};
}

namespace {

constexpr std::string_view kLastEvaluated = "last-evaluated";

/// What the forge says about the pull request, asked for side by side.
Result<void> ask_forge(InfraRepository& workspace, decide::PullSnapshot& snapshot) {
  forge::Forge& forge = workspace.forge();
  const RepoName& repo = workspace.repo();
  const PullNumber number = snapshot.pull.number;
  const CommitId head = snapshot.pull.head;
  auto comments = std::async(std::launch::async, [&] { return forge.comments(repo, number); });
  auto reviews = std::async(std::launch::async, [&] { return forge.reviews(repo, number); });
  auto writers = std::async(std::launch::async, [&] { return forge.writers(repo); });
  auto authors = std::async(std::launch::async, [&] { return forge.commit_authors(repo, number); });
  auto heads = std::async(std::launch::async, [&] { return forge.head_events(repo, number); });
  auto statuses = forge.statuses(repo, head);
  auto all_comments = comments.get();
  auto all_reviews = reviews.get();
  auto all_writers = writers.get();
  auto all_authors = authors.get();
  auto all_heads = heads.get();
  TRY(snapshot.statuses, std::move(statuses));
  TRY(snapshot.comments, std::move(all_comments));
  TRY(snapshot.reviews, std::move(all_reviews));
  TRY(snapshot.writers, std::move(all_writers));
  TRY(snapshot.commit_authors, std::move(all_authors));
  TRY(snapshot.heads, std::move(all_heads));
  return {};
}

/// Members of every team that an environment's approvers name. A team that cannot be seen has no members: the
/// approvals gate then says who is missing.
Result<void> ask_teams(InfraRepository& workspace, decide::PullSnapshot& snapshot) {
  constexpr std::string_view kTeam = "team:";
  for (const towline::config::Environment& environment : snapshot.config.environments) {
    for (const std::string& approver : environment.approvers) {
      if (!approver.starts_with(kTeam)) continue;
      const std::string team = approver.substr(kTeam.size());
      if (snapshot.teams.contains(team)) continue;
      auto members = workspace.forge().team_members(workspace.repo(), team);
      if (members) {
        snapshot.teams[team] = *std::move(members);
      } else if (members.error().kind == ErrorKind::not_found || members.error().kind == ErrorKind::forbidden) {
        log::warn("a team that approves cannot be read",
                  {{"repo", workspace.repo().str()}, {"team", team}, {"why", members.error().message}});
        snapshot.teams[team] = {};
      } else {
        return tl::unexpected<Error>(members.error());
      }
    }
  }
  return {};
}

Result<void> read_edited_comments(store::Store& store, decide::PullSnapshot& snapshot) {
  TRY(const auto ids, store.edited_comments(pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number)));
  for (const std::string& id : ids) {
    snapshot.edited_comments.insert(std::strtoll(id.c_str(), nullptr, 10));
  }
  return {};
}

/// What was said, as far as it is recorded; what restrains and was found by looking is recorded with it.
Result<void> read_words(const Observer& observer, decide::PullSnapshot& snapshot) {
  const std::string key = pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number);
  TRY(snapshot.words, recorded_words(observer.store, key));
  std::vector<store::Fact> facts;
  for (decide::SeenWord& word : words_found(snapshot, observer.clock.now())) {
    facts.push_back(fact_of(key, word));
    snapshot.words.push_back(std::move(word));
  }
  CHECK_OK(observer.store.append_facts(facts));
  const decide::Sealer sealer = sealer_for(observer.seal_key, snapshot.forge, snapshot.repo, snapshot.pull.number);
  CHECK_OK(read_own_comments(observer.store, sealer, observer.clock.now(), snapshot));
  decide::restore_vanished_reviews(snapshot);
  return {};
}

/// The commit the head is compared with: the default branch, or what it was when the pull request was merged.
Result<CommitId> comparison_base(InfraRepository& workspace, git::Repository& mirror, const forge::PullRequest& pull,
                                 const CommitId& tip) {
  if (!pull.merged || pull.merge_commit.empty()) return tip;
  CHECK_OK(workspace.ensure(mirror, pull.merge_commit, {"refs/heads/*"}));
  TRY(const git::Commit merge, mirror.commit(pull.merge_commit));
  return merge.parents.empty() ? tip : merge.parents.front();
}

/// The changed paths at the base and as merged. Where it does not merge, as they are at the head.
Result<std::vector<evaluate::TouchedFile>> touched_files(const git::Repository& mirror,
                                                         const evaluate::Evaluation& evaluation) {
  TRY(const auto merged, mirror.merged_changes(evaluation.base, evaluation.head));
  std::map<std::string, const git::PathChange*> merged_at;
  if (merged) {
    for (const git::PathChange& change : *merged) merged_at[change.path] = &change;
  }
  std::vector<evaluate::TouchedFile> files;
  for (const std::string& path : evaluation.changed_paths) {
    TRY(const auto before, mirror.entry(evaluation.base, path));
    evaluate::TouchedFile file{path, before ? before->id : BlobId(), {}, {}};
    if (const auto change = merged_at.find(path); change != merged_at.end()) {
      file.after = change->second->after.value_or(BlobId());
      file.mode = change->second->mode_after;
    } else {
      // What both sides made the same is at the base as it will be.
      TRY(const auto after, mirror.entry(merged ? evaluation.base : evaluation.head, path));
      if (after) file.after = after->id;
      if (after) file.mode = after->mode;
    }
    files.push_back(std::move(file));
  }
  return files;
}

/// Evaluates beside this thread, so that it can be told when that takes long; `told` says whether it was. What was
/// evaluated before is evaluated again quietly: its report is there.
Result<evaluate::Evaluation> evaluate_watched(const Observer& observer, git::Repository& mirror, const CommitId& base,
                                              const ConfigInForce& config, const decide::PullSnapshot& snapshot,
                                              const discovery::OwnRepository& own, const std::string& key, bool& told) {
  std::atomic<std::size_t> applications = 0;
  const evaluate::EvaluationQuestion question{mirror.path().string(), base, snapshot.pull.head, config.source, own};
  auto made = std::async(std::launch::async, [&] {
    return observer.reader.evaluate(question, [&](std::size_t count) { applications = count; });
  });
  const std::string pull = pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number);
  const auto last = observer.store.get(kLastEvaluated, pull);
  const bool known = last && *last == key;
  told = observer.rendering_takes_long && !known &&
         (observer.patience <= Duration(0) || made.wait_for(observer.patience) != std::future_status::ready);
  if (told) {
    decide::PullSnapshot meanwhile = snapshot;
    meanwhile.rendering = decide::Rendering{applications};
    observer.rendering_takes_long(meanwhile);
  }
  auto evaluation = made.get();
  if (!evaluation || known) return evaluation;
  if (const auto kept = observer.store.put(kLastEvaluated, pull, key); !kept) {
    log::warn("what was evaluated last could not be kept", {{"why", kept.error().message}});
  }
  return evaluation;
}

Result<std::shared_ptr<const evaluate::Evaluation>> evaluate_cached(const Observer& observer, git::Repository& mirror,
                                                                    const CommitId& base, const ConfigInForce& config,
                                                                    const decide::PullSnapshot& snapshot,
                                                                    const discovery::OwnRepository& own, bool& told) {
  const std::string key = base.str() + " " + snapshot.pull.head.str() + " " + config.identity;
  if (auto known = observer.evaluations.find(key)) return known;
  if (auto lately = observer.evaluations.failure(key, observer.clock.now())) return tl::unexpected(*std::move(lately));
  auto made = evaluate_watched(observer, mirror, base, config, snapshot, own, key, told);
  if (!made) {
    const ErrorKind kind = made.error().kind;
    if (kind == ErrorKind::internal || kind == ErrorKind::timeout || kind == ErrorKind::invalid) {
      observer.evaluations.remember_failure(key, snapshot.pull.head, made.error(), observer.clock.now());
    }
    return tl::unexpected<Error>(std::move(made).error());
  }
  if (made->head != snapshot.pull.head) {
    return fail(ErrorKind::internal, "the evaluation is of another commit than " + short_id(snapshot.pull.head));
  }
  TRY(made->touched, touched_files(mirror, *made));
  auto shared = std::make_shared<const evaluate::Evaluation>(*std::move(made));
  // A renderer that failed may work at the next look, so only clean results are kept.
  const bool clean = shared->unseen.empty() && std::all_of(shared->applications.begin(), shared->applications.end(),
                                                           [](const auto& report) { return report.problems.empty(); });
  if (clean) observer.evaluations.put(key, shared);
  return std::shared_ptr<const evaluate::Evaluation>(shared);
}

Result<void> read_evaluation(const Observer& observer, InfraRepository& workspace, git::Repository& mirror,
                             const CommitId& base, const ConfigInForce& config, decide::PullSnapshot& snapshot) {
  const forge::PullRequest& pull = snapshot.pull;
  if (const auto leave = decide::render_permission(snapshot); !leave.given) {
    snapshot.evaluation_error = leave.why_not;
    return {};
  }
  TRY(const InfraRepository::Facts facts, workspace.facts());
  const discovery::OwnRepository own{
      {discovery::normal_url(facts.repo.clone_url)}, snapshot.repo.str(), snapshot.default_branch, false};
  bool told = false;
  const auto fetched = workspace.ensure(mirror, pull.head, {workspace.forge().pull_ref(pull.number)});
  auto evaluation = fetched
                        ? evaluate_cached(observer, mirror, base, config, snapshot, own, told)
                        : Result<std::shared_ptr<const evaluate::Evaluation>>(tl::unexpected<Error>(fetched.error()));
  if (told) {
    // Comments and statuses are others now, and people may have gone on talking.
    CHECK_OK(ask_forge(workspace, snapshot));
    CHECK_OK(read_edited_comments(observer.store, snapshot));
    CHECK_OK(read_words(observer, snapshot));
  }
  if (!evaluation) {
    snapshot.evaluation_error = evaluation.error().message;
    return {};
  }
  snapshot.evaluation = **evaluation;
  return {};
}

Result<void> read_bump(const Observer& observer, InfraRepository& workspace, git::Repository& mirror,
                       const CommitId& tip, const std::vector<evaluate::ServiceState>& services,
                       decide::PullSnapshot& snapshot) {
  const forge::PullRequest& pull = snapshot.pull;
  if (pull.author != snapshot.bot || pull.from_fork) return {};
  const auto target = decide::parse_bump_branch(pull.head_branch);
  if (!target) return {};
  const auto owner = std::find_if(services.begin(), services.end(), [&](const auto& service) {
    return service.environment == target->environment && service.service == target->service;
  });
  if (owner == services.end() || !mirror.has_commit(pull.head)) return {};
  snapshot.bump = *target;
  TRY(const BranchState state, branch_state(workspace, mirror, pull.head, tip, owner->directory, observer.bot_email));
  snapshot.bump_images = state.images;
  // Whoever did what the bot did not do here is unknown, and no approver.
  if (state.foreign_commits) snapshot.commit_authors.insert("(unknown)");
  const towline::config::Environment* environment = snapshot.config.find(target->environment);
  if (environment == nullptr || !environment->from) return {};
  const auto source = std::find_if(services.begin(), services.end(), [&](const auto& service) {
    return service.environment == *environment->from && service.service == target->service;
  });
  if (source == services.end()) return {};
  for (const evaluate::ImageChange& change : snapshot.bump_images) {
    // The source may write the tag alone where the promotion adds the digest.
    const auto site = std::find_if(source->sites.begin(), source->sites.end(), [&](const auto& candidate) {
      const image::Version& version = candidate.version;
      const bool names_digest = version.digest.has_value() || !version.tag;
      return candidate.name == change.name && version.tag == change.to.tag &&
             (!names_digest || version.digest == change.to.digest);
    });
    if (site == source->sites.end()) {
      snapshot.proven_since.reset();
      return {};
    }
    TRY(const auto proven, when_proven(workspace, mirror, tip, source->directory, change.name, site->version));
    if (!proven) continue;
    if (!snapshot.proven_since || *snapshot.proven_since < proven->since) snapshot.proven_since = proven->since;
  }
  return {};
}

/// What is new in the images that it changes: by the bot's branch, or by what is rendered of anybody's.
Result<void> read_sources(const Observer& observer, decide::PullSnapshot& snapshot) {
  std::vector<evaluate::ImageChange> changes = snapshot.bump_images;
  if (snapshot.evaluation) {
    for (const auto& report : snapshot.evaluation->applications) {
      changes.insert(changes.end(), report.images.begin(), report.images.end());
    }
  }
  std::erase_if(changes, [&](const auto& change) { return observer.registries.find(change.name) == nullptr; });
  if (changes.empty()) return {};
  TRY(const auto rows, observer.store.seen_images());
  std::map<std::string, std::string> digests;
  for (const store::SeenImageRow& row : rows) digests[row.name + ":" + row.tag] = row.digest;
  const auto digest_of = [&](const image::ImageName& name, const image::Version& version) {
    if (version.digest || !version.tag) return version.digest;
    const auto digest = image::parse_digest(digests[name.str() + ":" + version.tag->str()]);
    return digest ? std::optional(*digest) : std::nullopt;
  };
  const auto source_of = [&](const image::Digest& digest) -> std::optional<decide::ImageSource> {
    const auto facts = known_facts(observer.store, digest);
    if (!facts) return std::nullopt;
    return decide::ImageSource{facts->source, facts->revision};
  };
  snapshot.sources = decide::source_links(changes, digest_of, source_of);
  return {};
}

bool asks_for_promotion(const decide::PullSnapshot& snapshot) {
  return std::any_of(snapshot.comments.begin(), snapshot.comments.end(), [&](const forge::Comment& comment) {
    if (comment.author == snapshot.bot) return false;
    const auto commands = chatops::parse_commands(comment.body);
    return std::any_of(commands.begin(), commands.end(),
                       [](const auto& command) { return command.kind == chatops::CommandKind::promote; });
  });
}

Result<void> read_promotions(const Observer& observer, InfraRepository& workspace, git::Repository& mirror,
                             decide::PullSnapshot& snapshot) {
  if (!asks_for_promotion(snapshot)) return {};
  std::set<std::pair<std::string, std::string>> touched;
  if (snapshot.bump) touched.insert({snapshot.bump->environment, snapshot.bump->service});
  if (snapshot.evaluation) {
    for (const auto& report : snapshot.evaluation->applications) touched.insert({report.environment, report.service});
  }
  TRY(const decide::RepoSnapshot repository, observe_repo(observer, workspace, mirror));
  std::vector<std::string> refusals;
  for (decide::WantedBump& wanted : decide::wanted_bumps(repository, refusals)) {
    if (wanted.from.empty() || !touched.contains({wanted.from, wanted.target.service})) continue;
    snapshot.promotions.push_back(std::move(wanted));
  }
  return {};
}

}  // namespace

Result<std::optional<decide::PullSnapshot>> observe_pull(const Observer& observer, InfraRepository& workspace,
                                                         git::Repository& mirror, PullNumber number) {
  TRY(const InfraRepository::Facts facts, workspace.facts());
  decide::PullSnapshot snapshot;
  snapshot.forge = workspace.forge_name();
  snapshot.repo = workspace.repo();
  snapshot.bot = facts.bot;
  snapshot.default_branch = facts.repo.default_branch;
  snapshot.page_url = report_url(observer.public_url, snapshot.forge, snapshot.repo, number);
  TRY(snapshot.pull, workspace.forge().pull(workspace.repo(), number));
  if (snapshot.pull.base_branch != snapshot.default_branch) return std::optional<decide::PullSnapshot>();
  if (snapshot.pull.open) workspace.remember_head(snapshot.pull.head, number);

  TRY(const forge::Branch branch, workspace.forge().branch(workspace.repo(), snapshot.default_branch));
  CHECK_OK(ask_forge(workspace, snapshot));
  CHECK_OK(workspace.ensure(mirror, branch.head, {"refs/heads/*"}));
  CHECK_OK(workspace.note_tip(branch.head));
  TRY(const CommitId base, comparison_base(workspace, mirror, snapshot.pull, branch.head));
  TRY(const ConfigInForce config, workspace.config_at(mirror, base));
  snapshot.config = config.config;
  snapshot.config_error = config.error;
  CHECK_OK(ask_teams(workspace, snapshot));
  CHECK_OK(read_edited_comments(observer.store, snapshot));
  CHECK_OK(read_words(observer, snapshot));
  CHECK_OK(read_evaluation(observer, workspace, mirror, base, config, snapshot));
  CHECK_OK(observer.ledger.read(snapshot));
  CHECK_OK(read_pushes(observer.store, mirror, branch.head, snapshot));
  CHECK_OK(ask_for_pushes(workspace.forge(), observer.store, mirror, branch.head, snapshot));
  TRY(const auto services, workspace.services_at(mirror, base, config));
  CHECK_OK(read_bump(observer, workspace, mirror, base, *services, snapshot));
  CHECK_OK(read_sources(observer, snapshot));
  CHECK_OK(read_promotions(observer, workspace, mirror, snapshot));
  CHECK_OK(read_merge_check(observer.store, mirror, snapshot));
  snapshot.merge_refused = workspace.refusal(number);
  return std::optional<decide::PullSnapshot>(std::move(snapshot));
}

}  // namespace towline::engine
