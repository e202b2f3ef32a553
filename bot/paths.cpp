#include "paths.h"

#include <fstream>
#include <string_view>

#include "base/file_walk.h"
#include "base/files.h"
#include "base/text.h"
#include "evaluate/site_cache.h"

namespace towline::bot {

namespace {

constexpr std::size_t kMaxFiles = 1'000'000;
constexpr std::size_t kMaxPipeBytes = 64u << 20;

/// What people see before the path below the directory.
std::string shown_prefix(const std::string& directory) {
  std::string normal = std::filesystem::path(directory).lexically_normal().string();
  if (normal == "." || normal == "./") return "";
  if (!normal.ends_with('/')) normal += '/';
  return normal;
}

std::string_view below(std::string_view path, std::string_view directory) {
  path.remove_prefix(directory.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
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

Result<void> visit_manifests(const std::vector<std::string>& arguments,
                             const std::function<void(LocalFile file, const ReadText& read)>& visit) {
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (std::filesystem::is_directory(argument, error)) {
      const std::string prefix = shown_prefix(argument);
      CHECK_OK(walk_files(argument, {evaluate::is_manifest_path, kMaxFiles}, [&](const WalkedFile& file) {
        visit({file.path(), prefix + std::string(below(file.path(), argument))}, [&] { return file.read(); });
      }));
    } else if (std::filesystem::exists(argument, error)) {
      const LocalFile file{argument, argument};
      std::string text;
      visit(file, [&]() -> Result<std::string_view> {
        TRY(text, read_local(file));
        return text;
      });
    } else {
      return fail(ErrorKind::invalid, "there is no file or directory " + argument);
    }
  }
  return {};
}

std::filesystem::path sort_key(const LocalFile& file) { return std::filesystem::path(file.disk).lexically_normal(); }

Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments) {
  return map_manifests<LocalFile>(
      arguments, [](const LocalFile& file, const ReadText&) { return std::optional<LocalFile>(file); });
}

Result<std::string> read_local(const LocalFile& file) {
  std::error_code error;
  if (std::filesystem::is_fifo(file.disk, error)) return read_pipe(file);
  return read_file(file.disk);
}

}  // namespace towline::bot
