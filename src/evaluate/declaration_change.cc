#include "evaluate/declaration_change.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "diff/diff.h"
#include "manifest/object.h"

namespace towline::evaluate {
namespace {

constexpr const char* kNote =
    "declared in a file; where no application applies that file, a person or another program has to";

bool is_same_object(const manifest::ResourceKey& rendered, const manifest::ResourceKey& declared) {
  const bool same_namespace = rendered.ns == declared.ns || rendered.ns.empty() || declared.ns.empty();
  return same_namespace && rendered.group == declared.group && rendered.kind == declared.kind &&
         rendered.name == declared.name;
}

bool is_shown(const manifest::ResourceKey& key, const std::vector<evaluate::ApplicationReport>& reports) {
  return std::any_of(reports.begin(), reports.end(), [&](const evaluate::ApplicationReport& report) {
    const auto& changes = report.diff.changes;
    return std::any_of(changes.begin(), changes.end(),
                       [&](const diff::Change& change) { return is_same_object(change.key, key); });
  });
}

template <class Keyed>
void merge_by_key(std::vector<Keyed>& into, std::vector<Keyed> more) {
  std::move(more.begin(), more.end(), std::back_inserter(into));
  std::stable_sort(into.begin(), into.end(), [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
}

}  // namespace

void show_declaration_changes(const std::vector<Declarations>& declarations, const Secret& masking_key,
                              const config::RepoConfig& config, std::vector<evaluate::ApplicationReport>& reports) {
  std::vector<diff::Diff> diffs(declarations.size());
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    const auto& [base, head] = declarations[i];
    if (base == nullptr || head == nullptr || base->declaration == head->declaration) continue;
    const auto before = manifest::parse_manifests(base->declared_in, base->declaration, "");
    const auto after = manifest::parse_manifests(head->declared_in, head->declaration, "");
    diffs[i] = diff::diff_resources(before.resources, after.resources, {masking_key, config.noise, {}});
    std::erase_if(diffs[i].changes, [&](const diff::Change& change) { return is_shown(change.key, reports); });
    for (diff::Change& change : diffs[i].changes) change.note = kNote;
  }
  // Afterwards: a GitRepository that several applications use is shown with each of them.
  for (std::size_t i = 0; i < diffs.size(); ++i) {
    if (diffs[i].changes.empty()) continue;
    merge_by_key(reports[i].diff.changes, std::move(diffs[i].changes));
    merge_by_key(reports[i].diff.dangers, std::move(diffs[i].dangers));
  }
}

}  // namespace towline::evaluate
