#include "render/charts/archive.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

namespace towline::render::test {
namespace {

struct Entry {
  std::string path;
  std::string text;
  std::string link;       ///< of a symbolic link: where it points
  std::string attribute;  ///< of an extended attribute
};

/// A header of tar (ustar), and the content behind it.
std::string block(const std::string& name, char type, const std::string& link, const std::string& content) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  const auto octal = [](std::size_t value, int digits) {
    std::string text(static_cast<std::size_t>(digits), '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 8) {
      *digit = static_cast<char>('0' + value % 8);
    }
    return text;
  };
  put(0, name.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(content.size(), 11));
  put(136, octal(0, 11));
  put(148, "        ");
  header[156] = type;
  put(157, link.substr(0, 100));
  put(257, "ustar  ");
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + '\0' + ' ');
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

std::string gzipped(const std::string& bytes) {
  constexpr int kGzip = 15 + 16;
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Long names and targets as GNU tar writes them, attributes as POSIX has them.
std::string packed(const std::vector<Entry>& entries) {
  std::string tar;
  for (const Entry& entry : entries) {
    if (entry.path.size() > 100) tar += block("././@LongLink", 'L', "", entry.path + '\0');
    if (entry.link.size() > 100) tar += block("././@LongLink", 'K', "", entry.link + '\0');
    if (!entry.attribute.empty()) {
      // "LENGTH key=value\n", where the length counts itself.
      const std::string record = " SCHILY.xattr.user.x=" + entry.attribute + "\n";
      std::size_t length = record.size();
      while (std::to_string(length).size() + record.size() != length) ++length;
      tar += block("attributes", 'x', "", std::to_string(length) + record);
    }
    tar += block(entry.path, entry.link.empty() ? '0' : '2', entry.link, entry.text);
  }
  return gzipped(tar + std::string(1'024, '\0'));
}

std::string said(const std::vector<Entry>& entries, std::size_t max_bytes = 1u << 20) {
  const auto files = unpack(packed(entries), max_bytes);
  if (!files) return files.error().message;
  std::string paths;
  for (const LoadedFile& file : *files) paths += file.path + "=" + file.text + " ";
  return paths;
}

TEST_CASE("regular files are unpacked, links are left out") {
  CHECK(said({{"c/Chart.yaml", "a", "", ""}, {"c/link", "", "/etc/passwd", ""}, {"./c/x", "b", "", ""}}) ==
        "c/Chart.yaml=a c/x=b ");
}

TEST_CASE("a file that would be written elsewhere is refused") {
  for (const std::string path : {"../x", "c/../../x", "/etc/x", "c//x", "c/./x"}) {
    CHECK(said({{path, "a", "", ""}}) == "its file '" + path + "' leads out of it");
  }
}

TEST_CASE("everything that an archive inflates to counts, wherever in it that is") {
  const std::string limit = "its unpacked size exceeds the limit of 1048576 bytes";
  // libarchive takes no header of more than a megabyte, so there are two of everything.
  const std::string large(700'000, 'x');
  const auto twice = [](const Entry& entry) { return std::vector<Entry>{entry, entry}; };
  CHECK(said(twice({"c/a", large, "", ""})) == limit);
  CHECK(said(twice({"c/a", "", large, ""})) == limit);
  CHECK(said(twice({"c/a", "", "x", large})) == limit);
  CHECK(said(twice({"c/" + large, "", "x", ""})) == limit);
  // Each small, and none of it a file's content.
  std::vector<Entry> links;
  for (int i = 0; i < 2'000; ++i) links.push_back({"c/" + std::to_string(i), "", std::string(1'000, 'x'), ""});
  CHECK(said(links) == limit);
}

TEST_CASE("names and numbers of entries are bounded") {
  CHECK(said({{"c/" + std::string(1'100, 'x'), "", "", ""}})
            .ends_with("has too long a path or is in too many directories"));
  std::string deep = "c";
  for (int i = 0; i < 40; ++i) deep += "/d";
  CHECK(said({{deep, "", "", ""}}).ends_with("has too long a path or is in too many directories"));
  CHECK(said({{"c/" + std::string(300, 'x'), "", "", ""}}).ends_with("leads out of it"));
  std::vector<Entry> many;
  for (int i = 0; i < 20'001; ++i) many.push_back({"c/" + std::to_string(i), "", "x", ""});
  CHECK(said(many, 64u << 20) == "it has more than 20000 files");
}

TEST_CASE("long names cost no more than the bytes that they take") {
  // 2,000 names of 500 KB each are a gigabyte; the packed chart has about one megabyte.
  std::vector<Entry> entries;
  for (int i = 0; i < 40; ++i) entries.push_back({"c/" + std::to_string(i) + std::string(500'000, 'n'), "", "", ""});
  const std::string bytes = packed(entries);
  const auto before = std::chrono::steady_clock::now();
  const auto files = unpack(bytes, 64u << 20);
  const auto took = std::chrono::steady_clock::now() - before;
  REQUIRE_FALSE(files);
  CHECK(files.error().message.ends_with("has too long a path or is in too many directories"));
  CHECK(took < std::chrono::seconds(5));
}

TEST_CASE("what is not compressed by gzip, or is cut off, is no archive") {
  CHECK_FALSE(unpack("hello", 100));
  CHECK_FALSE(unpack("", 100));
  const std::string whole = packed({{"c/a", std::string(10'000, 'x'), "", ""}, {"c/b", "y", "", ""}});
  CHECK_FALSE(unpack(whole.substr(0, whole.size() / 2), 1u << 20));
}

}  // namespace
}  // namespace towline::render::test
