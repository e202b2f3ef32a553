#include "yaml/edit.h"

#include <algorithm>

#include "base/text.h"
#include "yaml/plain.h"

namespace towline::yaml {

namespace {

std::string describe(Span span) { return "bytes " + std::to_string(span.begin) + " to " + std::to_string(span.end); }

bool fits_single_quotes(std::string_view value) {
  return !needs_escapes(value) && value.find_first_of("\n\t") == std::string_view::npos;
}

std::string quoted(std::string_view value, ScalarStyle quotes) {
  if (quotes != ScalarStyle::single_quoted || !fits_single_quotes(value)) return double_quoted(value);
  return "'" + replace_all(std::string(value), "'", "''") + "'";
}

std::string encode_plain(const Node& scalar, std::string_view value, bool in_flow, ScalarStyle quotes) {
  if (!can_be_plain(value, in_flow)) return quoted(value, quotes);
  // An explicit tag says already what the text means. A scalar that is read as a number or a date keeps its type where
  // that loses nothing: no reader makes 1.3 of 1.31, but all do of 1.30.
  const bool typed = !scalar.tag.empty();
  const bool same_type =
      scalar.is_scalar() && is_ambiguous(scalar.value) && plain_type(scalar.value) == plain_type(value);
  const bool kept = !is_ambiguous(value) || typed || (same_type && survives_reading(value));
  return kept ? std::string(value) : quoted(value, quotes);
}

}  // namespace

Result<std::string> apply_edits(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
  std::string out;
  out.reserve(text.size());
  std::size_t copied = 0;
  const Edit* made = nullptr;
  for (const Edit& edit : edits) {
    const bool again = made != nullptr && edit.span.size() > 0 && made->span == edit.span && made->text == edit.text;
    if (again) continue;
    made = &edit;
    if (edit.span.end > text.size() || edit.span.begin > edit.span.end)
      return fail(ErrorKind::invalid, "an edit of " + describe(edit.span) + " is outside the text of " +
                                          plural(text.size(), "byte") + "; read the file again and edit anew");
    if (edit.span.begin < copied)
      return fail(ErrorKind::invalid,
                  "the edit of " + describe(edit.span) + " overlaps the one before it; make one edit of the two");
    out += text.substr(copied, edit.span.begin - copied);
    out += edit.text;
    copied = edit.span.end;
  }
  out += text.substr(copied);
  return out;
}

std::string encode_like(const Node& scalar, std::string_view value, bool in_flow, ScalarStyle quotes) {
  // A null that is not written at all stands right after its colon.
  if (scalar.is_null() && scalar.span.size() == 0) return " " + encode_plain(scalar, value, in_flow, quotes);
  switch (scalar.style) {
    case ScalarStyle::single_quoted:
      return quoted(value, ScalarStyle::single_quoted);
    case ScalarStyle::double_quoted:
    case ScalarStyle::literal:
    case ScalarStyle::folded:
      return double_quoted(value);
    case ScalarStyle::plain:
      break;
  }
  return encode_plain(scalar, value, in_flow, quotes);
}

}  // namespace towline::yaml
