#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "diff/diff.h"

namespace towline::bot {

/// What is compared as a whole: an application, or two files or directories.
struct DiffSection {
  std::string title;  ///< "dev: pay"; "" when comparing files
  diff::Diff diff;
  std::vector<std::string> problems;
};

/// How `towline diff` shows what it found.
struct DiffDisplay {
  diff::HiddenFields hidden = diff::HiddenFields::folded;
  bool colours = false;  ///< text only
};

std::string diff_as_text(const std::vector<DiffSection>& sections, const DiffDisplay& display);
/// For a comment or a job's summary; nothing in it takes effect as Markdown or HTML.
std::string diff_as_markdown(const std::vector<DiffSection>& sections, const DiffDisplay& display);
/// One page that needs nothing else.
Result<std::string> diff_as_html(const std::vector<DiffSection>& sections, const DiffDisplay& display);
/// A list with one object for each section, hidden fields included:
/// {"application", "problems": [text], "remarks": [text], "dangers": [{"resource", "message"}],
///  "hidden": number of hidden fields,
///  "changes": [{"change": "added|changed|removed", "resource", "was": text|null, "role", "note", "masked", "hidden",
///               "fields": [FIELD]}]}
/// FIELD = {"path", "before": text|null, "after": text|null, "moved", "hidden_by", "inside": [FIELD]}
std::string diff_as_json(const std::vector<DiffSection>& sections);

/// Whether the section has a change to show.
bool shows_changes(const DiffSection& section, diff::HiddenFields hidden);

}  // namespace towline::bot
