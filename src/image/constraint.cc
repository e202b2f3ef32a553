#include "image/constraint.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "image/variant.h"

namespace towline::image {

namespace {

constexpr std::size_t kMaxBytes = 512;
constexpr std::size_t kMaxGroups = 32;

struct OperatorName {
  std::string_view text;
  Operator op;
};
/// Longer ones first, so that ">=" is not read as ">".
constexpr std::array<OperatorName, 11> kOperators = {{{"!=", Operator::not_equal},
                                                      {">=", Operator::at_least},
                                                      {"=>", Operator::at_least},
                                                      {"<=", Operator::at_most},
                                                      {"=<", Operator::at_most},
                                                      {"~>", Operator::tilde},
                                                      {"=", Operator::equal},
                                                      {">", Operator::greater},
                                                      {"<", Operator::less},
                                                      {"~", Operator::tilde},
                                                      {"^", Operator::caret}}};

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_zero(std::string_view number) { return number == "0"; }
bool is_any(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

/// Reads one constraint from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_spaces();
    return at_ == text_.size();
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool next_is(std::string_view token) {
    skip_spaces();
    return text_.substr(at_).starts_with(token);
  }

  Operator read_operator() {
    for (const OperatorName& row : kOperators)
      if (take(row.text)) return row.op;
    return Operator::equal;
  }

  /// " - " between two versions: with space on both sides, since '-' also begins a prerelease.
  bool take_hyphen() {
    const std::size_t before = at_;
    const bool spaced = at_ < text_.size() && is_space(text_[at_]);
    skip_spaces();
    if (spaced && at_ + 1 < text_.size() && text_[at_] == '-' && is_space(text_[at_ + 1])) {
      ++at_;
      return true;
    }
    at_ = before;
    return false;
  }

  Result<Comparator> read_version(Operator op) {
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',' && text_[at_] != '|') ++at_;
    const std::string_view written = text_.substr(begin, at_ - begin);
    if (written.empty()) return wrong(begin, "a version such as 1.2.3 is expected");
    auto comparator = parse_version(written);
    if (!comparator)
      return wrong(begin, "'" + printable_utf8(written) + "' is not a version such as 1.2.3, 1.2 or 1.x");
    const auto& prerelease = comparator->version.prerelease;
    if (!prerelease.empty() && names_variant(prerelease.front()))
      return wrong(begin, "'" + printable_utf8(written) +
                              "' names a variant, not a prerelease; write the version alone, since a site stays within "
                              "the variant it has");
    comparator->op = op;
    return *std::move(comparator);
  }

  tl::unexpected<Error> wrong_here(std::string_view why) { return wrong(at_, why); }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  tl::unexpected<Error> wrong(std::size_t at, std::string_view why) const {
    return fail(ErrorKind::invalid, "the semver constraint '" + ellipsize(printable_utf8(text_), 80) +
                                        "' is wrong at character " + std::to_string(at + 1) + ": " + std::string(why));
  }

