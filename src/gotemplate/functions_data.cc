#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <iterator>
#include <set>

#include "base/text.h"
#include "gotemplate/functions.h"
#include "gotemplate/printf.h"

namespace towline::gotemplate {
namespace {

constexpr std::size_t kMaxItems = 100'000;
constexpr std::size_t kMaxText = 1u << 20;
constexpr std::string_view kTooLong = "the text becomes longer than 1048576 bytes";
constexpr std::string_view kCircle = "recursive maps are not supported";

Result<GoValue> with_default(GoArguments a) { return a.size() < 2 || !is_true(a[1]) ? a[0] : a[1]; }
Result<GoValue> is_empty(GoArguments a) { return !is_true(a[0]); }
Result<GoValue> coalesce(GoArguments a) {
  const auto found = std::find_if(a.begin(), a.end(), is_true);
  return found == a.end() ? GoValue() : *found;
}
Result<GoValue> all(GoArguments a) { return std::all_of(a.begin(), a.end(), is_true); }
Result<GoValue> any(GoArguments a) { return std::any_of(a.begin(), a.end(), is_true); }
Result<GoValue> ternary(GoArguments a) {
  TRY(const bool holds, bool_argument(a, 2));
  return holds ? a[0] : a[1];
}
Result<GoValue> deep_equal(GoArguments a) { return equal(a[0], a[1]); }
Result<GoValue> copy(GoArguments a) { return deep_copy(a[0]); }

Result<GoValue> kind(GoArguments a) { return std::string(kind_of(a[0])); }
Result<GoValue> kind_is(GoArguments a) {
  TRY(const std::string wanted, text_argument(a, 0));
  return wanted == kind_of(a[1]);
}
Result<GoValue> type(GoArguments a) {
  if (a[0].is_null()) return "<nil>";
  if (const GoList* list = a[0].list()) return list->of_text ? "[]string" : "[]interface {}";
  if (const GoMap* map = a[0].map()) return map->of_text ? "map[string]string" : "map[string]interface {}";
  return std::string(kind_of(a[0]));
}

template <bool raw>
Result<GoValue> json(GoArguments a) {
  TRY(const std::string text, to_json(a[0], raw));
  return text;
}

/// The first document of a YAML text, which JSON is as well.
Result<GoValue> parsed(GoArguments a) {
  TRY(const std::string text, text_argument(a, 0));
  CHECK_OK(a.take(1 + text.size() / kYamlBytesOfAStep));
  TRY(const yaml::Node root, read_yaml(text));
  return go_value_of(root);
}
Result<GoValue> from_yaml(GoArguments a) {
  TRY(const GoValue value, parsed(a));
  if (value.is_null()) return GoMap{};
  if (value.map() == nullptr)
    return fail(ErrorKind::invalid, "cannot read a " + std::string(kind_of(value)) + " as a map");
  return value;
}
Result<GoValue> from_yaml_array(GoArguments a) {
  TRY(const GoValue value, parsed(a));
  if (value.is_null()) return GoList{};
  if (value.list() == nullptr)
    return fail(ErrorKind::invalid, "cannot read a " + std::string(kind_of(value)) + " as a list");
  return value;
}
Result<GoValue> yaml_text(GoArguments a) {
  // Refuses what is too deep.
  TRY(const std::string unused, to_json(a[0]));
  static_cast<void>(unused);
  std::string text = yaml::emit(node_of(a[0]));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<GoValue> make_list(GoArguments a) { return GoList{{a.begin(), a.end()}, false}; }

Result<GoValue> make_dict(GoArguments a) {
  GoMap map;
  for (std::size_t i = 0; i < a.size(); i += 2) {
    TRY(const std::string key, print(a[i]));
    map.entries[key] = i + 1 < a.size() ? a[i + 1] : GoValue("");
  }
  return map;
}

Result<GoValue> get(GoArguments a) {
  TRY(const GoMap* map, map_argument(a, 0));
  TRY(const std::string key, text_argument(a, 1));
  const auto found = map->entries.find(key);
  return found == map->entries.end() ? GoValue("") : found->second;
}
Result<GoValue> set_key(GoArguments a) {
  TRY(GoMap * map, map_argument(a, 0));
  TRY(const std::string key, text_argument(a, 1));
  TRY(const bool is_circle, holds_map(a[2], map));
  if (is_circle) return fail(ErrorKind::invalid, std::string(kCircle));
  map->entries[key] = a[2];
  return a[0];
}
Result<GoValue> unset(GoArguments a) {
  TRY(GoMap * map, map_argument(a, 0));
  TRY(const std::string key, text_argument(a, 1));
  map->entries.erase(key);
  return a[0];
}
Result<GoValue> has_key(GoArguments a) {
  TRY(const GoMap* map, map_argument(a, 0));
  TRY(const std::string key, text_argument(a, 1));
  return map->entries.contains(key);
}
Result<GoValue> keys(GoArguments a) {
  GoList list;
  list.of_text = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    TRY(const GoMap* map, map_argument(a, i));
    for (const auto& [key, value] : map->entries) list.items.emplace_back(key);
    list.unordered = list.unordered || map->entries.size() > 1;
  }
  return list;
}
Result<GoValue> values(GoArguments a) {
  TRY(const GoMap* map, map_argument(a, 0));
  GoList list;
  for (const auto& [key, value] : map->entries) list.items.push_back(value);
  list.unordered = list.items.size() > 1;
  return list;
}
template <bool keeps>
Result<GoValue> choose(GoArguments a) {
  TRY(const GoMap* map, map_argument(a, 0));
  std::set<std::string> named;
  for (std::size_t i = 1; i < a.size(); ++i) {
    TRY(std::string name, text_argument(a, i));
    named.insert(std::move(name));
  }
  GoMap chosen;
  for (const auto& [key, value] : map->entries) {
    if (named.contains(key) == keeps) chosen.entries[key] = value;
  }
  return chosen;
}
template <bool override_present>
Result<GoValue> merge_maps(GoArguments a) {
  TRY(GoMap * into, map_argument(a, 0));
  for (std::size_t i = 1; i < a.size(); ++i) {
    TRY(const GoMap* from, map_argument(a, i));
    if (from == into) continue;
    TRY(const bool is_circle, holds_map(a[i], into));
    if (is_circle) return fail(ErrorKind::invalid, std::string(kCircle));
    CHECK_OK(merge_into(*into, *from, override_present));
  }
  return a[0];
}
/// dig "a" "b" DEFAULT MAP
Result<GoValue> dig(GoArguments a) {
  GoValue value = a.back();
  for (std::size_t i = 0; i + 2 < a.size(); ++i) {
    TRY(const std::string key, text_argument(a, i));
    const GoMap* map = value.map();
    if (map == nullptr) return fail(ErrorKind::invalid, "cannot dig in a " + std::string(kind_of(value)));
    const auto found = map->entries.find(key);
    if (found == map->entries.end()) return a[a.size() - 2];
    value = GoValue(found->second);
  }
  return value;
}

Result<GoValue> first(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  return list->items.empty() ? GoValue() : list->items.front();
}
Result<GoValue> last(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  return list->items.empty() ? GoValue() : list->items.back();
}
template <std::size_t from_front, std::size_t from_back>
Result<GoValue> shortened(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  GoList part;
  if (list->items.empty()) return GoValue();
  part.items.assign(list->items.begin() + from_front, list->items.end() - static_cast<std::ptrdiff_t>(from_back));
  return part;
}
/// Of an argument that becomes or is compared with one item of a list.
Result<void> refuse_random_order(const GoValue& item) {
  if (has_random_order(item)) return fail(ErrorKind::invalid, std::string(kRandomOrder));
  return {};
}
template <bool in_front>
Result<GoValue> push(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  CHECK_OK(refuse_random_order(a[1]));
  GoList longer{list->items, false};
  longer.items.insert(in_front ? longer.items.begin() : longer.items.end(), a[1]);
  return longer;
}
Result<GoValue> reverse(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  return GoList{{list->items.rbegin(), list->items.rend()}, false};
}
Result<GoValue> concat(GoArguments a) {
  GoList all_items;
  for (std::size_t i = 0; i < a.size(); ++i) {
    TRY(const GoList* list, list_argument(a, i));
    all_items.items.insert(all_items.items.end(), list->items.begin(), list->items.end());
  }
  return all_items;
}
bool holds_item(const std::vector<GoValue>& items, const GoValue& item) {
  return std::any_of(items.begin(), items.end(), [&](const GoValue& one) { return equal(one, item); });
}
/// Comparing a value, or all items of a list, that many times.
Result<void> take_comparisons(GoArguments a, const GoValue& value, std::size_t times) {
  constexpr std::size_t kComparisonsOfAStep = 2;
  TRY(const std::size_t weight, weight_of(value));
  return a.take(weight * times / kComparisonsOfAStep);
}
Result<GoValue> unique(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  CHECK_OK(take_comparisons(a, a[0], list->items.size()));
  GoList once;
  for (const GoValue& item : list->items) {
    if (!holds_item(once.items, item)) once.items.push_back(item);
  }
  return once;
}
Result<GoValue> has(GoArguments a) {
  if (a[1].is_null()) return false;
  CHECK_OK(refuse_random_order(a[0]));
  TRY(const GoList* list, list_argument(a, 1));
  CHECK_OK(take_comparisons(a, a[0], list->items.size()));
  return holds_item(list->items, a[0]);
}
Result<GoValue> without(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  CHECK_OK(take_comparisons(a, a[0], a.size()));
  for (const GoValue& other : a.subspan(1)) {
    CHECK_OK(refuse_random_order(other));
    CHECK_OK(take_comparisons(a, other, list->items.size()));
  }
  const std::vector<GoValue> unwanted(a.begin() + 1, a.end());
  GoList rest;
  std::copy_if(list->items.begin(), list->items.end(), std::back_inserter(rest.items),
               [&](const GoValue& item) { return !holds_item(unwanted, item); });
  return rest;
}
Result<GoValue> compact(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  GoList rest;
  std::copy_if(list->items.begin(), list->items.end(), std::back_inserter(rest.items), is_true);
  return rest;
}

/// sprig's strslice: the texts of a list, without nulls; of anything else, its own.
Result<std::vector<std::string>> texts_of(const GoValue& value) {
  std::vector<std::string> texts;
  if (value.is_null()) return texts;
  const GoList single{{value}, false};
  const GoList* list = value.list();
  for (const GoValue& item : (list == nullptr ? single : *list).items) {
    if (item.is_null()) continue;
    TRY(std::string text, print(item));
    texts.push_back(std::move(text));
  }
  return texts;
}
Result<GoValue> join_items(GoArguments a) {
  TRY(const std::string separator, text_argument(a, 0));
  TRY(const std::vector<std::string> texts, texts_of(a[1]));
  if (texts.size() * separator.size() > kMaxText) return fail(ErrorKind::invalid, std::string(kTooLong));
  return join(texts, separator);
}
Result<GoValue> sort_alpha(GoArguments a) {
  TRY(std::vector<std::string> texts, texts_of(a[0]));
  CHECK_OK(take_comparisons(a, a[0], std::bit_width(texts.size())));
  std::sort(texts.begin(), texts.end());
  return text_list(texts);
}
Result<GoValue> to_texts(GoArguments a) {
  TRY(const std::vector<std::string> texts, texts_of(a[0]));
  return text_list(texts);
}

Result<std::vector<std::string>> split_text(GoArguments a) {
  TRY(const std::string separator, text_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  if (separator.empty()) return fail(ErrorKind::invalid, "splitting at the empty text is not supported");
  CHECK_OK(a.take_search(text.size(), separator.size()));
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}
Result<GoValue> split_list(GoArguments a) {
  TRY(const std::vector<std::string> parts, split_text(a));
  return text_list(parts);
}
/// {"_0": …, "_1": …}
Result<GoValue> split_map(GoArguments a) {
  TRY(const std::vector<std::string> parts, split_text(a));
  GoMap map;
  map.of_text = true;
  for (std::size_t i = 0; i < parts.size(); ++i) map.entries["_" + std::to_string(i)] = parts[i];
  return map;
}

Result<GoValue> until(GoArguments a) {
  TRY(const std::int64_t count, integer_argument(a, 0));
  if (count > static_cast<std::int64_t>(kMaxItems))
    return fail(ErrorKind::invalid, "a list of more than " + std::to_string(kMaxItems) + " numbers");
  GoList numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.items.emplace_back(i);
  return numbers;
}

Result<GoValue> formatted(GoArguments a) {
  TRY(const std::string format, text_argument(a, 0));
  TRY(const std::string text, go_printf(format, a.subspan(1)));
  return text;
}

}  // namespace

std::span<const GoFunction> go_data_functions() {
  static constexpr GoFunction kTable[] = {
      {"printf", 1, kAnyCount, formatted},
      {"default", 1, 2, with_default, RandomOrder::ignored},
      {"empty", 1, 1, is_empty, RandomOrder::ignored},
      {"coalesce", 0, kAnyCount, coalesce, RandomOrder::ignored},
      {"all", 0, kAnyCount, all, RandomOrder::ignored},
      {"any", 0, kAnyCount, any, RandomOrder::ignored},
      {"ternary", 3, 3, ternary, RandomOrder::ignored},
      {"deepEqual", 2, 2, deep_equal},
      {"deepCopy", 1, 1, copy, RandomOrder::kept},
      {"mustDeepCopy", 1, 1, copy, RandomOrder::kept},
      {"kindOf", 1, 1, kind, RandomOrder::ignored},
      {"kindIs", 2, 2, kind_is, RandomOrder::ignored},
      {"typeOf", 1, 1, type, RandomOrder::ignored},
      {"toJson", 1, 1, json<false>},
      {"mustToJson", 1, 1, json<false>},
      {"toRawJson", 1, 1, json<true>},
      {"mustToRawJson", 1, 1, json<true>},
      {"fromJson", 1, 1, parsed},
      {"mustFromJson", 1, 1, parsed},
      {"toYaml", 1, 1, yaml_text},
      {"fromYaml", 1, 1, from_yaml},
      {"fromYamlArray", 1, 1, from_yaml_array},
      {"list", 0, kAnyCount, make_list},
      {"tuple", 0, kAnyCount, make_list},
      {"dict", 0, kAnyCount, make_dict},
      {"get", 2, 2, get},
      {"set", 3, 3, set_key},
      {"unset", 2, 2, unset},
      {"hasKey", 2, 2, has_key},
      {"keys", 0, kAnyCount, keys},
      {"values", 1, 1, values},
      {"pick", 1, kAnyCount, choose<true>},
      {"omit", 1, kAnyCount, choose<false>},
      {"merge", 1, kAnyCount, merge_maps<false>},
      {"mustMerge", 1, kAnyCount, merge_maps<false>},
      {"mergeOverwrite", 1, kAnyCount, merge_maps<true>},
      {"mustMergeOverwrite", 1, kAnyCount, merge_maps<true>},
      {"dig", 3, kAnyCount, dig},
      {"first", 1, 1, first},
      {"mustFirst", 1, 1, first},
      {"last", 1, 1, last},
      {"mustLast", 1, 1, last},
      {"rest", 1, 1, shortened<1, 0>},
      {"mustRest", 1, 1, shortened<1, 0>},
      {"initial", 1, 1, shortened<0, 1>},
      {"mustInitial", 1, 1, shortened<0, 1>},
      {"append", 2, 2, push<false>, RandomOrder::kept},
      {"push", 2, 2, push<false>, RandomOrder::kept},
      {"mustAppend", 2, 2, push<false>, RandomOrder::kept},
      {"mustPush", 2, 2, push<false>, RandomOrder::kept},
      {"prepend", 2, 2, push<true>, RandomOrder::kept},
      {"mustPrepend", 2, 2, push<true>, RandomOrder::kept},
      {"reverse", 1, 1, reverse, RandomOrder::kept},
      {"mustReverse", 1, 1, reverse, RandomOrder::kept},
      {"concat", 0, kAnyCount, concat, RandomOrder::kept},
      {"uniq", 1, 1, unique, RandomOrder::kept},
      {"mustUniq", 1, 1, unique, RandomOrder::kept},
      {"has", 2, 2, has, RandomOrder::ignored},
      {"mustHas", 2, 2, has, RandomOrder::ignored},
      {"without", 1, kAnyCount, without, RandomOrder::kept},
      {"mustWithout", 1, kAnyCount, without, RandomOrder::kept},
      {"compact", 1, 1, compact, RandomOrder::kept},
      {"mustCompact", 1, 1, compact, RandomOrder::kept},
      {"join", 2, 2, join_items},
      {"sortAlpha", 1, 1, sort_alpha, RandomOrder::ignored},
      {"toStrings", 1, 1, to_texts, RandomOrder::kept},
      {"splitList", 2, 2, split_list},
      {"split", 2, 2, split_map},
      {"until", 1, 1, until},
  };
  return kTable;
}

}  // namespace towline::gotemplate
