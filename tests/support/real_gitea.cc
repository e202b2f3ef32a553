#include "support/real_gitea.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "program/process.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

// Thousands of files in one request take Gitea a while on a busy machine.
constexpr std::chrono::minutes kPatience(5);
constexpr const char* kAdministrator = "root-admin";
constexpr const char* kPassword = "towline-tests-1";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string repo_path(const RepoName& repo) { return "/repos/" + repo.owner + "/" + repo.name; }

std::string escape_path(std::string_view path) {
  std::string escaped;
  for (const std::string_view part : split(path, '/')) {
    if (!escaped.empty()) escaped += '/';
    escaped += percent_encode(part);
  }
  return escaped;
}

std::string issue_path(const RepoName& repo, PullNumber number) {
  return repo_path(repo) + "/issues/" + std::to_string(number.value);
}

std::string pull_path(const RepoName& repo, PullNumber number) {
  return repo_path(repo) + "/pulls/" + std::to_string(number.value);
}

Result<RealGitea*> shared_instance() {
  static Result<std::unique_ptr<RealGitea>> instance = [] {
    const auto tools = RealGitea::tools();
    return tools ? RealGitea::start(*tools) : Result<std::unique_ptr<RealGitea>>(nullptr);
  }();
  if (!instance) return tl::unexpected<Error>(instance.error());
  return instance->get();
}

}  // namespace

std::optional<std::filesystem::path> RealGitea::tools() {
  std::string cache = variable("TOWLINE_TOOLS_DIR");
  if (cache.empty() && !variable("XDG_CACHE_HOME").empty()) cache = variable("XDG_CACHE_HOME") + "/towline-tools";
  if (cache.empty()) cache = variable("HOME") + "/.cache/towline-tools";
  const std::filesystem::path bin = std::filesystem::path(cache) / "bin";
  if (std::filesystem::exists(bin / "gitea") && std::filesystem::exists(bin / "gitea.root")) return bin;
  return std::nullopt;
}

RealGitea* RealGitea::shared() {
  auto instance = shared_instance();
  if (!instance) throw std::runtime_error("the real Gitea does not start: " + instance.error().message);
  if (*instance != nullptr) return *instance;
  if (variable("TOWLINE_REQUIRE_REAL_TOOLS") == "1") {
    throw std::runtime_error("the real Gitea is required but was not built: run tests/support/build-tools.sh");
  }
  static const bool said = [] {
    std::cerr << "\nSKIPPED: the tests against the real Gitea, which was not built: run tests/support/build-tools.sh\n";
    return true;
  }();
  static_cast<void>(said);
  return nullptr;
}

Result<std::unique_ptr<RealGitea>> RealGitea::start(const std::filesystem::path& tools) {
  TRY(auto directory, TemporaryDirectory::create("towline-gitea-"));
  std::unique_ptr<RealGitea> gitea(new RealGitea(std::move(directory), tools));
  CHECK_OK(gitea->prepare());
  return gitea;
}

Result<void> RealGitea::prepare() {
  CHECK_OK(write_configuration(0));
  TRY(const std::string migrated, command({"migrate"}));
  TRY(const std::string created,
      command({"admin", "user", "create", "--admin", "--username", kAdministrator, "--password", kPassword, "--email",
               "root-admin@example.com", "--must-change-password=false", "--access-token", "--access-token-name",
               "tests", "--access-token-scopes", "all"}));
  const std::size_t last_word = created.find_last_of(' ');
  CHECK_OK(listen());
  CHECK_OK(add_client(kAdministrator, Secret(std::string(trim(created.substr(last_word + 1))))));
  for (const char* person : {"alice", "bob", "carol"}) CHECK_OK(add_user(person, {"all"}));
  CHECK_OK(add_user("towline", {"write:repository", "write:issue", "read:user", "read:organization"}));
  return add_organisation();
}