  /// "1.2.3", "1.2", "1.x", "*", each with an optional "v" and prerelease. From the first x on, all is x.
  static std::optional<Comparator> parse_version(std::string_view written) {
    const std::size_t numbers_end = std::min(written.find_first_of("-+"), written.size());
    std::string numbers(written.substr(0, numbers_end));
    if (numbers.starts_with('v')) numbers.erase(0, 1);
    std::vector<std::string> parts;
    bool open = false;
    const auto all = split(numbers, '.');
    if (all.size() > 3) return std::nullopt;
    for (const std::string_view part : all) {
      open = open || is_any(part);
      if (!is_any(part) && (part.empty() || part.find_first_not_of("0123456789") != std::string_view::npos))
        return std::nullopt;
      if (!open) parts.emplace_back(part);
    }
    const std::size_t given = parts.size();
    parts.resize(3, "0");
    auto version = parse_semver(join(parts, ".") + std::string(written.substr(numbers_end)));
    if (!version) return std::nullopt;
    return Comparator{Operator::equal, *std::move(version), given};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_tilde(const SemanticVersion& version, const Comparator& comparator) {
  const SemanticVersion& limit = comparator.version;
  if (compare_precedence(version, limit) < 0) return false;
  const bool all_zero = is_zero(limit.major) && is_zero(limit.minor) && is_zero(limit.patch);
  // "*", and by the same rule "~0.0.0" written out.
  if (all_zero && (comparator.parts == 0 || comparator.parts == 3)) return true;
  if (version.major != limit.major) return false;
  return version.minor == limit.minor || comparator.parts == 1;
}

bool is_caret(const SemanticVersion& version, const Comparator& comparator) {
  const SemanticVersion& limit = comparator.version;
  if (comparator.parts == 0) return compare_precedence(version, limit) >= 0;
  if (compare_precedence(version, limit) < 0 || version.major != limit.major) return false;
  if (!is_zero(limit.major) || comparator.parts == 1) return true;
  if (version.minor != limit.minor) return false;
  return !is_zero(limit.minor) || comparator.parts == 2 || version.patch == limit.patch;
}

/// Equal as far as the comparator was written.
bool is_within(const SemanticVersion& version, const Comparator& comparator) {
  const SemanticVersion& limit = comparator.version;
  return (comparator.parts < 1 || version.major == limit.major) &&
         (comparator.parts < 2 || version.minor == limit.minor) &&
         (comparator.parts < 3 || version.patch == limit.patch);
}

bool holds(const SemanticVersion& version, const Comparator& comparator) {
  const auto order = compare_precedence(version, comparator.version);
  const bool partial = comparator.parts < 3;
  switch (comparator.op) {
    case Operator::equal:
      return partial ? is_tilde(version, comparator) : order == 0;
    case Operator::not_equal:
      return partial ? !is_within(version, comparator) : order != 0;
    // ">1.2" means after every 1.2.z, "<=1.2" up to the last of them.
    case Operator::greater:
      return order > 0 && !(partial && is_within(version, comparator));
    case Operator::at_most:
      return order <= 0 || (partial && is_within(version, comparator));
    case Operator::less:
      return order < 0;
    case Operator::at_least:
      return order >= 0;
    case Operator::tilde:
      return is_tilde(version, comparator);
    case Operator::caret:
      return is_caret(version, comparator);
  }
  return false;
}

Result<std::vector<Comparator>> read_group(Reader& reader) {
  std::vector<Comparator> all;
  do {
    const Operator op = reader.read_operator();
    TRY(Comparator comparator, reader.read_version(op));
    if (op == Operator::equal && reader.take_hyphen()) {
      comparator.op = Operator::at_least;
      TRY(Comparator last, reader.read_version(Operator::at_most));
      all.push_back(std::move(comparator));
      all.push_back(std::move(last));
    } else {
      all.push_back(std::move(comparator));
    }
  } while (reader.take(",") || (!reader.at_end() && !reader.next_is("|")));
  return all;
}

}  // namespace

Result<Constraint> Constraint::parse(std::string_view text) {
  Reader reader(text);
  if (text.size() > kMaxBytes)
    return reader.wrong_here("it has more than " + std::to_string(kMaxBytes) + " characters");
  if (reader.at_end()) return parse("*");
  Constraint constraint;
  do {
    if (constraint.groups_.size() == kMaxGroups)
      return reader.wrong_here("more than " + std::to_string(kMaxGroups) + " alternatives");
    TRY(std::vector<Comparator> all, read_group(reader));
    const bool prereleases =
        std::any_of(all.begin(), all.end(), [](const Comparator& one) { return !one.version.prerelease.empty(); });
    constraint.groups_.push_back({std::move(all), prereleases});
  } while (reader.take("||"));
  if (!reader.at_end()) return reader.wrong_here("alternatives are parted by '||'");
  return constraint;
}

bool Constraint::allows(const SemanticVersion& version) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return (version.prerelease.empty() || group.prereleases) &&
           std::all_of(group.all.begin(), group.all.end(),
                       [&](const Comparator& comparator) { return holds(version, comparator); });
  });
}

bool Constraint::names_prerelease() const {
  return std::any_of(groups_.begin(), groups_.end(), [](const Group& group) { return group.prereleases; });
}

}  // namespace towline::image
