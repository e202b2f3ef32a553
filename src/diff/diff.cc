#include "diff/diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "base/crypto.h"
#include "diff/canonical.h"
#include "diff/compare.h"
#include "diff/mask.h"

namespace towline::diff {
namespace {

/// A resource made ready to be compared: canonical, its secrets masked.
struct Side {
  yaml::Node body;
  bool masked = false;
};

using ByKey = std::map<manifest::ResourceKey, std::vector<Side>>;

ByKey by_key(const std::vector<manifest::Resource>& resources, const Secret& masking_key) {
  ByKey result;
  for (const manifest::Resource& resource : resources) {
    Side side{canonical(resource.body), false};
    if (is_secret(resource)) side.masked = mask_secret(side.body, masking_key);
    result[resource.key].push_back(std::move(side));
  }
  return result;
}

/// Objects that were written more than once pair in the order of their text; what is on both sides is dropped first.
void order_duplicates(std::vector<Side>& base, std::vector<Side>& head) {
  if (base.size() <= 1 && head.size() <= 1) return;
  const auto by_text = [](std::vector<Side>& sides) {
    std::multimap<std::string, Side> sorted;
    for (Side& side : sides) sorted.emplace(show(side.body), std::move(side));
    return sorted;
  };
  auto old_sides = by_text(base);
  auto new_sides = by_text(head);
  for (auto it = old_sides.begin(); it != old_sides.end();) {
    const auto twin = new_sides.find(it->first);
    if (twin == new_sides.end()) {
      ++it;
      continue;
    }
    new_sides.erase(twin);
    it = old_sides.erase(it);
  }
  base.clear();
  head.clear();
  for (auto& [text, side] : old_sides) base.push_back(std::move(side));
  for (auto& [text, side] : new_sides) head.push_back(std::move(side));
}

void add_change(const manifest::ResourceKey& key, const Side* base, const Side* head, Diff& diff) {
  Change change;
  change.key = key;
  change.masked = (base != nullptr && base->masked) || (head != nullptr && head->masked);
  if (base == nullptr) {
    change.kind = ChangeKind::added;
    change.fields.push_back({"", std::nullopt, show(head->body)});
  } else if (head == nullptr) {
    change.kind = ChangeKind::removed;
    change.fields.push_back({"", show(base->body), std::nullopt});
  } else {
    change.fields = compare(base->body, head->body);
    if (change.fields.empty()) return;
  }
  diff.changes.push_back(std::move(change));
}

/// Appends the text so that no two lists of texts give the same bytes.
void append_framed(std::string& bytes, std::string_view text) {
  bytes += std::to_string(text.size()) + ":";
  bytes += text;
}

void append_framed(std::string& bytes, const std::optional<std::string>& text) {
  if (text) {
    append_framed(bytes, std::string_view(*text));
  } else {
    bytes += '-';
  }
}

std::string framed(const Diff& diff) {
  std::string bytes;
  for (const Change& change : diff.changes) {
    append_framed(bytes, to_string(change.kind));
    for (const std::string* part : {&change.key.group, &change.key.kind, &change.key.ns, &change.key.name}) {
      append_framed(bytes, std::string_view(*part));
    }
    bytes += std::to_string(change.fields.size()) + ";";
    for (const FieldChange& field : change.fields) {
      append_framed(bytes, std::string_view(field.path));
      append_framed(bytes, field.before);
      append_framed(bytes, field.after);
    }
  }
  return bytes;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "added";
    case ChangeKind::changed:
      return "changed";
    case ChangeKind::removed:
      return "removed";
  }
  return "";
}

bool Change::hidden() const {
  return note.empty() && !fields.empty() &&
         std::all_of(fields.begin(), fields.end(), [](const FieldChange& field) { return !field.hidden_by.empty(); });
}

std::size_t Diff::hidden_fields() const {
  std::size_t count = 0;
  for (const Change& change : changes) {
    count += static_cast<std::size_t>(std::count_if(change.fields.begin(), change.fields.end(),
                                                    [](const FieldChange& field) { return !field.hidden_by.empty(); }));
  }
  return count;
}

Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const Secret& masking_key) {
  return diff_resources(base, head, DiffOptions{masking_key});
}

Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const DiffOptions& options) {
  ByKey before = by_key(base, options.masking_key);
  ByKey after = by_key(head, options.masking_key);
  for (const auto& [key, sides] : before) after.try_emplace(key);
  Diff diff;
  for (auto& [key, new_sides] : after) {
    std::vector<Side>& old_sides = before[key];
    order_duplicates(old_sides, new_sides);
    const std::size_t count = std::max(old_sides.size(), new_sides.size());
    for (std::size_t i = 0; i < count; ++i) {
      add_change(key, i < old_sides.size() ? &old_sides[i] : nullptr, i < new_sides.size() ? &new_sides[i] : nullptr,
                 diff);
    }
  }
  return diff;
}

std::string diff_hash(const std::vector<std::pair<std::string, Diff>>& by_application) {
  std::vector<std::string> applications;
  for (const auto& [name, diff] : by_application) {
    if (diff.empty()) continue;
    std::string bytes;
    append_framed(bytes, std::string_view(name));
    append_framed(bytes, std::string_view(framed(diff)));
    applications.push_back(std::move(bytes));
  }
  std::sort(applications.begin(), applications.end());
  std::string bytes;
  for (const std::string& application : applications) bytes += application;
  return sha256_hex(bytes);
}

}  // namespace towline::diff
