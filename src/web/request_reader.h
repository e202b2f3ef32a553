#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.h"
#include "web/answer.h"
#include "web/framing.h"

namespace towline::web {

struct Request {
  std::string method;
  std::string path;  ///< percent-decoded, without query
  HttpHeaders headers;
  std::string body;
  bool keep_alive = true;         ///< what the client asks for
  bool expects_continue = false;  ///< it waits for "100 Continue" before it sends the body
};

struct RequestLimits {
  std::size_t head_bytes = 32u << 10;  ///< request line and headers
  std::size_t header_count = 100;
  std::size_t body_bytes = 25u << 20;
};

/// Reads the requests of one connection from its bytes, one after the other, as RFC 9112 has them. Strict: what two
/// readers might understand differently is refused, so that no proxy in front sees other requests than this server.
class RequestReader {
 public:
  enum class State {
    head,       ///< waits for the rest of the head
    head_read,  ///< request() and framing() are known; the body is read after accept_body()
    body,       ///< waits for the rest of the body
    complete,   ///< request() is whole; next() goes on
    refused,    ///< refusal() is the answer, and the last one on the connection
  };

  explicit RequestReader(const RequestLimits& limits) : limits_(limits) {}

  /// More bytes of the connection.
  State take(std::string_view bytes);
  /// After head_read: the body is wanted.
  State accept_body();
  /// After complete: drops the request and reads the next from what is there.
  State next();

  State state() const { return state_; }
  const Request& request() const { return request_; }
  Request take_request() { return std::move(request_); }
  const Framing& framing() const { return framing_; }
  const Answer& refusal() const { return *refusal_; }
  /// Whether nothing of a request is there.
  bool idle() const { return state_ == State::head && begin_ == buffer_.size(); }
  /// What it holds in memory.
  std::size_t held_bytes() const { return buffer_.size() + request_.body.size(); }

 private:
  enum class Chunk { size, data, end_of_data, trailer };

  State step();
  State refuse(int status, std::string_view sentence);
  /// The next line without CR LF; nullopt: it is not there yet, or the reader has refused.
  std::optional<std::string_view> line(std::size_t most_bytes, std::string_view what);
  State read_head();
  bool scan_head();
  bool read_request_line(std::string_view text);
  bool read_target(std::string_view target);
  bool read_header(std::string_view text, HttpHeaders& headers);
  bool check_headers();
  State read_sized_body();
  State read_chunks();
  bool read_chunk_size(std::string_view text);
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

  RequestLimits limits_;
  State state_ = State::head;
  std::string buffer_;       ///< received
  std::size_t begin_ = 0;    ///< of what is not yet read
  std::size_t scanned_ = 0;  ///< of the head, from begin_
  Request request_;
  Framing framing_;
  std::optional<Answer> refusal_;
  bool skipped_line_ = false;
  bool old_version_ = false;  ///< HTTP/1.0
  Chunk chunk_ = Chunk::size;
  std::size_t chunk_left_ = 0;
  std::size_t chunk_overhead_ = 0;  ///< bytes of sizes, extensions and trailers
};

}  // namespace towline::web
