#include "decide/trailers.h"

#include <algorithm>

#include "base/text.h"
#include "decide/plain_text.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestTitle = 250;
constexpr std::size_t kLongestValue = 1'000;

/// A trailer's block: "Key: value" lines, each value on one line, none twice.
class Trailers {
 public:
  void add(std::string_view key, std::string_view value) {
    const std::string line_value = single_line(value, kLongestValue);
    if (line_value.empty()) return;
    std::string line = "Towline-" + std::string(key) + ": " + line_value;
    if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(std::move(line));
  }
  std::string text() const { return join(lines_, "\n") + "\n"; }

 private:
  std::vector<std::string> lines_;
};

std::string version_text(const image::Version& version) {
  const std::string text = version.str();
  return text.empty() ? "(none)" : text;
}

std::string image_text(const evaluate::ImageChange& change) {
  return change.name.str() + " " + version_text(change.from) + " -> " + version_text(change.to);
}

/// Of a whole image that comes, goes or takes another's place.
std::string image_text(const evaluate::ReplacedImage& image) {
  const auto written = [](const std::string& text) { return text.empty() ? "(none)" : text; };
  return written(image.before) + " -> " + written(image.after);
}

std::string policy_text(const PullView& view) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  if (evaluation == nullptr || evaluation->applications.empty()) return "pass (no application is affected)";
  const PolicyCount count = count_policies(*evaluation);
  return "pass (" + plural(count.checked, "check") +
         (count.warnings > 0 ? ", " + plural(count.warnings, "warning") : "") + ")";
}

void add_what(const PullView& view, Trailers& trailers) {
  const PullSnapshot& snapshot = view.snapshot;
  if (snapshot.bump) {
    trailers.add("Environment", snapshot.bump->environment);
    trailers.add("Service", snapshot.bump->service);
    for (const evaluate::ImageChange& change : snapshot.bump_images) trailers.add("Image", image_text(change));
    return;
  }
  const evaluate::Evaluation* evaluation = view.evaluation();
  if (evaluation == nullptr) return;
  for (const evaluate::ApplicationReport& report : evaluation->applications)
    trailers.add("Environment", report.environment);
  for (const evaluate::ApplicationReport& report : evaluation->applications) trailers.add("Service", report.service);
  for (const evaluate::ApplicationReport& report : evaluation->applications) {
    for (const evaluate::ImageChange& change : report.images) trailers.add("Image", image_text(change));
    for (const evaluate::ReplacedImage& image : report.replaced_images) trailers.add("Image", image_text(image));
  }
}

}  // namespace

Merge merge_of(const PullView& view, const std::vector<Gate>& gates) {
  const forge::PullRequest& pull = view.snapshot.pull;
  Merge merge;
  merge.head = pull.head;
  if (const evaluate::Evaluation* evaluation = view.evaluation()) merge.base = evaluation->base;
  merge.title =
      single_line("Merge pull request #" + std::to_string(pull.number.value) + ": " + pull.title, kLongestTitle);
  merge.message = "Head " + pull.head.str() + ". Every gate was open:\n";
  for (const Gate& gate : gates) merge.message += "- " + gate.name + ": " + gate.reason + "\n";
  Trailers trailers;
  add_what(view, trailers);
  for (const Approval& approval : view.approvals.counting) trailers.add("Approved-By", approval.user);
  trailers.add("Policy", policy_text(view));
  trailers.add("Pull-Request", pull.url);
  trailers.add(kBaseTrailer, merge.base.str());
  merge.message += "\n" + trailers.text();
  return merge;
}

}  // namespace towline::decide