Result<std::string> RealGitea::command(const std::vector<std::string>& arguments) const {
  ProcessSpec spec;
  spec.argv = {(tools_ / "gitea").string(), "--config", (directory_.path() / "app.ini").string()};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = {{"HOME", directory_.path().string()}, {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  TRY(const ProcessOutput output, run_process(spec));
  if (output.exit_code != 0) {
    return fail(ErrorKind::internal, "gitea " + arguments.front() + " failed: " + output.standard_error);
  }
  return output.standard_output;
}

Result<void> RealGitea::write_configuration(int port) const {
  TRY(const std::string root, read_file(tools_ / "gitea.root"));
  const std::string work = directory_.path().string();
  const std::string port_text = std::to_string(port);
  // Everything that reaches out, indexes or schedules is off; password hashing is as cheap as it can be.
  return write_file(directory_.path() / "app.ini",
                    "RUN_MODE = prod\nI_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\nWORK_PATH = " + work +
                        "\n[server]\nHTTP_ADDR = 127.0.0.1\nHTTP_PORT = " + port_text +
                        "\nROOT_URL = http://127.0.0.1:" + port_text +
                        "/\nSTATIC_ROOT_PATH = " + std::string(trim(root)) +
                        "\nDISABLE_SSH = true\nOFFLINE_MODE = true\nLFS_START_SERVER = false\n"
                        "[database]\nDB_TYPE = sqlite3\nSQLITE_JOURNAL_MODE = WAL\nPATH = " +
                        work + "/gitea.db\n[repository]\nDEFAULT_BRANCH = main\nROOT = " + work +
                        "/repositories\n[security]\nINSTALL_LOCK = true\nPASSWORD_HASH_ALGO = pbkdf2$1$16\n"
                        "[queue]\nTYPE = channel\n[session]\nPROVIDER = memory\n[log]\nLEVEL = Warn\n"
                        "[indexer]\nISSUE_INDEXER_TYPE = db\n[webhook]\nALLOWED_HOST_LIST = loopback\n"
                        "[actions]\nENABLED = false\n[packages]\nENABLED = false\n[mailer]\nENABLED = false\n"
                        "[cron.update_checker]\nENABLED = false\n");
}

Result<void> RealGitea::listen() {
  constexpr int kAttempts = 5;  // the port can be taken between finding it and listening on it
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY(const int port, free_port());
    CHECK_OK(write_configuration(port));
    url_ = "http://127.0.0.1:" + std::to_string(port);
    ChildProcess::Spec spec;
    spec.argv = {(tools_ / "gitea").string(), "--config", (directory_.path() / "app.ini").string(), "web"};
    spec.environment = {{"HOME", directory_.path().string()}, {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    spec.directory = directory_.path();
    spec.log = directory_.path() / "gitea.log";
    TRY(process_, ChildProcess::start(spec));
    TRY(const auto client, make_http_client(url_, std::nullopt));
    const auto healthy = [&client] {
      HttpRequest request;
      request.path = "/api/healthz";
      const auto response = client->send(request);
      return response && response->status == 200;
    };
    eventually([&] { return !process_->running() || healthy(); }, std::chrono::seconds{60});
    if (process_->running() && healthy()) return {};
  }
  const auto log = read_file(directory_.path() / "gitea.log");
  return fail(ErrorKind::internal, "gitea web does not answer", log.value_or(""));
}

Result<void> RealGitea::add_client(const std::string& login, Secret token) {
  TRY(clients_[login], make_http_client(url_, Secret("token " + token.reveal())));
  tokens_[login] = std::move(token);
  return {};
}

Result<void> RealGitea::add_user(const std::string& login, const Json& scopes) {
  TRY(const Json user, api(kAdministrator, "POST", "/admin/users",
                           {{"username", login},
                            {"email", login + "@example.com"},
                            {"password", kPassword},
                            {"must_change_password", false}}));
  // Gitea gives out tokens for a password only.
  const std::string password = base64_encode(login + ":" + kPassword);
  TRY(clients_[login], make_http_client(url_, Secret("Basic " + password)));
  TRY(const Json token, api(login, "POST", "/users/" + login + "/tokens", {{"name", "tests"}, {"scopes", scopes}}));
  return add_client(login, Secret(json_string(token, "/sha1")));
}

Result<void> RealGitea::add_organisation() {
  TRY(const Json made, api(kAdministrator, "POST", "/orgs", {{"username", "acme"}, {"visibility", "public"}}));
  CHECK_OK(add_team("writers", "write", true, {"alice", "bob", "towline"}));
  CHECK_OK(add_team("payments", "read", false, {"alice", "towline"}));
  return add_team("auditors", "read", true, {"carol", "towline"});
}

Result<void> RealGitea::add_team(const std::string& name, const std::string& access, bool every_repository,
                                 const std::vector<std::string>& members) {
  TRY(const Json team, api(kAdministrator, "POST", "/orgs/acme/teams",
                           {{"name", name},
                            {"permission", access},
                            {"includes_all_repositories", every_repository},
                            {"units_map", {{"repo.code", access}, {"repo.issues", access}, {"repo.pulls", access}}}}));
  const std::string path = "/teams/" + std::to_string(json_integer(team, "/id")) + "/members/";
  for (const std::string& member : members) {
    TRY(const Json added, api(kAdministrator, "PUT", path + member));
  }
  return {};
}

Result<Json> RealGitea::api(std::string_view login, std::string_view method, const std::string& path,
                            const Json& body) {
  HttpRequest request;
  request.method = std::string(method);
  request.path = "/api/v1" + path;
  if (!body.is_null()) request.body = dump_json(body);
  request.deadline = kPatience;
  TRY(const HttpResponse response, as(std::string(login)).send(request));
  if (response.status < 200 || response.status > 299) {
    return fail(ErrorKind::invalid, "Gitea answered " + request.method + " " + path + " with " +
                                        std::to_string(response.status) + ": " + response.body);
  }
  if (response.body.empty()) return Json();
  return parse_json(response.body);
}

Result<CommitId> RealGitea::create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                              std::string_view author) {
  const std::string path = repo.owner == "acme" ? "/orgs/acme/repos" : "/admin/users/" + repo.owner + "/repos";
  TRY(const Json made,
      api(kAdministrator, "POST", path, {{"name", repo.name}, {"default_branch", "main"}, {"auto_init", false}}));
  Json operations = Json::array();
  for (const auto& [file, text] : files) {
    operations.push_back({{"operation", "create"}, {"path", file}, {"content", base64_encode(text)}});
  }
  TRY(const Json written, api(author, "POST", repo_path(repo) + "/contents",
                              {{"message", "Start"}, {"branch", "main"}, {"files", operations}}));
  return CommitId(json_string(written, "/commit/sha"));
}

Result<void> RealGitea::add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) {
  const Json hook = {{"type", "gitea"},
                     {"active", true},
                     {"branch_filter", "*"},
                     {"config", {{"url", url}, {"content_type", "json"}, {"secret", secret.reveal()}}},
                     {"events",
                      {"push", "pull_request", "pull_request_sync", "pull_request_comment", "pull_request_review",
                       "pull_request_label", "issue_comment", "status"}}};
  TRY(const Json made, api(kAdministrator, "POST", repo_path(repo) + "/hooks", hook));
  return {};
}

Result<Json> RealGitea::file_operations(const RepoName& repo, std::string_view branch,
                                        const std::map<std::string, std::optional<std::string>>& edits,
                                        std::string_view author) {
  Json operations = Json::array();
  for (const auto& [file, text] : edits) {
    const auto now =
        api(author, "GET", repo_path(repo) + "/contents/" + escape_path(file) + "?ref=" + percent_encode(branch));
    Json operation = {{"path", file}, {"operation", text ? (now ? "update" : "create") : "delete"}};
    if (text) operation["content"] = base64_encode(*text);
    if (now) operation["sha"] = json_string(*now, "/sha");
    operations.push_back(std::move(operation));
  }
  return operations;
}

Result<CommitId> RealGitea::commit(const RepoName& repo, std::string_view branch,
                                   const std::map<std::string, std::optional<std::string>>& edits,
                                   std::string_view author, std::string_view message) {
  const bool exists = api(author, "GET", repo_path(repo) + "/branches/" + escape_path(branch)).has_value();
  TRY(Json operations, file_operations(repo, exists ? branch : "main", edits, author));
  Json body = {{"message", message}, {"branch", exists ? branch : "main"}, {"files", std::move(operations)}};
  if (!exists) body["new_branch"] = branch;
  TRY(const Json written, api(author, "POST", repo_path(repo) + "/contents", body));
  return CommitId(json_string(written, "/commit/sha"));
}

Result<CommitId> RealGitea::commit_to_fork(const RepoName& repo, std::string_view branch,
                                           const std::map<std::string, std::optional<std::string>>& edits,
                                           std::string_view author, std::string_view message) {
  const RepoName fork{std::string(author), repo.name};
  if (!api(author, "GET", repo_path(fork))) {
    TRY(const Json made, api(author, "POST", repo_path(repo) + "/forks", {{"name", repo.name}}));
  }
  return commit(fork, branch, edits, author, message);
}

Result<PullNumber> RealGitea::open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                                        std::string_view title, std::string_view body) {
  TRY(const Json pull, api(author, "POST", repo_path(repo) + "/pulls",
                           {{"head", head}, {"base", "main"}, {"title", title}, {"body", body}}));
  return PullNumber{json_integer(pull, "/number")};
}

