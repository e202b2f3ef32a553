#include "store/sqlite/schema.h"

#include <array>
#include <string>

namespace towline::store {

namespace {

/// Step n brings a database from version n to n + 1 (PRAGMA user_version). Steps are only ever added.
/// Times are milliseconds since 1970 UTC.
constexpr std::array<const char*, 4> kMigrations = {
    R"sql(
CREATE TABLE delivery(
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY(source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_received ON delivery(received);

-- A key waits (`due` is set), is held (`lease` and `claim` are set; `due` is then when it was asked for again
-- meanwhile), or is not there.
CREATE TABLE queue(
  key TEXT PRIMARY KEY NOT NULL,
  due INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  claim INTEGER,
  claimed_due INTEGER,
  lease INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_by_due ON queue(due) WHERE lease IS NULL;
CREATE INDEX queue_by_lease ON queue(lease) WHERE lease IS NOT NULL;
-- Numbers claims, so that a lost lease is told from the one that followed it, even when the key was gone between.
CREATE TABLE claim_counter(value INTEGER NOT NULL) STRICT;
INSERT INTO claim_counter VALUES(0);

CREATE TABLE seen_image(
  name TEXT NOT NULL,
  tag TEXT NOT NULL,
  digest TEXT NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY(name, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE edited_comment(
  pull_key TEXT NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY(pull_key, comment)
) STRICT, WITHOUT ROWID;

CREATE TABLE observation(
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(kind, key)
) STRICT;

CREATE TABLE audit(
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  repo TEXT NOT NULL,
  pull TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  from_commit TEXT NOT NULL,
  to_commit TEXT NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit(at, sequence);
)sql",
    R"sql(
ALTER TABLE seen_image ADD COLUMN created INTEGER;
ALTER TABLE seen_image ADD COLUMN unchecked TEXT NOT NULL DEFAULT '';

CREATE TABLE announced_image(
  name TEXT NOT NULL,
  tag TEXT NOT NULL,
  digest TEXT NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY(name, tag)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- What two events say differently of one tag is checked each.
CREATE TABLE announcement(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  tag TEXT NOT NULL,
  digest TEXT NOT NULL,
  received INTEGER NOT NULL,
  UNIQUE(name, tag, digest)
) STRICT;
INSERT INTO announcement(name, tag, digest, received)
  SELECT name, tag, digest, received FROM announced_image ORDER BY received;
DROP TABLE announced_image;
)sql",
    R"sql(
-- What was seen; only ever appended to.
CREATE TABLE fact(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE(kind, key, value)
) STRICT;
)sql",
};

Result<std::int64_t> version_of(Connection& connection) {
  TRY(Statement version, connection.statement("PRAGMA user_version"));
  CHECK_OK(version.step());
  return version.integer(0);
}

}  // namespace

Result<void> migrate(Connection& connection) {
  const auto known = static_cast<std::int64_t>(kMigrations.size());
  TRY(Transaction transaction, Transaction::begin(connection));
  TRY(const std::int64_t version, version_of(connection));
  if (version > known || version < 0) {
    return fail(ErrorKind::invalid, "the store \"" + connection.path() + "\" was written by a newer Towline (schema " +
                                        std::to_string(version) + ", this one knows " + std::to_string(known) +
                                        "): use that version, or move the file away");
  }
  for (std::int64_t step = version; step < known; ++step) {
    CHECK_OK(connection.execute(kMigrations[static_cast<std::size_t>(step)]));
  }
  CHECK_OK(connection.execute("PRAGMA user_version=" + std::to_string(known)));
  return transaction.commit();
}

}  // namespace towline::store
