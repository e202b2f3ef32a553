#include "audit/entry.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace towline::audit {
namespace {

constexpr std::string_view kTrailerPrefix = "Towline-";

/// A trailer that may be given several times, and where its values go.
struct ListTrailer {
  std::string_view key;
  std::vector<std::string> Entry::*values;
};
constexpr std::array kListTrailers = {
    ListTrailer{"Towline-Image", &Entry::images},
    ListTrailer{"Towline-Approved-By", &Entry::approved_by},
};

/// A trailer of which the first counts.
struct SingleTrailer {
  std::string_view key;
  std::string Entry::*value;
};
constexpr std::array kSingleTrailers = {
    SingleTrailer{"Towline-Policy", &Entry::policy},
    SingleTrailer{"Towline-Pull-Request", &Entry::pull_request},
};

void read_trailers(std::string_view message, Entry& entry, Touched& touched) {
  const bool counts = !entry.merged_by.empty() && entry.confirmed.value_or(true);
  std::set<std::string> environments;
  std::set<std::string> services;
  for (const auto& [key, raw] : git::parse_trailers(message)) {
    const std::string value = printable_utf8(raw);
    if (value.empty()) continue;
    if (!counts) {
      if (key.starts_with(kTrailerPrefix)) entry.claims.push_back(printable_utf8(key) + ": " + value);
      continue;
    }
    if (key == "Towline-Environment") environments.insert(value);
    if (key == "Towline-Service") services.insert(value);
    for (const ListTrailer& trailer : kListTrailers) {
      if (key == trailer.key) (entry.*trailer.values).push_back(value);
    }
    for (const SingleTrailer& trailer : kSingleTrailers) {
      if (key == trailer.key && (entry.*trailer.value).empty()) entry.*trailer.value = value;
    }
  }
  // With several environments nobody can tell which service belongs to which; there the paths speak alone.
  if (environments.size() == 1) {
    for (const std::string& service : services) touched.services.insert(*environments.begin() + "/" + service);
  }
  touched.environments.merge(environments);
}

Result<std::string> author_of_change(const git::Repository& repository, const git::Commit& commit) {
  if (commit.parents.size() < 2) return printable_utf8(commit.author.name);
  TRY(const git::Commit merged, repository.commit(commit.parents[1]));
  return printable_utf8(merged.author.name);
}

std::string title_of(const git::Commit& commit) {
  const auto lines = split_lines(commit.message);
  return lines.empty() ? std::string() : printable_utf8(trim(lines.front()));
}

}  // namespace

Result<Touched> touched_by(const git::Repository& repository, const config::RepoConfig& config,
                           const git::Commit& commit) {
  std::vector<std::string> paths;
  if (commit.parents.empty()) {
    TRY(const auto files, repository.list(commit.id));
    for (const git::TreeEntry& file : files) paths.push_back(file.path);
  } else {
    TRY(const auto changes, repository.changed_paths(commit.parents.front(), commit.id));
    for (const git::PathChange& change : changes) paths.push_back(change.path);
  }
  Touched touched;
  for (const std::string& path : paths) {
    const auto owner = config.service_of(path);
    if (!owner) continue;
    touched.environments.insert(owner->environment->name);
    touched.services.insert(owner->environment->name + "/" + owner->service);
  }
  return touched;
}

Result<Entry> describe(const git::Repository& repository, const git::Commit& commit, const Touched& touched,
                       const KnownMerges& merges, const Landing& landing) {
  Entry entry;
  entry.commit = commit.id;
  if (!commit.parents.empty()) entry.parent = commit.parents.front();
  entry.at = landing.at;
  if (!landing.warning.empty()) entry.warnings.push_back(landing.warning);
  entry.title = title_of(commit);
  TRY(entry.who, author_of_change(repository, commit));
  if (commit.parents.size() > 1) {
    entry.merged_by = printable_utf8(commit.author.name + " <" + commit.author.email + ">");
  }
  if (merges) entry.confirmed = merges->contains(commit.id);
  Touched all = touched;
  read_trailers(commit.message, entry, all);
  entry.environments.assign(all.environments.begin(), all.environments.end());
  entry.services.assign(all.services.begin(), all.services.end());
  return entry;
}

}  // namespace towline::audit
