#pragma once

#include <cstddef>
#include <optional>

#include "net/http_client.h"
#include "web/answer.h"

namespace towline::web {

/// What the headers say about a request's body.
struct Framing {
  bool chunked = false;
  std::size_t length = 0;  ///< when not chunked
  bool has_length = false;
};

/// Reads it; nullopt when the headers contradict themselves or are not understood, so that another party might
/// see the body end elsewhere (RFC 9112 section 6.3).
std::optional<Framing> read_framing(const HttpHeaders& headers);

/// Why a hook's body is not even read: 411 no length, 413 too long, 415 compressed or in parts; nullopt when it is.
std::optional<Answer> refuse_body(const HttpHeaders& headers, const Framing& framing, std::size_t max_bytes);

Answer too_large(std::size_t max_bytes);

}  // namespace towline::web
