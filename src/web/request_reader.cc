#include "web/request_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace towline::web {

namespace {

constexpr std::size_t kMostTargetBytes = 8u << 10;
constexpr std::size_t kMostMethodBytes = 16;
constexpr std::size_t kMostChunkLine = 256;
constexpr std::size_t kMostTrailerLine = 1u << 10;
/// What chunks may cost beside their data, and beside a quarter of the largest body.
constexpr std::size_t kChunkOverhead = 16u << 10;

bool is_token(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// Bytes that a header's value may have: no control characters but the tab.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// nullopt: a '%' that two hexadecimal digits do not follow, or a NUL.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (byte == '%') {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
      if (low < 0) return std::nullopt;
      byte = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (byte == '\0') return std::nullopt;
    decoded += byte;
  }
  return decoded;
}

std::vector<std::string_view> values_of(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == name) found.push_back(value);
  }
  return found;
}

}  // namespace

RequestReader::State RequestReader::refuse(int status, std::string_view sentence) {
  refusal_ = error_answer(status, sentence);
  request_.body.clear();
  buffer_.clear();
  begin_ = 0;
  return state_ = State::refused;
}

RequestReader::State RequestReader::take(std::string_view bytes) {
  if (state_ == State::refused) return state_;
  buffer_ += bytes;
  return step();
}

RequestReader::State RequestReader::accept_body() {
  const bool none = !framing_.chunked && framing_.length == 0;
  state_ = none ? State::complete : State::body;
  return step();
}

RequestReader::State RequestReader::next() {
  buffer_.erase(0, std::exchange(begin_, 0));
  scanned_ = 0;
  request_ = Request();
  framing_ = Framing();
  skipped_line_ = false;
  chunk_ = Chunk::size;
  chunk_left_ = 0;
  chunk_overhead_ = 0;
  state_ = State::head;
  return step();
}

RequestReader::State RequestReader::step() {
  if (state_ == State::head) return read_head();
  if (state_ == State::body) return framing_.chunked ? read_chunks() : read_sized_body();
  return state_;
}

/// Looks at the bytes of the head that are new. False when it is not whole yet, or is refused.
bool RequestReader::scan_head() {
  // RFC 9112 section 2.2: an empty line before a request is passed over.
  if (!skipped_line_ && rest().starts_with("\r\n")) {
    begin_ += 2;
    scanned_ = 0;
    skipped_line_ = true;
  }
  const std::string_view head = rest();
  for (; scanned_ < head.size(); ++scanned_) {
    const char byte = head[scanned_];
    if (scanned_ == limits_.head_bytes) {
      const bool line = head.substr(0, scanned_).find('\n') == std::string_view::npos;
      refuse(line ? 414 : 431, line ? "the request line is too long" : "the headers are too long");
      return false;
    }
    const char before = scanned_ == 0 ? '\0' : head[scanned_ - 1];
    if ((byte == '\n') != (before == '\r')) {
      refuse(400, "a line of the head does not end in CR LF");
      return false;
    }
    if (byte != '\r' && byte != '\n' && !is_field_value(head.substr(scanned_, 1))) {
      refuse(400, "the head has a control character");
      return false;
    }
    if (byte == '\n' && scanned_ >= 3 && head[scanned_ - 2] == '\n') return true;
  }
  return false;
}

RequestReader::State RequestReader::read_head() {
  if (!scan_head()) return state_;
  const std::string head(rest().substr(0, scanned_ - 3));
  begin_ += scanned_ + 1;
  std::size_t count = 0;
  for (const std::string_view text : split(head, '\n')) {
    const std::string_view one = text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
    const bool read = count == 0 ? read_request_line(one) : read_header(one, request_.headers);
    if (!read) return state_;
    if (count++ > limits_.header_count) return refuse(431, "there are too many headers");
  }
  if (!check_headers()) return state_;
  return state_ = State::head_read;
}

bool RequestReader::read_request_line(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ' ');
  if (parts.size() != 3 || !is_token(parts[0]) || parts[0].size() > kMostMethodBytes) {
    refuse(400, "the request line is not METHOD PATH HTTP/1.1");
    return false;
  }
  if (parts[2] != "HTTP/1.1" && parts[2] != "HTTP/1.0") {
    const bool other = parts[2].starts_with("HTTP/");
    refuse(other ? 505 : 400,
           other ? "the version of HTTP is not 1.1" : "the request line is not METHOD PATH HTTP/1.1");
    return false;
  }
  old_version_ = parts[2] == "HTTP/1.0";
  request_.method = parts[0];
  return read_target(parts[1]);
}

