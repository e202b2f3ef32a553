#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "diff/noise.h"
#include "discovery/cluster.h"
#include "image/select.h"
#include "manifest/layout.h"
#include "policy/finding.h"

namespace towline::config {

/// `.towline.yaml` at the root of the infra repo's default branch.
inline constexpr std::string_view kRepoConfigPath = ".towline.yaml";

struct ImageRule {
  std::string match;  ///< glob over the normalised and the written name; '*' does not cross '/', '**' does
  image::Selector select;
};

enum class BumpMode { manual, pull_request, merge };
std::string_view to_string(BumpMode mode);

/// What a bump writes.
enum class PinMode {
  as_written,  ///< a digest where the site has one
  digest,      ///< tag@digest everywhere, or nothing while the digest is not known
};

/// No merging while it lasts.
struct FreezeWindow {
  std::vector<unsigned> days;    ///< 0 is Sunday; empty: every day
  std::optional<Duration> from;  ///< since local midnight; absent: the whole day
  std::optional<Duration> to;    ///< exclusive; before `from` means it ends the next day
  std::string timezone = "UTC";  ///< IANA name
  std::string reason;
};

struct Environment {
  std::string name;
  manifest::PathPattern services;
  std::vector<ImageRule> images;
  std::optional<std::string> from;  ///< promoted from this environment; then `images` is empty
  Duration soak{0};                 ///< how long an image must have been in `from`
  BumpMode bump = BumpMode::pull_request;
  PinMode pin = PinMode::as_written;
  std::size_t approvals = 0;
  std::vector<std::string> approvers;  ///< logins and "team:<name>"; empty: anyone with write access
  std::vector<FreezeWindow> freeze;
};

struct RepoConfig {
  std::vector<Environment> environments;  ///< in the order of the file
  policy::RuleSeverities policies;
  std::vector<discovery::Cluster> clusters;  ///< that Argo CD knows
  diff::NoiseRules noise;                    ///< what the reports fold away
  bool detected = false;                     ///< made from the layout, there is no file

  const Environment* find(std::string_view name) const;
  struct ServiceOf {
    const Environment* environment = nullptr;
    std::string service;
    std::string directory;
  };
  /// The environment and service a path belongs to, if any.
  std::optional<ServiceOf> service_of(std::string_view path) const;
};

/// Error invalid: "<path>:3:5: unknown key 'enviroments', did you mean 'environments'?"; the first problem only.
Result<RepoConfig> parse_repo_config(std::string_view path, std::string_view text);

/// What stands below `select:`, by itself: `semver: ">=1.2 <2"`. Error invalid: as parse_repo_config, with `where`
/// instead of the path.
Result<image::Selector> parse_select(std::string_view where, std::string_view text);

/// The reference layout (apps/{environment}/services/{service}) as far as these paths show it: dev merges by
/// itself, prod is promoted from dev with one approval. No environments when nothing looks like it.
RepoConfig detect_repo_config(const std::vector<std::string>& paths);

/// JSON schema (draft 2020-12) of the file, from the table the parser uses.
std::string repo_config_schema();

/// When the freeze ends, if the window covers `now`. Error invalid: unknown time zone.
Result<std::optional<TimePoint>> frozen_until(const FreezeWindow& window, TimePoint now);

}  // namespace towline::config
