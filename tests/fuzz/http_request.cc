// Bytes of a connection, in pieces of two sizes: they are read alike, and within the limits.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/request_reader.h"

namespace {

using towline::web::RequestReader;

towline::web::RequestLimits small() {
  towline::web::RequestLimits limits;
  limits.head_bytes = 300;
  limits.header_count = 8;
  limits.body_bytes = 100;
  return limits;
}

std::string read(std::string_view bytes, std::size_t piece) {
  RequestReader reader(small());
  std::string seen;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    auto state = reader.take(bytes.substr(0, piece));
    while (state == RequestReader::State::head_read || state == RequestReader::State::complete) {
      if (state == RequestReader::State::complete) {
        const auto& request = reader.request();
        if (request.body.size() > 100 || request.headers.size() > 8 || !request.path.starts_with('/')) std::abort();
        seen += request.method + request.path + request.body;
      }
      state = state == RequestReader::State::complete ? reader.next() : reader.accept_body();
    }
  }
  return seen + (reader.state() == RequestReader::State::refused ? reader.refusal().body : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (read(bytes, 1) != read(bytes, size + 1)) std::abort();
  return 0;
}
