#include "diff/quick_look.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "yaml/libyaml.h"
#include "yaml/plain.h"

namespace towline::diff {
namespace {

constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kUnfolding = 16;  ///< of how many times its size a reading may be

std::string_view text_of(const yaml_event_t& event) {
  return {reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length};
}

std::string name_of(const yaml_char_t* anchor) { return reinterpret_cast<const char*>(anchor); }

/// Follows the events of one text.
class Look {
 public:
  /// False: the text is not plain.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return ++documents_ == 1;
      case YAML_ALIAS_EVENT:
        return depth_ > 1 && anchors_.contains(name_of(event.data.alias.anchor)) && take_alias();
      case YAML_SCALAR_EVENT:
        if (event.data.scalar.anchor != nullptr) anchors_.insert(name_of(event.data.scalar.anchor));
        return take_scalar(event);
      case YAML_MAPPING_START_EVENT:
        return event.data.mapping_start.anchor == nullptr && open(is_metadata_);
      case YAML_SEQUENCE_START_EVENT:
        return event.data.sequence_start.anchor == nullptr && depth_ > 0 && open(false);
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        --depth_;
        if (depth_ == 1) at_key_ = true;
        if (depth_ == 2) at_inner_key_ = true;
        return true;
      default:
        return true;
    }
  }
  bool is_resource() const { return has_version_ && has_kind_ && has_name_; }

 private:
  bool in_metadata() const { return depth_ == 2 && metadata_open_; }

  bool open(bool as_metadata) {
    if (depth_ == 1) {
      if (at_key_) return false;
      metadata_open_ = as_metadata;
      at_inner_key_ = true;
    }
    if (in_metadata() && at_inner_key_) return false;
    return ++depth_ < kMaxDepth;
  }

  bool take_alias() {
    if (!in_metadata()) return true;
    if (at_inner_key_ || is_name_) return false;
    at_inner_key_ = true;
    return true;
  }

  static bool says_something(const yaml_event_t& event) {
    const bool is_plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return event.data.scalar.length > 0 && !(is_plain && yaml::plain_type(text_of(event)) == yaml::ScalarType::null);
  }

  bool take_scalar(const yaml_event_t& event) {
    if (depth_ == 0) return false;
    const std::string_view text = text_of(event);
    if (depth_ == 1 && at_key_) {
      if (text == "items") return false;  // a list of others, whatever its kind
      is_version_ = text == "apiVersion";
      is_kind_ = text == "kind";
      is_metadata_ = text == "metadata";
    } else if (depth_ == 1) {
      if (is_version_) has_version_ = says_something(event);
      if (is_kind_) has_kind_ = says_something(event);
      if (is_metadata_) has_name_ = false;
    } else if (in_metadata()) {
      if (at_inner_key_) is_name_ = text == "name";
      if (!at_inner_key_ && is_name_) has_name_ = says_something(event);
      at_inner_key_ = !at_inner_key_;
    }
    if (depth_ == 1) at_key_ = !at_key_;
    return true;
  }

  std::set<std::string> anchors_;
  std::size_t documents_ = 0;
  std::size_t depth_ = 0;
  bool at_key_ = true;        ///< of the document's mapping
  bool at_inner_key_ = true;  ///< of the mapping in its metadata
  bool is_version_ = false;   ///< the last key; so are the next three
  bool is_kind_ = false;
  bool is_metadata_ = false;
  bool is_name_ = false;
  bool metadata_open_ = false;
  bool has_version_ = false;
  bool has_kind_ = false;
  bool has_name_ = false;
};

/// Writes down what the events of one document say, mappings in the order of their keys.
class Reading {
 public:
  explicit Reading(std::size_t limit) : left_(limit) {}

  /// False: there is something whose meaning is not for a quick look.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        if (event.data.scalar.tag != nullptr) return false;
        if (event.data.scalar.anchor == nullptr) return add_scalar(written(event));
        return add_scalar(anchors_[name_of(event.data.scalar.anchor)] = written(event));
      case YAML_ALIAS_EVENT:
        return add_scalar(anchors_.at(name_of(event.data.alias.anchor)));
      case YAML_MAPPING_START_EVENT:
        open_.push_back({true, {}, {}});
        return event.data.mapping_start.tag == nullptr;
      case YAML_SEQUENCE_START_EVENT:
        open_.push_back({false, {}, {}});
        return event.data.sequence_start.tag == nullptr;
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        return close();
      default:
        return true;
    }
  }
  std::string& get() { return done_; }

 private:
  /// How a text begins: other keys (8080, null) may be the same as a text in JSON.
  static constexpr std::string_view kString = "0,";
  static constexpr std::string_view kMergeKey = ":<<";
  static_assert(static_cast<int>(yaml::ScalarType::string) == 0);

  struct Open {
    bool is_mapping = false;
    std::vector<std::pair<std::string, std::string>> entries;
    std::string key_or_items;  ///< the key that waits for its value; the items so far
  };

  static std::string written(const yaml_event_t& event) {
    const std::string_view text = text_of(event);
    const bool is_plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const auto type = is_plain ? yaml::plain_type(text) : yaml::ScalarType::string;
    return std::to_string(static_cast<int>(type)) + "," + std::to_string(text.size()) + ":" + std::string(text);
  }

  /// False: it is a key that is no text, or that merges another mapping.
  bool add(std::string node) {
    if (open_.empty()) {
      done_ = std::move(node);
      return true;
    }
    Open& in = open_.back();
    if (!in.is_mapping) {
      in.key_or_items += node;
    } else if (in.key_or_items.empty()) {
      in.key_or_items = std::move(node);
      return in.key_or_items.starts_with(kString) && !in.key_or_items.ends_with(kMergeKey);
    } else {
      in.entries.emplace_back(std::exchange(in.key_or_items, {}), std::move(node));
    }
    return true;
  }

  bool close() {
    Open in = std::move(open_.back());
    open_.pop_back();
    if (!in.is_mapping) return add("[" + in.key_or_items + "]");
    std::sort(in.entries.begin(), in.entries.end());
    const auto twice = std::adjacent_find(in.entries.begin(), in.entries.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != in.entries.end()) return false;
    std::string node = "{";
    for (const auto& [key, value] : in.entries) node += key + value;
    return add(node + "}");
  }

  bool add_scalar(std::string node) {
    if (node.size() > left_) return false;
    left_ -= node.size();
    return add(std::move(node));
  }

  std::vector<Open> open_;
  std::map<std::string, std::string> anchors_;
  std::string done_;
  std::size_t left_;  ///< how much more may be written: aliases unfold
};

/// Whether the text is plainly a resource; each of its events is given to `read` too, which may end it.
template <class Read>
bool look_at(std::string_view text, const Read& read) {
  yaml::LibyamlParser parser(text);
  Look look;
  while (true) {
    yaml_event_t event;
    if (!parser.next(event)) return false;
    const bool end = event.type == YAML_STREAM_END_EVENT;
    const bool plain = look.take(event) && read(event);
    yaml_event_delete(&event);
    if (!plain) return false;
    if (end) return look.is_resource();
  }
}

}  // namespace

bool is_plainly_a_resource(std::string_view text) {
  return look_at(text, [](const yaml_event_t&) { return true; });
}

std::optional<std::string> plain_reading(std::string_view text) {
  Reading reading(kUnfolding * text.size());
  if (!look_at(text, [&](const yaml_event_t& event) { return reading.take(event); })) return std::nullopt;
  return std::move(reading.get());
}

}  // namespace towline::diff
