#include "evaluate/chart_range.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/text.h"
#include "render/charts/chart_version.h"

namespace towline::evaluate {
namespace {

std::vector<discovery::Source> ranges_of(const discovery::Application* application) {
  std::vector<discovery::Source> ranges;
  if (application == nullptr) return ranges;
  for (const discovery::Source& source : application->sources) {
    if (source.origin != discovery::Origin::chart || source.target_revision.empty()) continue;
    if (!render::is_exact_version(source.target_revision)) ranges.push_back(source);
  }
  return ranges;
}

std::string sentence(const discovery::Source& source) {
  const auto shown = [](const std::string& text) { return "'" + printable_utf8(ellipsize(text, 100)) + "'"; };
  return "the version " + shown(source.target_revision) + " of the chart " + shown(source.chart) +
         " is a range; what it resolves to can change without a pull request";
}

}  // namespace

void note_chart_ranges(const discovery::Application* base, const discovery::Application* head,
                       evaluate::ApplicationReport& report, std::vector<policy::Finding>& findings) {
  const auto before = ranges_of(base);
  for (const discovery::Source& source : ranges_of(head)) {
    const bool is_old = std::any_of(before.begin(), before.end(), [&](const discovery::Source& other) {
      return std::tie(other.repo_url, other.chart, other.target_revision) ==
             std::tie(source.repo_url, source.chart, source.target_revision);
    });
    std::string message = sentence(source);
    if (is_old) {
      message[0] = 'T';
      report.diff.remarks.push_back(std::move(message));
      continue;
    }
    report.problems.push_back(message);
    policy::Finding& finding = findings.emplace_back();
    finding.level = policy::Level::error;
    finding.rule = "determined";
    finding.application = head->name;
    finding.path = head->declared_in;
    finding.message = std::move(message);
    finding.remedy = "write an exact version, such as 1.2.3";
  }
}

}  // namespace towline::evaluate
