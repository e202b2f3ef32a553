#include "contract/webhook_receiver.h"

#include <httplib.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace towline::test {

struct WebhookReceiver::State {
  httplib::Server server;
  std::thread thread;
  int port = 0;
  mutable std::mutex mutex;
  std::vector<Post> posts;
};

WebhookReceiver::WebhookReceiver() : state_(std::make_unique<State>()) {
  state_->server.Post("/hook", [state = state_.get()](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(state->mutex);
    state->posts.push_back({{request.headers.begin(), request.headers.end()}, request.body});
    response.status = 202;
  });
  state_->server.set_keep_alive_max_count(1);  // or stopping waits for idle connections
  state_->port = state_->server.bind_to_any_port("127.0.0.1");
  if (state_->port <= 0) throw std::runtime_error("the webhook receiver cannot listen");
  state_->thread = std::thread([state = state_.get()] { state->server.listen_after_bind(); });
}

WebhookReceiver::~WebhookReceiver() {
  state_->server.stop();
  state_->thread.join();
}

std::string WebhookReceiver::url() const { return "http://127.0.0.1:" + std::to_string(state_->port) + "/hook"; }

std::vector<WebhookReceiver::Post> WebhookReceiver::posts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->posts;
}

}  // namespace towline::test
