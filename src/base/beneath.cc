#include "base/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace towline {
namespace {

constexpr std::uint64_t kWriting = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
constexpr std::uint64_t kFollowing = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

/// Closes the descriptor at the end of the scope. Negative: errno says why there is none.
class Opened {
 public:
  explicit Opened(int value) : value_(value) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { close(); }
  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }
  bool close() {
    const int value = std::exchange(value_, -1);
    return value < 0 || ::close(value) == 0;
  }

 private:
  int value_;
};

int open_below(int directory, const std::string& path, int flags, std::uint64_t resolve, mode_t mode = 0) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = resolve;
  // EAGAIN: something was renamed meanwhile, so that the kernel could not tell whether ".." stays inside.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const long opened = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how));
    if (opened >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(opened);
  }
  return -1;
}

std::string shown(std::string_view path) { return "'" + printable_utf8(ellipsize(path, 200)) + "'"; }

tl::unexpected<Error> failed(std::string_view doing, std::string_view path, int error) {
  const std::string sentence = "cannot " + std::string(doing) + " " + shown(path) + ": ";
  switch (error) {
    case EXDEV:
      return fail(ErrorKind::invalid, sentence + "it leads out of its directory");
    case ELOOP:
      return fail(ErrorKind::invalid, sentence + "a symbolic link is on the way, or links lead in a circle");
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
      return fail(ErrorKind::invalid, sentence + "a file and a directory have the same name");
    case ENAMETOOLONG:
      return fail(ErrorKind::invalid, sentence + "its name is too long");
    case ENOSYS:
      return fail(ErrorKind::internal, sentence + "this kernel has no openat2; Linux 5.6 or later is needed");
    default:
      return fail(ErrorKind::internal, sentence + std::generic_category().message(error));
  }
}

Result<void> check_path(std::string_view doing, std::string_view path) {
  if (is_plain_path(path)) return {};
  return fail(ErrorKind::invalid, "cannot " + std::string(doing) + " " + shown(path) +
                                      ": it is not a relative path without '.', '..' and empty parts");
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::pair<std::string, std::string> parted(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// The directory at a plain path, made where it is missing.
int open_directory(int root, const std::string& path) {
  constexpr int kDirectory = O_PATH | O_DIRECTORY;
  const std::string below = path.empty() ? "." : path;
  int opened = open_below(root, below, kDirectory, kWriting);
  if (opened >= 0 || errno != ENOENT || path.empty()) return opened;
  const auto [parent_path, name] = parted(path);
  const Opened parent(open_directory(root, parent_path));
  if (!parent) return -1;
  if (::mkdirat(parent.get(), name.c_str(), 0755) != 0 && errno != EEXIST) return -1;
  opened = open_below(parent.get(), name, kDirectory, kWriting);
  return opened;
}

/// Opens a file for writing, with the directories on the way. O_NONBLOCK: not to wait for a named pipe's reader.
int open_to_write(int root, const std::string& path, int flags) {
  flags |= O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const int opened = open_below(root, path, flags, kWriting, 0644);
  if (opened >= 0 || errno != ENOENT) return opened;
  const Opened parent(open_directory(root, parted(path).first));
  return parent ? open_below(root, path, flags, kWriting, 0644) : -1;
}

}  // namespace

bool is_file_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_plain_path(std::string_view path) {
  const auto components = split(path, '/');
  return std::all_of(components.begin(), components.end(), is_file_name);
}

Result<Beneath> Beneath::open(const std::filesystem::path& directory) {
  const int opened = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) {
    return fail(ErrorKind::internal,
                "cannot open the directory " + directory.string() + ": " + std::generic_category().message(errno));
  }
  return Beneath(opened);
}

Beneath::Beneath(Beneath&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Beneath& Beneath::operator=(Beneath&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Beneath::~Beneath() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> Beneath::write_file(const std::string& path, std::string_view text) const {
  constexpr std::string_view kDoing = "write";
  CHECK_OK(check_path(kDoing, path));
  Opened file(open_to_write(descriptor_, path, O_TRUNC));
  if (!file || !write_all(file.get(), text) || !file.close()) return failed(kDoing, path, errno);
  return {};
}

Result<void> Beneath::replace_file(const std::string& path, std::string_view text) const {
  constexpr std::string_view kDoing = "write";
  CHECK_OK(check_path(kDoing, path));
  const auto [parent_path, name] = parted(path);
  const Opened parent(open_directory(descriptor_, parent_path));
  if (!parent) return failed(kDoing, path, errno);
  const std::string beside = ".towline-" + random_hex(16) + ".tmp";
  Opened file(open_to_write(parent.get(), beside, O_EXCL));
  if (!file) return failed(kDoing, path, errno);
  if (write_all(file.get(), text) && ::fsync(file.get()) == 0 && file.close() &&
      ::renameat(parent.get(), beside.c_str(), parent.get(), name.c_str()) == 0) {
    return {};
  }
  const int error = errno;
  ::unlinkat(parent.get(), beside.c_str(), 0);
  return failed(kDoing, path, error);
}

Result<void> Beneath::make_directories(const std::string& path) const {
  constexpr std::string_view kDoing = "make the directory";
  CHECK_OK(check_path(kDoing, path));
  const Opened directory(open_directory(descriptor_, path));
  if (!directory) return failed(kDoing, path, errno);
  return {};
}

Result<void> Beneath::make_link(const std::string& path, const std::string& target) const {
  constexpr std::string_view kDoing = "make the symbolic link";
  CHECK_OK(check_path(kDoing, path));
  // The kernel would take what stands before a NUL for the whole target.
  if (target.empty() || target.find('\0') != std::string::npos) {
    return fail(ErrorKind::invalid,
                "cannot " + std::string(kDoing) + " " + shown(path) + ": its target is empty or has a NUL character");
  }
  const auto [parent_path, name] = parted(path);
  const Opened parent(open_directory(descriptor_, parent_path));
  if (!parent || ::symlinkat(target.c_str(), parent.get(), name.c_str()) != 0) return failed(kDoing, path, errno);
  return {};
}

Result<bool> Beneath::leads_inside(const std::string& path) const {
  constexpr std::string_view kDoing = "follow";
  if (!path.empty()) CHECK_OK(check_path(kDoing, path));
  const Opened found(open_below(descriptor_, path.empty() ? "." : path, O_PATH, kFollowing));
  if (found) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failed(kDoing, path, errno);
}

}  // namespace towline
