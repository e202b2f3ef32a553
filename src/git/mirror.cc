#include "git/mirror.h"

#include <array>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "base/log.h"

namespace towline::git {
namespace {

namespace fs = std::filesystem;

/// The whole configuration. Everything else is given with each run of git.
constexpr std::string_view kConfig = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/// What a mirror must not have. Source: gitrepository-layout(5).
constexpr std::array<std::string_view, 14> kForbidden = {
    "hooks",            // programs
    "config.worktree",  // more configuration
    "commondir",        // configuration, objects and references elsewhere
    "gitdir",           // likewise
    ".git",             // another repository in place of this one
    "remotes",          // old forms of configuration
    "branches",         // likewise
    "modules",          // repositories with a configuration of their own
    "worktrees",        // likewise
    "info/attributes",  // filters
    "info/grafts",      // another history
    "refs/replace",     // other objects than those that were asked for
    "objects/info/alternates",
    "objects/info/http-alternates",
};

/// Directories that must not be links to elsewhere.
constexpr std::array<std::string_view, 4> kOwn = {"objects", "objects/info", "info", "refs"};

enum class Report { warning, silent };

void report(Report how, const fs::path& repository, std::string_view what) {
  if (how == Report::silent) return;
  log::warn("a mirror was changed by something other than Towline and is repaired",
            {{"mirror", repository.string()}, {"changed", std::string(what)}});
}

tl::unexpected<Error> cannot_repair(const fs::path& path, const std::error_code& error) {
  return fail(ErrorKind::internal, "cannot repair the mirror: " + path.string() + ": " + error.message() +
                                       "; remove the mirror, it is fetched anew");
}

Result<void> check_own(const fs::path& repository) {
  for (const std::string_view name : kOwn) {
    std::error_code error;
    const fs::path path = repository / name;
    if (!fs::is_symlink(fs::symlink_status(path, error))) continue;
    return fail(ErrorKind::internal, "the mirror's " + path.string() +
                                         " is a symbolic link, so git is not run there; remove the mirror, it is "
                                         "fetched anew");
  }
  return {};
}

Result<void> remove_forbidden(const fs::path& repository, Report how) {
  for (const std::string_view name : kForbidden) {
    std::error_code error;
    const fs::path path = repository / name;
    if (!fs::exists(fs::symlink_status(path, error))) continue;
    report(how, repository, name);
    fs::remove_all(path, error);
    if (error) return cannot_repair(path, error);
  }
  return {};
}

Result<void> restore_config(const fs::path& repository, Report how) {
  const fs::path path = repository / "config";
  std::error_code error;
  if (fs::is_regular_file(fs::symlink_status(path, error))) {
    const auto text = read_file(path);
    if (text && *text == kConfig) return {};
  }
  report(how, repository, "config");
  // A link or a directory is not to be written through or into.
  fs::remove_all(path, error);
  if (error) return cannot_repair(path, error);
  return write_file(path, kConfig);
}

Result<void> secure(const fs::path& repository, Report how) {
  CHECK_OK(check_own(repository));
  CHECK_OK(remove_forbidden(repository, how));
  return restore_config(repository, how);
}

}  // namespace

Result<void> secure_mirror(const fs::path& repository) { return secure(repository, Report::warning); }

Result<void> settle_new_mirror(const fs::path& repository) { return secure(repository, Report::silent); }

}  // namespace towline::git
