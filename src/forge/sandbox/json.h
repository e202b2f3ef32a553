#pragma once

#include "base/json.h"
#include "forge/sandbox/world.h"
#include "git/repository.h"

namespace towline::forge::sandbox {

/// The objects of Gitea's REST v1 and webhooks (https://gitea.com/api/swagger), field by field.

/// "2026-11-24T03:01:33Z"
std::string json_time(TimePoint time);
Json json_user(const World& world, std::string_view login);
/// Of a user who is not known: null.
Json json_user_or_null(const World& world, std::string_view login);
/// `viewer` decides the permissions; may be null.
Json json_repository(const World& world, const Repository& repository, const User* viewer);
/// Asks git about mergeability when the branches moved since it was last asked.
Outcome<Json> json_pull(const World& world, const Repository& repository, Pull& pull, const User* viewer);
Json json_issue(const World& world, const Repository& repository, const Pull& pull);
Json json_comment(const World& world, const Repository& repository, const Pull& pull, const Entry& entry);
Json json_timeline_entry(const World& world, const Repository& repository, const Pull& pull, const Entry& entry);
Json json_feed_entry(const World& world, const FeedEntry& entry);
Json json_review(const World& world, const Repository& repository, const Pull& pull, const ReviewRecord& review);
Json json_status(const World& world, const Repository& repository, std::string_view commit, const StatusRecord& status);
/// As in webhooks and branches.
Json json_payload_commit(const World& world, const Repository& repository, const git::Commit& commit);
/// As in a pull request's list of commits.
Json json_commit(const World& world, const Repository& repository, const git::Commit& commit);
Json json_team(const Team& team);
Json json_hook(const WebHook& hook);

/// Where people look at it.
std::string web_url(const World& world, const Repository& repository);
std::string web_url(const World& world, const Repository& repository, const Pull& pull);

}  // namespace towline::forge::sandbox
