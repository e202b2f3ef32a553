#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "sites/places.h"

namespace towline::sites {
namespace {

enum class Part { whole, tag, digest, name };
struct PartRow {
  std::string_view suffix;
  Part part;
};
constexpr std::array<PartRow, 3> kParts = {{{":tag", Part::tag}, {":digest", Part::digest}, {":name", Part::name}}};

constexpr std::string_view kOwnMark = "towline:";
constexpr std::string_view kFluxMark = "$imagepolicy";
constexpr std::size_t kMaxMark = 1024;  ///< bytes of a comment; names and policies are far shorter
constexpr std::size_t kMaxMarks = 2'000;

/// A comment that marks a scalar.
struct Mark {
  std::size_t hash = 0;  ///< where the comment begins
  bool own = false;      ///< names an image; Flux's names a policy
  std::string subject;   ///< the image or the policy
  Part part = Part::whole;
};

/// A scalar that a comment may stand behind.
struct Candidate {
  Written value;
  const yaml::Node* mapping = nullptr;
};

struct Marked {
  Mark mark;
  Candidate scalar;
};

Mark with_part(std::size_t hash, bool own, std::string_view text) {
  for (const PartRow& row : kParts) {
    if (!text.ends_with(row.suffix)) continue;
    return {hash, own, std::string(text.substr(0, text.size() - row.suffix.size())), row.part};
  }
  return {hash, own, std::string(text), Part::whole};
}

/// What the comment behind `hash` marks; nullopt when it marks nothing.
std::optional<Mark> parse_mark(std::size_t hash, std::string_view comment) {
  const std::string_view text = trim(comment);
  if (text.size() > kMaxMark) return std::nullopt;
  if (text.starts_with(kOwnMark)) {
    const std::string_view rest = trim(text.substr(kOwnMark.size()));
    const std::string_view subject = rest.substr(0, rest.find_first_of(" \t"));
    if (subject.empty()) return std::nullopt;
    return with_part(hash, true, subject);
  }
  if (!text.starts_with('{')) return std::nullopt;
  const auto json = parse_json(text);
  const std::string policy = json ? json_string(*json, "/" + std::string(kFluxMark)) : "";
  return policy.empty() ? std::nullopt : std::optional<Mark>(with_part(hash, false, policy));
}

/// Every comment of the text that could be a mark; what stands in scalars is sorted out later.
std::vector<Mark> marks_in(std::string_view text) {
  std::vector<Mark> marks;
  for (const std::string_view word : {kOwnMark, kFluxMark}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) {
      const std::size_t line = text.rfind('\n', at) + 1;  // npos + 1 is 0
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::size_t hash = text.rfind('#', at);
      if (hash == std::string_view::npos || hash <= line ||
          std::string_view(" \t").find(text[hash - 1]) == std::string_view::npos)
        continue;
      if (auto mark = parse_mark(hash, text.substr(hash + 1, end - hash - 1))) marks.push_back(*std::move(mark));
    }
  }
  return marks;
}

void collect_scalars(const yaml::Node& node, const yaml::Node* mapping, const Aliases& aliases,
                     std::vector<Candidate>& scalars) {
  if (node.is_scalar() || node.kind == yaml::NodeKind::alias) {
    // A block scalar and an empty one are kept: a comment in or behind them must not fall to what stands before.
    const Written value = aliases.as_scalar(node);
    scalars.push_back({{&node, value.scalar}, mapping});
  }
  for (const yaml::Node& item : node.items) collect_scalars(item, nullptr, aliases, scalars);
  for (const auto& [key, value] : node.entries) collect_scalars(value, &node, aliases, scalars);
}

class MarkReader {
 public:
  MarkReader(const yaml::Node& root, Collector& found) : found_(found) {
    std::vector<Mark> marks = marks_in(found.passage().text());
    if (marks.empty()) return;
    if (marks.size() > kMaxMarks) {
      found.skip(root, "more than " + plural(kMaxMarks, "mark") + " in one document are not read");
      return;
    }
    std::vector<Candidate> scalars;
    collect_scalars(root, nullptr, found.aliases(), scalars);
    std::sort(scalars.begin(), scalars.end(), [](const Candidate& a, const Candidate& b) {
      return a.value.place->span.begin < b.value.place->span.begin;
    });
    for (Mark& mark : marks) attach(std::move(mark), scalars);
  }

  void add_sites() {
    for (const Marked& marked : marked_) check_name(marked);
    for (const Marked& marked : marked_) {
      if (marked.mark.part == Part::whole) add_reference(marked);
      if (marked.mark.part == Part::tag || marked.mark.part == Part::digest) add_version(marked);
    }
  }

