#include "forge/sandbox/pulls.h"

#include <algorithm>
#include <map>

#include "forge/sandbox/git.h"
#include "forge/sandbox/hooks.h"
#include "forge/sandbox/refs.h"
#include "git/repository.h"

namespace towline::forge::sandbox {
namespace {

bool may_edit(const User& by, std::string_view author) { return by.writer || by.login == author; }

/// "carol:patch" -> carol's fork, "patch".
struct Head {
  std::string fork;
  std::string branch;
};

Head parse_head(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {"", text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<CommitId> commit_at(const Repository& repository, const Head& head) {
  const auto own = repository.heads.find(head.branch);
  const auto forked = repository.fork_heads.find({head.fork, head.branch});
  if (head.fork.empty()) return own == repository.heads.end() ? std::nullopt : std::optional(own->second);
  return forked == repository.fork_heads.end() ? std::nullopt : std::optional(forked->second);
}

Outcome<void> refuse_second(const Repository& repository, const PullForm& form) {
  const Head head = parse_head(form.head);
  for (const Pull& pull : repository.pulls) {
    if (!pull.open || pull.fork != head.fork || pull.head_branch != head.branch) continue;
    if (pull.base_branch != form.base) continue;
    const std::string repo_id = std::to_string(repository.id);
    std::string message = "pull request already exists for these targets [id: " + std::to_string(pull.id);
    message += ", issue_id: " + std::to_string(pull.number.value) + ", head_repo_id: " + repo_id;
    message += ", base_repo_id: " + repo_id + ", head_branch: " + form.head + ", base_branch: " + form.base + "]";
    return refuse(409, std::move(message));
  }
  return {};
}

Json changed(std::string_view field, const std::string& from) { return {{field, {{"from", from}}}}; }

Outcome<void> retitle(World& world, Repository& repository, Pull& pull, const User& by, const std::string& title) {
  if (title == pull.title) return {};
  const std::string before = std::exchange(pull.title, title);
  Entry& entry = add_entry(world, pull, "change_title", by.login);
  entry.old_title = before;
  entry.new_title = title;
  return notify_pull(world, repository, pull, "edited", by.login, changed("title", before));
}

/// As Gitea does it: the entries of earlier pushes go, and one of all commits takes their place, by whoever did this.
Outcome<void> retarget(World& world, Repository& repository, Pull& pull, const User& by, const std::string& base) {
  if (pull.merged || !pull.open) return refuse(422, "pull request is closed or merged");
  const auto target = repository.heads.find(base);
  if (target == repository.heads.end()) return refuse(404, "not found");
  if (target->second == pull.head) return refuse(422, "There are no changes between the head and the base");
  const std::string head = pull.fork.empty() ? pull.head_branch : pull.fork + ":" + pull.head_branch;
  if (auto single = refuse_second(repository, {head, base, pull.title, pull.body}); !single) return single;
  const std::string before = std::exchange(pull.base_branch, base);
  std::erase_if(pull.timeline, [](const Entry& entry) { return entry.type == "pull_push"; });
  if (auto added = add_push_entries(world, repository, pull, CommitId(), pull.head, by.login); !added) return added;
  Entry& entry = add_entry(world, pull, "change_target_branch", by.login);
  entry.old_ref = before;
  entry.new_ref = base;
  return notify_pull(world, repository, pull, "edited", by.login, changed("ref", before));
}

}  // namespace

Outcome<MergeFacts> current_facts(const Repository& repository, Pull& pull) {
  const auto base = repository.heads.find(pull.base_branch);
  const bool known = base != repository.heads.end() && pull.facts.base == base->second && pull.facts.head == pull.head;
  if (pull.merged || base == repository.heads.end() || known) return pull.facts;
  auto facts = read_merge_facts(repository.path, base->second, pull.head);
  if (!facts) return refuse(facts.error());
  pull.facts = *facts;
  return pull.facts;
}

Outcome<Pull*> open_pull(World& world, Repository& repository, const User& by, const PullForm& form) {
  if (form.title.empty()) return refuse(422, "[Title]: Required");
  if (form.head == form.base) {
    return refuse(422, "Invalid PullRequest: There are no changes between the head and the base");
  }
  const Head from = parse_head(form.head);
  const auto head = commit_at(repository, from);
  if (!head || !repository.heads.contains(form.base)) return refuse(404, "not found");
  if (auto single = refuse_second(repository, form); !single) return tl::unexpected(single.error());

  Pull pull;
  pull.number.value = static_cast<std::int64_t>(repository.pulls.size()) + 1;
  pull.title = form.title;
  pull.body = form.body;
  pull.author = by.login;
  pull.fork = from.fork;
  pull.head_branch = from.branch;
  pull.base_branch = form.base;
  pull.head = *head;
  pull.created = pull.updated = world.now();
  auto objects = git::Repository::open(repository.path);
  if (!objects) return refuse(objects.error());
  const std::string ref = "refs/pull/" + std::to_string(pull.number.value) + "/head";
  if (auto written = objects->set_ref(ref, pull.head); !written) return refuse(written.error());
  if (auto added = add_push_entries(world, repository, pull, CommitId(), pull.head, by.login); !added) {
    return tl::unexpected(added.error());
  }
  pull.id = ++world.last_pull;
  Pull& opened = repository.pulls.emplace_back(std::move(pull));
  if (auto told = notify_pull(world, repository, opened, "opened", by.login); !told) {
    return tl::unexpected(told.error());
  }
  return &opened;
}

Outcome<void> set_open(World& world, Repository& repository, Pull& pull, bool open, std::string_view by) {
  if (open == pull.open) return {};
  if (pull.merged) return refuse(412, "cannot change state of this pull request, it was already merged");
  if (open) {
    const std::string head = pull.fork.empty() ? pull.head_branch : pull.fork + ":" + pull.head_branch;
    const PullForm form{head, pull.base_branch, pull.title, pull.body};
    if (auto single = refuse_second(repository, form); !single) return single;
  }
  pull.open = open;
  add_entry(world, pull, open ? "reopen" : "close", by);
  pull.closed = open ? std::nullopt : std::optional(pull.updated);
  const auto head = commit_at(repository, {pull.fork, pull.head_branch});
  // What was pushed while it was closed counts from now on.
  if (open && head && *head != pull.head) {
    auto objects = git::Repository::open(repository.path);
    if (!objects) return refuse(objects.error());
    pull.head = *head;
    const std::string ref = "refs/pull/" + std::to_string(pull.number.value) + "/head";
    if (auto written = objects->set_ref(ref, pull.head); !written) return refuse(written.error());
  }
  return notify_pull(world, repository, pull, open ? "reopened" : "closed", by);
}

Outcome<void> edit_pull(World& world, Repository& repository, Pull& pull, const User& by, const PullEdit& edit) {
  if (!may_edit(by, pull.author)) return refuse(403);
  if (edit.title && !edit.title->empty()) {
    if (auto done = retitle(world, repository, pull, by, *edit.title); !done) return done;
  }
  if (edit.body && *edit.body != pull.body) {
    const std::string before = std::exchange(pull.body, *edit.body);
    pull.updated = world.now();
    if (auto told = notify_pull(world, repository, pull, "edited", by.login, changed("body", before)); !told) {
      return told;
    }
  }
  if (edit.base && *edit.base != pull.base_branch) {
    if (auto done = retarget(world, repository, pull, by, *edit.base); !done) return done;
  }
  if (edit.open) return set_open(world, repository, pull, *edit.open, by.login);
  return {};
}

Outcome<Entry*> add_comment(World& world, Repository& repository, Pull& pull, const User& by, std::string body) {
  if (body.empty()) return refuse(422, "[Body]: Required");
  Entry& entry = add_entry(world, pull, "comment", by.login, std::move(body));
  if (auto told = notify_comment(world, repository, pull, entry, "created", by.login); !told) {
    return tl::unexpected(told.error());
  }
  return &entry;
}

std::pair<Pull*, Entry*> find_comment(Repository& repository, std::int64_t id) {
  for (Pull& pull : repository.pulls) {
    for (Entry& entry : pull.timeline) {
      if (entry.id == id && entry.type == "comment") return {&pull, &entry};
    }
  }
  return {nullptr, nullptr};
}

Outcome<Entry*> edit_comment(World& world, Repository& repository, std::int64_t id, const User& by, std::string body) {
  const auto [pull, entry] = find_comment(repository, id);
  if (!entry) return refuse(404, "not found");
  if (!may_edit(by, entry->author)) return refuse(403);
  if (body.empty()) return refuse(422, "[Body]: Required");
  const std::string before = std::exchange(entry->body, std::move(body));
  entry->updated = pull->updated = world.now();
  const Json changes = changed("body", before);
  if (auto told = notify_comment(world, repository, *pull, *entry, "edited", by.login, changes); !told) {
    return tl::unexpected(told.error());
  }
  return entry;
}

Outcome<void> delete_comment(World& world, Repository& repository, std::int64_t id, const User& by) {
  const auto [pull, entry] = find_comment(repository, id);
  if (!entry) return refuse(404, "not found");
  if (!may_edit(by, entry->author)) return refuse(403);
  if (auto told = notify_comment(world, repository, *pull, *entry, "deleted", by.login); !told) return told;
  std::erase_if(pull->timeline, [id = id](const Entry& one) { return one.id == id; });
  pull->updated = world.now();
  return {};
}

Outcome<ReviewRecord*> add_review(World& world, Repository& repository, Pull& pull, const User& by,
                                  const ReviewForm& form) {
  const bool approves = form.state == "APPROVED";
  const bool rejects = form.state == "REQUEST_CHANGES";
  if (!approves && !rejects && form.state != "COMMENT") return refuse(422, "unknown review event " + form.state);
  if (by.login == pull.author && approves) return refuse(422, "approve your own pull is not allowed");
  if (by.login == pull.author && rejects) return refuse(422, "reject your own pull is not allowed");
  if (!approves && form.body.empty()) return refuse(422, "review event " + form.state + " requires a body");
  if (approves || rejects) {
    // Only a reviewer's latest word counts.
    for (ReviewRecord& earlier : pull.reviews) {
      if (earlier.author != by.login || earlier.state == "COMMENT") continue;
      earlier.official = false;
      earlier.dismissed = true;
    }
  }
  ReviewRecord review;
  review.id = ++world.last_review;
  review.entry = add_entry(world, pull, "review", by.login, form.body).id;
  review.author = by.login;
  review.state = form.state;
  review.body = form.body;
  review.commit = form.commit.empty() ? pull.head : form.commit;
  review.submitted = world.now();
  review.official = by.writer && (approves || rejects);
  ReviewRecord& added = pull.reviews.emplace_back(std::move(review));
  if (auto told = notify_review(world, repository, pull, added); !told) return tl::unexpected(told.error());
  return &added;
}

Outcome<StatusRecord*> add_status(World& world, Repository& repository, const CommitId& commit, const User& by,
                                  StatusRecord status) {
  if (!by.writer) return refuse(403, "user should have a permission to write to a repo");
  const auto objects = git::Repository::open(repository.path);
  if (!objects) return refuse(objects.error());
  // Gitea, too, answers 500 without a word here.
  if (!objects->has_commit(commit)) return refuse(500);
  if (status.context.empty()) status.context = "default";
  status.id = ++world.last_status;
  status.creator = by.login;
  status.created = world.now();
  StatusRecord& added = repository.statuses[commit.str()].emplace_back(std::move(status));
  if (auto told = notify_status(world, repository, commit, added); !told) return tl::unexpected(told.error());
  return &added;
}

std::vector<StatusRecord> latest_statuses(const Repository& repository, const CommitId& commit) {
  std::map<std::string, StatusRecord> latest;
  const auto found = repository.statuses.find(commit.str());
  if (found == repository.statuses.end()) return {};
  for (const StatusRecord& status : found->second) latest.insert_or_assign(status.context, status);
  std::vector<StatusRecord> result;
  result.reserve(latest.size());
  for (auto& [context, status] : latest) result.push_back(std::move(status));
  return result;
}

}  // namespace towline::forge::sandbox
