#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/receiver.h"

// The first byte says whose notification the rest is: every receiver takes a body apart anew, and all of them one after
// the other spend a run on JSON alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& receivers = towline::registry::receivers();
  const towline::registry::Receiver& receiver = receivers[data[0] % receivers.size()];
  const char* event = data[0] < 128 ? "package" : "registry_package";
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const towline::HttpHeaders headers = {{"X-GitHub-Event", event}, {"X-Gitea-Event", event}};
  const towline::registry::Incoming incoming{headers, body, ""};
  const auto images = receiver.parse(incoming, receiver.host.empty() ? "r.example" : receiver.host);
  if (!images && images.error().message.empty()) std::abort();
  if (images && images->size() > towline::registry::kMostImages) std::abort();
  receiver.delivery_id(incoming);
  return 0;
}