 private:
  void attach(Mark mark, const std::vector<Candidate>& scalars) {
    auto after = std::upper_bound(scalars.begin(), scalars.end(), mark.hash, [](std::size_t hash, const Candidate& c) {
      return hash < c.value.place->span.begin;
    });
    if (after == scalars.begin()) return;
    const Candidate& scalar = *(after - 1);
    const std::size_t end = scalar.value.place->span.end;
    if (!scalar.value || end > mark.hash) return;
    const std::string_view between = found_.passage().text().substr(end, mark.hash - end);
    if (between.find('\n') == std::string_view::npos) marked_.push_back({std::move(mark), scalar});
  }

  void skip(const Marked& marked, const std::string& reason) { found_.skip(*marked.scalar.value.place, reason); }

  static std::string shown(const std::string& text) { return "'" + printable_utf8(ellipsize(text, 120)) + "'"; }

  /// A scalar that is marked as a name gives the spelling, so it must be that name.
  void check_name(const Marked& marked) {
    if (!marked.mark.own || marked.mark.part != Part::name) return;
    const auto meant = image::parse_image_name(marked.mark.subject);
    const auto written = image::parse_image_name(marked.scalar.value.scalar->value);
    if (!meant) {
      skip(marked, meant.error().message);
    } else if (!written || *written != *meant) {
      skip(marked, "marked as the name " + shown(marked.mark.subject) + ", but it is " +
                       shown(marked.scalar.value.scalar->value));
    }
  }

  void add_reference(const Marked& marked) {
    const std::string& text = marked.scalar.value.scalar->value;
    const auto reference = image::parse_reference(text);
    if (!reference) return skip(marked, "marked as an image: " + reference.error().message);
    if (marked.mark.own) {
      const auto meant = image::parse_image_name(marked.mark.subject);
      if (!meant) return skip(marked, meant.error().message);
      if (*meant != reference->name) {
        return skip(marked, "marked as " + shown(marked.mark.subject) + ", but it is " + shown(text));
      }
    }
    if (!found_.has_site_on(*marked.scalar.value.scalar)) {
      found_.add_reference(SiteKind::marked, marked.scalar.value, true);
    }
  }

  void add_version(const Marked& marked) {
    const yaml::Node& scalar = *marked.scalar.value.scalar;
    if (!marked.mark.own && found_.has_site_on(scalar)) return;
    const std::string written = name_of(marked);
    if (written.empty()) {
      return skip(marked,
                  "no scalar of the document is marked as the name of the image policy " + shown(marked.mark.subject));
    }
    const auto name = image::parse_image_name(written);
    if (!name) return skip(marked, name.error().message);
    if (found_.rename(scalar, *name, written)) return;
    const bool is_tag = marked.mark.part == Part::tag;
    const Written other = companion(marked, is_tag ? Part::digest : Part::tag);
    if (!is_tag && other) return;  // it is part of the tag's site
    const bool added = found_.add_version(SiteKind::marked, written, is_tag ? marked.scalar.value : Written{},
                                          is_tag ? other : marked.scalar.value, true);
    if (!added) {
      skip(marked, "marked as a " + std::string(is_tag ? "tag" : "digest") + ", but it is " + shown(scalar.value));
    }
  }

  /// The scalar of the same mapping that is marked as another part of the same image.
  Written companion(const Marked& of, Part part) const {
    for (const Marked& marked : marked_) {
      const bool same = marked.mark.own == of.mark.own && marked.mark.subject == of.mark.subject;
      const bool beside = marked.scalar.mapping != nullptr && marked.scalar.mapping == of.scalar.mapping;
      if (same && beside && marked.mark.part == part) return marked.scalar.value;
    }
    return {};
  }

  /// How the file writes the image's name; a policy's is told by another mark of the document.
  std::string name_of(const Marked& marked) const {
    if (const Written name = companion(marked, Part::name)) return name.scalar->value;
    if (marked.mark.own) return marked.mark.subject;
    for (const Marked& other : marked_) {
      if (other.mark.own || other.mark.subject != marked.mark.subject) continue;
      const std::string& text = other.scalar.value.scalar->value;
      if (other.mark.part == Part::name) return text;
      const auto reference = image::parse_reference(text);
      if (other.mark.part == Part::whole && reference) return reference->written_name;
    }
    return {};
  }

  Collector& found_;
  std::vector<Marked> marked_;
};

}  // namespace

void find_marked(const yaml::Node& root, Collector& found) { MarkReader(root, found).add_sites(); }

}  // namespace towline::sites
