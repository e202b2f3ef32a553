#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"

namespace towline::test {

/// An HTTP server on loopback that keeps what is posted to it and answers 202.
class WebhookReceiver {
 public:
  struct Post {
    HttpHeaders headers;
    std::string body;
  };
  WebhookReceiver();
  ~WebhookReceiver();
  std::string url() const;
  /// Everything so far, in order of arrival.
  std::vector<Post> posts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace towline::test
