#include "image/variant.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace towline::image {

namespace {

// What projects append to their tags before a release. Sorted.
constexpr std::array<std::string_view, 28> kPrereleaseWords = {
    "a",   "alpha",      "b",       "beta",      "canary",   "ci",           "cr",
    "dev", "develop",    "ea",      "eap",       "edge",     "experimental", "insiders",
    "m",   "main",       "master",  "milestone", "next",     "nightly",      "pr",
    "pre", "prerelease", "preview", "rc",        "snapshot", "trunk",        "unstable"};

// Bases, platforms, runtimes and editions that official images and their like append to a version. Sorted.
constexpr std::array<std::string_view, 97> kVariantWords = {"aarch",        "all",        "alma",
                                                            "almalinux",    "alpine",     "amazoncorretto",
                                                            "amazonlinux",  "amd",        "amzn",
                                                            "apache",       "arm",        "armhf",
                                                            "armv",         "aspnet",     "base",
                                                            "bionic",       "bookworm",   "bullseye",
                                                            "buster",       "busybox",    "ce",
                                                            "centos",       "chainguard", "community",
                                                            "contrib",      "core",       "corretto",
                                                            "cpu",          "cuda",       "cudnn",
                                                            "debian",       "debug",      "devel",
                                                            "dind",         "distroless", "ee",
                                                            "enterprise",   "extras",     "fat",
                                                            "fedora",       "fips",       "focal",
                                                            "fpm",          "full",       "glibc",
                                                            "gpu",          "graalvm",    "jammy",
                                                            "jdk",          "jre",        "lite",
                                                            "lts",          "ltsc",       "management",
                                                            "minimal",      "musl",       "nanoserver",
                                                            "noble",        "nonroot",    "onbuild",
                                                            "openjdk",      "oracle",     "oraclelinux",
                                                            "oss",          "otel",       "perl",
                                                            "photon",       "php",        "plucky",
                                                            "ppc",          "python",     "rhel",
                                                            "rocky",        "rockylinux", "rocm",
                                                            "rootless",     "runtime",    "sapmachine",
                                                            "scratch",      "sdk",        "server",
                                                            "sid",          "slim",       "stable",
                                                            "stretch",      "temurin",    "trixie",
                                                            "ubi",          "ubuntu",     "uclibc",
                                                            "unprivileged", "windows",    "windowsservercore",
                                                            "wolfi",        "xenial",     "zts",
                                                            "zulu"};

// What Bitnami, LinuxServer and others count builds with. Sorted.
constexpr std::array<std::string_view, 4> kBuildWords = {"build", "ls", "r", "rev"};

static_assert(std::is_sorted(kPrereleaseWords.begin(), kPrereleaseWords.end()));
static_assert(std::is_sorted(kVariantWords.begin(), kVariantWords.end()));

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A commit's hash is no word, whatever letters it begins with. Digits alone may be a date.
bool is_hash(std::string_view part) {
  constexpr std::size_t kShortestHash = 7;
  return part.size() >= kShortestHash && part.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         std::any_of(part.begin(), part.end(), is_digit) && std::any_of(part.begin(), part.end(), is_letter);
}

/// "rc" of "RC.1", "alpine" of "alpine3.19".
std::string leading_word(std::string_view part) {
  if (is_hash(part)) return {};
  const auto end = std::find_if_not(part.begin(), part.end(), is_letter);
  return to_lower(std::string_view(part.begin(), end));
}

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

/// What counts the builds of one version ("ls51" after "ls50", "r3", a commit) does not part variants.
std::string without_build(std::string_view part) {
  if (is_hash(part)) return "#";
  const std::string word = leading_word(part);
  const std::string_view count = part.substr(word.size());
  const bool counts = !count.empty() && std::all_of(count.begin(), count.end(), is_digit);
  return counts && is_one_of(kBuildWords, word) ? word + "#" : std::string(part);
}

enum class Part { prerelease, variant };

Part kind_of(std::string_view part, const std::optional<Part>& before, UnknownSuffix unknown) {
  const std::string word = leading_word(part);
  if (is_one_of(kPrereleaseWords, word)) return Part::prerelease;
  if (is_one_of(kVariantWords, word)) return Part::variant;
  if (before) return *before;
  if (!part.empty() && is_digit(part.front()) && !is_hash(part)) return Part::prerelease;
  return unknown == UnknownSuffix::prerelease ? Part::prerelease : Part::variant;
}

}  // namespace

std::optional<TagVersion> parse_tag_version(std::string_view text, UnknownSuffix unknown) {
  const std::size_t hyphen = std::min(text.find('-'), text.size());
  auto version = parse_semver(text.substr(0, hyphen));
  if (!version) return std::nullopt;
  TagVersion parsed{*std::move(version), {}};
  if (hyphen == text.size()) return parsed;
  if (hyphen + 1 == text.size()) return std::nullopt;
  std::vector<std::string> prerelease;
  std::vector<std::string> variant;
  std::optional<Part> before;
  for (const std::string_view part : split(text.substr(hyphen + 1), '-')) {
    before = kind_of(part, before, unknown);
    if (*before == Part::prerelease) prerelease.emplace_back(part);
    if (*before == Part::variant) variant.push_back(without_build(part));
  }
  parsed.variant = join(variant, "-");
  if (prerelease.empty()) return parsed;
  auto identifiers = parse_prerelease(join(prerelease, "-"));
  if (!identifiers) return std::nullopt;
  parsed.version.prerelease = *std::move(identifiers);
  return parsed;
}

bool names_variant(std::string_view part) { return is_one_of(kVariantWords, leading_word(part)); }

std::string variant_of_suffix(std::string_view suffix) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(suffix, '-')) parts.push_back(without_build(part));
  return join(parts, "-");
}

std::string variant_in(std::string_view text) {
  std::vector<std::string> variant;
  for (const std::string_view part : split(text, '-')) {
    if (names_variant(part)) variant.emplace_back(part);
  }
  return join(variant, "-");
}

}  // namespace towline::image
