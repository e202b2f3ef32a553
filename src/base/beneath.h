#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace towline {

/// One component of a path: not empty, "." or "..", no '/' and no NUL, at most 255 bytes long.
bool is_file_name(std::string_view name);
/// Components joined by '/': relative, without ".", ".." and empty parts.
bool is_plain_path(std::string_view path);

/// A directory in which files are written whose names come from outside. Every path is relative and plain
/// (`is_plain_path`), and the kernel holds it below the directory: openat2(2) with RESOLVE_BENEATH and
/// RESOLVE_NO_SYMLINKS, so neither ".." nor a symbolic link that was written before leads anywhere else.
/// Errors: invalid (the path or the link's target is refused, or a file is where a directory would have to be),
/// internal (the kernel has no openat2, which Linux 5.6 brought, or cannot write). The path of the directory itself is
/// not part of the messages.
class Beneath {
 public:
  /// The directory must exist; its own path is trusted.
  static Result<Beneath> open(const std::filesystem::path& directory);
  Beneath(Beneath&& other) noexcept;
  Beneath& operator=(Beneath&& other) noexcept;
  ~Beneath();

  /// Makes the directories on the way. An existing file is overwritten.
  Result<void> write_file(const std::string& path, std::string_view text) const;
  /// As write_file, but readers see the old file or the whole new one, also after a crash.
  Result<void> replace_file(const std::string& path, std::string_view text) const;
  Result<void> make_directories(const std::string& path) const;
  /// Makes the directories on the way. The target is stored as it is; `leads_inside` tells where it leads.
  Result<void> make_link(const std::string& path, const std::string& target) const;

  /// Whether something is at the path when links are followed as the kernel follows them. Error invalid: it leads out
  /// of the directory, through more than 40 links or in a circle.
  Result<bool> leads_inside(const std::string& path) const;

 private:
  explicit Beneath(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace towline
