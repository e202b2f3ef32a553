#include "decide/publishing.h"

#include <algorithm>
#include <map>

#include "decide/report_digest.h"

namespace towline::decide {
namespace {

struct Marked {
  std::int64_t id = 0;
  ReportMark mark;
};

/// Which part of the report the comment is. What the store knows counts more than what stands in the comment.
std::optional<ReportMark> mark_of(const PullView& view, const forge::Comment& comment) {
  auto mark = find_report_mark(comment.body);
  if (!view.snapshot.foreign.contains(comment.id)) return mark;
  // An empty digest equals none, so that the comment is edited.
  const auto own = view.snapshot.own.find(comment.id);
  if (own == view.snapshot.own.end()) return mark ? std::optional(ReportMark{mark->part, {}, {}}) : std::nullopt;
  return own->second.part > 0 ? std::optional(ReportMark{own->second.part, {}, {}}) : std::nullopt;
}

/// The bot's report comments, the oldest of each part; the others of the same part are in `left_over`.
std::vector<Marked> report_comments(const PullView& view, std::vector<std::int64_t>& left_over) {
  std::map<std::size_t, Marked> by_part;
  for (const forge::Comment& comment : view.snapshot.comments) {
    if (!view.people.same(comment.author, view.snapshot.bot)) continue;
    auto mark = mark_of(view, comment);
    if (!mark) continue;
    Marked marked{comment.id, *std::move(mark)};
    Marked& kept = by_part.try_emplace(marked.mark.part, marked).first->second;
    if (kept.id == marked.id) continue;
    if (marked.id < kept.id) std::swap(kept, marked);
    left_over.push_back(marked.id);
  }
  std::vector<Marked> parts;
  parts.reserve(by_part.size());
  for (auto& [part, marked] : by_part) parts.push_back(std::move(marked));
  std::sort(left_over.begin(), left_over.end());
  return parts;
}

/// Whether the comments are those that the first one's marker names.
bool is_complete(const std::vector<Marked>& parts) {
  const std::vector<std::string>& others = parts.front().mark.others;
  if (parts.front().mark.part != 1 || parts.size() != others.size() + 1) return false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].mark != ReportMark{i + 1, others[i - 1], {}}) return false;
  }
  return true;
}

}  // namespace

std::vector<RestoreComment> restorations(const PullView& view) {
  std::vector<RestoreComment> all;
  for (const forge::Comment& comment : view.snapshot.comments) {
    if (!view.snapshot.foreign.contains(comment.id) || mark_of(view, comment)) continue;
    RestoreComment restore{comment.id, {}};
    const auto own = view.snapshot.own.find(comment.id);
    if (own != view.snapshot.own.end()) restore.comment = own->second;
    if (restore.comment.reply_to == 0) restore.comment.reply_to = find_reply_target(comment.body).value_or(0);
    if (restore.comment.body.empty()) {
      restore.comment.body = "*Somebody else edited this comment of Towline, so its text was removed.*\n";
      if (restore.comment.reply_to > 0) restore.comment.body += "\n" + reply_marker(restore.comment.reply_to) + "\n";
    }
    all.push_back(std::move(restore));
  }
  return all;
}

namespace {
std::string name_of(const PullView& view, std::int64_t id) {
  const auto own = view.snapshot.own.find(id);
  const std::size_t part = own == view.snapshot.own.end() ? 0 : own->second.part;
  if (part == 0) return "a comment of Towline";
  return part == 1 ? "this comment" : "part " + std::to_string(part) + " of this report";
}
}  // namespace

std::vector<std::string> foreign_changes(const PullView& view) {
  constexpr std::size_t kMost = 5;
  std::vector<const SeenWord*> words;
  for (const SeenWord& word : view.snapshot.words) {
    if (word.sight == Sight::foreign_edit || word.sight == Sight::foreign_deletion) words.push_back(&word);
  }
  std::stable_sort(words.begin(), words.end(), [](const auto* a, const auto* b) { return a->at > b->at; });
  std::vector<std::string> sentences;
  for (const SeenWord* word : words) {
    if (sentences.size() == kMost) {
      sentences.push_back("Towline's comments were edited or deleted " + std::to_string(words.size() - kMost) +
                          " more times.");
      break;
    }
    const bool edit = word->sight == Sight::foreign_edit;
    sentences.push_back((word->by.empty() ? "Someone" : word->by) + (edit ? " edited " : " deleted ") +
                        name_of(view, word->id) + " at " + format_time(word->at) +
                        (edit ? "; the edit was undone." : "; what it said is posted again where it is needed."));
  }
  return sentences;
}

std::optional<PublishReport> publication(const PullView& view, const Conclusion& conclusion) {
  PublishReport report;
  const std::vector<Marked> parts = report_comments(view, report.left_over);
  if (parts.empty() && !view.snapshot.pull.open) return std::nullopt;
  report.digest = report_digest(view.snapshot, conclusion);
  report.interim = view.snapshot.rendering.has_value();
  if (!parts.empty() && parts.front().mark.part == 1 && parts.front().mark.digest == report.digest) {
    if (report.interim || (is_complete(parts) && report.left_over.empty())) return std::nullopt;
  }
  for (const Marked& marked : parts) report.parts.push_back({marked.id, marked.mark});
  if (report.interim) report.left_over.clear();
  return report;
}

}  // namespace towline::decide
