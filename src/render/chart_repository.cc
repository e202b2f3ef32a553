#include "render/chart_repository.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "base/http_client.h"
#include "base/secret.h"
#include "base/text.h"
#include "image/constraint.h"
#include "manifest/fields.h"
#include "render/archive.h"
#include "render/chart_cache.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

constexpr std::size_t kMaxIndex = 16u << 20;
constexpr int kMostRedirects = 5;

struct Address {
  std::string origin;       ///< "https://host:port"
  std::string path;         ///< "/…", with the query
  std::string credentials;  ///< "user:password"; mostly empty
};

std::optional<Address> parse_address(std::string_view text) {
  constexpr std::array<std::string_view, 2> kSchemes = {"http://", "https://"};
  const auto scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](std::string_view start) { return text.starts_with(start); });
  const bool harmless = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (scheme == kSchemes.end() || !harmless) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const std::string_view rest = text.substr(scheme->size());
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  Address address;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    address.credentials = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (authority.empty()) return std::nullopt;
  address.origin = std::string(*scheme) + std::string(authority);
  address.path = rest.substr(slash);
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  return address;
}

/// What a reference means in a document of that address. Credentials stay with their host.
std::optional<Address> resolve(const Address& from, std::string_view reference) {
  std::string whole(reference);
  if (reference.starts_with("//")) {
    whole = from.origin.substr(0, from.origin.find(':') + 1) + whole;
  } else if (reference.find("://") == std::string_view::npos) {
    const std::string path = from.path.substr(0, from.path.find('?'));
    whole = from.origin + (reference.starts_with('/') ? "" : path.substr(0, path.rfind('/') + 1)) + whole;
  }
  auto address = parse_address(whole);
  if (address && address->origin == from.origin) address->credentials = from.credentials;
  return address;
}

std::string shown(std::string_view address) { return printable_utf8(ellipsize(redact_url(address), 200)); }

/// One repository being asked.
class Fetcher {
 public:
  explicit Fetcher(const FetchRules& rules) : rules_(rules) {}

  Result<std::string> get(Address address, std::size_t max_bytes) const {
    for (int hop = 0; hop <= kMostRedirects; ++hop) {
      if (!is_allowed_host(address.origin, rules_.allowed_hosts)) {
        return fail(ErrorKind::unavailable,
                    "it leads to " + shown(address.origin + address.path) + ", which is not fetched unless '" +
                        printable_utf8(host_of(address.origin)) + "' stands under render.hosts too");
      }
      TRY(const HttpResponse response, ask(address, max_bytes));
      if (response.status == 200) return response.body;
      const bool redirects = response.status >= 301 && response.status <= 308 && !response.header("Location").empty();
      if (!redirects) {
        return fail(ErrorKind::unavailable,
                    shown(address.origin + address.path) + " answers with status " + std::to_string(response.status));
      }
      TRY(address, redirected(address, response.header("Location")));
    }
    return fail(ErrorKind::unavailable, "it redirects more than " + plural(kMostRedirects, "time"));
  }

 private:
  Result<HttpResponse> ask(const Address& address, std::size_t max_bytes) const {
    std::optional<Secret> authorization;
    if (!address.credentials.empty()) authorization = Secret("Basic " + base64_encode(address.credentials));
    TRY(const auto client, make_http_client(address.origin, std::move(authorization)));
    HttpRequest request;
    request.path = address.path;
    request.deadline = rules_.deadline;
    request.max_response_bytes = max_bytes;
    return client->send(request);
  }

  static Result<Address> redirected(const Address& from, std::string_view location) {
    const auto to = resolve(from, location);
    const bool weaker = to && from.origin.starts_with("https://") && !to->origin.starts_with("https://");
    if (!to || weaker) {
      return fail(ErrorKind::unavailable, "it redirects to '" + shown(location) + "', which is not followed");
    }
    return *to;
  }

  const FetchRules& rules_;
};

