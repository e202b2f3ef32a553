#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace towline {

/// The whole file. Errors: not_found, invalid (a directory, or over `max_bytes`), forbidden.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes = 64u << 20);
/// Room for one file after the other; what no file has come to costs no memory.
class ReadBuffer {
 public:
  char* data() { return bytes_.get(); }
  std::size_t size() const { return size_; }
  /// Keeps the first `kept` bytes.
  void grow(std::size_t kept);

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};
/// The same of a regular file by its name in an open directory, which is not looked up from the root again, into a
/// buffer that grows when it must, so that many files cost one; gives its part that the file fills. Errors call the
/// file `path`. A symlink is refused.
Result<std::string_view> read_file_at(int directory, const char* name, const std::string& path, ReadBuffer& buffer,
                                      std::size_t max_bytes = 64u << 20);
/// Writes beside and renames, so that a reader never sees half a file. Makes no directories.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);

/// A directory that is removed with everything in it at the end of its life.
class TemporaryDirectory {
 public:
  /// Where the environment says that temporary files go.
  static Result<TemporaryDirectory> create(std::string_view prefix);
  static Result<TemporaryDirectory> create_in(const std::filesystem::path& parent, std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Held for the life of the object; a second holder (of any process) is refused.
class FileLock {
 public:
  /// Error conflict: another process holds it.
  static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace towline
