#include "engine/shown_ledger.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "decide/seal.h"
#include "decide/shown.h"
#include "engine/engine.h"

namespace towline::engine {
namespace {

using decide::Shown;

constexpr std::string_view kKind = "shown";
constexpr std::string_view kStart = "<!-- towline:shown ";
constexpr std::string_view kCode = "mac=";
constexpr std::string_view kEnd = " -->";
constexpr std::size_t kCodeDigits = 64;
/// Earlier entries that a comment carries; with the store lost, what was shown before them is unknown.
constexpr std::size_t kMostEarlier = 8;
constexpr std::string_view kNothing = "-";

std::string about(const decide::PullSnapshot& snapshot) {
  return pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number) + " " + snapshot.pull.base_branch;
}

std::int64_t seconds_of(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string or_nothing(const std::string& text) { return text.empty() ? std::string(kNothing) : text; }
std::string from_nothing(std::string_view text) { return text == kNothing ? "" : std::string(text); }

std::string what(const Shown& shown) {
  return shown.head.str() + "," + or_nothing(shown.base.str()) + "," + or_nothing(shown.digest);
}
std::string to_text(const Shown& shown) { return what(shown) + "," + std::to_string(seconds_of(shown.at)); }

/// Without a time, `at` is meant.
std::optional<Shown> parse(std::string_view text, std::optional<TimePoint> at) {
  const auto parts = split(text, ',');
  if (parts.size() != (at ? 3U : 4U)) return std::nullopt;
  Shown shown{CommitId(std::string(parts[0])), CommitId(from_nothing(parts[1])), from_nothing(parts[2]),
              at.value_or(TimePoint{})};
  if (at) return shown;
  std::int64_t seconds = 0;
  const auto [end, problem] = std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), seconds);
  if (problem != std::errc() || end != parts[3].data() + parts[3].size()) return std::nullopt;
  shown.at = TimePoint(std::chrono::seconds(seconds));
  return shown;
}

/// What the comment shows when it is posted now. While it is being rendered, nothing.
Shown present(const decide::PullSnapshot& snapshot) {
  Shown shown{snapshot.pull.head, {}, {}, {}};
  if (!snapshot.evaluation || snapshot.evaluation->head != snapshot.pull.head) return shown;
  shown.base = snapshot.evaluation->base;
  shown.digest = decide::shown_digest(*snapshot.evaluation);
  return shown;
}

bool says_the_same(const Shown& a, const Shown& b) { return a.head == b.head && a.digest == b.digest; }

/// Adds what is not known yet; what is shown again unchanged is no new entry.
void merge(const std::vector<Shown>& more, std::vector<Shown>& all) {
  for (const Shown& shown : more) {
    if (std::find(all.begin(), all.end(), shown) != all.end()) continue;
    const auto later =
        std::upper_bound(all.begin(), all.end(), shown, [](const Shown& a, const Shown& b) { return a.at < b.at; });
    if (later != all.begin() && says_the_same(*std::prev(later), shown)) continue;
    all.insert(later, shown);
  }
}

/// Where the code stands in a comment, if it has an entry.
std::optional<std::size_t> find_code(std::string_view comment) {
  const std::size_t start = comment.rfind(kStart);
  if (start == std::string_view::npos) return std::nullopt;
  const std::size_t end = comment.find(kEnd, start);
  const std::size_t code = comment.find(kCode, start);
  if (code == std::string_view::npos || end != code + kCode.size() + kCodeDigits) return std::nullopt;
  return code + kCode.size();
}

/// A comment of the report; of several for one part the oldest.
struct Part {
  const forge::Comment* comment = nullptr;
  decide::ReportMark mark;
};
std::map<std::size_t, Part> find_report(const decide::PullSnapshot& snapshot) {
  std::map<std::size_t, Part> parts;
  for (const forge::Comment& comment : snapshot.comments) {
    if (to_lower(comment.author) != to_lower(snapshot.bot)) continue;
    auto mark = decide::find_report_mark(comment.body);
    if (!mark) continue;
    Part& part = parts[mark->part];
    if (part.comment == nullptr || comment.id < part.comment->id) part = {&comment, *std::move(mark)};
  }
  return parts;
}

/// The comment without the seal of the whole: this code covers what was there before that.
std::string_view before_seal(std::string_view body) { return trim(decide::without_seal(body)); }

