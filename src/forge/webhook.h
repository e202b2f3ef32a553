#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "forge/types.h"
#include "net/http_client.h"

namespace towline::forge {

struct Delivery {
  std::string id;  ///< unique per delivery; made of the body's hash where the forge sends none
  Event event;
};

/// Whether the headers prove that the body comes from a holder of one of the secrets. Constant time.
/// Errors: forbidden ("the signature is missing" / "the signature is wrong").
Result<void> verify_gitea(const HttpHeaders& headers, std::string_view body, const std::vector<Secret>& secrets);

/// Reads a verified delivery of Gitea. An event of no interest is kind `ignored`. Error invalid: not what
/// Gitea sends; the sentence does not repeat the body.
Result<Delivery> parse_gitea(const HttpHeaders& headers, std::string_view body);

}  // namespace towline::forge
