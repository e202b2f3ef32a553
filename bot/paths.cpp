#include "paths.h"

#include <algorithm>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "engine/site_cache.h"

namespace towline::bot {

namespace {

constexpr std::size_t kMaxFiles = 1'000'000;
constexpr std::size_t kMaxPipeBytes = 64u << 20;

Result<void> add_directory(const std::filesystem::path& directory, std::vector<LocalFile>& files) {
  using Walk = std::filesystem::recursive_directory_iterator;
  std::error_code error;
  // Does not follow links to directories.
  for (Walk next(directory, error); !error && next != Walk(); next.increment(error)) {
    if (next->path().filename() == ".git") {
      next.disable_recursion_pending();
      continue;
    }
    const std::filesystem::path& disk = next->path();
    if (!engine::is_manifest_path(disk.native())) continue;
    std::error_code unreadable;
    if (next->symlink_status(unreadable).type() != std::filesystem::file_type::regular) continue;
    if (files.size() == kMaxFiles) {
      return fail(ErrorKind::invalid, directory.string() + " has more than " + plural(kMaxFiles, "manifest file"));
    }
    files.push_back({disk, disk.lexically_normal().string()});
  }
  if (error) return fail(ErrorKind::forbidden, "cannot list all of " + directory.string() + ": " + error.message());
  return {};
}

/// Waits for the writer, as every reader of a pipe does.
Result<std::string> read_pipe(const LocalFile& file) {
  std::ifstream stream(file.disk, std::ios::binary);
  std::string text;
  std::vector<char> chunk(64u << 10);
  while (stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || stream.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxPipeBytes) {
      return fail(ErrorKind::invalid,
                  "cannot read " + file.shown + ": it gives more than the limit of " + plural(kMaxPipeBytes, "byte"));
    }
  }
  if (!stream.eof()) return fail(ErrorKind::internal, "cannot read " + file.shown);
  return text;
}

}  // namespace

Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments) {
  std::vector<LocalFile> files;
  for (const std::string& argument : arguments) {
    const std::filesystem::path path(argument);
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      CHECK_OK(add_directory(path, files));
    } else if (std::filesystem::exists(path, error)) {
      files.push_back({path, argument});
    } else {
      return fail(ErrorKind::invalid, "there is no file or directory " + argument);
    }
  }
  // Sorted by the path's parts, each made normal once: comparisons are many.
  std::vector<std::pair<std::filesystem::path, LocalFile>> sorted;
  sorted.reserve(files.size());
  for (LocalFile& file : files) sorted.emplace_back(file.disk.lexically_normal(), std::move(file));
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  files.clear();
  for (std::size_t index = 0; index < sorted.size(); ++index) {
    if (index > 0 && sorted[index].first == sorted[index - 1].first) continue;
    files.push_back(std::move(sorted[index].second));
  }
  return files;
}

Result<std::string> read_local(const LocalFile& file) {
  std::error_code error;
  if (std::filesystem::is_fifo(file.disk, error)) return read_pipe(file);
  return read_file(file.disk);
}

}  // namespace towline::bot
