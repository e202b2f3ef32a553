#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "net/http_client.h"

namespace towline::forge {

/// What a request is for, in the words of its errors.
struct Asked {
  std::string what;   ///< after "Gitea cannot": "read the pull request acme/infra#12"
  std::string right;  ///< the least right it needs: "read access to acme/infra"
};

/// Requests to Gitea's REST v1, with its statuses turned into errors. Nothing is sent twice: an answer that
/// was lost may have taken effect, and only the caller can look.
class GiteaRest {
 public:
  explicit GiteaRest(std::unique_ptr<HttpClient> http) : http_(std::move(http)) {}

  /// `path` comes after "/api/v1"; a null body is none. Every status is an answer.
  Result<HttpResponse> ask(std::string_view method, std::string path, const Json& body, const Asked& asked) const;
  /// As `ask`, but any status other than 2xx is an error.
  Result<HttpResponse> send(std::string_view method, std::string path, const Json& body, const Asked& asked) const;
  Result<Json> get(std::string path, const Asked& asked) const;
  /// The JSON body of a request that has one and gets one.
  Result<Json> exchange(std::string_view method, std::string path, const Json& body, const Asked& asked) const;

  /// A list in one answer; null is an empty one.
  Result<std::vector<Json>> list(std::string path, const Asked& asked) const;
  /// A list that Gitea cuts into pages, up to `limit` items. `items` is the key that holds it ("" when the
  /// answer is the list). Error invalid: there are more than `limit`.
  Result<std::vector<Json>> pages(const std::string& path, std::string_view items, std::size_t limit,
                                  const Asked& asked) const;
  /// Like `pages` for a list whose pages may be short before the last one: it ends at an empty page.
  Result<std::vector<Json>> pages_until_empty(const std::string& path, std::size_t limit, const Asked& asked) const;

 private:
  std::unique_ptr<HttpClient> http_;
};

/// The error that a status other than 2xx stands for.
Error gitea_error(const HttpResponse& response, const Asked& asked);
/// Gitea's "message", printable and bounded; "" when there is none.
std::string gitea_message(const HttpResponse& response);

/// "/repos/acme/infra"
std::string repo_path(const RepoName& repo);
/// "acme/infra#12"
std::string pull_name(const RepoName& repo, PullNumber number);
/// Percent-encodes each component, keeping the slashes between them.
std::string encode_path(std::string_view path);

}  // namespace towline::forge
