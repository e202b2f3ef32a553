#pragma once

#include "base/result.h"
#include "store/sqlite/sqlite.h"

namespace towline::store {

/// Brings the database to the schema this program knows, in one transaction.
/// Error invalid: it was written by a newer Towline.
Result<void> migrate(Connection& connection);

}  // namespace towline::store
