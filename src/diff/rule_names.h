#pragma once

#include <string_view>

namespace towline::diff {

// What FieldChange::hidden_by says of the rules that are built in: nouns, for counting.
inline constexpr std::string_view kChecksumAnnotation = "checksum annotation";
inline constexpr std::string_view kChartLabel = "chart label";
inline constexpr std::string_view kReorderedList = "reordered list";
/// Followed by the path.
inline constexpr std::string_view kIgnoreDifferences = "ignoreDifferences ";

}  // namespace towline::diff
