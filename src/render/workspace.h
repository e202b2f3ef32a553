#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "render/source_files.h"

namespace towline::render {

/// The files of one render, gone at the end of its life.
class Workspace {
 public:
  enum class Medium {
    memory,  ///< where this machine has a file system in it and room on it, otherwise on disk
    disk,
  };
  static Result<Workspace> create(Medium medium);
  /// memory, unless they are large together.
  static Medium medium_for(const std::vector<LoadedFile>& files);
  /// Whether files of the medium can be written to it, and still leave room for others.
  bool suits(Medium medium) const;

  std::filesystem::path root() const { return top() / "tree"; }  ///< of the repository
  std::filesystem::path chart() const { return top() / "chart"; }
  std::filesystem::path home() const { return top() / "home"; }
  /// A link to the directory that is rendered, for a program that is started before it is known which.
  std::filesystem::path application() const { return top() / "application"; }
  const std::filesystem::path& top() const { return directory_.path(); }

  /// Points `application` to a directory below the root.
  Result<void> choose(const std::filesystem::path& directory) const;

  /// Files first, then links, so that nothing is written through a link.
  static Result<void> write(const std::filesystem::path& root, const std::vector<LoadedFile>& files);

 private:
  Workspace(TemporaryDirectory directory, bool in_memory) : directory_(std::move(directory)), in_memory_(in_memory) {}
  TemporaryDirectory directory_;
  bool in_memory_;
};

}  // namespace towline::render
