#include "render/charts/chart_repository.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "discovery/fields.h"
#include "image/constraint.h"
#include "render/charts/archive.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

constexpr std::size_t kMaxIndex = 16u << 20;

/// The exact version, or the highest that the constraint allows.
const yaml::Node* pick(const yaml::Node& versions, std::string_view wanted) {
  for (const yaml::Node& entry : versions.items) {
    if (discovery::text_at(entry, {"version"}) == wanted) return &entry;
  }
  const auto allowed = image::Constraint::parse(wanted);
  if (!allowed) return nullptr;
  const yaml::Node* best = nullptr;
  std::optional<image::SemanticVersion> best_version;
  for (const yaml::Node& entry : versions.items) {
    const auto version = image::parse_semver(discovery::text_at(entry, {"version"}));
    if (!version || !allowed->allows(*version)) continue;
    if (best_version && image::compare_precedence(*best_version, *version) >= 0) continue;
    best = &entry;
    best_version = *version;
  }
  return best;
}

/// The digest is "" where the index does not tell it.
Result<void> check_digest(std::string_view wanted, const std::string& bytes) {
  constexpr std::string_view kPrefix = "sha256:";
  const std::string hash = sha256_hex(bytes);
  if (wanted.starts_with(kPrefix)) wanted.remove_prefix(kPrefix.size());
  if (wanted.empty() || to_lower(wanted) == hash) return {};
  return fail(ErrorKind::unavailable, "what came has the digest " + hash + ", not the one that its index.yaml names");
}

}  // namespace

Result<ChartEntry> look_up_chart(const std::string& index, std::string_view chart, std::string_view version) {
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
  return ChartEntry{discovery::text_at(*entry, {"version"}), std::string(urls->items.front().text()),
                    discovery::text_at(*entry, {"digest"})};
}

Result<void> check_packed_chart(const std::string& bytes, std::string_view chart, std::size_t max_bytes) {
  const auto files = unpack(bytes, max_bytes);
  if (!files) return fail(ErrorKind::unavailable, "what came is no chart: " + files.error().message);
  const std::string chart_file = std::string(chart) + "/Chart.yaml";
  const bool whole =
      std::any_of(files->begin(), files->end(), [&](const auto& file) { return file.path == chart_file; });
  if (!whole) return fail(ErrorKind::unavailable, "what came is no chart of that name: it has no " + chart_file);
  return {};
}

Result<FetchedChart> fetch_chart(std::string_view repository, std::string_view chart, std::string_view version,
                                 const FetchRules& rules) {
  const auto root = parse_web_address(std::string(repository) + (repository.ends_with('/') ? "" : "/"));
  if (!root) return fail(ErrorKind::invalid, "its address is none that could be asked");
  TRY(const std::string index, fetch_allowed(*resolve_reference(*root, "index.yaml"), kMaxIndex, rules));
  TRY(const ChartEntry entry, look_up_chart(index, chart, version));
  const auto place = resolve_reference(*root, entry.url);
  if (!place) {
    return fail(ErrorKind::unavailable,
                "its index.yaml names an address that is none, '" + shown_address(entry.url) + "'");
  }
  TRY(std::string bytes, fetch_allowed(*place, rules.max_bytes, rules));
  CHECK_OK(check_digest(entry.digest, bytes));
  CHECK_OK(check_packed_chart(bytes, chart, rules.max_bytes));
  return FetchedChart{entry.version, std::move(bytes)};
}

}  // namespace towline::render
