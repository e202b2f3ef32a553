#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "forge/forge.h"
#include "forge/kinds.h"
#include "forge/webhook.h"
#include "net/http_client.h"

namespace towline::forge {

/// Gitea and Forgejo over REST v1 (https://docs.gitea.com/api). `http` goes to the instance's root and carries the
/// token ("token …"). The least rights: write access to the repository, membership of every team that `approvers`
/// names and of every team that may only read the repository; scopes write:repository, write:issue, read:user and
/// read:organization. `has_webhook_for` needs an administrator of the repository. `comment_bytes` is what
/// max_comment_bytes() gives; 0: the kind's largest.
std::unique_ptr<Forge> make_gitea(std::unique_ptr<HttpClient> http, std::size_t comment_bytes = 0);

// The row of the table, see `Kind`.
Result<std::unique_ptr<Forge>> connect_gitea(const Account& account);
Result<void> verify_gitea(const HttpHeaders& headers, std::string_view body, const std::vector<Secret>& secrets);
Result<Delivery> parse_gitea(const HttpHeaders& headers, std::string_view body);

}  // namespace towline::forge
