#include "render/git_checkout.h"

#include <openssl/x509.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/text.h"
#include "program/process.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMemory = 1u << 30;
constexpr std::size_t kMaxFiles = 50'000;
constexpr std::size_t kMaxListing = 16u << 20;

tl::unexpected<Error> too_large(const CheckoutLimits& limits) {
  return fail(ErrorKind::unavailable, "it is larger than the limit of " + plural(limits.max_bytes, "byte"));
}

/// Whether the kernel stopped git at the limit: it leaves the file as it then was, and says nothing that tells.
bool hit_limit(const fs::path& directory, const CheckoutLimits& limits) {
  std::error_code error;
  for (fs::recursive_directory_iterator next(directory, error), end; !error && next != end; next.increment(error)) {
    if (next->is_regular_file(error) && !error && next->file_size(error) >= limits.max_bytes) return true;
  }
  return false;
}

/// What Towline's own connections trust in place of the system's certificates; "" when it is those.
fs::path trusted_certificates() {
  const char* file = std::getenv(X509_get_default_cert_file_env());
  std::error_code error;
  return file != nullptr && fs::is_regular_file(file, error) ? fs::path(file) : fs::path();
}

/// One run of git in the directory; what it wrote.
Result<std::string> git(const std::vector<std::string>& arguments, const fs::path& directory, bool network,
                        const CheckoutLimits& limits) {
  const fs::path program = find_program("git", limits.search_path);
  if (program.empty()) return fail(ErrorKind::unavailable, "there is no program 'git'; install git");
  ProcessSpec spec;
  spec.argv = {program.string(), "-c", "credential.helper=", "-c", "http.followRedirects=false",
               // Only as many hands on the memory as the limit is for, and never loose objects, which no limit counts.
               "-c", "pack.threads=1", "-c", "fetch.unpackLimit=1", "-c", "core.hooksPath=/dev/null", "-c",
               "protocol.allow=never", "-c", "protocol.http.allow=always", "-c", "protocol.https.allow=always"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = {{"HOME", "/nonexistent"},
                      {"PATH", limits.search_path},
                      {"GIT_TERMINAL_PROMPT", "0"},
                      {"GIT_CONFIG_NOSYSTEM", "1"},
                      {"LC_ALL", "C"}};
  spec.directory = directory;
  spec.deadline = limits.deadline;
  spec.search_path = limits.search_path;
  spec.max_output_bytes = kMaxListing;
  spec.limits.memory_bytes = kMaxMemory;
  spec.limits.file_bytes = limits.max_bytes;
  SandboxView view{{}, {directory}, network};
  if (const fs::path trusted = trusted_certificates(); network && !trusted.empty()) {
    spec.environment.emplace_back("GIT_SSL_CAINFO", trusted.string());
    view.readable.push_back(trusted);
  }
  const auto output = run_process(confined(spec, limits.sandbox, view));
  if (!output) return fail(ErrorKind::unavailable, output.error().message);
  if (output->exit_code == 0) return output->standard_output;
  if (hit_limit(directory, limits)) return too_large(limits);
  std::string said = replace_all(std::string(trim(output->standard_error)), "\n", " ");
  for (const std::string& argument : arguments) said = replace_all(std::move(said), argument, redact_url(argument));
  return fail(ErrorKind::unavailable, printable_utf8(ellipsize(said, 500)));
}

/// What `git ls-tree -r -l -z` tells: "MODE TYPE ID SIZE\tPATH" each; the size of a submodule is "-".
Result<void> check_size(std::string_view listing, const CheckoutLimits& limits) {
  std::size_t bytes = 0;
  std::size_t files = 0;
  for (const std::string_view entry : split(listing, '\0')) {
    const std::string_view head = entry.substr(0, entry.find('\t'));
    const std::string_view size = head.substr(std::min(head.size(), head.rfind(' ') + 1));
    std::size_t value = 0;
    std::from_chars(size.data(), size.data() + size.size(), value);
    bytes += value;
    if (bytes > limits.max_bytes) return too_large(limits);
    if (++files > kMaxFiles) return fail(ErrorKind::unavailable, "it has more than " + plural(kMaxFiles, "file"));
  }
  return {};
}

}  // namespace

Result<void> check_out_remote(const std::string& address, const std::string& revision, const fs::path& directory,
                              const CheckoutLimits& limits) {
  std::error_code error;
  if (!fs::create_directory(directory, error)) {
    return fail(ErrorKind::internal, directory.string() + " cannot be made: " + error.message());
  }
  CHECK_OK(git({"init", "--quiet"}, directory, false, limits));
  CHECK_OK(git({"fetch", "--quiet", "--no-tags", "--depth", "1", "--", address, revision}, directory, true, limits));
  TRY(const std::string listing, git({"ls-tree", "-r", "-l", "-z", "FETCH_HEAD"}, directory, false, limits));
  CHECK_OK(check_size(listing, limits));
  CHECK_OK(git({"checkout", "--quiet", "--detach", "FETCH_HEAD"}, directory, false, limits));
  fs::remove_all(directory / ".git", error);
  if (error) return fail(ErrorKind::internal, directory.string() + " cannot be written: " + error.message());
  return {};
}

}  // namespace towline::render
