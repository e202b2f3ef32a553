#include <algorithm>
#include <map>

#include "base/text.h"
#include "decide/decide.h"
#include "decide/markers.h"
#include "decide/plain_text.h"
#include "decide/promotion/bump_text.h"
#include "decide/promotion/wanted.h"

namespace towline::decide {
namespace {

std::string name_of(const BumpTarget& target) { return target.environment + "/" + target.service; }

std::string number_of(const BotPull& pull) { return "#" + std::to_string(pull.pull.number.value); }

std::string left_alone(const BotPull& pull) {
  return name_of(pull.target) + ": someone else committed on the branch " + pull.pull.head_branch + " of " +
         number_of(pull) + ", so Towline leaves it alone; merge it, or close it and delete the branch";
}

/// The open pull request for each target; of several the first that was opened.
std::map<BumpTarget, const BotPull*> open_by_target(const RepoSnapshot& snapshot) {
  std::map<BumpTarget, const BotPull*> open;
  for (const BotPull& pull : snapshot.open) {
    const BotPull*& slot = open[pull.target];
    if (slot == nullptr || pull.pull.number < slot->pull.number) slot = &pull;
  }
  return open;
}

/// Brings the open pull request to what is wanted.
void maintain(const BotPull& pull, UpsertBump upsert, Plan& plan) {
  const bool right_branch = same_images(pull.images, upsert.wanted.images) && !pull.outdated;
  if (pull.foreign_commits) {
    if (!right_branch) plan.refusals.push_back(left_alone(pull));
    return;
  }
  if (right_branch && find_bump_digest(pull.pull.body) == find_bump_digest(upsert.body)) return;
  upsert.pull = pull.pull.number;
  upsert.branch_head = pull.pull.head;
  upsert.rewrite_branch = !right_branch;
  plan.actions.emplace_back(std::move(upsert));
}

void open_new(const RepoSnapshot& snapshot, const config::Environment& environment, UpsertBump upsert, Plan& plan) {
  const std::string name = name_of(upsert.wanted.target);
  if (environment.bump == config::BumpMode::manual) {
    plan.refusals.push_back(name + ": '" + environment.name + "' is bumped on command only (" + upsert.title +
                            "); ask with /promote or 'towline promote'");
    return;
  }
  const auto refused = std::find_if(snapshot.refused.begin(), snapshot.refused.end(), [&](const BotPull& pull) {
    return pull.target == upsert.wanted.target && leads_to_same(upsert.wanted.images, pull.images);
  });
  if (refused != snapshot.refused.end()) {
    plan.refusals.push_back(name + ": " + number_of(*refused) + " with the same images was closed without merging (" +
                            upsert.title + "); a newer image opens another, or reopen it");
    return;
  }
  plan.actions.emplace_back(std::move(upsert));
}

bool already_there(const evaluate::ServiceState& service, const std::vector<evaluate::ImageChange>& images) {
  return !images.empty() && std::all_of(images.begin(), images.end(), [&](const evaluate::ImageChange& change) {
    return std::any_of(service.sites.begin(), service.sites.end(), [&](const sites::ImageSite& site) {
      return site.name == change.name && site.version == change.to;
    });
  });
}

std::string why_unwanted(const RepoSnapshot& snapshot, const BotPull& pull) {
  const std::string where = code_span(pull.target.environment);
  const config::Environment* environment = snapshot.config.find(pull.target.environment);
  if (environment == nullptr) return "there is no environment " + where + " any more";
  const evaluate::ServiceState* service = find_service(snapshot, pull.target.environment, pull.target.service);
  if (service == nullptr) return "the service " + code_span(pull.target.service) + " is no longer in " + where;
  if (pull.images.empty()) return "it changes nothing any more";
  if (already_there(*service, pull.images)) return where + " has these images already";
  if (environment->from) return where + " has nothing to take from " + code_span(*environment->from) + " now";
  return "no image that " + code_span(std::string(config::kRepoConfigPath)) + " selects is newer than what " + where +
         " has";
}

void close_unwanted(const RepoSnapshot& snapshot, const BotPull& pull, Plan& plan) {
  if (pull.foreign_commits) {
    plan.refusals.push_back(left_alone(pull));
    return;
  }
  plan.actions.emplace_back(
      ClosePull{pull.pull.number, pull.pull.head_branch, "Closed by Towline: " + why_unwanted(snapshot, pull) + "."});
}

}  // namespace

Plan decide_repo(const RepoSnapshot& snapshot, TimePoint /*now*/) {
  Plan plan;
  auto open = open_by_target(snapshot);
  for (const WantedBump& wanted : wanted_bumps(snapshot, plan.refusals)) {
    const config::Environment* environment = snapshot.config.find(wanted.target.environment);
    if (environment == nullptr) continue;
    UpsertBump upsert = upsert_for(wanted, *environment);
    const auto present = open.find(wanted.target);
    if (present == open.end()) {
      open_new(snapshot, *environment, std::move(upsert), plan);
    } else {
      maintain(*present->second, std::move(upsert), plan);
      open.erase(present);
    }
  }
  for (const auto& [target, pull] : open) close_unwanted(snapshot, *pull, plan);
  return plan;
}

}  // namespace towline::decide