/// What the index says of one version.
struct Entry {
  std::string version;
  std::string url;
  std::string digest;
};

/// The exact version, or the highest that the constraint allows.
const yaml::Node* pick(const yaml::Node& versions, std::string_view wanted) {
  for (const yaml::Node& entry : versions.items) {
    if (manifest::text_at(entry, {"version"}) == wanted) return &entry;
  }
  const auto allowed = image::Constraint::parse(wanted);
  if (!allowed) return nullptr;
  const yaml::Node* best = nullptr;
  std::optional<image::SemanticVersion> best_version;
  for (const yaml::Node& entry : versions.items) {
    const auto version = image::parse_semver(manifest::text_at(entry, {"version"}));
    if (!version || !allowed->allows(*version)) continue;
    if (best_version && image::compare_precedence(*best_version, *version) >= 0) continue;
    best = &entry;
    best_version = *version;
  }
  return best;
}

Result<Entry> look_up(const std::string& index, std::string_view chart, std::string_view version) {
  const auto documents = yaml::parse(index);
  if (!documents) {
    return fail(ErrorKind::unavailable, "its index.yaml cannot be read: " + documents.error().message);
  }
  const yaml::Node* versions = documents->empty() ? nullptr : documents->front().root.find_path({"entries", chart});
  if (versions == nullptr) return fail(ErrorKind::unavailable, "its index.yaml names no such chart");
  const yaml::Node* entry = pick(*versions, version);
  if (entry == nullptr) return fail(ErrorKind::unavailable, "its index.yaml names no such version of it");
  const yaml::Node* urls = entry->find("urls");
  if (urls == nullptr || urls->items.empty()) {
    return fail(ErrorKind::unavailable, "its index.yaml does not say where that version lies");
  }
  return Entry{manifest::text_at(*entry, {"version"}), std::string(urls->items.front().text()),
               manifest::text_at(*entry, {"digest"})};
}

/// A .tgz whose top is the chart's directory.
Result<void> check_chart(const Entry& entry, const std::string& bytes, std::string_view chart, std::size_t max_bytes) {
  constexpr std::string_view kPrefix = "sha256:";
  const std::string hash = sha256_hex(bytes);
  std::string_view wanted = entry.digest;
  if (wanted.starts_with(kPrefix)) wanted.remove_prefix(kPrefix.size());
  if (!wanted.empty() && to_lower(wanted) != hash) {
    return fail(ErrorKind::unavailable, "what came has the digest " + hash + ", not the one that its index.yaml names");
  }
  const auto files = unpack(bytes, max_bytes);
  if (!files) return fail(ErrorKind::unavailable, "what came is no chart: " + files.error().message);
  const std::string chart_file = std::string(chart) + "/Chart.yaml";
  const bool whole =
      std::any_of(files->begin(), files->end(), [&](const auto& file) { return file.path == chart_file; });
  if (!whole) return fail(ErrorKind::unavailable, "what came is no chart of that name: it has no " + chart_file);
  return {};
}

}  // namespace

Result<FetchedChart> fetch_chart(std::string_view repository, std::string_view chart, std::string_view version,
                                 const FetchRules& rules) {
  const auto root = parse_address(std::string(repository) + (repository.ends_with('/') ? "" : "/"));
  if (!root) return fail(ErrorKind::invalid, "its address is none that could be asked");
  const Fetcher fetcher(rules);
  TRY(const std::string index, fetcher.get(*resolve(*root, "index.yaml"), kMaxIndex));
  TRY(const Entry entry, look_up(index, chart, version));
  const auto place = resolve(*root, entry.url);
  if (!place) {
    return fail(ErrorKind::unavailable, "its index.yaml names an address that is none, '" + shown(entry.url) + "'");
  }
  TRY(std::string bytes, fetcher.get(*place, rules.max_bytes));
  CHECK_OK(check_chart(entry, bytes, chart, rules.max_bytes));
  return FetchedChart{entry.version, std::move(bytes)};
}

}  // namespace towline::render
