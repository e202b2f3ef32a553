#pragma once

#include <optional>

#include "forge/sandbox/api.h"

namespace towline::forge::sandbox {

/// Whether the path is of git's smart HTTP ("/owner/name.git/info/refs", …/git-upload-pack, …/git-receive-pack).
bool is_git_path(std::string_view path);

/// Answers it with `git http-backend` (git-http-backend(1)) run as a CGI program. Anyone reads; a writer's
/// token, as the password of Basic authentication, is needed to push. After a push the world follows.
WebResponse answer_git(World& world, const WebRequest& request, std::string_view raw_query);

}  // namespace towline::forge::sandbox
