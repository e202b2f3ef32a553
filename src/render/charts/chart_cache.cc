#include "render/charts/chart_cache.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>
#include <utility>

#include "base/beneath.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/secret.h"
#include "base/text.h"
#include "image/constraint.h"
#include "manifest/paths.h"
#include "render/charts/chart_repository.h"
#include "render/charts/oci_chart.h"
#include "render/git_checkout.h"
#include "render/source_files.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

/// What begins so in the cache's directory is a fetch that is under way.
constexpr std::string_view kFetching = ".fetching-";

std::string without_scheme(std::string_view address) {
  const std::size_t scheme = address.find("://");
  if (scheme != std::string_view::npos) return std::string(address.substr(scheme + 3));
  std::string text(address);
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && text.find('/') > colon && text.find('@') < colon) text[colon] = '/';
  return text;
}

bool is_http(std::string_view address) { return address.starts_with("http://") || address.starts_with("https://"); }

/// HOST/PATH below the cache; nullopt when it would lead out of it.
std::optional<std::string> place_of(std::string_view address) {
  std::string text = without_scheme(address);
  const std::size_t at = text.find('@');
  if (at != std::string::npos && at < text.find('/')) text.erase(0, at + 1);
  while (text.ends_with('/')) text.pop_back();
  if (text.ends_with(".git")) text.resize(text.size() - 4);
  return is_plain_path(text) ? std::optional(text) : std::nullopt;
}

std::string described(const ChartName& name) {
  const std::string address = printable_utf8(ellipsize(redact_url(name.repository), 200));
  const std::string version = printable_utf8(ellipsize(name.version, 100));
  if (name.chart.empty()) return "revision '" + version + "' of the git repository " + address;
  return "the chart '" + printable_utf8(ellipsize(name.chart, 100)) + "' " + version + " of " + address;
}

/// What puts it there, for a person at a shell.
std::string how_to_prime(const ChartName& name, const std::string& place) {
  if (name.chart.empty()) {
    return "git clone --depth 1 --branch " + name.version + " " + redact_url(name.repository) + " CHARTS/" + place +
           "@" + name.version;
  }
  const std::string version = " --version '" + name.version + "' --destination CHARTS/" +
                              (fs::path(place) / manifest::parent_directory(name.chart)).string();
  if (is_http(name.repository)) return "helm pull " + name.chart + " --repo " + redact_url(name.repository) + version;
  return "helm pull oci://" + without_scheme(redact_url(name.repository)) + "/" + name.chart + version;
}

/// Letters, digits and these alone: names end up in a command that people copy to their shell.
bool is_plain(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// A directory that is gone, if it is still there, at the end of the scope.
struct Removed {
  explicit Removed(fs::path directory) : path(std::move(directory)) {}
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;
  ~Removed() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  const fs::path path;
};

std::string trim_slashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  if (text.starts_with('/')) text.erase(0, 1);
  return text;
}

struct Candidate {
  fs::path file;
  image::SemanticVersion version;
};

/// The highest version of the chart in a directory that the constraint allows.
std::optional<fs::path> highest(const fs::path& directory, std::string_view chart, const image::Constraint& allowed) {
  std::optional<Candidate> best;
  std::error_code error;
  for (fs::directory_iterator next(directory, error), end; !error && next != end; next.increment(error)) {
    const std::string name = next->path().filename().string();
    if (!name.starts_with(std::string(chart) + "-") || !name.ends_with(".tgz")) continue;
    const auto version = image::parse_semver(name.substr(chart.size() + 1, name.size() - chart.size() - 5));
    if (!version || !allowed.allows(*version)) continue;
    if (!best || image::compare_precedence(best->version, *version) < 0) best = Candidate{next->path(), *version};
  }
  return best ? std::optional(best->file) : std::nullopt;
}

/// What a fetch that was cut off by a crash has left. No living one, of whatever process or machine, is as old as that.
void remove_stale(const fs::path& directory, std::chrono::milliseconds deadline) {
  constexpr int kMostRuns = 8;  // of git for one fetch
  const auto oldest = fs::file_time_type::clock::now() -
                      std::max<std::chrono::milliseconds>(std::chrono::hours(1), deadline * kMostRuns);
  std::error_code error;
  std::vector<fs::path> stale;
  for (fs::directory_iterator next(directory, error), end; !error && next != end; next.increment(error)) {
    std::error_code unreadable;
    if (!next->path().filename().string().starts_with(kFetching) || next->is_symlink(unreadable) ||
        !next->is_directory(unreadable))
      continue;
    const auto written = next->last_write_time(unreadable);
    if (!unreadable && written < oldest) stale.push_back(next->path());
  }
  for (const fs::path& path : stale) fs::remove_all(path, error);
}

}  // namespace

std::string host_of(std::string_view address) {
  std::string text = to_lower(without_scheme(address));
  text = text.substr(0, text.find_first_of("/?#"));
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  return text.substr(0, text.find(':'));
}

bool is_allowed_host(std::string_view address, const std::vector<std::string>& hosts) {
  const std::string host = host_of(address);
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& allowed) { return to_lower(allowed) == host; });
}

ChartCache::ChartCache(Options options) : options_(std::move(options)) {
  if (!options_.directory.empty()) remove_stale(options_.directory, options_.deadline);
}

