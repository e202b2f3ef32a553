#include "base/file_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace towline {
namespace {

/// Reading is bound by the processor once the files are in memory; more threads than this get in each other's way.
constexpr unsigned kMaxThreads = 8;
/// Files of one directory that one thread takes at a time.
constexpr std::size_t kBatch = 32;

/// An open directory.
class Directory {
 public:
  explicit Directory(int descriptor) : descriptor_(descriptor) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { ::close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A directory to be listed, or some files of one that is listed.
struct Task {
  std::string path;  ///< of the directory
  std::shared_ptr<const Directory>
      opened;        ///< the directory with the files; to be listed: the one above it, null for the root
  std::string name;  ///< to be listed: its name in there
  std::vector<std::string> files;
};

enum class EntryType : std::uint8_t { file, directory, other };

/// What a thread uses for one directory and one file after the other.
struct Buffers {
  alignas(dirent64) std::array<char, std::size_t{32} << 10> entries;
  ReadBuffer text;
};

EntryType type_of(const dirent64& entry, int directory) {
  switch (entry.d_type) {
    case DT_REG:
      return EntryType::file;
    case DT_DIR:
      return EntryType::directory;
    case DT_UNKNOWN:  // some file systems do not say
      break;
    default:
      return EntryType::other;
  }
  struct stat status {};
  if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return EntryType::other;
  return S_ISREG(status.st_mode) ? EntryType::file : S_ISDIR(status.st_mode) ? EntryType::directory : EntryType::other;
}

bool is_entered(std::string_view name) { return name != "." && name != ".." && name != ".git"; }

std::string below(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

/// A thread has its own and takes the last that was added: few directories stay open, and threads that stay in
/// different parts of the tree do not wait for each other in the system.
using Tasks = std::deque<Task>;

class Walker {
 public:
  Walker(const Walk& walk, const std::function<void(const WalkedFile&)>& visit) : walk_(walk), visit_(visit) {}

  Result<void> run(const std::string& root) {
    root_ = root;
    push({root, nullptr, root, {}});
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
    std::vector<std::future<void>> helpers;
    try {
      for (unsigned i = 1; i < threads; ++i) {
        helpers.push_back(std::async(std::launch::async, [this] { work(); }));
      }
    } catch (const std::system_error&) {  // no more threads are to be had
    }
    work();
    for (auto& helper : helpers) helper.get();
    if (failure_) return tl::unexpected<Error>(*failure_);
    return {};
  }

 private:
  void work() {
    try {
      const auto buffers = std::make_unique_for_overwrite<Buffers>();
      while (auto task = next()) {
        Tasks own;
        own.push_back(*std::move(task));
        while (!own.empty() && !stopped_) {
          const Task current = std::move(own.back());
          own.pop_back();
          if (current.files.empty()) {
            list(current, *buffers, own);
          } else {
            visit_files(current, buffers->text);
          }
          // The oldest is the one with the most below it.
          if (idle_ > 0 && own.size() > 1) {
            push(std::move(own.front()));
            own.pop_front();
          }
        }
        finish();
      }
    } catch (...) {
      stop();
      throw;
    }
  }

  void push(Task task) {
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  std::optional<Task> next() {
    std::unique_lock lock(mutex_);
    ++idle_;
    changed_.wait(lock, [this] { return !tasks_.empty() || running_ == 0 || stopped_; });
    --idle_;
    if (tasks_.empty() || stopped_) return std::nullopt;
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    ++running_;
    return task;
  }

  void finish() {
    bool is_last = false;
    {
      const std::scoped_lock lock(mutex_);
      --running_;
      is_last = running_ == 0 && tasks_.empty();
    }
    if (is_last) changed_.notify_all();
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }

  void give_up(tl::unexpected<Error> error) {
    {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::move(error).value();
    }
    stop();
  }

  void give_up_listing(int error) {
    give_up(fail(ErrorKind::forbidden, "cannot list all of " + root_ + ": " + std::generic_category().message(error)));
  }

  /// nullptr: errno says why.
  static std::shared_ptr<const Directory> open(const Task& task) {
    // The root may be a link, what is below it not. A name in an open directory is not looked up from the root again.
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (task.opened ? O_NOFOLLOW : 0);
    const int descriptor = ::openat(task.opened ? task.opened->descriptor() : AT_FDCWD, task.name.c_str(), flags);
    return descriptor < 0 ? nullptr : std::make_shared<const Directory>(descriptor);
  }

  void list(const Task& task, Buffers& buffers, Tasks& own) {
    const auto opened = open(task);
    if (!opened) return give_up_listing(errno);
    std::vector<std::string> files;
    while (true) {
      // readdir would ask the system twice as much for each directory.
      const ssize_t got = ::getdents64(opened->descriptor(), buffers.entries.data(), buffers.entries.size());
      if (got < 0) return give_up_listing(errno);
      if (got == 0) break;
      for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        const auto* const entry = reinterpret_cast<const dirent64*>(buffers.entries.data() + at);
        at += entry->d_reclen;
        if (!take(*entry, task, opened, files, own)) return;
      }
    }
    visit_files({task.path, opened, {}, std::move(files)}, buffers.text);
  }

  /// False: the walk ends here.
  bool take(const dirent64& entry, const Task& task, const std::shared_ptr<const Directory>& opened,
            std::vector<std::string>& files, Tasks& own) {
    const EntryType type = type_of(entry, opened->descriptor());
    if (type == EntryType::directory && is_entered(entry.d_name)) {
      own.push_back({below(task.path, entry.d_name), opened, entry.d_name, {}});
    }
    if (type != EntryType::file || !walk_.wanted(entry.d_name)) return true;
    if (++files_ > walk_.max_files) {
      give_up(fail(ErrorKind::invalid, root_ + " has more than " + plural(walk_.max_files, "file")));
      return false;
    }
    files.emplace_back(entry.d_name);
    if (files.size() == kBatch) own.push_back({task.path, opened, {}, std::exchange(files, {})});
    return true;
  }

  void visit_files(const Task& task, ReadBuffer& text) {
    for (const std::string& name : task.files) {
      const std::string path = below(task.path, name);
      visit_(WalkedFile(task.opened->descriptor(), name.c_str(), path, text));
    }
  }

  const Walk& walk_;
  const std::function<void(const WalkedFile&)>& visit_;
  std::string root_;
  std::atomic<std::size_t> files_{0};
  std::atomic<std::size_t> idle_{0};  ///< threads that wait for a task
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  Tasks tasks_;  ///< for whichever thread has none of its own
  std::size_t running_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::string_view> WalkedFile::read() const { return read_file_at(directory_, name_, path_, buffer_); }

Result<void> walk_files(const std::string& root, const Walk& walk,
                        const std::function<void(const WalkedFile&)>& visit) {
  return Walker(walk, visit).run(root);
}

}  // namespace towline
