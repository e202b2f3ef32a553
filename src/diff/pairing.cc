#include "diff/pairing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "diff/likeness.h"

namespace towline::diff {
namespace {

constexpr std::size_t kMostComparisons = 10'000;
constexpr std::size_t kMostCandidates = 16;
constexpr std::size_t kAlike = 750;  ///< thousandths
constexpr std::size_t kFewestFeatures = 4;

/// kustomize, api/hasher: hexadecimal digits with those that could spell words replaced.
constexpr std::string_view kKustomizeLetters = "bcdfghkmt2456789";
/// k8s.io/apimachinery, pkg/util/rand.
constexpr std::string_view kRandomLetters = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexLetters = "0123456789abcdef";

bool made_of(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_generated(std::string_view kind, std::string_view suffix) {
  constexpr std::size_t kKustomizeLength = 10;
  constexpr std::size_t kRandomLength = 5;
  constexpr std::size_t kShortestCommit = 7;
  constexpr std::size_t kShortestTime = 6;
  const bool digit = suffix.find_first_of(kDigits) != std::string_view::npos;
  if (suffix.size() == kKustomizeLength && made_of(suffix, kKustomizeLetters)) return true;
  if (suffix.size() == kRandomLength && made_of(suffix, kRandomLetters) && (digit || kind == "Job")) return true;
  if (suffix.size() >= kShortestCommit && made_of(suffix, kHexLetters) && digit) return true;
  if (suffix.size() >= kShortestTime && made_of(suffix, kDigits)) return true;
  return false;
}

/// "migrate-v1-2-3", "migrate-1.4.2-rc1" -> "migrate"; Jobs are named so, since they cannot change.
std::string_view without_version(std::string_view name) {
  for (std::size_t at = name.find('-'); at != std::string_view::npos; at = name.find('-', at + 1)) {
    std::string_view rest = name.substr(at + 1);
    if (rest.starts_with('v')) rest.remove_prefix(1);
    if (at > 0 && !rest.empty() && kDigits.find(rest.front()) != std::string_view::npos) return name.substr(0, at);
  }
  return name;
}

class Pairer {
 public:
  Pairer(const std::vector<Unpaired>& base, const std::vector<Unpaired>& head)
      : base_(base), head_(head), base_taken_(base.size(), false), head_taken_(head.size(), false) {}

  void by_moved_group() {
    by_name([](const manifest::ResourceKey& key) -> std::optional<std::string> {
      constexpr std::string_view kMoved[] = {"extensions", "apps", "networking.k8s.io", "policy"};
      if (std::find(std::begin(kMoved), std::end(kMoved), key.group) == std::end(kMoved)) return std::nullopt;
      return join(key, "", key.name);
    });
  }

  void by_generated_name() {
    by_name([](const manifest::ResourceKey& key) -> std::optional<std::string> {
      return join(key, key.group, name_stem(key.kind, key.name));
    });
  }

  void by_content() {
    std::map<std::pair<std::string_view, std::string_view>, Group> groups;
    for (std::size_t i = 0; i < base_.size(); ++i) {
      if (!base_taken_[i]) groups[{base_[i].key->group, base_[i].key->kind}].base.push_back(i);
    }
    for (std::size_t j = 0; j < head_.size(); ++j) {
      if (!head_taken_[j]) groups[{head_[j].key->group, head_[j].key->kind}].head.push_back(j);
    }
    for (const auto& [kind, group] : groups) take_best(group, kAlike);
  }

  std::vector<std::pair<std::size_t, std::size_t>> take() {
    std::sort(pairs_.begin(), pairs_.end());
    return std::move(pairs_);
  }

 private:
  struct Group {
    std::vector<std::size_t> base;
    std::vector<std::size_t> head;
  };
  struct Candidate {
    std::size_t likeness;
    std::size_t base;
    std::size_t head;
  };

  static std::string join(const manifest::ResourceKey& key, std::string_view group, std::string_view name) {
    std::string text;
    for (const std::string_view part : {group, std::string_view(key.kind), std::string_view(key.ns), name}) {
      text += part;
      text += '\n';
    }
    return text;
  }

  template <class NameOf>
  void by_name(const NameOf& name_of) {
    std::map<std::string, Group> groups;
    for (std::size_t i = 0; i < base_.size(); ++i) {
      if (const auto name = base_taken_[i] ? std::nullopt : name_of(*base_[i].key)) groups[*name].base.push_back(i);
    }
    for (std::size_t j = 0; j < head_.size(); ++j) {
      if (const auto name = head_taken_[j] ? std::nullopt : name_of(*head_[j].key)) groups[*name].head.push_back(j);
    }
    for (const auto& [name, group] : groups) take_best(group, 0);
  }

  /// The most alike first; of equals, in the order of their keys.
  void take_best(const Group& group, std::size_t at_least) {
    if (group.base.empty() || group.head.empty()) return;
    if (at_least == 0 && group.base.size() == 1 && group.head.size() == 1) {
      return pair(group.base.front(), group.head.front());
    }
    std::vector<Candidate> candidates = compare(group, at_least);
    std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
      return std::tie(b.likeness, *base_[a.base].key, *head_[a.head].key) <
             std::tie(a.likeness, *base_[b.base].key, *head_[b.head].key);
    });
    for (const Candidate& candidate : candidates) {
      if (!base_taken_[candidate.base] && !head_taken_[candidate.head]) pair(candidate.base, candidate.head);
    }
  }

