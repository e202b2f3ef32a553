#include "diff/diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "base/crypto.h"
#include "diff/canonical.h"
#include "diff/compare.h"
#include "diff/danger.h"
#include "diff/list_rules.h"
#include "diff/mask.h"
#include "diff/noise_marks.h"
#include "diff/pairing.h"
#include "diff/role.h"

namespace towline::diff {
namespace {

/// A resource made ready to be compared: canonical, its secrets masked.
struct Side {
  const manifest::ResourceKey* key = nullptr;
  yaml::Node body;
  bool masked = false;
};
using Sides = std::vector<Side>;

struct SameKey {
  std::vector<const manifest::Resource*> base;
  std::vector<const manifest::Resource*> head;
};

/// Drops what is written alike on both sides; quadratic only in objects of one key.
void drop_twins(SameKey& resources) {
  constexpr std::size_t kMostDuplicates = 16;
  if (resources.base.size() > kMostDuplicates || resources.head.size() > kMostDuplicates) return;
  std::erase_if(resources.base, [&](const manifest::Resource* resource) {
    const auto twin = std::find_if(resources.head.begin(), resources.head.end(), [&](const manifest::Resource* other) {
      return written_alike(resource->body, other->body);
    });
    if (twin == resources.head.end()) return false;
    resources.head.erase(twin);
    return true;
  });
}

/// Objects that were written more than once pair in the order of their text; what is on both sides is dropped first.
void order_duplicates(Sides& base, Sides& head) {
  if (base.size() <= 1 && head.size() <= 1) return;
  const auto by_text = [](Sides& sides) {
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

/// One diff while it is made.
class Differ {
 public:
  explicit Differ(const DiffOptions& options)
      : masking_key_(options.masking_key), noise_(options.noise, options.ignore_differences) {
    diff_.remarks = noise_.remarks();
  }

  void pair_by_key(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head) {
    std::map<manifest::ResourceKey, SameKey> by_key;
    for (const manifest::Resource& resource : base) by_key[resource.key].base.push_back(&resource);
    for (const manifest::Resource& resource : head) by_key[resource.key].head.push_back(&resource);
    for (auto& [key, resources] : by_key) {
      remark_duplicates(key, resources);
      drop_twins(resources);
      Sides old_sides = sides(resources.base);
      Sides new_sides = sides(resources.head);
      order_duplicates(old_sides, new_sides);
      const std::size_t paired = std::min(old_sides.size(), new_sides.size());
      for (std::size_t i = 0; i < paired; ++i) add(&old_sides[i], &new_sides[i]);
      for (std::size_t i = paired; i < old_sides.size(); ++i) went_.push_back(std::move(old_sides[i]));
      for (std::size_t i = paired; i < new_sides.size(); ++i) came_.push_back(std::move(new_sides[i]));
    }
  }

  void pair_the_rest() {
    const auto unpaired = [](const Sides& sides) {
      std::vector<Unpaired> result;
      for (const Side& side : sides) result.push_back({side.key, &side.body});
      return result;
    };
    std::vector<bool> renamed(came_.size(), false);
    std::vector<std::size_t> replaced_by(went_.size(), came_.size());
    for (const auto& [i, j] : pair_by_likeness(unpaired(went_), unpaired(came_))) {
      replaced_by[i] = j;
      renamed[j] = true;
    }
    for (std::size_t i = 0; i < went_.size(); ++i) {
      add(&went_[i], replaced_by[i] == came_.size() ? nullptr : &came_[replaced_by[i]]);
    }
    for (std::size_t j = 0; j < came_.size(); ++j) {
      if (!renamed[j]) add(nullptr, &came_[j]);
    }
  }

  Diff take() {
    std::stable_sort(diff_.changes.begin(), diff_.changes.end(),
                     [](const Change& a, const Change& b) { return a.key < b.key; });
    std::stable_sort(diff_.dangers.begin(), diff_.dangers.end(),
                     [](const Danger& a, const Danger& b) { return a.key < b.key; });
    return std::move(diff_);
  }

 private:
  Sides sides(const std::vector<const manifest::Resource*>& resources) const {
    Sides result;
    for (const manifest::Resource* resource : resources) {
      const Nulls nulls = is_kubernetes_group(resource->key.group) ? Nulls::dropped : Nulls::kept;
      Side side{&resource->key, canonical(resource->body, nulls), false};
      side.masked = mask_secrets(side.body, masking_key_);
      result.push_back(std::move(side));
    }
    return result;
  }

  /// Which of several is applied depends on their order, which is no difference otherwise.
  void remark_duplicates(const manifest::ResourceKey& key, const SameKey& resources) {
    const auto alike = [](const manifest::Resource* a, const manifest::Resource* b) {
      return written_alike(a->body, b->body);
    };
    if (resources.head.size() < 2 ||
        std::equal(resources.base.begin(), resources.base.end(), resources.head.begin(), resources.head.end(), alike)) {
      return;
    }
    if (resources.head.front()->body.find_path({"metadata", "name"}) == nullptr) return;  // generateName
    diff_.remarks.push_back(key.str() + " is written " + std::to_string(resources.head.size()) +
                            " times, not as before: only one of them is applied, whichever comes last");
  }

  void add(const Side* base, const Side* head) {
    Change change;
    change.key = head != nullptr ? *head->key : *base->key;
    change.masked = (base != nullptr && base->masked) || (head != nullptr && head->masked);
    if (base == nullptr) {
      change.kind = ChangeKind::added;
      change.fields.push_back({"", std::nullopt, show(head->body)});
    } else if (head == nullptr) {
      change.kind = ChangeKind::removed;
      change.fields.push_back({"", show(base->body), std::nullopt});
    } else {
      change.fields = fields(*base, *head);
      if (change.fields.empty()) return;
      if (*base->key != change.key) change.was = *base->key;
      change.note = restart_note(change, head->body);
    }
    change.role = role_of(change.key, head != nullptr ? head->body : base->body);
    const yaml::Node* before = base == nullptr ? nullptr : &base->body;
    const yaml::Node* after = head == nullptr ? nullptr : &head->body;
    for (Danger& danger : dangers_of({change.key, change.was, before, after})) {
      diff_.dangers.push_back(std::move(danger));
    }
    diff_.changes.push_back(std::move(change));
  }

  std::vector<FieldChange> fields(const Side& base, const Side& head) const {
    const NoiseMarks base_marks = noise_.marks(*base.key, base.body);
    const NoiseMarks head_marks = noise_.marks(*head.key, head.body);
    return compare(
        base.body, head.body,
        Subject{ruled_kind(head.key->group, head.key->kind), &base_marks, &head_marks, noise_.folds_list_order()});
  }

  /// A pod template that changes makes new pods, however little the change means.
  static std::string restart_note(const Change& change, const yaml::Node& head) {
    constexpr std::array<std::string_view, 3> kControllers = {"DaemonSet", "Deployment", "StatefulSet"};
    if (change.key.group != "apps" ||
        std::find(kControllers.begin(), kControllers.end(), change.key.kind) == kControllers.end()) {
      return "";
    }
    const yaml::Node* strategy = head.find_path({"spec", "updateStrategy", "type"});
    if (strategy != nullptr && strategy->text() == "OnDelete") return "";
    bool hidden = false;
    for (const FieldChange& field : change.fields) {
      if (!field.path.starts_with("spec.template")) continue;
      if (field.hidden_by.empty()) return "";
      hidden = true;
    }
    return hidden ? "restarts its pods: only hidden changes in the pod template" : "";
  }

  const Secret& masking_key_;
  Noise noise_;
  Sides went_;
  Sides came_;
  Diff diff_;
};

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

void append_framed(std::string& bytes, const manifest::ResourceKey& key) {
  for (const std::string* part : {&key.group, &key.kind, &key.ns, &key.name}) {
    append_framed(bytes, std::string_view(*part));
  }
}

std::string framed(const Diff& diff) {
  std::string bytes;
  for (const Change& change : diff.changes) {
    append_framed(bytes, to_string(change.kind));
    append_framed(bytes, change.key);
    bytes += change.was ? "was" : "is";
    if (change.was) append_framed(bytes, *change.was);
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
  Differ differ(options);
  differ.pair_by_key(base, head);
  differ.pair_the_rest();
  return differ.take();
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
