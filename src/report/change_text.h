#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "diff/diff.h"
#include "report/change_block.h"
#include "report/render_template.h"

namespace towline::report {

/// Bytes of a resource's name, and of each remark about it.
inline constexpr std::size_t kLongestName = 300;
/// Bytes of changed resources on a page: a longer one helps nobody and hangs browsers.
inline constexpr std::size_t kLongestPage = 8u << 20;
/// Bytes of one resource's differences on a page.
inline constexpr std::size_t kLongestResource = 1u << 20;

struct ResourceBlock {
  const diff::Change& change;
  std::string visible;  ///< what stands in the fence, as visible_text() gives it; "": no fence
  std::string extent;   ///< behind the name: "lines 1 to 400 of 2000"; may be empty
  std::string note;     ///< a sentence below; may be empty
};

/// One resource by the template resource.md.
std::string resource_markdown(Template& resource, const ResourceBlock& block);

/// One resource by the template resource.html; `room` is how many bytes of differences may still be shown.
std::string resource_html(Template& resource, const diff::Change& change, Noise noise, std::size_t& room);

/// The lines of to_text(), each in an element of its kind; the sign stays in the text.
std::string lines_html(std::string_view text);

struct BoundedText {
  std::string text;          ///< whole lines
  std::size_t left_out = 0;  ///< lines
};
/// As many whole lines as `most` bytes hold.
BoundedText bounded_lines(std::string_view text, std::size_t most);

}  // namespace towline::report
