#include <catch2/catch.hpp>

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "discovery/tree_index.h"
#include "git/file_tree.h"

namespace towline::discovery {
namespace {

namespace fs = std::filesystem;

/// What the kernel says of a path below a directory, with its links followed.
struct Kernel {
  std::optional<std::string> path;  ///< from the directory
  int error = 0;
};

Kernel follow_in_kernel(const fs::path& root, const std::string& path) {
  const int directory = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH;
  const auto opened = static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how)));
  Kernel result;
  if (opened < 0) {
    result.error = errno;
  } else {
    const fs::path found = fs::read_symlink("/proc/self/fd/" + std::to_string(opened));
    const std::string relative = found.lexically_relative(fs::canonical(root)).string();
    result.path = relative == "." ? "" : relative;
    ::close(opened);
  }
  ::close(directory);
  return result;
}

rc::Gen<std::string> joined(const rc::Gen<std::string>& component, std::size_t most) {
  return rc::gen::map(rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, most + 1),
                                      [component](std::size_t count) {
                                        return rc::gen::container<std::vector<std::string>>(count, component);
                                      }),
                      [](const std::vector<std::string>& parts) { return join(parts, "/"); });
}

const rc::Gen<std::string>& any_name() {
  static const auto kName = rc::gen::element<std::string>("a", "b", "c");
  return kName;
}

rc::Gen<std::string> any_target() {
  const auto component =
      rc::gen::weightedElement<std::string>({{4, "a"}, {4, "b"}, {4, "c"}, {6, ".."}, {1, "."}, {1, ""}});
  return rc::gen::map(rc::gen::pair(rc::gen::weightedElement<std::string>({{20, ""}, {1, "/"}}), joined(component, 6)),
                      [](const auto& parts) { return parts.first + parts.second; });
}

/// Writes what fits: a file's name may be a directory of another.
void build(const fs::path& root, const std::vector<std::string>& files,
           const std::vector<std::pair<std::string, std::string>>& links) {
  const auto make_parent = [&](const std::string& path) {
    std::error_code error;
    const fs::path parent = fs::path(path).parent_path();
    fs::path reached = root;
    for (const fs::path& component : parent) {
      reached /= component;
      if (fs::is_symlink(reached)) return false;
      fs::create_directory(reached, error);
      if (!fs::is_directory(reached)) return false;
    }
    return !fs::exists(fs::symlink_status(root / path));
  };
  for (const std::string& file : files) {
    if (make_parent(file)) std::ofstream(root / file) << "x";
  }
  for (const auto& [link, target] : links) {
    std::error_code error;
    if (make_parent(link)) fs::create_symlink(target, root / link, error);
  }
  // Git knows no empty directories.
  for (bool removed = true; removed;) {
    removed = false;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_symlink() || !entry.is_directory() || !fs::is_empty(entry.path())) continue;
      fs::remove(entry.path());
      removed = true;
      break;
    }
  }
}

TEST_CASE("links of a tree lead where the kernel says that they lead") {
  std::size_t inside = 0;
  std::size_t outside = 0;
  const bool held = rc::check([&] {
    const auto directory = TemporaryDirectory::create("towline-links").value();
    const fs::path root = directory.path() / "tree";
    fs::create_directory(root);
    const auto files = *rc::gen::container<std::vector<std::string>>(8, joined(any_name(), 4));
    const auto links = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
        16, rc::gen::pair(joined(any_name(), 3), any_target()));
    build(root, files, links);
    const git::DirectoryTree tree(root);
    const auto index = TreeIndex::create(tree).value();
    std::vector<std::string> asked = *rc::gen::container<std::vector<std::string>>(20, joined(any_name(), 5));
    for (const auto& [link, target] : links) asked.push_back(link);
    for (const std::string& path : asked) {
      const Kernel kernel = follow_in_kernel(root, path);
      const auto followed = index.follow(path).value();
      RC_LOG() << path << ": kernel " << kernel.path.value_or("error " + std::to_string(kernel.error)) << ", here "
               << (followed ? followed->path : "nothing") << "\n";
      if (kernel.path) {
        ++inside;
        RC_ASSERT(followed.has_value());
        RC_ASSERT(followed->path == *kernel.path);
      } else if (kernel.error == EXDEV || kernel.error == ELOOP) {
        ++outside;
        RC_ASSERT_FALSE(followed.has_value());
      } else if (followed) {
        RC_ASSERT(index.entry(followed->path) == nullptr);
        RC_ASSERT_FALSE(index.has_directory(followed->path));
      }
    }
  });
  CHECK(held);
  // The trees are none without links that lead somewhere.
  CHECK(inside > 100);
  CHECK(outside > 100);
}

TEST_CASE("'..' behind a link is the parent of where the link leads") {
  const auto directory = TemporaryDirectory::create("towline-links").value();
  const fs::path root = directory.path() / "tree";
  fs::create_directories(root / "deep/er");
  std::ofstream(root / "deep/er/file") << "x";
  std::ofstream(root / "file") << "x";
  fs::create_symlink("deep/er", root / "shortcut");
  fs::create_symlink("shortcut/../er/file", root / "inside");
  fs::create_symlink("shortcut/../../file", root / "up");
  fs::create_symlink("shortcut/../../../secret", root / "out");
  const git::DirectoryTree tree(root);
  const auto index = TreeIndex::create(tree).value();
  CHECK(index.follow("inside").value()->path == "deep/er/file");
  CHECK(index.follow("up").value()->path == "file");
  CHECK_FALSE(index.follow("out").value().has_value());
}

}  // namespace
}  // namespace towline::discovery
