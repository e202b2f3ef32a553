#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace towline::bot {

/// A YAML or JSON file of a working directory.
struct LocalFile {
  std::string disk;   ///< where to read and write it
  std::string shown;  ///< as people named it: the argument, then the path below it
};

/// The manifest files that the arguments name: files as they are, directories with all below them (no `.git`,
/// no symlinks), sorted, each once. Error invalid: an argument that does not exist.
Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments);

/// The file's text; of a pipe ("<(kustomize build .)" in a shell) all that is written to it.
Result<std::string> read_local(const LocalFile& file);

/// The text is good for as long as the visit of its file lasts.
using ReadText = std::function<Result<std::string_view>()>;
/// Visits the files of `manifest_files` in no order, on several threads at the same time, one that is named twice
/// twice.
Result<void> visit_manifests(const std::vector<std::string>& arguments,
                             const std::function<void(LocalFile file, const ReadText& read)>& visit);

/// The order of `manifest_files`: by the names on the way to the file.
std::filesystem::path sort_key(const LocalFile& file);

/// What `make` makes of each of the files of `manifest_files`, in their order, nullopt left out. `make` is called on
/// several threads at the same time. Error: that of the first file for which `make` gives one.
template <class T>
Result<std::vector<T>> map_manifests(
    const std::vector<std::string>& arguments,
    const std::function<Result<std::optional<T>>(const LocalFile& file, const ReadText& read)>& make) {
  using Made = std::pair<std::filesystem::path, Result<std::optional<T>>>;
  std::vector<Made> all;
  std::mutex mutex;
  CHECK_OK(visit_manifests(arguments, [&](const LocalFile& file, const ReadText& read) {
    auto made = make(file, read);
    if (made && !*made) return;
    auto key = sort_key(file);
    const std::scoped_lock lock(mutex);
    all.emplace_back(std::move(key), std::move(made));
  }));
  std::sort(all.begin(), all.end(), [](const Made& a, const Made& b) { return a.first < b.first; });
  std::vector<T> values;
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (index > 0 && all[index].first == all[index - 1].first) continue;
    TRY(std::optional<T> value, std::move(all[index].second));
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace towline::bot
