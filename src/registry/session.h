#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "registry/address.h"
#include "registry/client.h"

namespace towline::registry {

/// Requests to one registry: who asks (anonymous, basic, bearer token), how many at once, and when not to ask at all.
/// Thread-safe.
class Session {
 public:
  static Result<std::unique_ptr<Session>> create(ClientOptions options);

  /// One request about a repository, with a path below "/v2". 200, 304 and 405 are answers; redirects are refused,
  /// other statuses are errors that name what was asked for.
  Result<HttpResponse> ask(const HttpRequest& request, const std::string& repository);
  /// The same for a layer's path, whose redirects are followed: without credentials, to the same host or to a public
  /// one over https, whose name leads to the internet unless the registry itself is somewhere else.
  Result<HttpResponse> ask_blob(const HttpRequest& request, const std::string& repository);

  const Address& base() const { return base_; }
  const std::string& host() const { return options_.host; }
  /// The path under which the registry's "/v2" is.
  const std::string& prefix() const { return prefix_; }

 private:
  Session(ClientOptions options, Address base, std::string prefix, std::unique_ptr<HttpClient> http);

  Result<HttpResponse> send_authorized(const HttpRequest& request, const std::string& repository);
  Result<HttpResponse> send(HttpClient& http, const HttpRequest& request);
  Result<HttpResponse> follow(HttpResponse response, const HttpRequest& request);
  Result<void> check_reachable() const;
  void pause(std::chrono::seconds wait, std::string why);

  std::optional<Secret> authorization_for(const std::string& repository);
  Result<void> authenticate(const HttpResponse& refusal, const std::string& repository);
  Result<void> fetch_token(const Challenge& challenge, const std::string& repository);
  Result<HttpResponse> request_token(const Address& realm, const Challenge& challenge, const std::string& repository,
                                     const Credentials& credentials);
  Result<void> keep_token(const HttpResponse& response, const std::string& repository);
  bool may_give_tokens(const Address& realm) const;

  static constexpr std::ptrdiff_t kRequestsAtOnce = 4;

  const ClientOptions options_;
  const Address base_;
  const std::string prefix_;
  const std::unique_ptr<HttpClient> http_;
  std::counting_semaphore<kRequestsAtOnce> slots_{kRequestsAtOnce};

  mutable std::mutex mutex_;
  std::optional<Secret> basic_;
  struct Token {
    Secret value;
    TimePoint expires;
  };
  std::map<std::string, Token> tokens_;  ///< by repository
  TimePoint not_before_{};
  std::string why_not_;
};

}  // namespace towline::registry
