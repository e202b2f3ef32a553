#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "decide/decide.h"
#include "decide/snapshot.h"

namespace towline::report {

/// The comment and page templates (mustache): built in, each replaceable by a file of its name in a directory.
class Templates {
 public:
  /// Error invalid: a file there does not parse, or its name is none of ours (with the nearest).
  static Result<Templates> load(const std::filesystem::path& override_directory = {});
  /// Renders "comment.md", "page.html", ...; a key the data lacks is an internal error.
  const std::string& source(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> sources_;
};

/// A report is at most this many comments.
inline constexpr std::size_t kMostParts = 5;

/// The bot's report as the comments it is made of, in order; each is whole Markdown by itself, has at most `max_bytes`
/// and ends in its marker (decide::ReportMark). The first begins with the verdict, then come dangers, a table of what
/// changes, and what is missing; the differences, folded, go on in the others. What does not fit into kMostParts is
/// left out, said so, and the page is linked. Nothing from manifests, commands or findings can break out as Markdown or
/// HTML, nor notify anyone. `hidden` is an HTML comment to put before the first one's marker. Bytes, because no forge
/// counts more characters than there are bytes.
std::vector<std::string> comments(const Templates& templates, const decide::PullSnapshot& snapshot,
                                  const decide::PullDecision& decision, std::string_view digest, std::size_t max_bytes,
                                  std::string_view hidden = {});

/// Text that may stand inside a Markdown paragraph or table cell and shows as itself.
std::string markdown_escape(std::string_view text);
/// Text in a code span that may stand in a table cell.
std::string markdown_code(std::string_view text);
/// A fenced block whose fence is longer than any run of backticks inside.
std::string markdown_fence(std::string_view text, std::string_view language);

}  // namespace towline::report
