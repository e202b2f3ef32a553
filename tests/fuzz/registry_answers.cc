#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "registry/client.h"

namespace {

/// Every host answers everything with the same bytes, one of their halves as a header.
class Hostile final : public towline::HttpClient {
 public:
  explicit Hostile(std::string_view bytes) : bytes_(bytes) {}
  towline::Result<towline::HttpResponse> send(const towline::HttpRequest&) override {
    constexpr int kStatuses[] = {200, 200, 200, 304, 307, 401, 429, 503};
    const int status = bytes_.empty() ? 200 : kStatuses[static_cast<unsigned char>(bytes_[0]) % 8];
    const std::string half = bytes_.substr(0, bytes_.size() / 2);
    return towline::HttpResponse{status,
                                 {{"Link", half},
                                  {"Location", half},
                                  {"WWW-Authenticate", half},
                                  {"ETag", half},
                                  {"Docker-Content-Digest", half},
                                  {"Retry-After", half}},
                                 bytes_};
  }

 private:
  std::string bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace registry = towline::registry;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  registry::ClientOptions options;
  options.host = "r.example";
  options.clock = std::make_shared<towline::ManualClock>(towline::TimePoint{});
  options.connect = [&](std::string_view, towline::HttpReach) -> towline::Result<std::unique_ptr<towline::HttpClient>> {
    return std::make_unique<Hostile>(bytes);
  };
  const auto client = registry::Client::create(std::move(options));
  if (!client) std::abort();
  const auto list = (*client)->tags("acme/pay");
  if (!list && list.error().message.empty()) std::abort();
  if (const auto digest = (*client)->resolve("acme/pay", towline::image::Tag("1"));
      !digest && digest.error().message.empty()) {
    std::abort();
  }
  (*client)->facts("acme/pay", towline::image::Digest("sha256:" + towline::sha256_hex(bytes)));
  return 0;
}
