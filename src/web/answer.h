#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::web {

/// What a request is answered with.
struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string outcome = "refused";  ///< as metrics count it, for a webhook
};

/// {"status": "accepted"}, which is its outcome too.
Answer status_answer(int status, std::string_view word);
/// {"error": "…"}; the sentence never repeats what was sent.
Answer error_answer(int status, std::string_view sentence);

}  // namespace towline::web
