#include "work_tree.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "base/text.h"

namespace towline::bot {
namespace {

namespace fs = std::filesystem;

bool is_at_or_below(const fs::path& path, const fs::path& directory) {
  return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first == directory.end();
}

}  // namespace

Result<fs::path> write_target(const fs::path& path) {
  std::error_code error;
  const fs::path written = fs::absolute(path, error).lexically_normal();
  fs::path target;
  if (!error) target = fs::weakly_canonical(path, error);
  if (!error && fs::is_symlink(fs::symlink_status(target, error))) error = std::make_error_code(std::errc::io_error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorKind::invalid, "cannot write " + printable_utf8(path.string()) +
                                        ": where its links lead is not known (" + error.message() + ")");
  }
  // Every work tree around it, because a link may lead into another one.
  for (fs::path directory = written.parent_path();; directory = directory.parent_path()) {
    if (fs::exists(directory / ".git", error)) {
      const fs::path root = fs::canonical(directory, error);
      if (error || !is_at_or_below(target, root)) {
        return fail(ErrorKind::invalid, "cannot write " + printable_utf8(path.string()) +
                                            ": a symbolic link leads out of the repository " +
                                            printable_utf8(directory.string()) + ", to " +
                                            printable_utf8(target.string()) + "; name that path if you mean it");
      }
    }
    if (directory == directory.parent_path()) return target;
  }
}

}  // namespace towline::bot
