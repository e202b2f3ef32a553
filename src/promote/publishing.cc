#include "promote/publishing.h"

#include <algorithm>
#include <map>

#include "promote/report_digest.h"

namespace towline::promote {
namespace {

struct Marked {
  std::int64_t id = 0;
  ReportMark mark;
};

/// The bot's report comments, the oldest of each part; the others of the same part are in `left_over`.
std::vector<Marked> report_comments(const PullView& view, std::vector<std::int64_t>& left_over) {
  std::map<std::size_t, Marked> by_part;
  for (const forge::Comment& comment : view.snapshot.comments) {
    if (!view.people.same(comment.author, view.snapshot.bot)) continue;
    auto mark = find_report_mark(comment.body);
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

}  // namespace towline::promote
