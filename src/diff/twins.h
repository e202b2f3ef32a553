#pragma once

#include <string>
#include <vector>

namespace towline::diff {

/// Blanks out YAML documents that stand byte for byte on both sides, each with one twin, wherever they are: they cannot
/// differ, and reading YAML costs more than everything else here. Line numbers of the rest stay. What is broken alike
/// on both sides goes unnoticed thereby. Texts with directives ("%YAML") or document ends ("...") are left alone.
void drop_twin_documents(std::vector<std::string>& base, std::vector<std::string>& head);

}  // namespace towline::diff
