#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "registry/client.h"

namespace towline::registry {

/// All hosts a client may reach, answered by one function; keeps who was asked for what.
class FakeNet {
 public:
  using Answer = std::function<Result<HttpResponse>(const std::string& url, const HttpRequest& request)>;
  struct Asked {
    std::string url;  ///< with the host
    HttpRequest request;
    std::string header(std::string_view name) const {
      for (const auto& [key, value] : request.headers) {
        if (to_lower(key) == to_lower(name)) return value;
      }
      return "";
    }
  };

  explicit FakeNet(Answer answer) : state_(std::make_shared<State>(State{std::move(answer), {}})) {}

  Connect connect() const {
    return [state = state_](std::string_view origin, HttpReach) -> Result<std::unique_ptr<HttpClient>> {
      return std::make_unique<Host>(state, std::string(origin));
    };
  }
  const std::vector<Asked>& asked() const { return state_->asked; }
  /// "GET https://r.example/v2/…" of every request.
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Asked& asked : state_->asked) all.push_back(asked.request.method + " " + asked.url);
    return all;
  }

 private:
  struct State {
    Answer answer;
    std::vector<Asked> asked;
  };
  class Host final : public HttpClient {
   public:
    Host(std::shared_ptr<State> state, std::string origin) : state_(std::move(state)), origin_(std::move(origin)) {}
    Result<HttpResponse> send(const HttpRequest& request) override {
      state_->asked.push_back({origin_ + request.path, request});
      return state_->answer(origin_ + request.path, request);
    }

   private:
    std::shared_ptr<State> state_;
    std::string origin_;
  };
  std::shared_ptr<State> state_;
};

inline HttpResponse answer(int status, std::string body = "", HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

inline std::string digest_text(std::string_view bytes) { return "sha256:" + sha256_hex(bytes); }

}  // namespace towline::registry
