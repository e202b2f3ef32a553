#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace towline {
namespace {

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::forbidden;
    case ENAMETOOLONG:
    case ELOOP:
    case EISDIR:
      return ErrorKind::invalid;
    default:
      return ErrorKind::internal;
  }
}

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> fail_errno(std::string_view doing, const std::filesystem::path& path, int error) {
  return fail(kind_of(error), std::string(doing) + " " + path.string() + ": " + reason(error));
}

/// Closes the descriptor at the end of the scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// O_NONBLOCK: a named pipe without a writer must not hang the caller.
constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

constexpr std::size_t kChunk = std::size_t{64} << 10;

/// Reads once more; 0 at the end.
Result<std::size_t> read_some(const Descriptor& file, const std::string& path, char* to, std::size_t room) {
  while (true) {
    const ssize_t got = ::read(file.get(), to, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EISDIR) return fail(ErrorKind::invalid, "cannot read " + path + ": it is a directory");
    if (errno != EINTR) return fail_errno("cannot read", path, errno);
  }
}

tl::unexpected<Error> fail_too_large(const std::string& path, std::size_t max_bytes) {
  return fail(ErrorKind::invalid,
              "cannot read " + path + ": it is larger than the limit of " + plural(max_bytes, "byte"));
}

/// `file`: just opened, or not when errno says why.
Result<std::string> read_opened(const Descriptor& file, const std::string& path, std::size_t max_bytes) {
  if (file.get() < 0) return fail_errno("cannot read", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) return fail(ErrorKind::invalid, "cannot read " + path + ": it is a directory");

  const auto known = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  // One byte more than the file has, so that a single read shows where it ends. (Those of /proc say that they have 0.)
  std::string bytes(known == 0 ? kChunk : std::min(known, max_bytes) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    const std::size_t room = bytes.size() - size;
    TRY(const std::size_t got, read_some(file, path, bytes.data() + size, room));
    size += got;
    if (size > max_bytes) return fail_too_large(path, max_bytes);
    const bool at_end = got == 0 || (known > 0 && got < room);
    if (at_end) break;
    if (size == bytes.size()) bytes.resize(size + std::max(size, kChunk));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  return read_opened(Descriptor(::open(path.c_str(), kReading)), path.string(), max_bytes);
}

void ReadBuffer::grow(std::size_t kept) {
  const std::size_t size = std::max(4 * size_, kChunk);
  auto bytes = std::make_unique_for_overwrite<char[]>(size);
  if (kept > 0) std::memcpy(bytes.get(), bytes_.get(), kept);
  bytes_ = std::move(bytes);
  size_ = size;
}

Result<std::string_view> read_file_at(int directory, const char* name, const std::string& path, ReadBuffer& buffer,
                                      std::size_t max_bytes) {
  const Descriptor file(::openat(directory, name, kReading | O_NOFOLLOW));
  if (file.get() < 0) return fail_errno("cannot read", path, errno);
  std::size_t size = 0;
  while (true) {
    if (size == buffer.size()) buffer.grow(size);
    const std::size_t room = buffer.size() - size;
    TRY(const std::size_t got, read_some(file, path, buffer.data() + size, room));
    size += got;
    if (size > max_bytes) return fail_too_large(path, max_bytes);
    // A regular file gives all that is asked for, up to its end.
    if (got < room) return std::string_view(buffer.data(), size);
  }
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
  struct stat status {};
  const mode_t mode = ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0644u;
  const std::filesystem::path beside = path.string() + "." + random_hex(6) + ".tmp";
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0) return fail_errno("cannot write", path, errno);
  int error = write_all(file.get(), bytes);
  // Without this a crash after the rename may leave an empty file where a whole one was.
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (::close(file.release()) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(beside.c_str());
  return fail_errno("cannot write", path, error);
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) return fail(ErrorKind::internal, "cannot find the directory for temporary files: " + error.message());
  return create_in(parent, prefix);
}

Result<TemporaryDirectory> TemporaryDirectory::create_in(const std::filesystem::path& parent, std::string_view prefix) {
  std::string name = (parent / (std::string(prefix) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) return fail_errno("cannot make a directory such as", name, errno);
  return TemporaryDirectory(name);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return fail_errno("cannot open the lock", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("cannot lock", path, errno);
    return fail(ErrorKind::conflict, "another process holds " + path.string() + "; stop it first");
  }
  return FileLock(file.release());
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace towline
