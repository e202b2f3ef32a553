#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace towline {

/// A regular file that a walk has come to.
class WalkedFile {
 public:
  WalkedFile(int directory, const char* name, const std::string& path, ReadBuffer& buffer)
      : directory_(directory), name_(name), path_(path), buffer_(buffer) {}

  /// The walk's root with what is below it.
  const std::string& path() const { return path_; }
  /// The whole text, good until the visit of this file ends. Errors as those of read_file.
  Result<std::string_view> read() const;

 private:
  int directory_;
  const char* name_;
  const std::string& path_;
  ReadBuffer& buffer_;  ///< of the thread that visits
};

/// Which files a walk visits.
struct Walk {
  std::function<bool(std::string_view name)> wanted;
  std::size_t max_files = 0;
};

/// Visits the wanted regular files below a directory, in no order and on several threads at the same time. Links are
/// not followed, and `.git` is not entered. Errors: forbidden (some directory cannot be listed), invalid (more than
/// `max_files` are wanted).
Result<void> walk_files(const std::string& root, const Walk& walk, const std::function<void(const WalkedFile&)>& visit);

}  // namespace towline
