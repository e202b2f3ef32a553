#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "forge/gitea/gitea.h"
#include "forge/webhook.h"

/// The first line is the event's type, the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view type = input.substr(0, input.find('\n'));
  const std::string_view body = input.substr(std::min(type.size() + 1, input.size()));
  towline::HttpHeaders headers;
  headers.emplace_back("X-Gitea-Event", std::string(type));
  headers.emplace_back("X-Gitea-Event-Type", std::string(type));
  headers.emplace_back("X-Gitea-Delivery", "1");
  headers.emplace_back("X-Gitea-Signature", std::string(type));
  if (towline::forge::verify_gitea(headers, body, {towline::Secret("secret")})) std::abort();
  const auto delivery = towline::forge::parse_gitea(headers, body);
  if (!delivery && delivery.error().message.empty()) std::abort();
  return 0;
}
