#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "diff/canonical.h"
#include "diff/comparison.h"
#include "diff/sequence.h"

namespace towline::diff {
namespace {

/// Of lists of which nothing is known but that their items have names.
constexpr ListRule kByName = {"", "", "", {"name"}, "", ListOrder::matters};

constexpr std::size_t kMostLikenesses = 4096;

std::string index_item(std::size_t index) { return "[" + std::to_string(index) + "]"; }

/// "name=app", "containerPort=53,protocol=UDP": defaults are left out.
std::string key_parts(const ListRule& rule, const ItemKey& key) {
  std::string text;
  for (std::size_t i = 0; i < rule.keys.size() && !rule.keys[i].empty(); ++i) {
    if (i > 0 && key.parts[i] == default_part(rule.keys[i])) continue;
    text += (text.empty() ? "" : ",") + std::string(rule.keys[i]) + "=" + path_word(key.parts[i]);
  }
  return text;
}

/// What an item is called where a list stands for its order: its name, else its key.
std::string item_name(const ListRule& rule, const ItemKey& key) {
  return rule.keys[0] == "name" && rule.keys[1].empty() ? key.parts[0] : key_parts(rule, key);
}

using Keys = std::vector<ItemKey>;
using Places = std::map<ItemKey, std::size_t>;

/// The items' keys; nullopt when one has none, or two have the same.
std::optional<Keys> unique_keys(const ListRule& rule, const yaml::Node& list) {
  Keys keys;
  Places seen;
  for (const yaml::Node& item : list.items) {
    auto key = item_key(rule, item);
    if (!key || !seen.emplace(*key, keys.size()).second) return std::nullopt;
    keys.push_back(*std::move(key));
  }
  return keys;
}

bool all_have_names(const yaml::Node& list) {
  return std::all_of(list.items.begin(), list.items.end(), [](const yaml::Node& item) {
    const yaml::Node* name = item.find("name");
    return name != nullptr && name->is_scalar() && yaml::scalar_type(*name) == yaml::ScalarType::string;
  });
}

/// Which item of the other list each item is.
struct Pairing {
  std::vector<std::optional<std::size_t>> in_head;  ///< by index in base
  std::vector<std::optional<std::size_t>> in_base;  ///< by index in head

  Pairing(std::size_t base, std::size_t head) : in_head(base), in_base(head) {}
  void pair(std::size_t i, std::size_t j) {
    in_head[i] = j;
    in_base[j] = i;
  }
  std::vector<std::size_t> left_in_base() const { return left(in_head); }
  std::vector<std::size_t> left_in_head() const { return left(in_base); }

  /// The indices in base of the items that stayed, in the order of base and in that of head.
  std::vector<std::size_t> stayed_in_base() const {
    std::vector<std::size_t> order = stayed_in_head();
    std::sort(order.begin(), order.end());
    return order;
  }
  std::vector<std::size_t> stayed_in_head() const {
    std::vector<std::size_t> order;
    for (const auto& index : in_base) {
      if (index) order.push_back(*index);
    }
    return order;
  }

