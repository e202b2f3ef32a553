#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "decide/decide.h"
#include "report/report.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::size_t count(std::string_view text, std::string_view wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) ++found;
  return found;
}

/// What stands outside of fences, as CommonMark 0.31 reads them, section 4.5; every fence must be closed.
std::string outside_fences(std::string_view comment) {
  std::string outside;
  std::size_t fence = 0;
  for (const std::string_view line : towline::split(comment, '\n')) {
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    if (fence == 0 && ticks >= 3) {
      fence = ticks;
    } else if (fence > 0 && ticks >= fence && ticks == line.size()) {
      fence = 0;
    } else if (fence == 0) {
      outside += std::string(line) + "\n";
    }
  }
  require(fence == 0);
  return outside;
}

}  // namespace

/// The first two bytes say how long a comment may be; the rest is cut at zero bytes into values of resources.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace towline;
  static const report::Templates templates = report::Templates::load().value();
  if (size < 2) return 0;
  const std::size_t limit = 40u + data[0] * 256u + data[1];
  decide::PullSnapshot snapshot;
  snapshot.page_url = "https://towline.example/pulls/1";
  evaluate::ApplicationReport application;
  application.application.name = "pay";
  for (const std::string_view value : split({reinterpret_cast<const char*>(data) + 2, size - 2}, '\0')) {
    diff::Change change;
    change.key = {"", "ConfigMap", "pay", std::string(value.substr(0, 20))};
    change.fields = {{"data." + std::string(value.substr(0, 5)), std::nullopt, std::string(value), ""}};
    application.diff.changes.push_back(std::move(change));
  }
  snapshot.evaluation = evaluate::Evaluation();
  snapshot.evaluation->applications = {application};
  const auto parts = report::comments(templates, snapshot, {}, "abc", limit);
  require(!parts.empty() && parts.size() <= report::kMostParts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string outside = outside_fences(parts[i]);
    require(parts[i].size() <= limit);
    require(count(outside, "<details>") == count(outside, "</details>"));
    const auto mark = decide::find_report_mark(parts[i]);
    require(mark && mark->part == i + 1);
  }
  return 0;
}
