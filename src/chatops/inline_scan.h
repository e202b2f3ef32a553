#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace towline::chatops {

/// Which elements that fold away or quote their content (<details>, <pre>, <blockquote>, ...) are open. HTML blocks end
/// at a blank line, elements do not: "<details>", blank line, "text" shows the text inside the fold.
class OpenElements {
 public:
  bool any() const { return open_ > 0; }
  /// Takes note of the tag that starts at `text[position]`, a '<'.
  void see_tag(std::string_view text, std::size_t position);
  /// Takes note of every tag of raw HTML; comments are skipped.
  void see_html(std::string_view html);

 private:
  std::map<std::string, std::size_t, std::less<>> count_;
  std::size_t open_ = 0;
};

/// The lines of a paragraph that do not begin inside a code span, an HTML comment or an open element.
std::vector<std::string> visible_lines(const std::vector<std::string>& paragraph, OpenElements& elements);

}  // namespace towline::chatops
