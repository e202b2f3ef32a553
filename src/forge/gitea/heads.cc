#include "forge/gitea/heads.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "forge/gitea/json.h"

namespace towline::forge {
namespace {

std::optional<HeadEntry> read_push(const Json& item) {
  const auto body = parse_json(json_string(item, "/body"), 4);
  if (!body || !body->is_object()) return std::nullopt;
  const auto ids = body->find("commit_ids");
  if (ids == body->end() || !ids->is_array()) return std::nullopt;
  HeadEntry entry;
  const bool force = json_bool(*body, "/is_force_push");
  entry.kind = force ? HeadEntry::Kind::force_push : HeadEntry::Kind::push;
  for (const Json& id : *ids) {
    if (id.is_string()) entry.commits.emplace_back(id.get<std::string>());
  }
  if (force ? entry.commits.size() != 2 : entry.commits.empty()) return std::nullopt;
  return entry;
}

/// A force push also writes an ordinary entry, just before its own, with the commits that are new. Those never
/// contain the head before; a Gitea before 1.26 writes no such entry, and what stands there is a push that does.
bool belongs_to(const HeadEntry& push, const HeadEntry& force) {
  return push.commits.back() != force.commits.front() && force.at - push.at <= std::chrono::seconds{1};
}

/// The pushes since the last thing that is certain. They are in the order of their commits, and what a later
/// force push takes out of them is always the newest part: if the last one's last commit was the head just
/// before the force push, then nothing was taken out (Gitea before 1.26); otherwise only the last is in doubt.
void add_pushes(std::vector<HeadEvent>& events, std::vector<const HeadEntry*>& pushes, const CommitId& head_before) {
  for (const HeadEntry* push : pushes) events.push_back({push->commits.back(), push->at});
  pushes.clear();
  if (!events.empty() && events.back().commit != head_before) events.back().commit = CommitId();
}

}  // namespace

std::vector<HeadEntry> read_head_entries(const std::vector<Json>& timeline) {
  std::vector<HeadEntry> entries;
  for (const Json& item : timeline) {
    const std::string type = json_string(item, "/type");
    std::optional<HeadEntry> entry;
    if (type == "pull_push") entry = read_push(item);
    if (type == "reopen") entry = HeadEntry{HeadEntry::Kind::reopened, {}, {}};
    if (type == "change_target_branch") entry = HeadEntry{HeadEntry::Kind::retargeted, {}, {}};
    if (!entry) continue;
    entry->at = parse_time(json_string(item, "/created_at")).value_or(TimePoint{});
    entries.push_back(*std::move(entry));
  }
  return entries;
}

std::vector<RecentPush> read_recent_pushes(const std::vector<Json>& feed) {
  constexpr std::string_view kBranches = "refs/heads/";
  constexpr std::size_t kIdLength = 40;
  std::vector<RecentPush> pushes;
  for (const Json& item : feed) {
    const std::string ref = json_string(item, "/ref_name");
    if (json_string(item, "/op_type") != "commit_repo" || !ref.starts_with(kBranches)) continue;
    const auto content = parse_json(json_string(item, "/content"), 8);
    if (!content || !content->is_object()) continue;
    RecentPush push{ref.substr(kBranches.size()),
                    {},
                    read_commit_id(*content, "/HeadCommit/Sha1"),
                    json_string(item, "/act_user/login")};
    if (push.after.empty() || push.sender.empty()) continue;
    const std::string range = json_string(*content, "/CompareURL");
    const std::size_t dots = range.rfind("..." + push.after.str());
    const bool has_before = dots != std::string::npos && dots > kIdLength && range[dots - kIdLength - 1] == '/';
    if (has_before) push.before = read_commit_id({{"id", range.substr(dots - kIdLength, kIdLength)}}, "/id");
    if (push.before.empty()) push.before = push.after;
    pushes.push_back(std::move(push));
  }
  return pushes;
}

std::vector<HeadEvent> head_events_of(const std::vector<HeadEntry>& entries) {
  std::vector<HeadEvent> events;
  std::vector<const HeadEntry*> pushes;
  const auto forced = [](const HeadEntry& entry) { return entry.kind == HeadEntry::Kind::force_push; };
  auto forces_left = std::count_if(entries.begin(), entries.end(), forced);
  for (const HeadEntry& entry : entries) {
    if (entry.kind == HeadEntry::Kind::push) {
      pushes.push_back(&entry);
    } else if (entry.kind == HeadEntry::Kind::force_push) {
      if (!pushes.empty() && belongs_to(*pushes.back(), entry)) pushes.pop_back();
      add_pushes(events, pushes, entry.commits.front());
      events.push_back({entry.commits.back(), entry.at});
      --forces_left;
    } else {
      const bool kept_whole = forces_left == 0;
      add_pushes(events, pushes, kept_whole && !pushes.empty() ? pushes.back()->commits.back() : CommitId());
      const bool retargeted = entry.kind == HeadEntry::Kind::retargeted;
      // Pushes to a closed pull request leave no entry; another target branch leaves the head as it was.
      const CommitId head = retargeted && !events.empty() ? events.back().commit : CommitId();
      events.push_back({head, entry.at, !retargeted, retargeted});
    }
  }
  if (!pushes.empty()) add_pushes(events, pushes, pushes.back()->commits.back());
  return events;
}

}  // namespace towline::forge
