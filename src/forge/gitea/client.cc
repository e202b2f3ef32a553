#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "forge/forge.h"
#include "forge/gitea/gitea.h"
#include "forge/gitea/heads.h"
#include "forge/gitea/json.h"
#include "forge/gitea/people.h"
#include "forge/gitea/rest.h"

namespace towline::forge {
namespace {

constexpr std::size_t kMostPulls = 2000;
constexpr std::size_t kMostReviews = 5000;
constexpr std::size_t kMostCommits = 2000;
constexpr std::size_t kMostTimelineItems = 20'000;
constexpr std::size_t kMostFeedPages = 4;
constexpr std::size_t kMostStatuses = 2000;
constexpr std::size_t kMostHooks = 500;
constexpr std::size_t kMostClosedPulls = 50;
constexpr std::size_t kStatusDescriptionBytes = 140;
constexpr std::chrono::seconds kMergeabilityTakes{2};

std::string read_right(const RepoName& repo) {
  return "read access to " + repo.str() + " and the scope read:repository";
}
std::string write_right(const RepoName& repo) {
  return "write access to " + repo.str() + " and the scope write:repository";
}
std::string issue_right(const RepoName& repo) {
  return "write access to the pull requests of " + repo.str() + " and the scope write:issue";
}

std::string pull_path(const RepoName& repo, PullNumber number) {
  return repo_path(repo) + "/pulls/" + std::to_string(number.value);
}
std::string issue_path(const RepoName& repo, PullNumber number) {
  return repo_path(repo) + "/issues/" + std::to_string(number.value);
}

template <class T>
Result<std::vector<T>> read_all(const std::vector<Json>& items, Result<T> (*read)(const Json&)) {
  std::vector<T> all;
  all.reserve(items.size());
  for (const Json& item : items) {
    TRY(T one, read(item));
    all.push_back(std::move(one));
  }
  return all;
}

/// Texts by which git says that the target branch moved while Gitea merged: both parts are in the message.
struct BranchRace {
  std::string_view first;
  std::string_view second;
};
constexpr BranchRace kBranchRaces[] = {
    {"cannot lock ref", "but expected"},
    {"cannot lock ref", "File exists"},
    {"cannot lock ref", "reference already exists"},
    {"[rejected]", "fetch first"},
    {"[rejected]", "non-fast-forward"},
    {"[rejected]", "stale info"},
    {"push out of date", ""},
};

bool is_branch_race(std::string_view message) {
  return std::any_of(std::begin(kBranchRaces), std::end(kBranchRaces), [&](const BranchRace& race) {
    return message.find(race.first) != std::string_view::npos && message.find(race.second) != std::string_view::npos;
  });
}

/// What a refused merge means: see the comment at `Forge::merge`.
Error merge_error(const HttpResponse& response, const Asked& asked) {
  Error error = gitea_error(response, asked);
  const std::string message = gitea_message(response);
  const auto says = [&](std::string_view part) { return message.find(part) != std::string::npos; };
  if (is_branch_race(message)) {
    error.kind = ErrorKind::conflict;
    error.retry_after.reset();
  } else if (response.status == 502 || response.status == 504) {
    error.kind = ErrorKind::timeout;  // a proxy's: Gitea may go on
  } else if (says("matches more than one")) {
    // Until somebody deletes it every merge fails.
    error.kind = ErrorKind::forbidden;
    error.retry_after.reset();
    error.message +=
        ": a branch or a tag has the whole name of the target branch (refs/heads/...) as its name; delete it";
  } else if (response.status == 405) {
    error.kind = says("already merged") ? ErrorKind::conflict : ErrorKind::forbidden;
    if (says("try again later")) {
      error.kind = ErrorKind::unavailable;
      error.retry_after = kMergeabilityTakes;
    }
  } else if (response.status == 409 && says("PushRejected")) {
    error.kind = ErrorKind::forbidden;  // a hook or a branch protection
  } else if (response.status == 409 && message.empty()) {
    // Only branches whose contents conflict are told without a message, as an object with git's output.
    error.kind = ErrorKind::invalid;
    error.message += ": the branches conflict; resolve that on the head branch";
  }
  return error;
}

class Gitea final : public Forge {
 public:
  Gitea(std::unique_ptr<HttpClient> http, std::size_t comment_bytes)
      : rest_(std::move(http)), comment_bytes_(comment_bytes) {}