 private:
  static std::vector<std::size_t> left(const std::vector<std::optional<std::size_t>>& side) {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < side.size(); ++i) {
      if (!side[i]) indices.push_back(i);
    }
    return indices;
  }
};

void pair_by_key(const Keys& base, const Keys& head, Pairing& pairing) {
  Places places;
  for (std::size_t j = 0; j < head.size(); ++j) places.emplace(head[j], j);
  for (std::size_t i = 0; i < base.size(); ++i) {
    if (const auto found = places.find(base[i]); found != places.end()) pairing.pair(i, found->second);
  }
}

/// What a second key tells apart among the items that the first one left: a port that has a new number.
void pair_by_else_key(const ListRule& rule, const yaml::Node& base, const yaml::Node& head, Pairing& pairing) {
  if (rule.else_key.empty()) return;
  const auto named = [&](const yaml::Node& list, const std::vector<std::size_t>& left) {
    std::map<std::string_view, std::vector<std::size_t>> result;
    for (const std::size_t index : left) {
      const yaml::Node* name = list.items[index].find(rule.else_key);
      if (name != nullptr && name->is_scalar()) result[name->value].push_back(index);
    }
    return result;
  };
  const auto new_names = named(head, pairing.left_in_head());
  for (const auto& [name, indices] : named(base, pairing.left_in_base())) {
    const auto found = new_names.find(name);
    if (indices.size() == 1 && found != new_names.end() && found->second.size() == 1) {
      pairing.pair(indices.front(), found->second.front());
    }
  }
}

/// Items that are the same, the first with the first.
void pair_by_content(const Ids& base, const Ids& head, Pairing& pairing) {
  std::unordered_map<std::uint32_t, std::deque<std::size_t>> places;
  for (std::size_t j = 0; j < head.size(); ++j) places[head[j]].push_back(j);
  for (std::size_t i = 0; i < base.size(); ++i) {
    const auto found = places.find(base[i]);
    if (found == places.end() || found->second.empty()) continue;
    pairing.pair(i, found->second.front());
    found->second.pop_front();
  }
}

/// Of each item, the hashes of its entries, sorted: each pair of items is compared in the time of their sizes.
std::vector<std::vector<std::size_t>> entries_of(const yaml::Node& list, const std::vector<std::size_t>& indices) {
  std::vector<std::vector<std::size_t>> all;
  all.reserve(indices.size());
  for (const std::size_t index : indices) {
    std::vector<std::size_t> hashes;
    for (const auto& entry : list.items[index].entries) {
      yaml::Node alone;
      alone.kind = yaml::NodeKind::mapping;
      alone.entries.push_back(entry);
      hashes.push_back(hash_of(alone));
    }
    std::sort(hashes.begin(), hashes.end());
    all.push_back(std::move(hashes));
  }
  return all;
}

std::size_t shared(const std::vector<std::size_t>& base, const std::vector<std::size_t>& head) {
  std::vector<std::size_t> both;
  std::set_intersection(base.begin(), base.end(), head.begin(), head.end(), std::back_inserter(both));
  return both.size();
}

/// Of the items left over, those that share most; of very many, one after the other.
void pair_by_likeness(const yaml::Node& base, const yaml::Node& head, Pairing& pairing) {
  const std::vector<std::size_t> old_items = pairing.left_in_base();
  const std::vector<std::size_t> new_items = pairing.left_in_head();
  if (new_items.empty()) return;
  const bool few = old_items.size() <= kMostLikenesses / new_items.size();
  if (!few) {
    for (std::size_t k = 0; k < std::min(old_items.size(), new_items.size()); ++k) {
      const yaml::Node& item = head.items[new_items[k]];
      if (base.items[old_items[k]].is_mapping() && item.is_mapping()) pairing.pair(old_items[k], new_items[k]);
    }
    return;
  }
  const auto old_entries = entries_of(base, old_items);
  const auto new_entries = entries_of(head, new_items);
  std::vector<bool> taken(new_items.size(), false);
  for (std::size_t i = 0; i < old_items.size(); ++i) {
    std::size_t most = 0;
    std::size_t best = new_items.size();
    for (std::size_t j = 0; j < new_items.size(); ++j) {
      const std::size_t count = taken[j] ? 0 : shared(old_entries[i], new_entries[j]);
      if (count <= most) continue;
      most = count;
      best = j;
    }
    if (best == new_items.size()) continue;
    pairing.pair(old_items[i], new_items[best]);
    taken[best] = true;
  }
}

}  // namespace

void Comparison::lists(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  const ListRule* rule = subject_.kind.empty() ? nullptr : list_rule(subject_.kind, place.field(1), place.field());
  if (rule == nullptr) {
    const bool names = all_have_names(base) && all_have_names(head);
    if (!names || !keyed_lists(kByName, base, head, place)) ordered_lists(base, head, place);
    return;
  }
  if (!rule->keys[0].empty()) {
    // Of entries with equal keys the last one wins mostly, and elsewhere the first: their order is never noise.
    if (!keyed_lists(*rule, base, head, place)) ordered_lists(base, head, place);
    return;
  }
  if (order_matters(*rule, base) || order_matters(*rule, head)) {
    ordered_lists(base, head, place);
  } else {
    unordered_lists(base, head, place);
  }
}