Result<std::int64_t> RealGitea::comment(const RepoName& repo, PullNumber number, std::string_view author,
                                        std::string_view body) {
  TRY(const Json comment, api(author, "POST", issue_path(repo, number) + "/comments", {{"body", body}}));
  return json_integer(comment, "/id");
}

Result<void> RealGitea::edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) {
  TRY(const Json edited,
      api(kAdministrator, "PATCH", repo_path(repo) + "/issues/comments/" + std::to_string(id), {{"body", body}}));
  return {};
}

Result<void> RealGitea::review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) {
  TRY(const Json review,
      api(author, "POST", pull_path(repo, number) + "/reviews",
          {{"event", approve ? "APPROVED" : "REQUEST_CHANGES"}, {"body", approve ? "Fine." : "Please change this."}}));
  return {};
}

Result<void> RealGitea::close_pull(const RepoName& repo, PullNumber number, std::string_view by) {
  TRY(const Json closed, api(by, "PATCH", pull_path(repo, number), {{"state", "closed"}}));
  return {};
}

Result<void> RealGitea::reopen_pull(const RepoName& repo, PullNumber number, std::string_view by) {
  TRY(const Json opened, api(by, "PATCH", pull_path(repo, number), {{"state", "open"}}));
  return {};
}

}  // namespace towline::test
