#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "support/child_process.h"

namespace towline::test {

/// A real CNCF distribution registry (Debian's docker-registry) in a temporary directory, on a loopback port, to which
/// images are pushed with skopeo.
class RealRegistry {
 public:
  struct Options {
    int port = 0;                 ///< 0: a free one
    std::string notify;           ///< URL that pushes are told to; "": nobody is told
    std::string authorization;    ///< the Authorization header of what is told
    bool wants_password = false;  ///< of kUser, kPassword
    /// Where it sends for tokens, which are for the service "images" and of the issuer "tokens"; "": it wants none.
    std::string token_realm;
    std::string token_certificate;  ///< PEM; of who signs them
  };
  static constexpr const char* kUser = "bot";
  static constexpr const char* kPassword = "registry-tests-1";

  /// Whether both programs are there. Says so on standard error when they are not; throws when they are required
  /// (TOWLINE_REQUIRE_REAL_TOOLS=1).
  static bool available();
  static Result<std::unique_ptr<RealRegistry>> start(const Options& options);

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + authority(); }

  /// Pushes an image with these labels and no layers; gives its digest. Images differ by their labels only.
  Result<std::string> push(const std::string& repository, const std::string& tag,
                           const std::map<std::string, std::string>& labels);

 private:
  explicit RealRegistry(TemporaryDirectory directory) : directory_(std::move(directory)) {}
  Result<void> write_configuration(const Options& options) const;
  Result<void> listen();

  TemporaryDirectory directory_;
  int port_ = 0;
  bool shows_password_ = false;  ///< when pushing
  int pushed_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace towline::test