bool Comparison::keyed_lists(const ListRule& rule, const yaml::Node& base, const yaml::Node& head, const Place& place) {
  const auto old_keys = unique_keys(rule, base);
  const auto new_keys = old_keys ? unique_keys(rule, head) : std::nullopt;
  if (!old_keys || !new_keys) return false;
  Pairing pairing(base.items.size(), head.items.size());
  pair_by_key(*old_keys, *new_keys, pairing);
  pair_by_else_key(rule, base, head, pairing);

  const auto names = [&](const std::vector<std::size_t>& indices) {
    std::vector<std::string> result;
    result.reserve(indices.size());
    for (const std::size_t index : indices) result.push_back(item_name(rule, (*old_keys)[index]));
    return result;
  };
  const std::vector<std::size_t> stayed = pairing.stayed_in_head();
  const bool matters = order_matters(rule, base) || order_matters(rule, head);
  if (!std::is_sorted(stayed.begin(), stayed.end())) {
    add_order(names(pairing.stayed_in_base()), names(stayed), matters, place);
  }
  for (const std::size_t i : pairing.left_in_base()) {
    const std::string item = "[" + key_parts(rule, (*old_keys)[i]) + "]";
    add(&base.items[i], nullptr, Place::item(place, item));
  }
  std::size_t last_stayed = 0;  // one behind the last item of head that stayed
  for (std::size_t j = 0; j < head.items.size(); ++j) {
    if (pairing.in_base[j]) last_stayed = j + 1;
  }
  for (std::size_t j = 0; j < head.items.size(); ++j) {
    if (const auto i = pairing.in_base[j]) {
      const std::string item = "[" + key_parts(rule, (*old_keys)[*i]) + "]";
      nodes(base.items[*i], head.items[j], Place::item(place, item));
    } else {
      const std::string at = j < last_stayed ? ", at " + std::to_string(j) : "";
      const std::string item = "[" + key_parts(rule, (*new_keys)[j]) + at + "]";
      add(nullptr, &head.items[j], Place::item(place, item));
    }
  }
  return true;
}

void Comparison::unordered_lists(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  NodeNumbers numbers;
  Pairing pairing(base.items.size(), head.items.size());
  const Ids old_ids = numbers.numbers(base.items);
  pair_by_content(old_ids, numbers.numbers(head.items), pairing);
  pair_by_likeness(base, head, pairing);

  const auto names = [](const std::vector<std::size_t>& indices) {
    std::vector<std::string> result;
    result.reserve(indices.size());
    for (const std::size_t index : indices) result.push_back(std::to_string(index));
    return result;
  };
  const std::vector<std::size_t> stayed = pairing.stayed_in_head();
  if (!std::is_sorted(stayed.begin(), stayed.end())) {
    add_order(names(pairing.stayed_in_base()), names(stayed), false, place);
  }
  for (const std::size_t i : pairing.left_in_base()) {
    const std::string item = index_item(i);
    add(&base.items[i], nullptr, Place::item(place, item));
  }
  for (std::size_t j = 0; j < head.items.size(); ++j) {
    const auto i = pairing.in_base[j];
    const std::string item = index_item(i.value_or(j));
    if (i) {
      nodes(base.items[*i], head.items[j], Place::item(place, item));
    } else {
      add(nullptr, &head.items[j], Place::item(place, item));
    }
  }
}

void Comparison::ordered_lists(const yaml::Node& base, const yaml::Node& head, const Place& place) {
  NodeNumbers numbers;
  const Ids old_ids = numbers.numbers(base.items);
  for (const Aligned& row : align(old_ids, numbers.numbers(head.items), Moves::found)) {
    if (row.equal && !row.moved) continue;
    const yaml::Node* before = row.base ? &base.items[*row.base] : nullptr;
    const yaml::Node* after = row.head ? &head.items[*row.head] : nullptr;
    if (row.moved) {
      const std::string item = "[" + std::to_string(*row.base) + " to " + std::to_string(*row.head) + "]";
      add(before, after, Place::item(place, item)).moved = true;
      continue;
    }
    const std::string item = index_item(row.base ? *row.base : *row.head);
    if (row.base && row.head) {
      nodes(*before, *after, Place::item(place, item));
    } else {
      add(before, after, Place::item(place, item));
    }
  }
}

}  // namespace towline::diff
