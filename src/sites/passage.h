#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace towline::sites {

/// A stretch of a file that is YAML of its own: a document, or what a block scalar holds. It knows where each of its
/// bytes stands in the file. A document refers to the file's text, which must outlive it.
class Passage {
 public:
  /// What the block scalar holds, without its indentation; nullopt when that is not written there line by line.
  static std::optional<Passage> within(const Passage& outer, const yaml::Node& block_scalar);

  Passage(std::string_view text, std::size_t offset, std::size_t line);

  std::string_view text() const { return embedded_ ? std::string_view(own_) : text_; }
  bool is_embedded() const { return embedded_; }
  /// Line and bytes of the file for a line and bytes of the passage.
  std::size_t line_in_file(std::size_t line) const { return first_line_ + line - 1; }
  yaml::Span span_in_file(yaml::Span span) const;
  /// The scalar as it stands in the file.
  yaml::Node in_file(const yaml::Node& scalar) const;

 private:
  /// Where a line begins, in the passage and in the file.
  struct LineBegin {
    std::size_t here = 0;
    std::size_t in_file = 0;
  };
  std::size_t offset_in_file(std::size_t offset) const;

  bool embedded_ = false;
  std::string own_;
  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t first_line_ = 1;
  std::size_t indent_ = 0;
  std::vector<LineBegin> lines_;  ///< of an embedded passage
};

/// The documents of a file, each with the '---' before it; one passage where directives make them hang together.
std::vector<Passage> documents_of(std::string_view text);

}  // namespace towline::sites
