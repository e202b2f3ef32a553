#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "engine/branch_state.h"
#include "engine/observe.h"
#include "engine/refresh_image.h"

namespace towline::engine {

namespace {

constexpr std::size_t kClosedPulls = 30;

struct ForgeState {
  forge::Branch branch;
  std::vector<forge::PullRequest> open;
  std::vector<forge::PullRequest> closed;
};

/// The three answers are independent of each other, so they are asked for side by side.
Result<ForgeState> ask_forge(InfraRepository& workspace, const std::string& default_branch) {
  forge::Forge& forge = workspace.forge();
  const RepoName& repo = workspace.repo();
  auto open = std::async(std::launch::async, [&] { return forge.open_pulls(repo); });
  auto closed = std::async(std::launch::async, [&] { return forge.closed_pulls(repo, kClosedPulls); });
  auto branch = forge.branch(repo, default_branch);
  auto open_answer = open.get();
  auto closed_answer = closed.get();
  ForgeState state;
  TRY(state.branch, std::move(branch));
  TRY(state.open, std::move(open_answer));
  TRY(state.closed, std::move(closed_answer));
  return state;
}

bool is_bots(const forge::PullRequest& pull, const decide::RepoSnapshot& snapshot) {
  return pull.author == snapshot.bot && !pull.from_fork && pull.base_branch == snapshot.default_branch &&
         decide::parse_bump_branch(pull.head_branch).has_value();
}

std::string directory_of(const decide::RepoSnapshot& snapshot, const decide::BumpTarget& target) {
  for (const evaluate::ServiceState& service : snapshot.services) {
    if (service.environment == target.environment && service.service == target.service) return service.directory;
  }
  return {};
}

Result<decide::BotPull> read_bot_pull(const Observer& observer, InfraRepository& workspace, git::Repository& mirror,
                                      const decide::RepoSnapshot& snapshot, const forge::PullRequest& pull) {
  decide::BotPull bot_pull;
  bot_pull.pull = pull;
  bot_pull.target = *decide::parse_bump_branch(pull.head_branch);
  const std::string directory = directory_of(snapshot, bot_pull.target);
  if (directory.empty()) return bot_pull;  // the service is gone: the branch changes nothing that counts
  CHECK_OK(workspace.ensure(mirror, pull.head, {workspace.forge().pull_ref(pull.number)}));
  const auto state = branch_state(workspace, mirror, pull.head, snapshot.base, directory, observer.bot_email);
  if (!state) {
    // Such a branch is not the bot's work, and must not keep the others from being looked at.
    log::warn("a bump branch cannot be read and is left alone: " + state.error().message,
              {{"repo", workspace.repo().str()}, {"branch", pull.head_branch}});
    bot_pull.foreign_commits = true;
    return bot_pull;
  }
  bot_pull.images = state->images;
  bot_pull.foreign_commits = state->foreign_commits;
  bot_pull.outdated = state->outdated;
  return bot_pull;
}

Result<void> read_pulls(const Observer& observer, InfraRepository& workspace, git::Repository& mirror,
                        const ForgeState& state, decide::RepoSnapshot& snapshot) {
  for (const forge::PullRequest& pull : state.open) {
    if (!is_bots(pull, snapshot)) continue;
    TRY(decide::BotPull bot_pull, read_bot_pull(observer, workspace, mirror, snapshot, pull));
    snapshot.open.push_back(std::move(bot_pull));
  }
  for (const forge::PullRequest& pull : state.closed) {
    if (pull.merged || !is_bots(pull, snapshot)) continue;
    if (pull.body.find(kClosedByBotMarker) != std::string::npos) continue;
    auto bot_pull = read_bot_pull(observer, workspace, mirror, snapshot, pull);
    // The forge may have dropped the commits of a closed pull request; then nobody can say what it refused.
    if (bot_pull) snapshot.refused.push_back(*std::move(bot_pull));
  }
  return {};
}

/// What the image of that digest said of itself, if its registry is asked.
void read_source(const Observer& observer, const image::ImageName& name, const image::Digest& digest,
                 decide::RepoSnapshot& snapshot) {
  if (observer.registries.find(name) == nullptr) return;
  if (const auto facts = known_facts(observer.store, digest)) {
    snapshot.sources[digest] = {facts->source, facts->revision};
  }
}

Result<void> read_known_images(const Observer& observer, decide::RepoSnapshot& snapshot) {
  std::set<std::string> used;
  for (const evaluate::ServiceState& service : snapshot.services) {
    for (const sites::ImageSite& site : service.sites) {
      used.insert(site.name.str());
      if (site.version.digest) read_source(observer, site.name, *site.version.digest, snapshot);
    }
  }
  TRY(const auto rows, observer.store.seen_images());
  for (const store::SeenImageRow& row : rows) {
    if (!used.contains(row.name)) continue;
    const auto name = image::parse_image_name(row.name);
    const auto tag = image::parse_tag(row.tag);
    if (!name || !tag) continue;
    decide::KnownImage image{*name, *tag, std::nullopt, row.seen, row.created};
    if (const auto digest = image::parse_digest(row.digest)) {
      image.digest = *digest;
      read_source(observer, *name, *digest, snapshot);
    }
    if (!row.unchecked.empty()) snapshot.unchecked[{*name, *tag}] = row.unchecked;
    snapshot.known.push_back(std::move(image));
  }
  return {};
}

/// For every image that a promotion would move: since when its source environment runs it.
Result<void> read_proven(InfraRepository& workspace, git::Repository& mirror, decide::RepoSnapshot& snapshot) {
  std::map<std::pair<std::string, std::string>, const evaluate::ServiceState*> by_name;
  for (const auto& service : snapshot.services) by_name[{service.environment, service.service}] = &service;
  for (const towline::config::Environment& environment : snapshot.config.environments) {
    if (!environment.from) continue;
    for (const auto& service : snapshot.services) {
      if (service.environment != environment.name) continue;
      const auto source = by_name.find({*environment.from, service.service});
      if (source == by_name.end()) continue;
      for (const sites::ImageSite& site : source->second->sites) {
        const auto target = std::find_if(service.sites.begin(), service.sites.end(),
                                         [&](const auto& other) { return other.name == site.name; });
        if (target == service.sites.end()) continue;
        const std::tuple<std::string, std::string, std::string> key{source->second->environment,
                                                                    source->second->service, site.name.str()};
        if (target->version == site.version || snapshot.proven.contains(key)) continue;
        TRY(const auto proven,
            when_proven(workspace, mirror, snapshot.base, source->second->directory, site.name, site.version));
        if (proven) snapshot.proven[key] = *proven;
      }
    }
  }
  return {};
}

}  // namespace

Result<decide::RepoSnapshot> observe_repo(const Observer& observer, InfraRepository& workspace,
                                          git::Repository& mirror) {
  TRY(const InfraRepository::Facts facts, workspace.facts());
  TRY(const ForgeState state, ask_forge(workspace, facts.repo.default_branch));

  decide::RepoSnapshot snapshot;
  snapshot.forge = workspace.forge_name();
  snapshot.repo = workspace.repo();
  snapshot.bot = facts.bot;
  snapshot.default_branch = facts.repo.default_branch;
  snapshot.base = state.branch.head;
  CHECK_OK(workspace.ensure(mirror, snapshot.base, {"refs/heads/*"}));
  CHECK_OK(workspace.note_tip(snapshot.base));
  TRY(const ConfigInForce config, workspace.config_at(mirror, snapshot.base));
  snapshot.config = config.config;
  snapshot.config_error = config.error;
  TRY(const auto services, workspace.services_at(mirror, snapshot.base, config));
  snapshot.services = *services;
  CHECK_OK(read_known_images(observer, snapshot));
  CHECK_OK(read_pulls(observer, workspace, mirror, state, snapshot));
  CHECK_OK(read_proven(workspace, mirror, snapshot));
  return snapshot;
}

}  // namespace towline::engine