  Result<std::string> whoami() override {
    TRY(const Json user, rest_.get("/user", {"tell whose token this is", "the scope read:user"}));
    return read_login(user);
  }

  Result<Repo> repo(const RepoName& repo) override {
    TRY(const Json json, rest_.get(repo_path(repo), {"read the repository " + repo.str(), read_right(repo)}));
    return read_repo(json);
  }

  Result<Branch> branch(const RepoName& repo, std::string_view name) override {
    const Asked asked{"read the branch " + std::string(name) + " of " + repo.str(), read_right(repo)};
    TRY(const Json json, rest_.get(repo_path(repo) + "/branches/" + encode_path(name), asked));
    return read_branch(json);
  }

  Result<PullRequest> pull(const RepoName& repo, PullNumber number) override {
    TRY(const Json json,
        rest_.get(pull_path(repo, number), {"read the pull request " + pull_name(repo, number), read_right(repo)}));
    return read_pull(json);
  }

  Result<std::vector<PullRequest>> open_pulls(const RepoName& repo) override {
    const Asked asked{"list the open pull requests of " + repo.str(), read_right(repo)};
    TRY(const auto items, rest_.pages(repo_path(repo) + "/pulls?state=open&sort=oldest", "", kMostPulls, asked));
    TRY(auto pulls, read_all<PullRequest>(items, read_pull));
    // A pull request that opens or closes between two pages shifts the next one.
    std::sort(pulls.begin(), pulls.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    pulls.erase(
        std::unique(pulls.begin(), pulls.end(), [](const auto& a, const auto& b) { return a.number == b.number; }),
        pulls.end());
    return pulls;
  }

  Result<std::vector<PullRequest>> closed_pulls(const RepoName& repo, std::size_t limit) override {
    limit = std::min(limit, kMostClosedPulls);
    if (limit == 0) return std::vector<PullRequest>{};
    const Asked asked{"list the closed pull requests of " + repo.str(), read_right(repo)};
    TRY(const auto items,
        rest_.list(repo_path(repo) + "/pulls?state=closed&sort=recentupdate&page=1&limit=" + std::to_string(limit),
                   asked));
    TRY(auto pulls, read_all<PullRequest>(items, read_pull));
    std::sort(pulls.begin(), pulls.end(), [](const auto& a, const auto& b) {
      return std::pair(a.updated, a.number) > std::pair(b.updated, b.number);
    });
    return pulls;
  }

  Result<PullRequest> open_pull(const RepoName& repo, const NewPull& pull) override {
    const Json body = {
        {"head", pull.head_branch}, {"base", pull.base_branch}, {"title", pull.title}, {"body", pull.body}};
    const Asked asked{"open a pull request for " + pull.head_branch + " in " + repo.str(), write_right(repo)};
    TRY(const Json json, rest_.exchange("POST", repo_path(repo) + "/pulls", body, asked));
    return read_pull(json);
  }

  Result<void> edit_pull(const RepoName& repo, PullNumber number, std::string_view title,
                         std::string_view body) override {
    const Json change = {{"title", title}, {"body", body}};
    return done(rest_.send("PATCH", pull_path(repo, number), change,
                           {"edit the pull request " + pull_name(repo, number), write_right(repo)}));
  }

  Result<void> close_pull(const RepoName& repo, PullNumber number) override {
    return done(rest_.send("PATCH", pull_path(repo, number), {{"state", "closed"}},
                           {"close the pull request " + pull_name(repo, number), write_right(repo)}));
  }

  Result<void> delete_branch(const RepoName& repo, std::string_view branch) override {
    return done(rest_.send("DELETE", repo_path(repo) + "/branches/" + encode_path(branch), Json(),
                           {"delete the branch " + std::string(branch) + " of " + repo.str(), write_right(repo)}));
  }

  Result<CommitId> merge(const RepoName& repo, const MergeRequest& request) override;
  Result<std::set<std::string>> commit_authors(const RepoName& repo, PullNumber number) override;
  Result<std::vector<HeadEvent>> head_events(const RepoName& repo, PullNumber number) override;

  Result<std::vector<RecentPush>> recent_pushes(const RepoName& repo) override {
    const Asked asked{"read the activity feed of " + repo.str(), read_right(repo)};
    std::vector<Json> feed;
    for (std::size_t page = 1; page <= kMostFeedPages; ++page) {
      TRY(auto items, rest_.list(repo_path(repo) + "/activities/feeds?limit=50&page=" + std::to_string(page), asked));
      if (items.empty()) break;
      std::move(items.begin(), items.end(), std::back_inserter(feed));
    }
    return read_recent_pushes(feed);
  }

  Result<std::vector<Comment>> comments(const RepoName& repo, PullNumber number) override {
    // This list is not cut into pages, and ignores being asked for one.
    TRY(const auto items, rest_.list(issue_path(repo, number) + "/comments",
                                     {"list the comments of " + pull_name(repo, number),
                                      "read access to " + repo.str() + " and the scope read:issue"}));
    TRY(auto comments, read_all<Comment>(items, read_comment));
    std::sort(comments.begin(), comments.end(),
              [](const auto& a, const auto& b) { return std::pair(a.created, a.id) < std::pair(b.created, b.id); });
    return comments;
  }

  Result<Comment> add_comment(const RepoName& repo, PullNumber number, std::string_view body) override {
    CHECK_OK(check_size(body));
    TRY(const Json json, rest_.exchange("POST", issue_path(repo, number) + "/comments", {{"body", body}},
                                        {"comment on " + pull_name(repo, number), issue_right(repo)}));
    return read_comment(json);
  }

  Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) override {
    CHECK_OK(check_size(body));
    const std::string name = std::to_string(id);
    return done(rest_.send("PATCH", repo_path(repo) + "/issues/comments/" + name, {{"body", body}},
                           {"edit the comment " + name + " in " + repo.str(), issue_right(repo)}));
  }

