#include "render/workspace.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/beneath.h"
#include "base/text.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

/// Of the files of one render that lie in memory; and that is to be left of it for others.
constexpr std::size_t kMostInMemory = 8u << 20;
constexpr std::size_t kLeftForOthers = 32u << 20;

/// Names of the parts, in their order.
constexpr std::array<std::string_view, 3> kParts = {"tree", "chart", "home"};

constexpr const char* kMemory = "/dev/shm";

bool has_room_in_memory() {
  struct statfs system {};
  if (::statfs(kMemory, &system) != 0 || system.f_type != TMPFS_MAGIC) return false;
  const std::size_t free = static_cast<std::size_t>(system.f_bavail) * static_cast<std::size_t>(system.f_bsize);
  return free >= kMostInMemory + kLeftForOthers && ::access(kMemory, W_OK | X_OK) == 0;
}

}  // namespace

Result<Workspace> Workspace::create(Medium medium) {
  const bool in_memory = medium == Medium::memory && has_room_in_memory();
  TRY(auto directory, in_memory ? TemporaryDirectory::create_in(kMemory, "towline-render")
                                : TemporaryDirectory::create("towline-render"));
  TRY(const auto top, Beneath::open(directory.path()));
  for (const std::string_view part : kParts) CHECK_OK(top.make_directories(std::string(part)));
  return Workspace(std::move(directory), in_memory);
}

Workspace::Medium Workspace::medium_for(const std::vector<LoadedFile>& files) {
  // A file takes whole pages, and directories and names some.
  constexpr std::size_t kOfEach = 8u << 10;
  std::size_t bytes = 0;
  for (const LoadedFile& file : files) bytes += file.text.size() + kOfEach;
  return bytes <= kMostInMemory ? Medium::memory : Medium::disk;
}

bool Workspace::suits(Medium medium) const { return !in_memory_ || (medium == Medium::memory && has_room_in_memory()); }

fs::path Workspace::path_of(Part part) const { return top() / kParts[static_cast<std::size_t>(part)]; }

Result<void> Workspace::choose(const std::string& directory) const {
  CHECK_OK(check_inside(Part::repository, directory));
  TRY(const auto files, Beneath::open(top()));
  return files.make_link(application().filename().string(), (root() / directory).string());
}

Result<void> Workspace::write(Part part, const std::string& directory, const std::vector<LoadedFile>& files) {
  TRY(const auto written, Beneath::open(path_of(part)));
  const std::string below = directory.empty() ? "" : directory + "/";
  for (const LoadedFile& file : files) {
    if (!file.link) CHECK_OK(written.write_file(below + file.path, file.text));
  }
  for (const LoadedFile& file : files) {
    if (!file.link) continue;
    if (part != Part::repository) {
      return fail(ErrorKind::invalid, "only the repository may have symbolic links, but '" +
                                          printable_utf8(ellipsize(file.path, 200)) + "' is one");
    }
    CHECK_OK(written.make_link(below + file.path, file.text));
    links_.push_back(below + file.path);
  }
  return {};
}

Result<void> Workspace::check_inside(Part part, const std::string& path) const {
  TRY(const auto files, Beneath::open(path_of(part)));
  TRY(const bool there, files.leads_inside(path));
  if (there) return {};
  return fail(ErrorKind::invalid, "there is nothing at '" + printable_utf8(ellipsize(path, 200)) + "'");
}

Result<void> Workspace::check_links() const {
  if (links_.empty()) return {};
  TRY(const auto repository, Beneath::open(root()));
  // One that leads nowhere is harmless: nothing is written any more.
  for (const std::string& link : links_) CHECK_OK(repository.leads_inside(link));
  return {};
}

}  // namespace towline::render
