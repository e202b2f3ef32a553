#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "render/source_files.h"

namespace towline::render {

/// The files of one render, gone at the end of its life. All of them are written by `write`, which the kernel holds
/// below the workspace.
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

  enum class Part { repository, chart, home };
  std::filesystem::path root() const { return path_of(Part::repository); }
  std::filesystem::path chart() const { return path_of(Part::chart); }
  std::filesystem::path home() const { return path_of(Part::home); }
  /// A link to the directory that is rendered, for a program that is started before it is known which.
  std::filesystem::path application() const { return top() / "application"; }
  const std::filesystem::path& top() const { return directory_.path(); }

  /// Points `application` to a directory below the root. Error invalid: links lead it out of the repository.
  Result<void> choose(const std::string& directory) const;

  /// Writes the files below a directory ("" is the part itself), then their links, which only the repository may have.
  /// Error invalid: a path that is refused.
  Result<void> write(Part part, const std::string& directory, const std::vector<LoadedFile>& files);

  /// Error invalid: the path leads out of the part when links are followed, or nothing is there.
  Result<void> check_inside(Part part, const std::string& path) const;
  /// Error invalid: a link that was written leads out of the repository. To be called when everything is written.
  Result<void> check_links() const;

 private:
  Workspace(TemporaryDirectory directory, bool in_memory) : directory_(std::move(directory)), in_memory_(in_memory) {}
  std::filesystem::path path_of(Part part) const;

  TemporaryDirectory directory_;
  bool in_memory_;
  std::vector<std::string> links_;  ///< below the root
};

}  // namespace towline::render
