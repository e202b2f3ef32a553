#include <algorithm>
#include <array>

#include "base/text.h"
#include "git/libgit2.h"
#include "git/repository.h"

namespace towline::git {
namespace {

constexpr std::size_t kFullIdDigits = 40;
constexpr std::size_t kFewestIdDigits = 4;
constexpr std::string_view kTags = "refs/tags/";

/// Where a name is looked for, in this order. Tags are not: whoever can push may make one of any name.
constexpr std::array<std::string_view, 3> kBranchPlaces = {"refs/heads/", "refs/remotes/", "refs/remotes/origin/"};

std::string shown(std::string_view text) { return "'" + printable_utf8(ellipsize(text, 200)) + "'"; }

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

/// HEAD, ORIG_HEAD, FETCH_HEAD: files of the repository itself (gitrevisions(7)), which no push makes.
bool is_head_file(std::string_view name) {
  return name.ends_with("HEAD") &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

/// The part in front of "~2", "^", "@{1}" and ":path" (gitrevisions(7)). No reference's name has any of these.
std::string_view name_in(std::string_view revision) {
  return revision.substr(0, std::min(revision.find_first_of("~^:"), revision.find("@{")));
}

/// Looks a revision up by the name that it begins with.
class Lookup {
 public:
  Lookup(const Repository& repository, std::string_view name) : repository_(repository), name_(name) {}

  /// The reference or the commit that the name means.
  Result<Revision> find() const {
    if (name_.starts_with("refs/")) return at_reference();
    if (is_head_file(name_)) {
      TRY(const Revision head, at_reference());
      return with_others(head);
    }
    if (is_hex(name_) && name_.size() == kFullIdDigits) return by_id();
    const std::vector<Named> branches = named(kBranchPlaces);
    if (!branches.empty()) {
      if (by_id()) {
        return fail(ErrorKind::invalid, shown(name_) + " are the first digits of a commit and the name of " +
                                            branches.front().ref + "; write all digits, or the whole name");
      }
      return with_others({branches.front().commit, branches.front().ref, {}});
    }
    if (is_hex(name_)) return by_id();
    if (repository_.find_ref(std::string(kTags) + name_).value_or(std::nullopt)) {
      return fail(ErrorKind::not_found, "there is no branch " + shown(name_) + "; there is a tag of that name: write " +
                                            std::string(kTags) + printable_utf8(name_) + " if you mean it");
    }
    return fail(ErrorKind::not_found, missing());
  }

 private:
  struct Named {
    std::string ref;
    CommitId commit;
  };

  std::string missing() const { return "there is no revision " + shown(name_) + " in " + repository_.path().string(); }

  Result<Revision> at_reference() const {
    TRY(const auto commit, repository_.find_ref(name_));
    if (!commit) return fail(ErrorKind::not_found, missing());
    return Revision{*commit, name_, {}};
  }

  Result<Revision> by_id() const {
    if (!is_hex(name_) || name_.size() < kFewestIdDigits) return fail(ErrorKind::not_found, missing());
    TRY(const CommitId commit, repository_.commit_by_digits(name_));
    return Revision{commit, "", {}};
  }

  template <class Places>
  std::vector<Named> named(const Places& places) const {
    std::vector<Named> found;
    for (const std::string_view place : places) {
      std::string ref = std::string(place) + name_;
      // What is no valid name, or names no commit, is not there.
      const auto commit = repository_.find_ref(ref);
      if (commit && *commit) found.push_back({std::move(ref), **commit});
    }
    return found;
  }

  Revision with_others(Revision revision) const {
    // A local branch is often behind or ahead of the one it tracks, and so is HEAD.
    const bool local = is_head_file(name_) || revision.ref == std::string(kBranchPlaces[0]) + name_;
    std::vector<Named> all = named(kBranchPlaces);
    for (Named& tag : named(std::array{kTags})) all.push_back(std::move(tag));
    for (const Named& other : all) {
      const bool tracked = local && other.ref == std::string(kBranchPlaces[2]) + name_;
      if (other.ref != revision.ref && other.commit != revision.commit && !tracked) {
        revision.others.push_back(other.ref);
      }
    }
    return revision;
  }

  const Repository& repository_;
  std::string name_;
};

}  // namespace

Result<Revision> Repository::find_revision(std::string_view revision) const {
  const std::string_view written = name_in(revision);
  const std::string_view name = written == "@" ? "HEAD" : written;
  const std::string rest(revision.substr(written.size()));
  if (written.empty()) {
    return fail(ErrorKind::not_found, "the revision " + shown(revision) + " begins with no name; write HEAD" +
                                          printable_utf8(ellipsize(rest, 200)) + " or a branch");
  }
  TRY(Revision found, Lookup(*this, name).find());
  if (rest.empty()) return found;
  // A log of where a reference was belongs to its name; everything else to the commit.
  const std::string from = rest.starts_with("@{") && !found.ref.empty() ? found.ref : found.commit.str();
  TRY(found.commit, parse_revision(from + rest, revision));
  return found;
}

Result<CommitId> Repository::resolve(std::string_view revision) const {
  TRY(const Revision found, find_revision(revision));
  return found.commit;
}

}  // namespace towline::git