  Result<void> delete_comment(const RepoName& repo, std::int64_t id) override {
    const std::string name = std::to_string(id);
    return done(rest_.send("DELETE", repo_path(repo) + "/issues/comments/" + name, Json(),
                           {"delete the comment " + name + " in " + repo.str(), issue_right(repo)}));
  }

  Result<std::vector<Review>> reviews(const RepoName& repo, PullNumber number) override {
    TRY(const auto items, rest_.pages(pull_path(repo, number) + "/reviews", "", kMostReviews,
                                      {"list the reviews of " + pull_name(repo, number), read_right(repo)}));
    TRY(auto read, read_all<std::optional<Review>>(items, read_review));
    std::vector<Review> reviews;
    for (auto& review : read) {
      if (review) reviews.push_back(*std::move(review));
    }
    return reviews;
  }

  Result<std::vector<CommitStatus>> statuses(const RepoName& repo, const CommitId& commit) override {
    TRY(const auto items,
        rest_.pages(repo_path(repo) + "/commits/" + percent_encode(commit.str()) + "/status", "statuses", kMostStatuses,
                    {"read the statuses of " + short_id(commit) + " in " + repo.str(), read_right(repo)}));
    TRY(auto statuses, read_all<CommitStatus>(items, read_status));
    std::sort(statuses.begin(), statuses.end(), [](const auto& a, const auto& b) { return a.context < b.context; });
    return statuses;
  }

  Result<void> set_status(const RepoName& repo, const CommitId& commit, const CommitStatus& status) override {
    const Json body = {{"context", status.context},
                       {"state", to_string(status.state)},
                       {"description", ellipsize(status.description, kStatusDescriptionBytes)},
                       {"target_url", status.target_url}};
    return done(rest_.send(
        "POST", repo_path(repo) + "/statuses/" + percent_encode(commit.str()), body,
        {"set the status " + status.context + " on " + short_id(commit) + " in " + repo.str(), write_right(repo)}));
  }

  Result<std::set<std::string>> writers(const RepoName& repo) override { return gitea_writers(rest_, repo); }

  Result<std::set<std::string>> team_members(const RepoName& repo, std::string_view team) override {
    return gitea_team_members(rest_, repo.owner, team);
  }

  Result<bool> has_webhook_for(const RepoName& repo, std::string_view url_prefix) override {
    TRY(const auto hooks, rest_.pages(repo_path(repo) + "/hooks", "", kMostHooks,
                                      {"list the webhooks of " + repo.str(), "administrator rights on " + repo.str()}));
    return std::any_of(hooks.begin(), hooks.end(), [&](const Json& hook) {
      return json_bool(hook, "/active") && json_string(hook, "/config/url").starts_with(url_prefix);
    });
  }

