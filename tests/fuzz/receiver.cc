#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/receiver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const char* event : {"package", "registry_package"}) {
    const towline::HttpHeaders headers = {{"X-GitHub-Event", event}, {"X-Gitea-Event", event}};
    const towline::registry::Incoming incoming{headers, body, ""};
    for (const towline::registry::Receiver& receiver : towline::registry::receivers()) {
      const auto images = receiver.parse(incoming, receiver.host.empty() ? "r.example" : receiver.host);
      if (!images && images.error().message.empty()) std::abort();
      if (images && images->size() > towline::registry::kMostImages) std::abort();
      receiver.delivery_id(incoming);
    }
  }
  return 0;
}
