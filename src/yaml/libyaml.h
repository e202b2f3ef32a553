#pragma once

#include <yaml.h>

#include <cstddef>
#include <string_view>

namespace towline::yaml {

/// Owns libyaml's parser of a UTF-8 text, which must outlive it.
class LibyamlParser {
 public:
  explicit LibyamlParser(std::string_view text) : made_(yaml_parser_initialize(&parser_) == 1) {
    if (!made_) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  LibyamlParser(const LibyamlParser&) = delete;
  LibyamlParser& operator=(const LibyamlParser&) = delete;
  ~LibyamlParser() {
    if (made_) yaml_parser_delete(&parser_);
  }

  /// The next event, which the caller deletes; false: the text is not what libyaml reads, or memory is short.
  bool next(yaml_event_t& event) { return made_ && yaml_parser_parse(&parser_, &event) == 1; }

  /// Why `next` failed, and the line (1-based).
  std::string_view problem() const { return parser_.problem == nullptr ? "memory is short" : parser_.problem; }
  std::size_t problem_line() const { return parser_.problem_mark.line + 1; }

 private:
  yaml_parser_t parser_{};
  bool made_;
};

}  // namespace towline::yaml