/// Whether the comment is the part that the first one's marker names: whoever edits it does not change its digest.
bool is_intact(const Part& part, const std::string& digest) {
  const std::string marker = "\n" + decide::report_marker(part.mark);
  const std::string_view body = before_seal(part.comment->body);
  if (!body.ends_with(marker)) return false;
  return sha256_hex(body.substr(0, body.size() - marker.size())).starts_with(digest) && !digest.empty();
}

/// Whether the parts behind the first are there as the bot wrote them.
bool are_intact(const std::map<std::size_t, Part>& parts) {
  const std::vector<std::string>& others = parts.begin()->second.mark.others;
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto part = parts.find(i + 2);
    if (part == parts.end() || !is_intact(part->second, others[i])) return false;
  }
  return true;
}

}  // namespace

std::string ShownLedger::entry(const decide::PullSnapshot& snapshot) const {
  const Shown now = present(snapshot);
  std::vector<Shown> earlier = snapshot.shown;
  if (earlier.size() > kMostEarlier) earlier.erase(earlier.begin(), earlier.end() - kMostEarlier);
  std::string text = std::string(kStart) + what(now) + " ";
  for (const Shown& shown : earlier) text += to_text(shown) + " ";
  return text + std::string(kCode) + std::string(kCodeDigits, '0') + std::string(kEnd);
}

std::string ShownLedger::code(const decide::PullSnapshot& snapshot, std::string_view unsealed) const {
  return hmac_sha256_hex(key_.reveal(), about(snapshot) + "\n" + std::string(before_seal(unsealed)));
}

void ShownLedger::seal(const decide::PullSnapshot& snapshot, std::string& comment) const {
  const auto at = find_code(comment);
  if (!at) return;
  comment.replace(*at, kCodeDigits, std::string(kCodeDigits, '0'));
  comment.replace(*at, kCodeDigits, code(snapshot, comment));
}

std::optional<std::vector<Shown>> ShownLedger::read_comment(const decide::PullSnapshot& snapshot,
                                                            const forge::Comment& comment, TimePoint visible) const {
  const auto at = find_code(comment.body);
  if (!at) return std::nullopt;
  std::string unsealed = comment.body;
  const std::string found = unsealed.substr(*at, kCodeDigits);
  unsealed.replace(*at, kCodeDigits, std::string(kCodeDigits, '0'));
  if (!constant_time_equal(found, code(snapshot, unsealed))) return std::nullopt;
  const std::size_t first = comment.body.rfind(kStart) + kStart.size();
  const std::string_view words = trim(std::string_view(comment.body).substr(first, *at - kCode.size() - first));
  std::vector<Shown> entries;
  std::optional<Shown> now;
  for (const std::string_view word : split(words, ' ')) {
    const auto shown = parse(word, now ? std::nullopt : std::optional(visible));
    if (!shown) return std::nullopt;
    if (!now) {
      now = shown;
    } else {
      entries.push_back(*shown);
    }
  }
  if (now) entries.push_back(*now);
  return entries;
}

Result<void> ShownLedger::read(decide::PullSnapshot& snapshot) const {
  const std::string key = about(snapshot);
  TRY(const auto kept, store_.facts(kKind, key));
  snapshot.shown.clear();
  std::vector<Shown> known;
  for (const std::string& text : kept) {
    if (const auto shown = parse(text, std::nullopt)) known.push_back(*shown);
  }
  std::stable_sort(known.begin(), known.end(), [](const Shown& a, const Shown& b) { return a.at < b.at; });
  snapshot.shown = known;
  const auto parts = find_report(snapshot);
  if (parts.empty() || parts.begin()->first != 1) return {};
  TimePoint visible = parts.begin()->second.comment->updated;
  for (const auto& [number, part] : parts) visible = std::max(visible, part.comment->updated);
  const auto entries = read_comment(snapshot, *parts.begin()->second.comment, visible);
  // Somebody else wrote it, or a Towline without a ledger: from then on people saw nothing that can be relied on.
  merge(entries && are_intact(parts) ? *entries : std::vector<Shown>{{snapshot.pull.head, {}, {}, visible}},
        snapshot.shown);
  std::vector<store::Fact> news;
  for (const Shown& shown : snapshot.shown) {
    if (std::find(known.begin(), known.end(), shown) != known.end()) continue;
    news.push_back({std::string(kKind), key, to_text(shown)});
  }
  return store_.append_facts(news);
}

}  // namespace towline::engine
