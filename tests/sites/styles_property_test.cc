#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sites/fidelity.h"
#include "sites/passage.h"
#include "sites/sites.h"

using namespace towline;
using sites::ImageSite;

namespace {

constexpr std::array<const char*, 4> kNames = {"ghcr.io/acme/pay", "nginx", "quay.io/acme/web", "acme/a-b_c"};
/// Tags that YAML would take for something else, beside those that it takes for text.
constexpr std::array<const char*, 16> kTags = {"1.20",           "1e3",         "true",   "null", "2024-01-01", "0x1F",
                                               "v1.2.3",         "1.5.0",       "latest", "0o17", "1_000",      "on",
                                               "20261123235959", "1.25-alpine", "no",     "0"};

/// A generated file, and what it says.
struct Written {
  std::string text;
  std::vector<std::pair<std::string, std::string>> sites;  ///< name and tag of each, in the order of the file
};

using Lines = std::vector<std::string>;

/// Writes YAML in every style, as a stream of choices has it; a stream that is over chooses what is simplest.
class FileWriter {
 public:
  explicit FileWriter(std::vector<std::uint8_t> choices) : choices_(std::move(choices)) {}

  Written write() {
    const std::string newline = choose(2) == 1 ? "\r\n" : "\n";
    std::string text = choose(4) == 1 ? "\xEF\xBB\xBF" : "";
    const std::size_t documents = 1 + choose(3);
    for (std::size_t number = 0; number < documents; ++number) {
      if (number > 0) text += "---" + std::string(choose(2) == 1 ? " # the next" : "") + newline;
      for (const std::string& line : mapping(3)) text += line + newline;
      if (number + 1 < documents && choose(4) == 1) text += "..." + newline;
      anchors_.clear();
    }
    return {text, sites_};
  }

 private:
  std::size_t choose(std::size_t count) { return next_ < choices_.size() ? choices_[next_++] % count : 0; }

  std::string comment() {
    static constexpr std::array<const char*, 4> kComments = {"", "  # why: [not] {this}", " # image: x:1", " #"};
    return kComments[choose(kComments.size())];
  }

  std::string name() { return kNames[choose(kNames.size())]; }
  std::string tag() { return kTags[choose(kTags.size())]; }
  /// Keys that are no image's, none twice in a file.
  std::string key() { return "key" + std::to_string(++keys_); }

  std::string quoted(const std::string& text, bool plain_too) {
    switch (choose(plain_too ? 3 : 2)) {
      case 0:
        return "\"" + text + "\"";
      case 1:
        return "'" + text + "'";
      default:
        return text;
    }
  }

  std::string reference(const std::string& name, const std::string& tag) {
    sites_.emplace_back(name, tag);
    return quoted(name + ":" + tag, true);
  }

  /// A version of its own; a plain null would be none.
  std::string version(const std::string& name, const std::string& tag) {
    sites_.emplace_back(name, tag);
    return quoted(tag, tag != "null");
  }

  static void append_indented(Lines& lines, const Lines& more, std::size_t indent) {
    for (const std::string& line : more) lines.push_back(line.empty() ? "" : std::string(indent, ' ') + line);
  }

  std::string filler() {
    static constexpr std::array<const char*, 8> kFillers = {"text", "'it''s'",       "\"a \\\"b\\\" #c\"", "1.50",
                                                            "~",    "[1, {a: b}, ]", "{x: [y]}",           "!!str 12"};
    return kFillers[choose(kFillers.size())];
  }

  std::string flow() {
    switch (choose(4)) {
      case 0:
        return "{image: " + reference(name(), tag()) + "}";
      case 1: {
        const std::string image = name();
        return "{ a: [1, 2], image: {repository: " + quoted(image, true) + ", tag: " + version(image, tag()) + " } }";
      }
      case 2: {
        const std::string image = name();
        const std::string number = tag();
        sites_.emplace_back(image, number);
        return R"({"containers":[{"name":"a","image":")" + image + ":" + number + R"("}],"x":null})";
      }
      default:
        return "[ {image: " + reference(name(), tag()) + "}, {other: x} ]";
    }
  }

  Lines values() {
    const std::string image = name();
    Lines lines = {"repository: " + quoted(image, true) + comment()};
    if (choose(2) == 1) lines.emplace_back("pullPolicy: Always");
    lines.push_back("tag: " + version(image, tag()) + comment());
    return lines;
  }

  Lines embedded(std::size_t depth) {
    static constexpr std::array<const char*, 4> kHeaders = {"|", "|-", "|+", "| # text"};
    Lines lines = {key() + ": " + kHeaders[choose(kHeaders.size())]};
    // Anchors are the document's that has them.
    const auto outer = std::exchange(anchors_, {});
    append_indented(lines, mapping(depth), 2 + choose(3));
    anchors_ = outer;
    return lines;
  }

  /// `image:` in one of its styles; later ones may be an alias of an earlier one.
  std::string image() {
    if (!anchors_.empty() && choose(3) == 1) {
      const auto& [anchor, site] = anchors_[choose(anchors_.size())];
      sites_.push_back(site);
      return "image: *" + anchor;
    }
    const std::string image = name();
    const std::string number = tag();
    std::string properties;
    if (choose(4) == 1) properties = "!!str ";
    if (choose(4) == 1) {
      const std::string anchor = "a" + std::to_string(++keys_);
      properties += "&" + anchor + " ";
      anchors_.push_back({anchor, {image, number}});
    }
    return "image: " + properties + reference(image, number);
  }