bool RequestReader::read_target(std::string_view target) {
  if (target.size() > kMostTargetBytes) {
    refuse(414, "the path is too long");
    return false;
  }
  // What a proxy is sent; a server must take it too.
  if (const std::size_t scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
    const std::size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const bool visible =
      std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  const auto path = percent_decoded(target.substr(0, target.find('?')));
  if (!visible || !target.starts_with('/') || !path) {
    refuse(400, "the path is not one of a URL");
    return false;
  }
  request_.path = *path;
  return true;
}

bool RequestReader::read_header(std::string_view text, HttpHeaders& headers) {
  if (text.starts_with(' ') || text.starts_with('\t')) {
    refuse(400, "a header is folded over several lines");
    return false;
  }
  const std::size_t colon = text.find(':');
  // A blank before the colon is refused here, too: it is no part of a token.
  if (colon == std::string_view::npos || !is_token(text.substr(0, colon)) || !is_field_value(text.substr(colon + 1))) {
    refuse(400, "a header is not NAME: VALUE");
    return false;
  }
  headers.emplace_back(text.substr(0, colon), without_blanks(text.substr(colon + 1)));
  return true;
}

bool RequestReader::check_headers() {
  const HttpHeaders& headers = request_.headers;
  const auto hosts = values_of(headers, "host");
  if (hosts.size() > 1 || (hosts.empty() && !old_version_)) {
    refuse(400, "there must be exactly one Host header");
    return false;
  }
  const std::optional<Framing> framing = read_framing(headers);
  if (!framing || (framing->chunked && old_version_)) {
    refuse(400, "conflicting Content-Length and Transfer-Encoding, or one that is not understood");
    return false;
  }
  framing_ = *framing;
  request_.keep_alive = !old_version_;
  for (const std::string_view value : values_of(headers, "connection")) {
    for (const std::string_view word : split(value, ',')) {
      if (to_lower(without_blanks(word)) == "close") request_.keep_alive = false;
    }
  }
  for (const std::string_view value : values_of(headers, "expect")) {
    if (to_lower(value) != "100-continue") {
      refuse(417, "only 100-continue may be expected");
      return false;
    }
    request_.expects_continue = !old_version_;
  }
  return true;
}

RequestReader::State RequestReader::read_sized_body() {
  const std::size_t taken = std::min(framing_.length - request_.body.size(), buffer_.size() - begin_);
  request_.body.append(buffer_, begin_, taken);
  buffer_.erase(0, begin_ + taken);
  begin_ = 0;
  if (request_.body.size() == framing_.length) state_ = State::complete;
  return state_;
}

std::optional<std::string_view> RequestReader::line(std::size_t most_bytes, std::string_view what) {
  const std::string_view text = rest();
  const std::size_t end = text.find('\n');
  const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
  if (size > most_bytes || (end != std::string_view::npos && (end == 0 || text[end - 1] != '\r'))) {
    refuse(400, what);
    return std::nullopt;
  }
  if (end == std::string_view::npos) return std::nullopt;
  chunk_overhead_ += size;
  if (chunk_overhead_ > limits_.body_bytes / 4 + kChunkOverhead) {
    refuse(400, "the body is sent in too many chunks");
    return std::nullopt;
  }
  begin_ += size;
  return text.substr(0, end - 1);
}

bool RequestReader::read_chunk_size(std::string_view text) {
  const std::string_view digits = without_blanks(text.substr(0, text.find(';')));
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || !is_field_value(text)) {
    refuse(400, "the size of a chunk is not a hexadecimal number");
    return false;
  }
  if (size > limits_.body_bytes - request_.body.size()) {
    const Answer large = too_large(limits_.body_bytes);
    refuse(large.status, "");
    refusal_ = large;
    return false;
  }
  chunk_left_ = size;
  chunk_ = size == 0 ? Chunk::trailer : Chunk::data;
  return true;
}

RequestReader::State RequestReader::read_chunks() {
  while (state_ == State::body) {
    if (chunk_ == Chunk::size) {
      const auto text = line(kMostChunkLine, "the line before a chunk is too long or does not end in CR LF");
      if (!text || !read_chunk_size(*text)) break;
    } else if (chunk_ == Chunk::data) {
      const std::size_t taken = std::min(chunk_left_, buffer_.size() - begin_);
      request_.body.append(buffer_, begin_, taken);
      begin_ += taken;
      chunk_left_ -= taken;
      if (chunk_left_ > 0) break;
      chunk_ = Chunk::end_of_data;
    } else if (chunk_ == Chunk::end_of_data) {
      const auto text = line(2, "a chunk is longer than its size");
      if (!text) break;
      chunk_ = Chunk::size;
    } else {
      const auto text = line(kMostTrailerLine, "a trailer is too long or does not end in CR LF");
      if (!text) break;
      HttpHeaders ignored;
      if (text->empty()) {
        state_ = State::complete;
      } else if (!read_header(*text, ignored)) {
        break;
      }
    }
  }
  if (state_ != State::refused) buffer_.erase(0, std::exchange(begin_, 0));
  return state_;
}

}  // namespace towline::web
