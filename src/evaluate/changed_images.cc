#include "evaluate/changed_images.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "diff/images.h"

namespace towline::evaluate {
namespace {

template <class Value>
void add_once(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
}

/// nullopt: it is no other version of the same image.
std::optional<evaluate::ImageChange> version_change(const std::string& before, const std::string& after) {
  const auto from = image::parse_reference(before);
  const auto to = image::parse_reference(after);
  if (!from || !to || from->name != to->name) return std::nullopt;
  return evaluate::ImageChange{to->name, {from->tag, from->digest}, {to->tag, to->digest}};
}

/// The one that goes of which the one that comes is the same image, the same version before another.
std::vector<diff::ImageDelta>::iterator partner_of(const std::string& after, std::vector<diff::ImageDelta>& gone) {
  const auto same = std::find_if(gone.begin(), gone.end(), [&](const auto& one) { return one.before == after; });
  if (same != gone.end()) return same;
  return std::find_if(gone.begin(), gone.end(),
                      [&](const auto& one) { return version_change(one.before, after).has_value(); });
}

}  // namespace

void read_images(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                 evaluate::ApplicationReport& report) {
  std::vector<diff::ImageDelta> deltas = diff::image_deltas(base, head);
  std::vector<diff::ImageDelta> gone;
  for (const diff::ImageDelta& delta : deltas) {
    if (delta.after.empty()) gone.push_back(delta);
  }
  std::erase_if(deltas, [](const diff::ImageDelta& delta) { return delta.after.empty(); });
  for (diff::ImageDelta& delta : deltas) {
    if (!delta.before.empty()) continue;
    const auto partner = partner_of(delta.after, gone);
    if (partner == gone.end()) continue;
    delta.before = partner->before;
    gone.erase(partner);
  }
  deltas.insert(deltas.end(), gone.begin(), gone.end());
  for (const diff::ImageDelta& delta : deltas) {
    if (delta.before == delta.after) continue;
    if (auto change = version_change(delta.before, delta.after)) {
      if (change->from != change->to) add_once(report.images, *std::move(change));
    } else {
      add_once(report.replaced_images, evaluate::ReplacedImage{delta.before, delta.after});
    }
  }
}

}  // namespace towline::evaluate
