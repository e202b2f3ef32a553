#include "forge/gitea/rest.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace towline::forge {
namespace {

constexpr std::size_t kPageSize = 50;  // Gitea's MAX_RESPONSE_ITEMS unless its administrator lowered it
constexpr std::chrono::seconds kRetryAfter{10};
constexpr std::chrono::seconds kLongestRetryAfter{3600};

std::string printable(std::string_view text, std::size_t max_bytes) {
  return ellipsize(log::redact(printable_utf8(text)), max_bytes);
}

/// Seconds only; an HTTP date (RFC 9110 section 10.2.3) gives the default.
std::chrono::seconds retry_after(const HttpResponse& response) {
  const std::string_view text = trim(response.header("Retry-After"));
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return kRetryAfter;
  return std::clamp(std::chrono::seconds{seconds}, std::chrono::seconds{1}, kLongestRetryAfter);
}

ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return ErrorKind::forbidden;
  if (status == 404) return ErrorKind::not_found;
  if (status == 409 || status == 412) return ErrorKind::conflict;
  if (status == 408 || status == 429 || status >= 500) return ErrorKind::unavailable;
  return ErrorKind::invalid;
}

std::string sentence(int status, const std::string& reason, const HttpResponse& response, const Asked& asked) {
  if (status == 401) {
    return "Gitea refused the token when asked to " + asked.what + " (" + reason +
           "): make a new token for the bot's account and configure it";
  }
  if (status == 403) {
    return "Gitea refused to " + asked.what + " (" + reason + "): the bot's account and token need " + asked.right;
  }
  if (status == 404) {
    return "Gitea cannot " + asked.what + ": it does not exist, or the bot's account may not see it (" + reason +
           "); it needs " + asked.right;
  }
  if (status >= 300 && status < 400) {
    return "Gitea answered with a redirect to " + printable(redact_url(response.header("Location")), 200) +
           " when asked to " + asked.what + ": configure the address it is really at";
  }
  return "Gitea cannot " + asked.what + " (" + reason + ")";
}

Result<Json> parse_answer(const HttpResponse& response, const Asked& asked) {
  auto json = parse_json(response.body);
  if (json) return json;
  // A proxy's page in front of Gitea, or an answer cut short: both pass.
  Error error{ErrorKind::unavailable, "Gitea gave an answer that is not JSON when asked to " + asked.what,
              json.error().message, kRetryAfter};
  return tl::unexpected<Error>(std::move(error));
}

Result<std::vector<Json>> list_in(Json json, std::string_view items, const Asked& asked) {
  if (!items.empty() && json.is_object()) {
    const auto found = json.find(items);
    json = found == json.end() ? Json() : Json(std::move(*found));
  }
  if (json.is_null()) return std::vector<Json>{};
  if (!json.is_array()) {
    return fail(ErrorKind::unavailable, "Gitea gave an answer that is not a list when asked to " + asked.what);
  }
  std::vector<Json> list;
  list.reserve(json.size());
  for (Json& item : json) list.push_back(std::move(item));
  return list;
}

std::string page_path(const std::string& path, std::size_t page) {
  const char separator = path.find('?') == std::string::npos ? '?' : '&';
  return path + separator + "limit=" + std::to_string(kPageSize) + "&page=" + std::to_string(page);
}

tl::unexpected<Error> too_many(std::size_t limit, const Asked& asked) {
  return fail(ErrorKind::invalid, "Gitea has more than " + plural(limit, "item") + " when asked to " + asked.what +
                                      ": Towline reads no more than that");
}

}  // namespace

std::string gitea_message(const HttpResponse& response) {
  const auto json = parse_json(response.body, 8);
  return json ? printable(json_string(*json, "/message"), 300) : "";
}

Error gitea_error(const HttpResponse& response, const Asked& asked) {
  const std::string message = gitea_message(response);
  const std::string reason = std::to_string(response.status) + (message.empty() ? "" : ": " + message);
  Error error{kind_of(response.status), sentence(response.status, reason, response, asked),
              printable(response.body, 2000), std::nullopt};
  if (error.kind == ErrorKind::unavailable) error.retry_after = retry_after(response);
  return error;
}

Result<HttpResponse> GiteaRest::ask(std::string_view method, std::string path, const Json& body,
                                    const Asked& asked) const {
  HttpRequest request;
  request.method = std::string(method);
  request.path = "/api/v1" + std::move(path);
  request.headers = {{"Accept", "application/json"}};
  if (!body.is_null()) request.body = dump_json(body);
  auto response = http_->send(request);
  if (!response) return fail_while("asking Gitea to " + asked.what, response.error());
  return response;
}

Result<HttpResponse> GiteaRest::send(std::string_view method, std::string path, const Json& body,
                                     const Asked& asked) const {
  TRY(HttpResponse response, ask(method, std::move(path), body, asked));
  if (response.status < 200 || response.status > 299) return tl::unexpected<Error>(gitea_error(response, asked));
  return response;
}

Result<Json> GiteaRest::get(std::string path, const Asked& asked) const {
  return exchange("GET", std::move(path), Json(), asked);
}

Result<Json> GiteaRest::exchange(std::string_view method, std::string path, const Json& body,
                                 const Asked& asked) const {
  TRY(const HttpResponse response, send(method, std::move(path), body, asked));
  return parse_answer(response, asked);
}

Result<std::vector<Json>> GiteaRest::list(std::string path, const Asked& asked) const {
  TRY(Json json, get(std::move(path), asked));
  return list_in(std::move(json), "", asked);
}

Result<std::vector<Json>> GiteaRest::pages(const std::string& path, std::string_view items, std::size_t limit,
                                           const Asked& asked) const {
  std::vector<Json> all;
  for (std::size_t page = 1;; ++page) {
    TRY(const HttpResponse response, send("GET", page_path(path, page), Json(), asked));
    TRY(Json json, parse_answer(response, asked));
    TRY(std::vector<Json> list, list_in(std::move(json), items, asked));
    if (list.empty()) return all;
    if (all.size() + list.size() > limit) return too_many(limit, asked);
    for (Json& item : list) all.push_back(std::move(item));
    // The total spares a request; an administrator may have made the pages shorter than what is asked for.
    std::size_t total = 0;
    const std::string_view header = response.header("X-Total-Count");
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), total);
    if (error == std::errc{} && end == header.data() + header.size() && all.size() >= total) return all;
  }
}

Result<std::vector<Json>> GiteaRest::pages_until_empty(const std::string& path, std::size_t limit,
                                                       const Asked& asked) const {
  std::vector<Json> all;
  for (std::size_t page = 1;; ++page) {
    TRY(std::vector<Json> list, this->list(page_path(path, page), asked));
    if (list.empty()) return all;
    if (all.size() + list.size() > limit) return too_many(limit, asked);
    for (Json& item : list) all.push_back(std::move(item));
  }
}

std::string repo_path(const RepoName& repo) {
  return "/repos/" + percent_encode(repo.owner) + "/" + percent_encode(repo.name);
}

std::string pull_name(const RepoName& repo, PullNumber number) {
  return repo.str() + "#" + std::to_string(number.value);
}

std::string encode_path(std::string_view path) {
  std::string encoded;
  for (const std::string_view part : split(path, '/')) {
    if (!encoded.empty()) encoded += '/';
    encoded += percent_encode(part);
  }
  return encoded;
}

}  // namespace towline::forge
