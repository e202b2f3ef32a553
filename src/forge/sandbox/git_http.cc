#include "forge/sandbox/git_http.h"

#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "forge/sandbox/git.h"
#include "forge/sandbox/refs.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::size_t kLargestAnswer = 256u << 20;

/// "/acme/infra.git/info/refs" -> acme/infra and "info/refs".
struct GitPath {
  RepoName repository;
  std::string_view service;
};

std::optional<GitPath> split_git_path(std::string_view path) {
  static constexpr std::string_view kServices[] = {"info/refs", "git-upload-pack", "git-receive-pack"};
  const std::size_t end = path.find(".git/");
  if (end == std::string_view::npos || path.empty()) return std::nullopt;
  const auto name = RepoName::parse(path.substr(1, end - 1));
  if (!name) return std::nullopt;
  const std::string_view service = path.substr(end + std::string_view(".git/").size());
  for (const std::string_view known : kServices) {
    if (service == known) return GitPath{*name, service};
  }
  return std::nullopt;
}

WebResponse plain(int status, std::string text) {
  WebResponse response{status, "text/plain; charset=utf-8", std::move(text), {}};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Sandbox\"");
  return response;
}

ProcessSpec backend(const World& world, const WebRequest& request, std::string_view raw_query, const User* user) {
  ProcessSpec spec;
  spec.argv = {"git", "http-backend"};
  spec.environment = git_environment();
  const auto set = [&](std::string name, std::string value) {
    spec.environment.emplace_back(std::move(name), std::move(value));
  };
  set("GIT_PROJECT_ROOT", world.directory.string());
  set("GIT_HTTP_EXPORT_ALL", "1");
  set("PATH_INFO", request.path);
  set("QUERY_STRING", std::string(raw_query));
  set("REQUEST_METHOD", request.method);
  set("CONTENT_TYPE", request.header("content-type"));
  // The server has undone chunks and gzip: the length is that of the plain body, and no encoding is passed on.
  set("CONTENT_LENGTH", std::to_string(request.body.size()));
  set("REMOTE_ADDR", "127.0.0.1");
  set("REMOTE_USER", user ? user->login : "");
  set("GIT_PROTOCOL", request.header("git-protocol"));
  set("GIT_CONFIG_COUNT", "2");
  set("GIT_CONFIG_KEY_0", "http.receivepack");
  set("GIT_CONFIG_VALUE_0", "true");
  // Only the sandbox itself writes refs/pull/.
  set("GIT_CONFIG_KEY_1", "receive.hideRefs");
  set("GIT_CONFIG_VALUE_1", "refs/pull");
  spec.standard_input = request.body;
  spec.max_output_bytes = kLargestAnswer;
  return spec;
}

/// A CGI program's output (RFC 3875 section 6) as an answer.
WebResponse read_cgi(const std::string& output) {
  std::size_t end = output.find("\r\n\r\n");
  std::size_t gap = 4;
  if (end == std::string::npos) {
    end = output.find("\n\n");
    gap = 2;
  }
  if (end == std::string::npos) return plain(500, "git http-backend gave no answer\n");
  WebResponse response;
  for (const std::string_view line : split_lines(std::string_view(output).substr(0, end))) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name(line.substr(0, colon));
    const std::string value(trim(line.substr(std::min(colon + 1, line.size()))));
    const std::string lower = to_lower(name);
    if (lower == "status") {
      std::from_chars(value.data(), value.data() + value.size(), response.status);
    } else if (lower == "content-type") {
      response.content_type = value;
    } else {
      response.headers.emplace_back(name, value);
    }
  }
  response.body = output.substr(end + gap);
  return response;
}

WebResponse run_backend(const ProcessSpec& spec) {
  auto output = run_process(spec);
  if (!output) return plain(500, output.error().message + "\n");
  if (!output->standard_error.empty()) log::debug("git http-backend: " + output->standard_error);
  return read_cgi(output->standard_output);
}

}  // namespace

bool is_git_path(std::string_view path) { return split_git_path(path).has_value(); }

WebResponse answer_git(World& world, const WebRequest& request, std::string_view raw_query) {
  const auto path = split_git_path(request.path);
  if (!path) return plain(404, "Not found.\n");
  std::unique_lock lock(world.mutex);
  const Caller caller = read_caller(world, request.header("authorization"));
  if (caller.wrong) return plain(401, "Failed to authenticate user\n");
  const bool pushes = path->service == "git-receive-pack" || raw_query.find("git-receive-pack") != raw_query.npos;
  if (pushes && !caller.user) return plain(401, "Unauthorized\n");
  Repository* repository = world.find_repository(path->repository);
  // Gitea hides from strangers whether a repository exists.
  if (!repository) return caller.user ? plain(404, "Not found.\n") : plain(401, "Unauthorized\n");
  if (pushes && !caller.user->writer) return plain(403, "User permission denied for writing.\n");
  const ProcessSpec spec = backend(world, request, raw_query, caller.user);
  if (path->service != "git-receive-pack") {
    lock.unlock();
    return run_backend(spec);
  }
  // A push keeps the lock, so that the branches that moved are this push's.
  WebResponse response = run_backend(spec);
  if (auto followed = heads_pushed(world, *repository, caller.user->login); !followed) {
    log::warn("the sandbox could not follow a push: " + followed.error().message);
  }
  return response;
}

}  // namespace towline::forge::sandbox
