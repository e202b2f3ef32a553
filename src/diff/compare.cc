#include "diff/compare.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "diff/canonical.h"
#include "diff/comparison.h"
#include "diff/document.h"
#include "diff/quantity.h"
#include "diff/rule_names.h"
#include "yaml/json.h"

namespace towline::diff {
namespace {

constexpr int kMostDocumentDepth = 2;

/// Fields that hold quantities. Source: "Quantity" in the Kubernetes API reference.
struct QuantityField {
  std::string_view kind;         ///< "": any
  std::string_view grandparent;  ///< "": any
  std::string_view parent;       ///< "": any
  std::string_view field;        ///< "": every field of the parent
};
constexpr std::array<QuantityField, 19> kQuantities = {{
    {"", "resources", "limits", ""},
    {"", "resources", "requests", ""},
    {"", "overhead", "podFixed", ""},
    {"", "spec", "overhead", ""},
    {"", "", "", "sizeLimit"},
    {"", "", "", "divisor"},
    {"", "", "", "averageValue"},
    {"HorizontalPodAutoscaler", "", "target", "value"},
    {"PersistentVolume", "spec", "capacity", ""},
    {"ResourceQuota", "spec", "hard", ""},
    {"LimitRange", "limits", "max", ""},
    {"LimitRange", "limits", "min", ""},
    {"LimitRange", "limits", "default", ""},
    {"LimitRange", "limits", "defaultRequest", ""},
    {"LimitRange", "limits", "maxLimitRequestRatio", ""},
    {"VerticalPodAutoscaler", "containerPolicies", "minAllowed", ""},
    {"VerticalPodAutoscaler", "containerPolicies", "maxAllowed", ""},
    {"CSIStorageCapacity", "", "", "capacity"},
    {"CSIStorageCapacity", "", "", "maximumVolumeSize"},
}};

bool same_integer(const yaml::Node& base, const yaml::Node& head) {
  const auto is_integer = [](const yaml::Node& node) { return yaml::scalar_type(node) == yaml::ScalarType::integer; };
  return is_integer(base) && is_integer(head) && yaml::to_json(base) == yaml::to_json(head);
}

}  // namespace

void Comparison::nodes(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  const std::string* outer = hidden_;
  if (hidden_ == nullptr) hidden_ = mark(&base, &head);
  if (base.is_mapping() && head.is_mapping()) {
    mappings(base, head, place);
  } else if (base.is_sequence() && head.is_sequence()) {
    lists(base, head, place);
  } else {
    values(base, head, place);
  }
  hidden_ = outer;
}

void Comparison::mappings(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  std::map<std::string_view, std::pair<const yaml::Node*, const yaml::Node*>> paired;
  for (const auto& [key, value] : base.entries) paired[key.value].first = &value;
  for (const auto& [key, value] : head.entries) paired[key.value].second = &value;
  for (const auto& [key, sides] : paired) {
    const Place child = Place::key(place, key);
    if (sides.first == nullptr || sides.second == nullptr) {
      add(sides.first, sides.second, child);
    } else {
      nodes(*sides.first, *sides.second, child);
    }
  }
}

void Comparison::values(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  if (same(base, head)) return;
  const bool scalars = base.is_scalar() && head.is_scalar();
  if (scalars && is_quantity(place) && same_quantity(base.value, head.value)) return;
  // 0644 is 420. Programs that read files may see other numbers in them than Kubernetes does.
  if (scalars && depth_ == 0 && same_integer(base, head)) return;
  FieldChange& change = add(&base, &head, place);
  if (!scalars || depth_ >= kMostDocumentDepth) return;
  const auto before = document_in(base);
  const auto after = before ? document_in(head) : std::nullopt;
  if (!before || !after) return;
  Subject subject;
  subject.fold_list_order = false;
  const yaml::Node* version = before->find("apiVersion");
  const yaml::Node* kind = before->find("kind");
  if (version != nullptr && kind != nullptr) {
    const std::string_view text = version->text();
    const std::size_t slash = text.find('/');
    subject.kind = ruled_kind(slash == std::string_view::npos ? "" : text.substr(0, slash), kind->text());
  }
  Comparison inside(subject, depth_ + 1);
  inside.nodes(*before, *after, Place());
  change.inside = inside.take();
}

bool Comparison::is_quantity(const Place& place) const {
  if (subject_.kind.empty()) return false;
  const auto holds = [](std::string_view expected, std::string_view actual) {
    return expected.empty() || expected == actual;
  };
  for (const QuantityField& row : kQuantities) {
    if (holds(row.field, place.field()) && holds(row.parent, place.field(1)) &&
        holds(row.grandparent, place.field(2)) && holds(row.kind, subject_.kind)) {
      return true;
    }
  }
  return false;
}

const std::string* Comparison::mark(const yaml::Node* base, const yaml::Node* head) const {
  const auto find = [](const NoiseMarks* marks, const yaml::Node* node) -> const std::string* {
    if (marks == nullptr || node == nullptr) return nullptr;
    const auto found = marks->find(node);
    return found == marks->end() ? nullptr : &found->second;
  };
  const std::string* in_base = find(subject_.base_marks, base);
  const std::string* in_head = find(subject_.head_marks, head);
  if (base == nullptr) return in_head;
  return head == nullptr || in_head != nullptr ? in_base : nullptr;
}

FieldChange& Comparison::add(const yaml::Node* before, const yaml::Node* after, const Place& place) {
  FieldChange change{place.path(), std::nullopt, std::nullopt};
  if (before != nullptr) change.before = show(*before);
  if (after != nullptr) change.after = show(*after);
  const std::string* rule = hidden_ != nullptr ? hidden_ : mark(before, after);
  if (rule != nullptr) change.hidden_by = *rule;
  changes_.push_back(std::move(change));
  return changes_.back();
}

void Comparison::add_order(const std::vector<std::string>& before, const std::vector<std::string>& after, bool matters,
                           const Place& place) {
  if (before == after) return;
  const auto list = [](const std::vector<std::string>& names) {
    yaml::Node node;
    node.kind = yaml::NodeKind::sequence;
    for (const std::string& name : names) node.items.push_back(string_node(name));
    return node;
  };
  const yaml::Node old_list = list(before);
  const yaml::Node new_list = list(after);
  FieldChange& change = add(&old_list, &new_list, Place::item(place, "[order]"));
  change.moved = true;
  if (!matters && subject_.fold_list_order && change.hidden_by.empty()) change.hidden_by = kReorderedList;
}

std::vector<FieldChange> compare(const yaml::Node& base, const yaml::Node& head, const Subject& subject) {
  Comparison comparison(subject, 0);
  comparison.nodes(base, head, Place());
  return comparison.take();
}

}  // namespace towline::diff
