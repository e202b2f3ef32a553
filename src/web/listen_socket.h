#pragma once

#include <string>

#include "base/result.h"

namespace towline::web {

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return value_; }
  int release();
  void close();

 private:
  int value_;
};

struct ListenSocket {
  Descriptor descriptor;  ///< non-blocking
  int port = 0;
};

/// Listens there (port 0: any free one). Errors: conflict (in use), forbidden, invalid (no such address).
Result<ListenSocket> listen_on(const std::string& host, int port);

}  // namespace towline::web
