#include "sites/fidelity.h"

#include <set>
#include <utility>

#include "yaml/edit.h"

namespace towline::test {

std::vector<yaml::Span> version_spans(const std::vector<sites::ImageSite>& sites) {
  std::set<std::pair<std::size_t, std::size_t>> spans;
  for (const sites::ImageSite& site : sites) {
    if (!site.refusal.empty()) continue;
    for (const auto* scalar : {&site.tag, &site.digest}) {
      if (*scalar) spans.emplace((*scalar)->span.begin, (*scalar)->span.end);
    }
    if (site.reference) spans.emplace(site.reference->span.begin, site.reference->span.end);
  }
  std::vector<yaml::Span> list;
  for (const auto& [begin, end] : spans) list.push_back({begin, end});
  return list;
}

std::string without(const std::string& text, const std::vector<yaml::Span>& spans) {
  std::vector<yaml::Edit> edits;
  for (const yaml::Span& span : spans) edits.push_back({span, ""});
  return yaml::apply_edits(text, edits).value();
}

bool same_but_scalars(const yaml::Node& a, const yaml::Node& b, std::size_t& different) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  if (a.is_scalar() && a.value != b.value) {
    ++different;
    return yaml::scalar_type(a) == yaml::scalar_type(b) || yaml::scalar_type(b) == yaml::ScalarType::string;
  }
  for (std::size_t index = 0; index < a.items.size(); ++index) {
    if (!same_but_scalars(a.items[index], b.items[index], different)) return false;
  }
  for (std::size_t index = 0; index < a.entries.size(); ++index) {
    if (!same_but_scalars(a.entries[index].first, b.entries[index].first, different) ||
        !same_but_scalars(a.entries[index].second, b.entries[index].second, different)) {
      return false;
    }
  }
  return true;
}

}  // namespace towline::test
