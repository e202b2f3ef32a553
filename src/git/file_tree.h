#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"

namespace towline::git {

/// The files of one state of a repository, wherever they are kept. Symlinks are listed, never followed.
class FileTree {
 public:
  virtual ~FileTree() = default;
  /// Every file, sorted by path.
  virtual Result<std::vector<TreeEntry>> files() const = 0;
  /// Error: not_found.
  virtual Result<std::string> read(std::string_view path) const = 0;
  /// Of a file that `files` gave.
  virtual Result<std::string> read_entry(const TreeEntry& entry) const { return read(entry.path); }
};

/// A commit's files, read from the object database.
class CommitTree final : public FileTree {
 public:
  /// `repository` must outlive it.
  CommitTree(const Repository& repository, CommitId commit);
  Result<std::vector<TreeEntry>> files() const override;
  Result<std::string> read(std::string_view path) const override;
  Result<std::string> read_entry(const TreeEntry& entry) const override;

 private:
  const Repository& repository_;
  CommitId commit_;
};

/// Contents alone, read from the object database by their ids; it lists no files. For states that no commit has.
class BlobTree final : public FileTree {
 public:
  /// `repository` must outlive it.
  explicit BlobTree(const Repository& repository) : repository_(repository) {}
  Result<std::vector<TreeEntry>> files() const override;
  Result<std::string> read(std::string_view path) const override;
  Result<std::string> read_entry(const TreeEntry& entry) const override;

 private:
  const Repository& repository_;
};

/// The files below a directory on disk, without `.git`. Blob ids are git's.
class DirectoryTree final : public FileTree {
 public:
  explicit DirectoryTree(std::filesystem::path root);
  Result<std::vector<TreeEntry>> files() const override;
  Result<std::string> read(std::string_view path) const override;

 private:
  std::filesystem::path root_;
};

/// path -> content; what tests and small callers use.
class MemoryTree final : public FileTree {
 public:
  explicit MemoryTree(std::map<std::string, std::string> files);
  Result<std::vector<TreeEntry>> files() const override;
  Result<std::string> read(std::string_view path) const override;

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace towline::git
