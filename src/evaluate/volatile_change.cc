#include "evaluate/volatile_change.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/text.h"

namespace towline::evaluate {
namespace {

using render::VolatileUse;

/// The same use in the same text; it may stand on another line of values.
bool is_same(const VolatileUse& a, const VolatileUse& b) {
  return a.path == b.path && a.what == b.what && a.content == b.content;
}

std::vector<const VolatileUse*> without(const std::vector<VolatileUse>& uses, const std::vector<VolatileUse>& others) {
  std::vector<const VolatileUse*> left;
  for (const VolatileUse& use : uses) {
    const bool is_old =
        std::any_of(others.begin(), others.end(), [&](const auto& other) { return is_same(use, other); });
    if (!is_old) left.push_back(&use);
  }
  return left;
}

std::string place_of(const VolatileUse& use) {
  return printable_utf8(use.path) + (use.line > 0 ? ":" + std::to_string(use.line) : "");
}

}  // namespace

void note_volatile_uses(const std::vector<VolatileUse>& before, const std::vector<VolatileUse>& after, bool has_head,
                        evaluate::ApplicationReport& report, std::vector<policy::Finding>& findings) {
  std::map<std::string, std::size_t> counts;
  for (const VolatileUse& use : after) ++counts[use.what];
  if (!counts.empty()) {
    std::vector<std::string> parts;
    parts.reserve(counts.size());
    for (const auto& [what, count] : counts) parts.push_back(what + " (" + std::to_string(count) + ")");
    report.diff.remarks.push_back("Depends on the cluster or the time: " + join(parts, ", "));
  }
  if (!has_head) return;
  const auto tell = [&](const VolatileUse& use, std::string message) {
    report.problems.push_back(message);
    policy::Finding& finding = findings.emplace_back();
    finding.level = policy::Level::error;
    finding.rule = "determined";
    finding.application = report.application.name;
    finding.path = use.path;
    finding.message = std::move(message);
    finding.remedy = use.remedy;
  };
  const auto added = without(after, before);
  for (const VolatileUse* use : added) {
    tell(*use, place_of(*use) + " uses `" + use->what + "`: what it renders depends on " + use->depends +
                   ", so it cannot be shown");
  }
  for (const VolatileUse* use : without(before, after)) {
    const bool is_changed = std::any_of(added.begin(), added.end(), [&](const VolatileUse* other) {
      return other->path == use->path && other->what == use->what;
    });
    if (is_changed) continue;
    tell(*use, std::string(evaluate::kAtTheBase) + place_of(*use) + " uses `" + use->what +
                   "`: what it rendered depends on " + use->depends + ", so what goes with it cannot be shown");
  }
}

}  // namespace towline::evaluate
