#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace towline::test {

/// Answers requests from a list, in order, and keeps what was asked.
class ScriptedHttp final : public HttpClient {
 public:
  struct Log {
    std::deque<Result<HttpResponse>> answers;
    std::vector<HttpRequest> requests;
  };
  explicit ScriptedHttp(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    log_->requests.push_back(request);
    if (log_->answers.empty()) return fail(ErrorKind::internal, "the script has no more answers");
    auto answer = std::move(log_->answers.front());
    log_->answers.pop_front();
    return answer;
  }

 private:
  std::shared_ptr<Log> log_;
};

inline HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

}  // namespace towline::test
