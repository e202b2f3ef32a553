#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.h"
#include "base/result.h"
#include "base/secret.h"
#include "image/reference.h"

namespace towline::registry {

/// "This tag of this image now exists (and is this digest)."
struct ImagePushed {
  image::ImageName name;
  image::Tag tag;
  std::optional<image::Digest> digest;
};

/// A row of the table of receivers: how a registry's webhook is authenticated and read.
struct Receiver {
  std::string_view kind;  ///< "generic", "distribution": as in the configuration
  std::string_view summary;
  /// Error forbidden: missing or wrong proof. Constant time.
  Result<void> (*verify)(const HttpHeaders& headers, std::string_view body, const Secret& secret);
  /// The images an authenticated delivery tells of; empty when it is of no interest. `id` is the delivery's
  /// own id or "". Error invalid: not what this registry sends.
  Result<std::vector<ImagePushed>> (*parse)(std::string_view body);
  /// What the sender calls this delivery; "" when it does not say.
  std::string (*delivery_id)(const HttpHeaders& headers, std::string_view body);
};

const std::vector<Receiver>& receivers();
/// nullptr when there is no such kind.
const Receiver* find_receiver(std::string_view kind);

}  // namespace towline::registry
