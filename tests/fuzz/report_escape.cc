#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/escape.h"
#include "report/report.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// As CommonMark 0.31 reads fences, section 4.5: only the last line closes it.
void check_fence(std::string_view block) {
  const auto lines = towline::split_lines(block);
  const std::size_t ticks = std::min(lines.front().find_first_not_of('`'), lines.front().size());
  require(ticks >= 3 && lines.size() >= 2);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = towline::trim(lines[i]);
    const bool closes = line.size() >= ticks && line.find_first_not_of('`') == std::string_view::npos;
    require(closes == (i + 1 == lines.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace towline::report;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string escaped = markdown_escape(text);
  require(escaped.find_first_of("<>@\n\r") == std::string::npos);
  require(towline::is_valid_utf8(escaped));
  const std::string code = markdown_code(text);
  const bool tagged = code.starts_with("<code>") && code.ends_with("</code>");
  const std::string inside = tagged ? code.substr(6, code.size() - 13) : code.substr(1, code.size() - 2);
  require(tagged || (code.starts_with('`') && code.ends_with('`')));
  require(inside.find_first_of(tagged ? "<>`|@\n" : "`|\n") == std::string::npos);
  check_fence(markdown_fence(text, "diff"));
  const std::string html = html_text(text);
  require(html.find_first_of("<>\"'") == std::string::npos);
  const std::string url = safe_url(text);
  require(url.empty() || url.find_first_of("()<>\"' \n[]`") == std::string::npos);
  return 0;
}
