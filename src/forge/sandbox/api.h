#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "forge/sandbox/world.h"

namespace towline::forge::sandbox {

/// An HTTP request as the sandbox's parts see it, and its answer.
struct WebRequest {
  std::string method;
  std::string path;  ///< without the query, still percent-encoded
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  ///< lower-case names
  std::string body;
  std::string header(const std::string& lower_case_name) const;
};

struct WebResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// "a=b&c=d" of a query or a form, percent-decoded.
std::map<std::string, std::string> parse_form(std::string_view text);
std::string percent_decode(std::string_view text, bool plus_is_blank);

/// Who the Authorization header says it is ("token …", "Bearer …", or Basic with the token as password).
struct Caller {
  const User* user = nullptr;
  bool wrong = false;  ///< credentials were given, and they are nobody's
};
Caller read_caller(const World& world, const std::string& authorization);

/// Answers a request under /api/ with Gitea's JSON, codes and messages. Takes the world's lock.
WebResponse answer_api(World& world, const WebRequest& request);

}  // namespace towline::forge::sandbox
