#include "render/disk_cache.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

/// The first line tells a whole file of ours from anything else.
constexpr std::string_view kHeader = "towline render 1 ";

}  // namespace

DiskCache::DiskCache(fs::path directory, std::size_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {
  if (directory_.empty()) return;
  std::error_code error;
  fs::create_directories(directory_, error);
  fs::permissions(directory_, fs::perms::owner_all, error);
}

fs::path DiskCache::file_of(std::string_view key) const {
  const std::string hash = sha256_hex(key);
  return directory_ / hash.substr(0, 2) / hash.substr(2);
}

std::optional<std::string> DiskCache::find(std::string_view key) const {
  if (directory_.empty()) return std::nullopt;
  const fs::path file = file_of(key);
  auto text = read_file(file);
  if (!text) return std::nullopt;
  const std::size_t line = text->find('\n');
  if (!text->starts_with(kHeader) || line == std::string::npos) return std::nullopt;
  const std::string checksum = text->substr(kHeader.size(), line - kHeader.size());
  text->erase(0, line + 1);
  if (checksum != sha256_hex(*text)) return std::nullopt;
  std::error_code error;
  fs::last_write_time(file, fs::file_time_type::clock::now(), error);  // the oldest are thrown out
  return std::move(*text);
}

void DiskCache::keep(std::string_view key, std::string_view text) {
  if (directory_.empty() || text.size() > max_bytes_ / 4) return;
  const fs::path file = file_of(key);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (!write_file(file, std::string(kHeader) + sha256_hex(text) + "\n" + std::string(text))) return;
  if (written_.fetch_add(text.size()) + text.size() > max_bytes_ / 8) {
    written_ = 0;
    shrink();
  }
}

void DiskCache::shrink() const {
  struct Entry {
    fs::file_time_type used;
    std::size_t bytes;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::size_t total = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator next(directory_, error), end; !error && next != end; next.increment(error)) {
    std::error_code unreadable;
    if (!next->is_regular_file(unreadable)) continue;
    entries.push_back({next->last_write_time(unreadable), next->file_size(unreadable), next->path()});
    total += entries.back().bytes;
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  // Some room at once, so that it is not walked for every file.
  for (const Entry& entry : entries) {
    if (total <= max_bytes_ - max_bytes_ / 8) break;
    if (fs::remove(entry.path, error)) total -= entry.bytes;
  }
}

}  // namespace towline::render
