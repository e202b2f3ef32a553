#include "diff/quick_look.h"

#include <cstddef>

#include "yaml/libyaml.h"

namespace towline::diff {
namespace {

constexpr std::size_t kMaxDepth = 100;

/// Follows the events of one text.
class Look {
 public:
  /// False: the text is not plain.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return ++documents_ == 1;
      case YAML_ALIAS_EVENT:
        return false;
      case YAML_SCALAR_EVENT:
        return event.data.scalar.anchor == nullptr && take_scalar(event);
      case YAML_MAPPING_START_EVENT:
        return event.data.mapping_start.anchor == nullptr && open();
      case YAML_SEQUENCE_START_EVENT:
        return event.data.sequence_start.anchor == nullptr && depth_ > 0 && open();
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        if (--depth_ == 1) at_key_ = true;
        return true;
      default:
        return true;
    }
  }
  bool is_resource() const { return has_version_ && has_kind_; }

 private:
  bool open() {
    if (depth_ == 1 && at_key_) return false;
    return ++depth_ < kMaxDepth;
  }

  bool take_scalar(const yaml_event_t& event) {
    if (depth_ != 1) return depth_ > 0;
    const std::string_view text(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
    if (at_key_) {
      is_version_ = text == "apiVersion";
      is_kind_ = text == "kind";
    } else {
      has_version_ = has_version_ || (is_version_ && !text.empty());
      has_kind_ = has_kind_ || (is_kind_ && !text.empty());
      if (is_kind_ && text.ends_with("List")) return false;
    }
    at_key_ = !at_key_;
    return true;
  }

  std::size_t documents_ = 0;
  std::size_t depth_ = 0;
  bool at_key_ = true;
  bool is_version_ = false;
  bool is_kind_ = false;
  bool has_version_ = false;
  bool has_kind_ = false;
};

}  // namespace

bool is_plainly_a_resource(std::string_view text) {
  yaml::LibyamlParser parser(text);
  Look look;
  while (true) {
    yaml_event_t event;
    if (!parser.next(event)) return false;
    const bool end = event.type == YAML_STREAM_END_EVENT;
    const bool plain = look.take(event);
    yaml_event_delete(&event);
    if (!plain) return false;
    if (end) return look.is_resource();
  }
}

}  // namespace towline::diff