  std::string pull_ref(PullNumber number) const override {
    return "refs/pull/" + std::to_string(number.value) + "/head";
  }
  /// Any name will do when the password is a token.
  std::string git_user() const override { return "towline"; }
  std::size_t max_comment_bytes() const override { return comment_bytes_; }

 private:
  static Result<void> done(const Result<HttpResponse>& response) {
    if (!response) return tl::unexpected<Error>(response.error());
    return {};
  }

  Result<void> check_size(std::string_view body) const {
    if (body.size() <= comment_bytes_) return {};
    return fail(ErrorKind::invalid, "a comment of " + plural(body.size(), "byte") + " is over the limit of " +
                                        plural(comment_bytes_, "byte") + " that Towline keeps on Gitea");
  }

  GiteaRest rest_;
  std::size_t comment_bytes_;
};

Result<CommitId> Gitea::merge(const RepoName& repo, const MergeRequest& request) {
  const std::string name = pull_name(repo, request.number);
  const Json body = {{"Do", "merge"},
                     {"head_commit_id", request.head.str()},
                     {"MergeTitleField", request.title},
                     {"MergeMessageField", request.message},
                     {"delete_branch_after_merge", request.delete_branch}};
  const Asked asked{"merge " + name + " at " + short_id(request.head), write_right(repo)};
  TRY(const HttpResponse response, rest_.ask("POST", pull_path(repo, request.number) + "/merge", body, asked));
  if (response.status < 200 || response.status > 299) return tl::unexpected<Error>(merge_error(response, asked));
  TRY(const PullRequest merged, pull(repo, request.number));
  if (merged.merge_commit.empty()) {
    Error error{ErrorKind::unavailable, "Gitea merged " + name + " but does not tell the merge commit yet", "",
                kMergeabilityTakes};
    return tl::unexpected<Error>(std::move(error));
  }
  return merged.merge_commit;
}

Result<std::set<std::string>> Gitea::commit_authors(const RepoName& repo, PullNumber number) {
  TRY(const auto commits,
      rest_.pages(pull_path(repo, number) + "/commits?verification=false&files=false", "", kMostCommits,
                  {"list the commits of " + pull_name(repo, number), read_right(repo)}));
  std::set<std::string> logins;
  for (const Json& commit : commits) {
    for (const std::string_view role : {"/author/login", "/committer/login"}) {
      if (std::string login = json_string(commit, role); !login.empty()) logins.insert(std::move(login));
    }
  }
  // A commit's author is whatever its e-mail claims; who pushed it is what the forge knows.
  TRY(const auto timeline, rest_.pages_until_empty(issue_path(repo, number) + "/timeline", kMostTimelineItems,
                                                   {"read the timeline of " + pull_name(repo, number),
                                                    "read access to " + repo.str() + " and the scope read:issue"}));
  for (const Json& item : timeline) {
    if (json_string(item, "/type") != "pull_push") continue;
    if (std::string login = json_string(item, "/user/login"); !login.empty()) logins.insert(std::move(login));
  }
  return logins;
}

Result<std::vector<HeadEvent>> Gitea::head_events(const RepoName& repo, PullNumber number) {
  // Pages of the timeline are short where it leaves entries out, and its total is that of the page.
  TRY(const auto timeline, rest_.pages_until_empty(issue_path(repo, number) + "/timeline", kMostTimelineItems,
                                                   {"read the timeline of " + pull_name(repo, number),
                                                    "read access to " + repo.str() + " and the scope read:issue"}));
  std::vector<HeadEvent> events = head_events_of(read_head_entries(timeline));
  const bool reopened_last = events.size() > 1 && events.back().reopened;
  if (!reopened_last) return events;
  // Nothing was pushed since it was reopened. If the head is what it was before, it has been that all along.
  TRY(const PullRequest now, pull(repo, number));
  if (now.head == events[events.size() - 2].commit) events.pop_back();
  return events;
}

}  // namespace

std::unique_ptr<Forge> make_gitea(std::unique_ptr<HttpClient> http, std::size_t comment_bytes) {
  const std::size_t most = comment_bytes > 0 ? comment_bytes : find_kind("gitea")->largest_comment_bytes;
  return std::make_unique<Gitea>(std::move(http), most);
}

Result<std::unique_ptr<Forge>> connect_gitea(const Account& account) {
  TRY(auto http, make_http_client(account.url, Secret("token " + account.token.reveal())));
  return make_gitea(std::move(http), account.comment_bytes);
}

}  // namespace towline::forge
