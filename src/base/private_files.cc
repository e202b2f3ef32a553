#include "base/private_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace towline {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kForOthers = 077;
constexpr mode_t kOthersWrite = 022;
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateDirectory = 0700;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

std::string reason(int error) { return std::generic_category().message(error); }

std::string octal(mode_t mode) {
  std::string digits;
  for (const unsigned shift : {9u, 6u, 3u, 0u}) digits += static_cast<char>('0' + ((mode >> shift) & 7u));
  return digits;
}

Result<void> sync_directory(const fs::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened && ::fsync(opened.get()) == 0) return {};
  return fail(ErrorKind::internal, "Cannot sync the directory " + directory.string() + ": " + reason(errno));
}

/// Removes the file at the end of the scope.
struct Unlink {
  const fs::path& file;
  ~Unlink() { ::unlink(file.c_str()); }
};

/// Makes `file` with that content, unless there is one by now. Written beside and linked: it is never half there.
Result<void> make_with(const fs::path& file, std::string_view content) {
  const auto cannot = [&](int error) {
    return fail(ErrorKind::internal, "Cannot write " + file.string() + ": " + reason(error));
  };
  const fs::path beside = file.string() + "." + random_hex(6) + ".tmp";
  const Descriptor opened(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPrivateFile));
  if (!opened) return cannot(errno);
  const Unlink unlink{beside};
  if (::write(opened.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    return cannot(errno);
  }
  if (::fsync(opened.get()) != 0) return cannot(errno);
  if (::link(beside.c_str(), file.c_str()) != 0 && errno != EEXIST) return cannot(errno);
  return sync_directory(file.parent_path());
}

bool is_key(std::string_view text, std::size_t bytes) {
  return text.size() == 2 * bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<Tightened> make_private_directory(const fs::path& directory) {
  std::error_code error;
  if (const fs::path parent = fs::absolute(directory, error).parent_path(); !error) {
    fs::create_directories(parent, error);
  }
  if (::mkdir(directory.c_str(), kPrivateDirectory) == 0) return Tightened();
  const int made = errno;
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    return fail(ErrorKind::invalid, "the data directory " + directory.string() + " cannot be made: " + reason(made));
  }
  const std::string named = "the data directory " + directory.string();
  if (!S_ISDIR(status.st_mode)) return fail(ErrorKind::invalid, named + " cannot be made: it is not a directory");
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorKind::forbidden, named + " belongs to another user (uid " + std::to_string(status.st_uid) +
                                          "). Set `data` to a directory below it, which Towline creates, or change "
                                          "the owner to uid " +
                                          std::to_string(::geteuid()));
  }
  if ((status.st_mode & kOthersWrite) != 0) {
    return fail(ErrorKind::forbidden,
                named + " is writable by other users (mode " + octal(status.st_mode & 07777u) +
                    "), who may have changed what is in it. Check it, then run: chmod -R go-rwx " + directory.string());
  }
  return tighten(directory);
}

Result<Tightened> tighten(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 && errno == ENOENT) return Tightened();
  if (S_ISLNK(status.st_mode) || (status.st_mode & kForOthers) == 0) return Tightened();
  const mode_t mode = status.st_mode & 07700u;
  if (::chmod(path.c_str(), mode) != 0) {
    return fail(ErrorKind::forbidden, "Cannot change the mode of " + path.string() + ": " + reason(errno));
  }
  return Tightened{"Changed the mode of " + path.string() + " from " + octal(status.st_mode & 07777u) + " to " +
                   octal(mode) + ": other users could read it"};
}

Result<void> make_private_file(const fs::path& file) {
  const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPrivateFile));
  if (opened || errno == EEXIST) return {};
  return fail(ErrorKind::forbidden, "Cannot make the file " + file.string() + ": " + reason(errno));
}

Result<Secret> read_or_make_key(const fs::path& file, std::size_t bytes, std::string_view if_deleted) {
  const std::string advice = ". Restore it from a backup. If you delete it, " + std::string(if_deleted);
  if (const std::string fresh = random_hex(bytes) + "\n"; ::access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
    CHECK_OK(make_with(file, fresh));
  }
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!opened || ::fstat(opened.get(), &status) != 0) {
    return fail(ErrorKind::forbidden, "Cannot read the key " + file.string() + ": " + reason(errno) + advice);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorKind::invalid, "Cannot read the key " + file.string() + ": it is not a regular file" + advice);
  }
  std::string content(2 * bytes + 2, '\0');
  const ssize_t got = ::read(opened.get(), content.data(), content.size());
  if (got < 0) {
    return fail(ErrorKind::forbidden, "Cannot read the key " + file.string() + ": " + reason(errno) + advice);
  }
  content.resize(static_cast<std::size_t>(got));
  const std::string key(trim(content));
  if (!is_key(key, bytes)) {
    return fail(ErrorKind::invalid, "The key " + file.string() + " is damaged: it must be " +
                                        std::to_string(2 * bytes) + " hexadecimal digits" + advice);
  }
  return Secret(key);
}

}  // namespace towline