  Lines entry(std::size_t depth) {
    switch (choose(depth == 0 ? 4 : 8)) {
      case 0:
        return {key() + ": " + filler() + comment()};
      case 1:
        return {key() + ": " + flow() + comment()};
      case 2:
        return {"# a note", "", key() + ":   " + filler()};
      case 3: {
        Lines lines = {key() + ":" + comment()};
        append_indented(lines, values(), 2);
        return lines;
      }
      case 4: {
        Lines lines = {key() + ":" + comment()};
        append_indented(lines, mapping(depth - 1), 1 + choose(4));
        return lines;
      }
      case 5: {
        Lines lines = {key() + ":"};
        const std::size_t indent = choose(3);
        for (std::size_t item = 1 + choose(2); item > 0; --item) {
          Lines inner;
          append_indented(inner, mapping(depth - 1), 2);
          // The first line that is not a comment of its own stands behind the dash.
          lines.push_back(std::string(indent, ' ') + "-" + comment());
          append_indented(lines, inner, indent);
        }
        return lines;
      }
      default:
        return embedded(depth - 1);
    }
  }

  Lines mapping(std::size_t depth) {
    Lines lines;
    const std::size_t image_at = choose(3);
    const std::size_t entries = 1 + choose(3);
    for (std::size_t number = 0; number < entries; ++number) {
      if (number == image_at) lines.push_back(image() + comment());
      const Lines more = entry(depth);
      lines.insert(lines.end(), more.begin(), more.end());
    }
    return lines;
  }

  std::vector<std::uint8_t> choices_;
  std::size_t next_ = 0;
  std::size_t keys_ = 0;
  std::vector<std::pair<std::string, std::pair<std::string, std::string>>> anchors_;
  std::vector<std::pair<std::string, std::string>> sites_;
};

Written any_file() {
  return FileWriter(
             *rc::gen::resize(400, rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())))
      .write();
}

std::vector<std::pair<std::string, std::string>> told(const std::vector<ImageSite>& sites) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const ImageSite& site : sites)
    all.emplace_back(site.written_name, site.version.tag ? site.version.tag->str() : "");
  return all;
}

std::vector<ImageSite> sites_of(const std::vector<ImageSite>& sites, const image::ImageName& name) {
  std::vector<ImageSite> own;
  for (const ImageSite& site : sites) {
    if (site.name == name) own.push_back(site);
  }
  return own;
}

/// Whether the trees differ in at most so many scalars' values, and in no type but for text.
bool same_documents(const std::string& before, const std::string& after, std::size_t most) {
  const auto old_documents = sites::documents_of(before);
  const auto new_documents = sites::documents_of(after);
  if (old_documents.size() != new_documents.size()) return false;
  std::size_t different = 0;
  for (std::size_t index = 0; index < old_documents.size(); ++index) {
    const auto old_tree = yaml::parse(old_documents[index].text());
    const auto new_tree = yaml::parse(new_documents[index].text());
    if (!old_tree || !new_tree || old_tree->size() != new_tree->size()) return false;
    for (std::size_t number = 0; number < old_tree->size(); ++number) {
      if (!test::same_but_scalars((*old_tree)[number].root, (*new_tree)[number].root, different)) return false;
    }
  }
  return different <= most;
}

}  // namespace

TEST_CASE("sites are found in every style, however it is nested") {
  CHECK(rc::check("what was written is found", [] {
    const Written file = any_file();
    RC_LOG(file.text);
    const auto found = sites::find_sites("a.yaml", file.text);
    RC_ASSERT(found.skipped == std::vector<std::string>{});
    RC_ASSERT(told(found.sites) == file.sites);
  }));
}

TEST_CASE("a bump changes the tags of its image and nothing else, in every style") {
  CHECK(rc::check("the tag that is there changes no byte", [] {
    const Written file = any_file();
    std::string text = file.text;
    for (const auto& [name, tag] : file.sites) {
      const auto only = [&tag = tag](const ImageSite& site) { return site.version.tag->str() == tag; };
      text = sites::bump_text("a.yaml", text, *image::parse_image_name(name), *image::parse_version(tag), only).value();
    }
    RC_ASSERT(text == file.text);
  }));
  CHECK(rc::check("another tag changes the bytes of tags alone, and no type", [] {
    const Written file = any_file();
    const image::ImageName name = *image::parse_image_name(*rc::gen::elementOf(kNames));
    const image::Version version = *image::parse_version(*rc::gen::elementOf(kTags));
    RC_LOG(file.text);

    const std::string after = sites::bump_text("a.yaml", file.text, name, version).value();
    RC_LOG(after);

    const auto old_sites = sites::find_sites("a.yaml", file.text).sites;
    const auto new_sites = sites::find_sites("a.yaml", after).sites;
    RC_ASSERT(new_sites.size() == old_sites.size());
    for (std::size_t index = 0; index < new_sites.size(); ++index) {
      const ImageSite& old_site = old_sites[index];
      RC_ASSERT(new_sites[index].written_name == old_site.written_name);
      RC_ASSERT(new_sites[index].version == (old_site.name == name ? version : old_site.version));
    }
    const auto changed = test::version_spans(sites_of(old_sites, name));
    RC_ASSERT(test::without(file.text, changed) ==
              test::without(after, test::version_spans(sites_of(new_sites, name))));
    RC_ASSERT(same_documents(file.text, after, changed.size()));
  }));
}