  std::vector<Candidate> compare(const Group& group, std::size_t at_least) const {
    std::vector<Features> old_features;
    for (const std::size_t i : group.base) old_features.push_back(features_of(*base_[i].body, base_[i].key->name));
    const bool few = group.base.size() <= kMostComparisons / group.head.size();
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> rare;
    if (!few) rare = index(old_features);
    std::vector<Candidate> candidates;
    for (const std::size_t j : group.head) {
      const Features features = features_of(*head_[j].body, head_[j].key->name);
      if (at_least > 0 && features.size() < kFewestFeatures) continue;
      const auto score = [&](std::size_t old) {
        const std::size_t like = likeness(old_features[old], features);
        if (like >= at_least) candidates.push_back({like, group.base[old], j});
      };
      if (few) {
        for (std::size_t old = 0; old < old_features.size(); ++old) score(old);
      } else {
        for (const std::size_t old : likely(features, rare)) score(old);
      }
    }
    return candidates;
  }

  /// Where each feature is, of those that few objects have.
  static std::unordered_map<std::uint64_t, std::vector<std::size_t>> index(const std::vector<Features>& all) {
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const std::uint64_t feature : all[i]) {
        auto& list = places[feature];
        if (list.size() <= kMostCandidates) list.push_back(i);
      }
    }
    return places;
  }

  /// Those that share most of the rare features.
  static std::vector<std::size_t> likely(const Features& features,
                                         const std::unordered_map<std::uint64_t, std::vector<std::size_t>>& rare) {
    std::map<std::size_t, std::size_t> shared;
    for (const std::uint64_t feature : features) {
      const auto found = rare.find(feature);
      if (found == rare.end() || found->second.size() > kMostCandidates) continue;
      for (const std::size_t place : found->second) ++shared[place];
    }
    std::vector<std::pair<std::size_t, std::size_t>> best;
    best.reserve(shared.size());
    for (const auto& [place, count] : shared) best.emplace_back(count, place);
    std::sort(best.begin(), best.end(),
              [](const auto& a, const auto& b) { return std::tie(b.first, a.second) < std::tie(a.first, b.second); });
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < std::min(best.size(), kMostCandidates); ++i) places.push_back(best[i].second);
    return places;
  }

  void pair(std::size_t i, std::size_t j) {
    base_taken_[i] = true;
    head_taken_[j] = true;
    pairs_.emplace_back(i, j);
  }

  const std::vector<Unpaired>& base_;
  const std::vector<Unpaired>& head_;
  std::vector<bool> base_taken_;
  std::vector<bool> head_taken_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
};

}  // namespace

std::string name_stem(std::string_view kind, std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash != std::string_view::npos && dash > 0 && is_generated(kind, name.substr(dash + 1))) {
    return std::string(name.substr(0, dash));
  }
  return std::string(kind == "Job" ? without_version(name) : name);
}

std::vector<std::pair<std::size_t, std::size_t>> pair_by_likeness(const std::vector<Unpaired>& base,
                                                                  const std::vector<Unpaired>& head) {
  Pairer pairer(base, head);
  pairer.by_moved_group();
  pairer.by_generated_name();
  pairer.by_content();
  return pairer.take();
}

}  // namespace towline::diff
