#include "render/charts/oci_chart.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "image/constraint.h"
#include "manifest/paths.h"
#include "registry/client.h"

namespace towline::render {
namespace {

/// As helm and containerd have it.
bool is_this_machine(std::string_view host) {
  const std::string_view name = host.substr(0, host.rfind(':'));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

/// No tag has a '+', which helm writes as '_'.
std::string tag_of(std::string_view version) { return replace_all(std::string(version), "+", "_"); }

/// The highest version that the constraint allows.
std::optional<std::string> highest(const registry::TagList& list, const image::Constraint& allowed) {
  std::optional<image::SemanticVersion> best;
  std::string best_text;
  for (const image::Tag& tag : list.tags) {
    std::string text = replace_all(tag.str(), "_", "+");
    const auto version = image::parse_semver(text);
    if (!version || !allowed.allows(*version)) continue;
    if (best && image::compare_precedence(*best, *version) >= 0) continue;
    best = *version;
    best_text = std::move(text);
  }
  return best ? std::optional(best_text) : std::nullopt;
}

Result<FetchedChart> fetch(registry::Client& client, const std::string& repository, std::string_view wanted,
                           const FetchRules& rules) {
  std::string version(wanted);
  if (!image::parse_semver(wanted)) {
    const auto allowed = image::Constraint::parse(wanted);
    if (!allowed) return fail(ErrorKind::unavailable, "'" + version + "' is neither a version nor a constraint");
    TRY(const registry::TagList list, client.tags(repository));
    const auto found = highest(list, *allowed);
    if (!found) return fail(ErrorKind::unavailable, "its registry has no such version of it");
    version = *found;
  }
  TRY(const image::Tag tag, image::parse_tag(tag_of(version)));
  TRY(std::string bytes, client.chart(repository, tag, rules.max_bytes));
  CHECK_OK(check_packed_chart(bytes, manifest::base_name(repository), rules.max_bytes));
  return FetchedChart{std::move(version), std::move(bytes)};
}

}  // namespace

Result<FetchedChart> fetch_oci_chart(std::string_view host, std::string_view repository, std::string_view version,
                                     const FetchRules& rules) {
  registry::ClientOptions options;
  options.host = host;
  options.url = (is_this_machine(host) ? "http://" : "https://") + options.host;
  options.token_hosts = rules.allowed_hosts;
  options.token_hosts_key = "render.hosts";
  options.clock = std::make_shared<SystemClock>();
  TRY(const auto client, registry::Client::create(std::move(options)));
  auto chart = fetch(*client, std::string(repository), version, rules);
  if (chart || chart.error().kind == ErrorKind::timeout) return chart;
  return fail(ErrorKind::unavailable, chart.error().message);
}

}  // namespace towline::render
