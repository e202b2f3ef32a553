#pragma once

#include <string>
#include <string_view>

namespace towline::forge::sandbox {

/// GitHub-flavoured Markdown as safe HTML. Of raw HTML only <details>, <summary>, <code>, <br> and their
/// closing tags, without attributes, pass; comments are dropped, everything else is shown as text. No links but
/// http(s), mailto and relative ones.
std::string render_markdown(std::string_view markdown);

}  // namespace towline::forge::sandbox
