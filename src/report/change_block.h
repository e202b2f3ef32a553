#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "diff/diff.h"
#include "report/report.h"

namespace towline::report {

/// Whether what noise rules hide is written out beside the rest, or only counted.
enum class Noise { counted, shown };

/// One change as Markdown: a line that says what it is about, its differences in a fenced block of "diff", and a line
/// about what noise rules hide. Nothing of it takes effect as Markdown or HTML. Ends in an empty line.
std::string change_markdown(const Templates& templates, const diff::Change& change, Noise noise);

/// One change as HTML: a heading of level 4 and a `<pre class="diff">` (page.css has its colours); what noise rules
/// hide is folded in `<details>`, and left out where it is only counted.
std::string change_html(const Templates& templates, const diff::Change& change, Noise noise);

/// diff::to_text() of what noise rules do not hide; "" when they hide all of it.
std::string shown_text(const diff::Change& change);
/// diff::to_text() of what they do.
std::string hidden_text(const diff::Change& change);

/// How many differences each noise rule hides.
using HiddenCounts = std::map<std::string, std::size_t>;
void count_hidden(const diff::Change& change, HiddenCounts& counts);
/// "3 changes hidden by noise rules: chart labels (2), checksum annotations (1)"; "" when nothing is. Plain text.
std::string hidden_sentence(const HiddenCounts& counts);

/// What a reader must know of a change beside its differences: "was Deployment pay/old", "Helm hook pre-install",
/// "secret values are masked", what its hidden fields do all the same. Plain text.
std::vector<std::string> remarks(const diff::Change& change);

}  // namespace towline::report
