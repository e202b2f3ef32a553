#include "support/real_registry.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "net/http_client.h"
#include "program/process.h"
#include "support/eventually.h"

namespace towline::test {

namespace {

constexpr const char* kSearchPath = "/usr/local/bin:/usr/bin:/bin";
/// bcrypt of kPassword, as cheap as it can be.
constexpr const char* kHtpasswd = "bot:$2y$04$D62lIVa13VzYaEzdP/jzgOJmWKfhoQeN4pjXNnEEUc5nds9isPcDq\n";

Result<std::string> write_blob(const std::filesystem::path& layout, const std::string& text) {
  const std::string hash = sha256_hex(text);
  CHECK_OK(write_file(layout / "blobs" / "sha256" / hash, text));
  return "sha256:" + hash;
}

Json descriptor(const std::string& type, const std::string& digest, const std::string& text) {
  return {{"mediaType", type}, {"digest", digest}, {"size", text.size()}};
}

/// An image in the OCI image layout (image-spec, image-layout.md), tagged "pushed"; gives the manifest's digest.
Result<std::string> write_layout(const std::filesystem::path& layout,
                                 const std::map<std::string, std::string>& labels) {
  std::filesystem::create_directories(layout / "blobs" / "sha256");
  const std::string config = dump_json(Json{{"created", "2026-11-17T12:00:00Z"},
                                            {"architecture", "amd64"},
                                            {"os", "linux"},
                                            {"config", {{"Labels", labels}}},
                                            {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}}});
  TRY(const std::string config_digest, write_blob(layout, config));
  const std::string manifest =
      dump_json(Json{{"schemaVersion", 2},
                     {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                     {"config", descriptor("application/vnd.oci.image.config.v1+json", config_digest, config)},
                     {"layers", Json::array()}});
  TRY(const std::string digest, write_blob(layout, manifest));
  Json entry = descriptor("application/vnd.oci.image.manifest.v1+json", digest, manifest);
  entry["annotations"] = {{"org.opencontainers.image.ref.name", "pushed"}};
  CHECK_OK(write_file(layout / "index.json", dump_json(Json{{"schemaVersion", 2}, {"manifests", {entry}}})));
  CHECK_OK(write_file(layout / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  return digest;
}

}  // namespace

bool RealRegistry::available() {
  const bool there =
      !find_program("docker-registry", kSearchPath).empty() && !find_program("skopeo", kSearchPath).empty();
  if (there) return true;
  const char* required = std::getenv("TOWLINE_REQUIRE_REAL_TOOLS");
  if (required != nullptr && std::string(required) == "1") {
    throw std::runtime_error("docker-registry and skopeo are required but not installed: see config/packages.txt");
  }
  static const bool said = [] {
    std::cerr << "\nSKIPPED: the tests against a real registry: install docker-registry and skopeo\n";
    return true;
  }();
  static_cast<void>(said);
  return false;
}

Result<std::unique_ptr<RealRegistry>> RealRegistry::start(const Options& options) {
  TRY(auto directory, TemporaryDirectory::create("towline-registry-"));
  std::unique_ptr<RealRegistry> registry(new RealRegistry(std::move(directory)));
  registry->shows_password_ = options.wants_password || !options.token_realm.empty();
  registry->port_ = options.port;
  if (options.port == 0) {
    TRY(registry->port_, free_port());
  }
  CHECK_OK(registry->write_configuration(options));
  CHECK_OK(registry->listen());
  return registry;
}

Result<void> RealRegistry::write_configuration(const Options& options) const {
  const std::filesystem::path& work = directory_.path();
  std::string text =
      "version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\nstorage: {filesystem: "
      "{rootdirectory: " +
      (work / "data").string() + "}}\nhttp: {addr: '" + authority() + "'}\n";
  if (options.wants_password) {
    CHECK_OK(write_file(work / "htpasswd", kHtpasswd));
    text += "auth: {htpasswd: {realm: registry, path: " + (work / "htpasswd").string() + "}}\n";
  }
  if (!options.token_realm.empty()) {
    CHECK_OK(write_file(work / "tokens.pem", options.token_certificate));
    text += "auth: {token: {realm: '" + options.token_realm +
            "', service: images, issuer: tokens, rootcertbundle: " + (work / "tokens.pem").string() + "}}\n";
  }
  if (!options.notify.empty()) {
    text += "notifications: {endpoints: [{name: towline, url: '" + options.notify + "', headers: {Authorization: ['" +
            options.authorization + "']}, timeout: 5s, threshold: 5, backoff: 100ms}]}\n";
  }
  return write_file(work / "config.yml", text);
}

Result<void> RealRegistry::listen() {
  ChildProcess::Spec spec;
  spec.argv = {find_program("docker-registry", kSearchPath).string(), "serve",
               (directory_.path() / "config.yml").string()};
  spec.environment = {{"HOME", directory_.path().string()}, {"OTEL_TRACES_EXPORTER", "none"}};
  spec.directory = directory_.path();
  spec.log = directory_.path() / "registry.log";
  TRY(process_, ChildProcess::start(spec));
  TRY(const auto client, make_http_client(url(), std::nullopt));
  const auto answers = [&client] {
    HttpRequest request;
    request.path = "/v2/";
    const auto response = client->send(request);
    return response && (response->status == 200 || response->status == 401);
  };
  eventually([&] { return !process_->running() || answers(); }, std::chrono::seconds{60});
  if (process_->running() && answers()) return {};
  return fail(ErrorKind::internal, "docker-registry does not answer", read_file(spec.log).value_or(""));
}

Result<std::string> RealRegistry::push(const std::string& repository, const std::string& tag,
                                       const std::map<std::string, std::string>& labels) {
  const std::filesystem::path layout = directory_.path() / ("layout-" + std::to_string(++pushed_));
  TRY(const std::string digest, write_layout(layout, labels));
  ProcessSpec spec;
  spec.argv = {"skopeo", "copy", "--insecure-policy", "--preserve-digests", "--dest-tls-verify=false"};
  if (shows_password_) spec.argv.push_back(std::string("--dest-creds=") + kUser + ":" + kPassword);
  spec.argv.push_back("oci:" + layout.string() + ":pushed");
  spec.argv.push_back("docker://" + authority() + "/" + repository + ":" + tag);
  spec.environment = {{"HOME", directory_.path().string()}, {"TMPDIR", directory_.path().string()}};
  TRY(const ProcessOutput output, run_process(spec));
  if (output.exit_code != 0) {
    return fail(ErrorKind::internal, "skopeo cannot push " + repository + ":" + tag, output.standard_error);
  }
  return digest;
}

}  // namespace towline::test