Result<fs::path> ChartCache::find(const ChartName& name) const {
  const auto place = place_of(name.repository);
  const bool usable_version =
      is_plain(name.version, name.chart.empty() ? "._+-" : "._+-~^<>=|*, ") && !name.version.starts_with('-');
  const bool usable_chart = name.chart.empty() || (is_plain_path(name.chart) && is_plain(name.chart, "._/-"));
  // What begins with a dot is the cache's own: clones that are under way.
  if (!place || place->starts_with('.') || !usable_chart || !is_plain(name.repository, "._:/@~+%-") ||
      name.chart.starts_with('-') || name.repository.starts_with('-')) {
    return fail(ErrorKind::invalid, described(name) + " is no name that could be looked up");
  }
  if (!usable_version) {
    return fail(ErrorKind::invalid, described(name) + " cannot be looked up: give it a version (targetRevision)" +
                                        (name.chart.empty() ? " without '/'" : ""));
  }
  const auto look = [&] { return name.chart.empty() ? find_git(name) : find_chart(name); };
  auto found = look();
  if (found || found.error().kind != ErrorKind::not_found) return found;
  if (options_.directory.empty() || !is_allowed_host(name.repository, options_.allowed_hosts)) {
    return fail(ErrorKind::not_found, described(name) +
                                          " is not in the chart cache, so what changes is not shown. Put it there (" +
                                          printable_utf8(how_to_prime(name, *place)) +
                                          ", where CHARTS is the cache's directory), or allow '" +
                                          printable_utf8(host_of(name.repository)) + "' under render.hosts");
  }
  const std::lock_guard lock(fetching_);
  found = look();
  if (found) return found;
  std::error_code error;
  fs::create_directories(options_.directory, error);
  const auto fetched = name.chart.empty()         ? clone(name, *place)
                       : is_http(name.repository) ? fetch(name, *place)
                                                  : pull(name, *place);
  if (fetched) return look();
  if (fetched.error().kind == ErrorKind::internal) return tl::unexpected<Error>(fetched.error());
  return fail(fetched.error().kind, described(name) + " cannot be fetched: " + fetched.error().message);
}

Result<fs::path> ChartCache::find_chart(const ChartName& name) const {
  const fs::path directory = options_.directory / *place_of(name.repository) / manifest::parent_directory(name.chart);
  const std::string chart(manifest::base_name(name.chart));
  std::error_code error;
  if (!options_.directory.empty()) {
    // Exactly so named, whatever constraint the name would be.
    const fs::path exact = directory / (chart + "-" + name.version + ".tgz");
    if (fs::is_regular_file(exact, error)) return exact;
    const auto allowed = image::Constraint::parse(name.version);
    const auto found = allowed ? highest(directory, chart, *allowed) : std::nullopt;
    if (found) return *found;
  }
  return fail(ErrorKind::not_found, described(name) + " is not in the chart cache");
}

Result<fs::path> ChartCache::find_git(const ChartName& name) const {
  const fs::path directory = options_.directory / (*place_of(name.repository) + "@" + name.version);
  std::error_code error;
  if (!options_.directory.empty() && fs::is_directory(directory, error)) return directory;
  return fail(ErrorKind::not_found, described(name) + " is not in the chart cache");
}

Result<void> ChartCache::fetch(const ChartName& name, const std::string& place) const {
  TRY(const FetchedChart chart, fetch_chart(name.repository, name.chart, name.version,
                                            {options_.allowed_hosts, options_.max_bytes, options_.deadline}));
  return keep(name, chart, place);
}

Result<void> ChartCache::keep(const ChartName& name, const FetchedChart& chart, const std::string& place) const {
  if (!is_plain(chart.version, "._+-")) {
    return fail(ErrorKind::unavailable, "its version is spelled in a way that is no file's name");
  }
  TRY(const auto cache, Beneath::open(options_.directory));
  std::string path = place;
  path.append("/").append(name.chart).append("-").append(chart.version).append(".tgz");
  return cache.replace_file(path, chart.bytes);
}

Result<void> ChartCache::pull(const ChartName& name, const std::string& place) const {
  const std::string address = without_scheme(name.repository);
  const std::size_t host = std::min(address.find('/'), address.size());
  std::string repository(trim_slashes(address.substr(host)) + "/" + name.chart);
  if (repository.starts_with('/')) repository.erase(0, 1);
  TRY(const FetchedChart chart, fetch_oci_chart(address.substr(0, host), repository, name.version,
                                                {options_.allowed_hosts, options_.max_bytes, options_.deadline}));
  return keep(name, chart, place);
}

Result<void> ChartCache::clone(const ChartName& name, const std::string& place) const {
  if (!is_http(name.repository)) return fail(ErrorKind::unavailable, "git is spoken only over http and https");
  if (!options_.sandbox) return fail(ErrorKind::unavailable, not_sandboxed("git"));
  // Beside its place, so that it can be moved there, under a name that no repository's address makes.
  const Removed partial{options_.directory / (std::string(kFetching) + random_hex(16))};
  CHECK_OK(check_out_remote(name.repository, name.version, partial.path,
                            {options_.max_bytes, options_.deadline, options_.search_path, *options_.sandbox}));
  TRY(const auto cache, Beneath::open(options_.directory));
  if (const auto parent = manifest::parent_directory(place); !parent.empty()) {
    CHECK_OK(cache.make_directories(std::string(parent)));
  }
  const fs::path target = options_.directory / (place + "@" + name.version);
  std::error_code error;
  fs::rename(partial.path, target, error);
  if (error) return fail(ErrorKind::internal, target.string() + " cannot be written: " + error.message());
  return {};
}

}  // namespace towline::render
