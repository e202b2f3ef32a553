#include "render/workspace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace towline::render {
namespace {

namespace fs = std::filesystem;

/// Of the files of one render that lie in memory; and that is to be left of it for others.
constexpr std::size_t kMostInMemory = 8u << 20;
constexpr std::size_t kLeftForOthers = 32u << 20;

constexpr const char* kMemory = "/dev/shm";

bool has_room_in_memory() {
  struct statfs system {};
  if (::statfs(kMemory, &system) != 0 || system.f_type != TMPFS_MAGIC) return false;
  const std::size_t free = static_cast<std::size_t>(system.f_bavail) * static_cast<std::size_t>(system.f_bsize);
  return free >= kMostInMemory + kLeftForOthers && ::access(kMemory, W_OK | X_OK) == 0;
}

tl::unexpected<Error> cannot_write(const fs::path& path) {
  return fail(ErrorKind::internal, "cannot write " + path.string() + ", which is to be rendered");
}

/// Plain writes: the directory is gone after the run, so nothing need be durable or whole.
bool write_plainly(const fs::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::close(file) == 0 && text.empty();
}

}  // namespace

Result<Workspace> Workspace::create(Medium medium) {
  const bool in_memory = medium == Medium::memory && has_room_in_memory();
  TRY(auto directory, in_memory ? TemporaryDirectory::create_in(kMemory, "towline-render")
                                : TemporaryDirectory::create("towline-render"));
  Workspace workspace(std::move(directory), in_memory);
  for (const fs::path& path : {workspace.root(), workspace.chart(), workspace.home()}) {
    std::error_code error;
    if (!fs::create_directory(path, error)) return cannot_write(path);
  }
  return workspace;
}

Workspace::Medium Workspace::medium_for(const std::vector<LoadedFile>& files) {
  // A file takes whole pages, and directories and names some.
  constexpr std::size_t kOfEach = 8u << 10;
  std::size_t bytes = 0;
  for (const LoadedFile& file : files) bytes += file.text.size() + kOfEach;
  return bytes <= kMostInMemory ? Medium::memory : Medium::disk;
}

bool Workspace::suits(Medium medium) const { return !in_memory_ || (medium == Medium::memory && has_room_in_memory()); }

Result<void> Workspace::choose(const fs::path& directory) const {
  std::error_code error;
  fs::create_directory_symlink(directory, application(), error);
  if (error) return cannot_write(application());
  return {};
}

Result<void> Workspace::write(const fs::path& root, const std::vector<LoadedFile>& files) {
  fs::path made;  // files of one directory mostly stand together
  for (const bool links : {false, true}) {
    for (const LoadedFile& file : files) {
      if (file.link != links) continue;
      const fs::path path = root / file.path;
      std::error_code error;
      if (path.parent_path() != made) fs::create_directories(path.parent_path(), error);
      if (error) return cannot_write(path);
      made = path.parent_path();
      if (links) {
        fs::create_symlink(file.text, path, error);
        if (error) return cannot_write(path);
      } else if (!write_plainly(path, file.text)) {
        return cannot_write(path);
      }
    }
  }
  return {};
}

}  // namespace towline::render
