#include <algorithm>
#include <map>
#include <set>

#include "yaml/lexing.h"
#include "yaml/node.h"
#include "yaml/parsers.h"

namespace towline::yaml {

namespace {

/// Which entry stays when an own and a merged one have the same key.
enum class Precedence { own, later };

class Expander {
 public:
  Expander(const Node& root, const Limits& limits, Precedence precedence) : limits_(limits), precedence_(precedence) {
    collect_aliases(root);
  }

  Result<Node> expand(const Node& node, std::size_t depth) {
    if (node.kind == NodeKind::alias) return copy_anchor(node, depth);
    CHECK_OK(count(node, 1));
    const std::size_t before = nodes_ - 1;
    const std::size_t outer_deepest = deepest_;
    deepest_ = depth;
    if (depth > limits_.max_depth) return too_deep(node);
    Node out = shallow_copy(node);
    for (const Node& item : node.items) {
      TRY(Node expanded, expand(item, depth + 1));
      out.items.push_back(std::move(expanded));
    }
    CHECK_OK(expand_entries(node, depth, out));
    if (aliased_.contains(node.anchor)) {
      const std::size_t size = nodes_ - before;
      CHECK_OK(count(node, size));  // the copy kept for the aliases
      anchors_[node.anchor] = {out, size, deepest_ - depth};
    }
    deepest_ = std::max(deepest_, outer_deepest);
    return out;
  }

 private:
  struct Anchored {
    Node node;
    std::size_t nodes = 0;
    std::size_t height = 0;  ///< levels below it
  };

  void collect_aliases(const Node& node) {
    if (node.kind == NodeKind::alias) aliased_.insert(node.value);
    for (const Node& item : node.items) collect_aliases(item);
    for (const auto& [key, value] : node.entries) {
      collect_aliases(key);
      collect_aliases(value);
    }
  }

  static Node shallow_copy(const Node& node) {
    Node out;
    out.kind = node.kind;
    out.style = node.style;
    out.value = node.value;
    out.tag = node.tag;
    out.span = node.span;
    out.line = node.line;
    out.column = node.column;
    return out;
  }

  static tl::unexpected<Error> refuse(const Node& node, const std::string& message) {
    return tl::unexpected<Error>(error_at({node.line, node.column}, message));
  }

  tl::unexpected<Error> too_deep(const Node& node) const {
    return refuse(node, "more than " + std::to_string(limits_.max_depth) + " levels of nesting come of the aliases");
  }

  Result<void> count(const Node& node, std::size_t more) {
    if (more > limits_.max_nodes - nodes_)
      return refuse(node, "more than " + std::to_string(limits_.max_nodes) +
                              " nodes come of the aliases; write the values out or use fewer aliases");
    nodes_ += more;
    return {};
  }

  Result<Node> copy_anchor(const Node& alias, std::size_t depth) {
    const auto found = anchors_.find(alias.value);
    if (found == anchors_.end())
      return refuse(alias, "the alias '*" + alias.value + "' names no anchor that ends before it");
    CHECK_OK(count(alias, found->second.nodes));
    if (depth + found->second.height > limits_.max_depth) return too_deep(alias);
    deepest_ = std::max(deepest_, depth + found->second.height);
    return found->second.node;
  }

  static bool is_merge(const Node& key) {
    return key.is_scalar() && key.value == "<<" && key.style == ScalarStyle::plain &&
           (key.tag.empty() || key.tag == "tag:yaml.org,2002:merge");
  }

  Result<void> expand_entries(const Node& node, std::size_t depth, Node& out) {
    std::vector<std::pair<std::size_t, Node>> merges;  // where in `out`, and what
    for (const auto& [key, value] : node.entries) {
      if (is_merge(key)) {
        TRY(Node merged, expand(value, depth + 1));
        merges.emplace_back(out.entries.size(), std::move(merged));
        continue;
      }
      TRY(Node expanded_key, expand(key, depth + 1));
      TRY(Node expanded_value, expand(value, depth + 1));
      out.entries.emplace_back(std::move(expanded_key), std::move(expanded_value));
    }
    if (merges.empty()) return {};
    for (const auto& [position, merged] : merges) CHECK_OK(check_merged(merged));
    if (precedence_ == Precedence::own) {
      apply_merges(merges, out);
    } else {
      apply_merges_in_order(merges, out);
    }
    return {};
  }

  static Result<void> check_merged(const Node& merged) {
    const bool all_mappings =
        std::all_of(merged.items.begin(), merged.items.end(), [](const Node& item) { return item.is_mapping(); });
    if (merged.is_mapping() || (merged.is_sequence() && all_mappings)) return {};
    return refuse(merged, "the merge key '<<' takes a mapping or a sequence of mappings");
  }

  /// Each entry, own or merged, takes the place of those before it with its key. Empties `merges`.
  static void apply_merges_in_order(std::vector<std::pair<std::size_t, Node>>& merges, Node& out) {
    std::vector<std::pair<Node, Node>> entries;
    std::map<std::string, std::size_t> places;
    const auto put = [&](std::pair<Node, Node>& entry) {
      if (!entry.first.is_scalar()) return entries.push_back(std::move(entry));
      const auto [known, is_new] = places.emplace(entry.first.value, entries.size());
      if (is_new) return entries.push_back(std::move(entry));
      entries[known->second] = std::move(entry);
    };
    std::size_t taken = 0;
    for (auto& [position, merged] : merges) {
      for (; taken < position; ++taken) put(out.entries[taken]);
      for (auto& entry : merged.entries) put(entry);
      // Of several mappings the first has the last word.
      for (auto item = merged.items.rbegin(); item != merged.items.rend(); ++item) {
        for (auto& entry : item->entries) put(entry);
      }
    }
    for (; taken < out.entries.size(); ++taken) put(out.entries[taken]);
    out.entries = std::move(entries);
  }

  /// A key that the mapping writes itself wins over a merged one, and of two merged ones the first. Empties `merges`.
  static void apply_merges(std::vector<std::pair<std::size_t, Node>>& merges, Node& out) {
    std::set<std::string> known;
    for (const auto& entry : out.entries) known.insert(entry.first.value);
    std::vector<std::pair<Node, Node>> entries;
    std::size_t taken = 0;
    const auto take_until = [&](std::size_t end) {
      for (; taken < end; ++taken) entries.push_back(std::move(out.entries[taken]));
    };
    const auto merge = [&](Node& mapping) {
      for (auto& entry : mapping.entries)
        if (!entry.first.is_scalar() || known.insert(entry.first.value).second) entries.push_back(std::move(entry));
    };
    for (auto& [position, merged] : merges) {
      take_until(position);
      if (merged.is_mapping()) merge(merged);
      for (Node& item : merged.items) merge(item);
    }
    take_until(out.entries.size());
    out.entries = std::move(entries);
  }

  const Limits& limits_;
  Precedence precedence_;
  std::set<std::string_view> aliased_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::size_t nodes_ = 0;
  std::size_t deepest_ = 0;
};

}  // namespace

Result<Node> expand(const Node& root, const Limits& limits) {
  return Expander(root, limits, Precedence::own).expand(root, 0);
}

Result<Node> expand_in_order(const Node& root, const Limits& limits) {
  return Expander(root, limits, Precedence::later).expand(root, 0);
}

}  // namespace towline::yaml
