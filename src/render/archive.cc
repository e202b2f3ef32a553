#include "render/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "base/text.h"

namespace towline::render {
namespace {

constexpr std::size_t kMaxFiles = 20'000;

struct Close {
  void operator()(::archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<::archive, Close>;

tl::unexpected<Error> broken(const Reader& reader) {
  const char* why = archive_error_string(reader.get());
  return fail(ErrorKind::invalid, "it is no readable .tgz: " + printable_utf8(why == nullptr ? "it is cut off" : why));
}

}  // namespace

Result<std::vector<LoadedFile>> unpack(std::string_view bytes, std::size_t max_bytes) {
  const Reader reader(archive_read_new());
  if (reader == nullptr) return fail(ErrorKind::internal, "there is no memory to unpack a chart");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return broken(reader);
  std::vector<LoadedFile> files;
  std::size_t total = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(reader.get(), &entry);
    if (found == ARCHIVE_EOF) return files;
    if (found < ARCHIVE_WARN) return broken(reader);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) continue;
    const char* name = archive_entry_pathname(entry);
    std::string path = name == nullptr ? "" : name;
    if (path.starts_with("./")) path.erase(0, 2);
    if (!is_safe_path(path)) {
      return fail(ErrorKind::invalid, "its file '" + printable_utf8(ellipsize(path, 200)) + "' leads out of it");
    }
    LoadedFile file{std::move(path), {}, false};
    std::array<char, 64u << 10> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the read
    while (true) {
      const auto got = archive_read_data(reader.get(), chunk.data(), chunk.size());
      if (got == 0) break;
      if (got < 0) return broken(reader);
      total += static_cast<std::size_t>(got);
      if (total > max_bytes) {
        return fail(ErrorKind::invalid, "it unpacks to more than the limit of " + plural(max_bytes, "byte"));
      }
      file.text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    files.push_back(std::move(file));
    if (files.size() > kMaxFiles) {
      return fail(ErrorKind::invalid, "it has more than " + plural(kMaxFiles, "file"));
    }
  }
}

}  // namespace towline::render
