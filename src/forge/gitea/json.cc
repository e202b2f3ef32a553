#include "forge/gitea/json.h"

#include <algorithm>
#include <string>

namespace towline::forge {
namespace {

tl::unexpected<Error> incomplete(std::string_view thing, std::string_view field) {
  return fail(ErrorKind::unavailable, "Gitea gave " + std::string(thing) + " without " + std::string(field));
}

bool is_commit_id(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

ReviewState review_state(const Json& json) {
  if (json_bool(json, "/dismissed")) return ReviewState::dismissed;
  const std::string state = json_string(json, "/state");
  if (state == "APPROVED") return ReviewState::approved;
  if (state == "REQUEST_CHANGES") return ReviewState::changes_requested;
  if (state == "PENDING") return ReviewState::pending;
  return ReviewState::commented;
}

/// Gitea has two more: "warning", which it counts as a failure, and "skipped", which it counts as a success.
StatusState status_state(std::string_view state) {
  if (state == "pending") return StatusState::pending;
  if (state == "success" || state == "skipped") return StatusState::success;
  if (state == "failure" || state == "warning") return StatusState::failure;
  return StatusState::error;
}

}  // namespace

CommitId read_commit_id(const Json& json, std::string_view pointer) {
  std::string text = json_string(json, pointer);
  return is_commit_id(text) ? CommitId(std::move(text)) : CommitId();
}

TimePoint read_time(const Json& json, std::string_view pointer) {
  return parse_time(json_string(json, pointer)).value_or(TimePoint{});
}

Result<std::string> read_login(const Json& json) {
  std::string login = json_string(json, "/login");
  if (login.empty()) return incomplete("a user", "a login");
  return login;
}

Result<Repo> read_repo(const Json& json) {
  Repo repo;
  TRY(repo.name, RepoName::parse(json_string(json, "/full_name")));
  repo.default_branch = json_string(json, "/default_branch");
  repo.clone_url = json_string(json, "/clone_url");
  repo.web_url = json_string(json, "/html_url");
  repo.can_push = json_bool(json, "/permissions/push");
  if (repo.clone_url.empty()) return incomplete("the repository " + repo.name.str(), "a clone URL");
  return repo;
}

Result<Branch> read_branch(const Json& json) {
  Branch branch{json_string(json, "/name"), read_commit_id(json, "/commit/id")};
  if (branch.name.empty()) return incomplete("a branch", "a name");
  if (branch.head.empty()) return incomplete("the branch " + branch.name, "a commit id");
  return branch;
}

Result<PullRequest> read_pull(const Json& json) {
  PullRequest pull;
  pull.number.value = json_integer(json, "/number");
  if (pull.number.value <= 0) return incomplete("a pull request", "a number");
  pull.title = json_string(json, "/title");
  pull.body = json_string(json, "/body");
  pull.author = json_string(json, "/user/login");
  // The label stays the branch's name when the branch is gone and `ref` becomes "refs/pull/N/head".
  pull.head_branch = json_string(json, "/head/label", json_string(json, "/head/ref"));
  pull.base_branch = json_string(json, "/base/ref");
  pull.head = read_commit_id(json, "/head/sha");
  // A pull request made by pushing to refs/for/… (AGit) names no branch, and needs no right to push one.
  const bool has_branch = !json_string(json, "/head/label").empty();
  pull.from_fork = !has_branch || json_integer(json, "/head/repo_id", -1) != json_integer(json, "/base/repo_id", -2);
  if (pull.from_fork) {
    const std::string fork = json_string(json, "/head/repo/full_name");
    // Who makes a pull request by pushing to refs/for/… pushed what it consists of.
    pull.fork_owner = has_branch ? fork.substr(0, fork.find('/')) : pull.author;
  }
  pull.open = json_string(json, "/state") == "open";
  pull.merged = json_bool(json, "/merged");
  pull.draft = json_bool(json, "/draft");
  if (pull.merged) {
    pull.merge_commit = read_commit_id(json, "/merge_commit_sha");
    pull.merged_by = json_string(json, "/merged_by/login");
    pull.merged_at = parse_time(json_string(json, "/merged_at")).value_or(TimePoint{});
    if (pull.merged_at == TimePoint{}) pull.merged_at.reset();
  }
  pull.url = json_string(json, "/html_url");
  pull.created = read_time(json, "/created_at");
  pull.updated = read_time(json, "/updated_at");
  return pull;
}

Result<Comment> read_comment(const Json& json) {
  Comment comment;
  comment.id = json_integer(json, "/id");
  if (comment.id <= 0) return incomplete("a comment", "an id");
  comment.author = json_string(json, "/user/login");
  comment.body = json_string(json, "/body");
  comment.created = read_time(json, "/created_at");
  // Gitea touches `updated_at` of a comment only when it is edited. Both are in whole seconds: an edit within
  // the second of its creation is told by its webhook alone (Event::comment).
  comment.updated = std::max(read_time(json, "/updated_at"), comment.created);
  comment.edited = comment.updated > comment.created;
  comment.url = json_string(json, "/html_url");
  return comment;
}

Result<std::optional<Review>> read_review(const Json& json) {
  if (json_string(json, "/state") == "REQUEST_REVIEW") return std::optional<Review>();
  Review review;
  review.id = json_integer(json, "/id");
  if (review.id <= 0) return incomplete("a review", "an id");
  review.author = json_string(json, "/user/login");
  review.state = review_state(json);
  review.commit = read_commit_id(json, "/commit_id");
  review.submitted = read_time(json, "/submitted_at");
  return std::optional<Review>(std::move(review));
}

Result<CommitStatus> read_status(const Json& json) {
  CommitStatus status;
  status.context = json_string(json, "/context");
  status.state = status_state(json_string(json, "/status"));
  status.description = json_string(json, "/description");
  status.target_url = json_string(json, "/target_url");
  return status;
}

}  // namespace towline::forge
