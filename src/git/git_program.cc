#include "git/git_program.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

namespace towline::git {
namespace {

using Setting = std::pair<std::string, std::string>;

bool is_http(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }

// Scheme, host and port, which is what git binds a header to.
std::string origin_of(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  return std::string(url.substr(0, url.find('/', host))) + "/";
}

std::string basic_authorization(const Remote& remote) {
  return "Authorization: Basic " + base64_encode(remote.user + ":" + remote.password.reveal());
}

Result<void> check_remote(const Remote& remote) {
  const std::string shown = "'" + printable_utf8(ellipsize(redact_url(remote.url), 200)) + "'";
  const bool is_path = remote.url.starts_with('/') || remote.url.starts_with("file:///");
  const bool printable = std::none_of(remote.url.begin(), remote.url.end(),
                                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  if (!printable || (!is_http(remote.url) && !is_path)) {
    return fail(ErrorKind::invalid, shown + " is not a remote; write http://…, https://… or an absolute path");
  }
  const std::string_view url = remote.url;
  if (is_http(url) && url.substr(0, origin_of(url).size()).find('@') != std::string_view::npos) {
    return fail(ErrorKind::invalid, shown + " has credentials in it; give them apart from the URL");
  }
  return {};
}

/// They win over the mirror's own configuration, which is checked before as well (git/mirror.h).
std::vector<Setting> settings(const Remote& remote) {
  return {
      // Credentials stay with the host they were given for, and no URL starts a program.
      {"http.followRedirects", "false"},
      {"http.proxy", ""},
      {"protocol.allow", "never"},
      {"protocol.http.allow", is_http(remote.url) ? "always" : "never"},
      {"protocol.https.allow", is_http(remote.url) ? "always" : "never"},
      {"protocol.file.allow", is_http(remote.url) ? "never" : "always"},
      {"credential.helper", ""},
      {"core.askPass", ""},
      // Nothing in a repository names a program to run.
      {"core.hooksPath", "/dev/null"},
      {"core.fsmonitor", "false"},
      {"core.alternateRefsCommand", "false"},
      {"core.sshCommand", "false"},
      {"core.gitProxy", "none"},
      {"core.attributesFile", "/dev/null"},
      {"push.gpgSign", "false"},
      {"submodule.recurse", "false"},
      {"fetch.recurseSubmodules", "false"},
      // Housekeeping has its own time, not that of a push someone waits for.
      {"gc.auto", "0"},
      {"maintenance.auto", "false"},
      {"fetch.writeCommitGraph", "false"},
      // What is pushed is a handful of objects: threads cost more than they bring.
      {"pack.threads", "1"},
  };
}

struct Pattern {
  std::string_view text;  ///< lower case
  ErrorKind kind;
  std::string_view meaning;
};

// The first that occurs in what git wrote decides.
constexpr std::array kPatterns = {
    Pattern{"stale info", ErrorKind::conflict, "the branch is not where it was expected to be"},
    Pattern{"cannot lock ref", ErrorKind::conflict, "the branch was changed at the same time"},
    Pattern{"failed to update ref", ErrorKind::conflict, "the branch was changed at the same time"},
    Pattern{"fetch first", ErrorKind::conflict, "the branch has commits that are not known here"},
    Pattern{"non-fast-forward", ErrorKind::conflict, "the branch has commits that are not known here"},
    Pattern{"hook declined", ErrorKind::forbidden, "the forge's rules for the branch refuse it"},
    Pattern{"protected branch", ErrorKind::forbidden, "the forge's rules for the branch refuse it"},
    Pattern{"authentication failed", ErrorKind::forbidden, "the credentials were refused; check the token"},
    Pattern{"could not read username", ErrorKind::forbidden, "the credentials were refused; check the token"},
    Pattern{"could not read password", ErrorKind::forbidden, "the credentials were refused; check the token"},
    Pattern{"returned error: 401", ErrorKind::forbidden, "the credentials were refused; check the token"},
    Pattern{"returned error: 403", ErrorKind::forbidden, "the credentials do not allow it; check the token's rights"},
    Pattern{"permission denied", ErrorKind::forbidden, "the credentials do not allow it; check the token's rights"},
    Pattern{"couldn't find remote ref", ErrorKind::not_found, "it has no such branch"},
    Pattern{"not our ref", ErrorKind::not_found, "it no longer has that commit"},
    Pattern{"returned error: 404", ErrorKind::not_found, "there is no such repository, or it may not be seen"},
    Pattern{"not found", ErrorKind::not_found, "there is no such repository, or it may not be seen"},
    Pattern{"does not appear to be a git repository", ErrorKind::not_found, "there is no such repository"},
    Pattern{"could not resolve host", ErrorKind::unavailable, "the host's name is not known"},
    Pattern{"failed to connect", ErrorKind::unavailable, "the host cannot be reached"},
    Pattern{"couldn't connect", ErrorKind::unavailable, "the host cannot be reached"},
    Pattern{"connection refused", ErrorKind::unavailable, "the host cannot be reached"},
    Pattern{"timed out", ErrorKind::unavailable, "the host does not answer"},
    Pattern{"returned error: 429", ErrorKind::unavailable, "the host asks to wait"},
    Pattern{"returned error: 5", ErrorKind::unavailable, "the host has a fault"},
    Pattern{"returned error: 3", ErrorKind::invalid, "the host sends elsewhere; write the repository's present URL"},
    Pattern{"certificate", ErrorKind::unavailable, "the host's certificate is not trusted"},
    Pattern{"ssl", ErrorKind::unavailable, "there is no trusted TLS connection"},
    Pattern{"hung up unexpectedly", ErrorKind::unavailable, "the connection broke"},
    Pattern{"early eof", ErrorKind::unavailable, "the connection broke"},
    Pattern{"rpc failed", ErrorKind::unavailable, "the connection broke"},
    Pattern{"empty reply", ErrorKind::unavailable, "the connection broke"},
    Pattern{"rejected]", ErrorKind::conflict, "the remote refused the update"},
};

}  // namespace

Result<ProcessSpec> git_command(const std::filesystem::path& repository, const Remote& remote,
                                std::vector<std::string> arguments, const TransportLimits& limits) {
  CHECK_OK(check_remote(remote));
  ProcessSpec spec;
  spec.argv = {"git"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.deadline = limits.deadline;
  spec.max_output_bytes = 1u << 20;
  spec.environment = {
      {"PATH", spec.search_path},       {"HOME", "/nonexistent"},        {"LC_ALL", "C"},
      {"GIT_DIR", repository.string()}, {"GIT_CONFIG_NOSYSTEM", "1"},    {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_ATTR_NOSYSTEM", "1"},       {"GIT_NO_REPLACE_OBJECTS", "1"}, {"GIT_TERMINAL_PROMPT", "0"}};
  std::size_t count = 0;
  for (const auto& [key, value] : settings(remote)) {
    const std::string number = std::to_string(count++);
    spec.environment.emplace_back("GIT_CONFIG_KEY_" + number, key);
    spec.environment.emplace_back("GIT_CONFIG_VALUE_" + number, value);
  }
  // Sent with the first request: asking only when told to would cost a round trip each time.
  if (is_http(remote.url) && !remote.password.empty()) {
    const std::string number = std::to_string(count++);
    spec.environment.emplace_back("GIT_CONFIG_KEY_" + number, "http." + origin_of(remote.url) + ".extraHeader");
    spec.secret_environment.emplace_back("GIT_CONFIG_VALUE_" + number, Secret(basic_authorization(remote)));
  }
  spec.environment.emplace_back("GIT_CONFIG_COUNT", std::to_string(count));
  return spec;
}

Error explain_failure(std::string_view doing, const ProcessOutput& output, const Remote& remote) {
  // Porcelain output of a push has the reasons of refused branches, standard error has the rest.
  const std::string words = to_lower(output.standard_output + "\n" + output.standard_error);
  const auto* const found = std::find_if(kPatterns.begin(), kPatterns.end(), [&](const Pattern& pattern) {
    return words.find(pattern.text) != std::string::npos;
  });
  Redactor redactor;
  redactor.add(remote.password);
  std::string detail = redactor.redact(log::redact(printable_utf8(output.standard_output + output.standard_error)));
  const bool known = found != kPatterns.end();
  const std::string meaning =
      known ? std::string(found->meaning) : "git ended with code " + std::to_string(output.exit_code);
  return Error{known ? found->kind : ErrorKind::internal, std::string(doing) + ": " + meaning,
               std::string(trim(detail)), std::nullopt};
}

}  // namespace towline::git
