#include "render/charts/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "base/beneath.h"
#include "base/text.h"

namespace towline::render {
namespace {

/// Of all entries, also those that are left out; of a path's bytes and components.
constexpr std::size_t kMaxEntries = 20'000;
constexpr std::size_t kMaxPath = 1'024;
constexpr std::ptrdiff_t kMaxDepth = 32;

struct Close {
  void operator()(::archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<::archive, Close>;

/// What gzip packed, bounded before anything looks at it: a header, or an entry that is passed over, may inflate to
/// gigabytes.
class Inflated {
 public:
  Inflated(std::string_view bytes, std::size_t max_bytes) : reader_(archive_read_new()), left_(max_bytes) {
    if (reader_ == nullptr) return;
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_format_raw(reader_.get());
    archive_entry* entry = nullptr;
    opened_ = archive_read_open_memory(reader_.get(), bytes.data(), bytes.size()) == ARCHIVE_OK &&
              archive_read_next_header(reader_.get(), &entry) == ARCHIVE_OK &&
              archive_filter_code(reader_.get(), 0) == ARCHIVE_FILTER_GZIP;
  }

  bool opened() const { return opened_; }
  bool over_limit() const { return over_limit_; }

  /// The callback of libarchive's that gives the next bytes of the tar.
  static la_ssize_t read(::archive* tar, void* self, const void** bytes) {
    auto& inflated = *static_cast<Inflated*>(self);
    const la_ssize_t got = archive_read_data(inflated.reader_.get(), inflated.chunk_.data(), inflated.chunk_.size());
    *bytes = inflated.chunk_.data();
    const bool too_much = got > 0 && static_cast<std::size_t>(got) > inflated.left_;
    inflated.over_limit_ = inflated.over_limit_ || too_much;
    if (too_much) archive_set_error(tar, EIO, "it is too large");
    if (got < 0) archive_set_error(tar, EIO, "its compressed data is damaged");
    if (got < 0 || too_much) return ARCHIVE_FATAL;
    inflated.left_ -= static_cast<std::size_t>(got);
    return got;
  }

 private:
  Reader reader_;
  bool opened_ = false;
  bool over_limit_ = false;
  std::size_t left_;
  std::array<char, 64u << 10> chunk_;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the read
};

tl::unexpected<Error> broken(const Reader& reader) {
  const char* why = archive_error_string(reader.get());
  return fail(ErrorKind::invalid, "it is no readable .tgz: " + printable_utf8(why == nullptr ? "it is cut off" : why));
}

/// The path as it is written to disk.
Result<std::string> path_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  std::string path = name == nullptr ? "" : name;
  if (path.starts_with("./")) path.erase(0, 2);
  const auto problem = [&](std::string_view what) {
    return fail(ErrorKind::invalid, "its file '" + printable_utf8(ellipsize(path, 200)) + "' " + std::string(what));
  };
  if (path.size() > kMaxPath || std::count(path.begin(), path.end(), '/') >= kMaxDepth) {
    return problem("has too long a path or is in too many directories");
  }
  if (!is_plain_path(path)) return problem("leads out of it");
  return path;
}

Result<std::string> text_of(const Reader& reader) {
  std::string text;
  std::array<char, 64u << 10> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the read
  while (true) {
    const auto got = archive_read_data(reader.get(), chunk.data(), chunk.size());
    if (got == 0) return text;
    if (got < 0) return broken(reader);
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Result<std::vector<LoadedFile>> read_entries(const Reader& reader) {
  std::vector<LoadedFile> files;
  for (std::size_t entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(reader.get(), &entry);
    if (found == ARCHIVE_EOF) return files;
    if (found < ARCHIVE_WARN) return broken(reader);
    if (entries == kMaxEntries) return fail(ErrorKind::invalid, "it has more than " + plural(kMaxEntries, "file"));
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) continue;
    TRY(std::string path, path_of(entry));
    TRY(std::string text, text_of(reader));
    files.push_back({std::move(path), std::move(text), false});
  }
}

}  // namespace

Result<std::vector<LoadedFile>> unpack(std::string_view bytes, std::size_t max_bytes) {
  const auto inflated = std::make_unique<Inflated>(bytes, max_bytes);
  const Reader reader(archive_read_new());
  if (reader == nullptr) return fail(ErrorKind::internal, "there is no memory to unpack a chart");
  if (!inflated->opened()) return fail(ErrorKind::invalid, "it is no readable .tgz: it is not compressed by gzip");
  archive_read_support_format_tar(reader.get());
  if (archive_read_open(reader.get(), inflated.get(), nullptr, &Inflated::read, nullptr) != ARCHIVE_OK) {
    return broken(reader);
  }
  auto files = read_entries(reader);
  if (!files && inflated->over_limit()) {
    return fail(ErrorKind::invalid, "its unpacked size exceeds the limit of " + plural(max_bytes, "byte"));
  }
  return files;
}

}  // namespace towline::render
