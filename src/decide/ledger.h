#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decide/commands/words.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// The restraints that stand, to be kept in the report in case the store is lost: base64 of JSON, "" when there are
/// none. When there are more than kMostLedgerEntries, it says only that the records were lost, which restrains more.
std::string write_ledger(const PullView& view);
inline constexpr std::size_t kMostLedgerEntries = 64;
inline constexpr std::size_t kMostLedgerBytes = 16'384;

/// The words that a ledger stands for. nullopt: it cannot be read.
std::optional<std::vector<SeenWord>> read_ledger(std::string_view ledger);

/// "<!-- towline:ledger … -->", for the line before the marker that ends the first comment of a report; "" when it is
/// empty.
std::string ledger_marker(std::string_view ledger);
/// The ledger in a report; "" when it has none. What stands anywhere else is a quotation.
std::string find_ledger(std::string_view report);

}  // namespace towline::decide
