#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "manifest/object.h"

namespace towline::diff {

/// A document of head that stands byte for byte in base too.
struct TwinDocument {
  std::size_t text = 0;          ///< index of head's text that it stands in
  std::size_t lines_before = 0;  ///< in that text
  std::string content;
};

/// Blanks out YAML documents that stand byte for byte on both sides, each with one twin, wherever they are: they cannot
/// differ, and reading YAML costs more than everything else here. Line numbers of the rest stay. Gives those of head.
/// Where that leaves most of head, as a formatter does that went over it, resources that say the same in another layout
/// are blanked out too; they have no problems to tell.
/// Texts with directives ("%YAML") or document ends ("...") are left alone.
std::vector<TwinDocument> drop_twin_documents(std::vector<std::string>& base, std::vector<std::string>& head);

/// What cannot be read of them, in their order; `paths` are those of head's texts.
std::vector<manifest::ManifestProblem> problems_of(const std::vector<TwinDocument>& twins,
                                                   const std::vector<std::string>& paths);

}  // namespace towline::diff
