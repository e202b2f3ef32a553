#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace towline::render {

/// What programs wrote, by the hash of everything that it depends on; readable by this user alone, since it may hold
/// Secrets. A cache: what cannot be read or written is as if it were not there. Thread-safe, and safe with others on
/// the same directory.
class DiskCache {
 public:
  /// Empty: keeps nothing.
  DiskCache(std::filesystem::path directory, std::size_t max_bytes);

  std::optional<std::string> find(std::string_view key) const;
  /// Also throws out the oldest when there is more than the limit.
  void keep(std::string_view key, std::string_view text);

 private:
  std::filesystem::path file_of(std::string_view key) const;
  void shrink() const;

  const std::filesystem::path directory_;
  const std::size_t max_bytes_;
  std::atomic<std::size_t> written_{0};  ///< since it was last looked how much there is
};

}  // namespace towline::render
