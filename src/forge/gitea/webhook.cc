#include <algorithm>
#include <array>
#include <optional>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "forge/gitea/gitea.h"
#include "forge/gitea/json.h"
#include "forge/webhook.h"

namespace towline::forge {
namespace {

constexpr std::size_t kDeliveryIdBytes = 128;
constexpr std::size_t kEventNameBytes = 64;

std::string_view header(const HttpHeaders& headers, std::string_view name) {
  const std::string wanted = to_lower(name);
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == wanted) return value;
  }
  return {};
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Gitea sends a UUID. Anything else that could be one is taken as it is; what could not be a key is replaced.
std::string delivery_id(const HttpHeaders& headers, std::string_view event, std::string_view body) {
  const std::string_view id = header(headers, "X-Gitea-Delivery");
  if (!id.empty() && id.size() <= kDeliveryIdBytes && is_plain(id)) return std::string(id);
  return "sha256:" + sha256_hex(std::string(event) + "\n" + std::string(body));
}

std::optional<PullNumber> number_at(const Json& body, std::string_view pointer) {
  const std::int64_t number = json_integer(body, pointer);
  if (number <= 0) return std::nullopt;
  return PullNumber{number};
}

bool read_push(const Json& body, Event& event) {
  constexpr std::string_view kBranch = "refs/heads/";
  const std::string ref = json_string(body, "/ref");
  if (ref.empty()) return false;
  if (!ref.starts_with(kBranch)) {
    event.kind = EventKind::ignored;  // a tag
    return true;
  }
  event.branch = ref.substr(kBranch.size());
  event.commit = read_commit_id(body, "/after");
  event.before = read_commit_id(body, "/before");
  const std::string none(40, '0');
  if (event.commit.str() == none) event.commit = CommitId();
  if (event.before.str() == none) event.before = CommitId();
  return true;
}

bool read_pull_event(const Json& body, Event& event) {
  event.pull = number_at(body, "/number");
  if (!event.pull) event.pull = number_at(body, "/pull_request/number");
  return event.pull.has_value();
}

/// Nothing when the id, the author or the time is missing: such a delivery is no evidence of what was said.
std::optional<CommentEvent> read_comment_change(const Json& body) {
  struct Action {
    std::string_view name;
    CommentEvent::Kind kind;
  };
  constexpr std::array kActions = {Action{"created", CommentEvent::Kind::created},
                                   Action{"edited", CommentEvent::Kind::edited},
                                   Action{"deleted", CommentEvent::Kind::deleted}};
  const std::string name = json_string(body, "/action");
  const auto action =
      std::find_if(kActions.begin(), kActions.end(), [&](const Action& each) { return each.name == name; });
  const auto found = body.find("comment");
  if (action == kActions.end() || found == body.end() || !found->is_object()) return std::nullopt;
  auto comment = read_comment(*found);
  if (!comment || comment->author.empty() || comment->created == TimePoint{}) return std::nullopt;
  CommentEvent event;
  event.kind = action->kind;
  event.id = comment->id;
  event.author = std::move(comment->author);
  event.body = std::move(comment->body);
  event.before = json_string(body, "/changes/body/from");
  event.created = comment->created;
  event.updated = comment->updated;
  event.head = read_commit_id(body, "/pull_request/head/sha");
  return event;
}

bool read_comment_event(const Json& body, Event& event) {
  if (!json_bool(body, "/is_pull")) {
    event.kind = EventKind::ignored;  // a comment on an issue
    return true;
  }
  event.pull = number_at(body, "/issue/number");
  event.comment = read_comment_change(body);
  return event.pull.has_value();
}

bool read_status_event(const Json& body, Event& event) {
  event.commit = read_commit_id(body, "/sha");
  return !event.commit.empty();
}

struct EventRow {
  std::string_view name;  ///< X-Gitea-Event
  EventKind kind;
  bool (*read)(const Json& body, Event& event);  ///< false: what it cannot do without is missing
};

/// By X-Gitea-Event, the coarser of the two names: "pull_request" covers labels, assignments, milestones,
/// review requests and pushes to the head; "issue_comment" is also a comment on a pull request;
/// "pull_request_comment" is a review that neither approves nor rejects.
constexpr std::array kEvents = {
    EventRow{"push", EventKind::push, read_push},
    EventRow{"pull_request", EventKind::pull, read_pull_event},
    EventRow{"issue_comment", EventKind::comment, read_comment_event},
    EventRow{"pull_request_approved", EventKind::review, read_pull_event},
    EventRow{"pull_request_rejected", EventKind::review, read_pull_event},
    EventRow{"pull_request_comment", EventKind::review, read_pull_event},
    EventRow{"status", EventKind::status, read_status_event},
};

}  // namespace

Result<void> verify_gitea(const HttpHeaders& headers, std::string_view body, const std::vector<Secret>& secrets) {
  const std::string_view signature = header(headers, "X-Gitea-Signature");
  if (signature.empty()) {
    return fail(ErrorKind::forbidden, "the signature is missing: set the same secret in Gitea's webhook and here");
  }
  bool right = false;
  for (const Secret& secret : secrets) {
    if (secret.empty()) continue;
    // Every secret is tried, so that the time tells nothing about which one matched.
    if (constant_time_equal(hmac_sha256_hex(secret.reveal(), body), signature)) right = true;
  }
  if (!right) {
    return fail(ErrorKind::forbidden, "the signature is wrong: set the same secret in Gitea's webhook and here");
  }
  return {};
}

Result<Delivery> parse_gitea(const HttpHeaders& headers, std::string_view body) {
  const std::string_view name = header(headers, "X-Gitea-Event");
  if (name.empty() || name.size() > kEventNameBytes) {
    return fail(ErrorKind::invalid, "the delivery has no usable X-Gitea-Event header: it is not one of Gitea's");
  }
  Delivery delivery{delivery_id(headers, name, body), {}};
  const auto row =
      std::find_if(kEvents.begin(), kEvents.end(), [&](const EventRow& each) { return each.name == name; });
  const auto json = parse_json(body, 32);
  // The parser's sentence may quote the body.
  if (!json || !json->is_object()) return fail(ErrorKind::invalid, "the delivery's body is not a JSON object");
  if (row == kEvents.end()) return delivery;

  auto repo = RepoName::parse(json_string(*json, "/repository/full_name"));
  if (!repo) return fail(ErrorKind::invalid, "the delivery does not name a repository");
  delivery.event.repo = *std::move(repo);
  delivery.event.kind = row->kind;
  delivery.event.sender = json_string(*json, "/sender/login");
  if (!row->read(*json, delivery.event)) {
    return fail(ErrorKind::invalid,
                "the delivery of a " + std::string(row->name) + " event does not say what it is about");
  }
  return delivery;
}

}  // namespace towline::forge
