#include <limits>
#include <mutex>
#include <utility>

#include "base/private_files.h"
#include "store/sqlite/group_commit.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite.h"
#include "store/store.h"

namespace towline::store {

namespace {

/// Earliest wins; while the key is held this is when it is asked for again.
constexpr std::string_view kMakeDue =
    "INSERT INTO queue(key, due) VALUES(?1, ?2) "
    "ON CONFLICT(key) DO UPDATE SET due = min(coalesce(due, excluded.due), excluded.due)";

constexpr std::string_view kInsertDelivery =
    "INSERT INTO delivery(source, id, received) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING";

/// A push that does not tell the digest leaves the known one alone.
constexpr std::string_view kSeeImage =
    "INSERT INTO seen_image(name, tag, digest, seen) VALUES(?1, ?2, ?3, ?4) "
    "ON CONFLICT(name, tag) DO UPDATE SET digest = excluded.digest, seen = excluded.seen, created = NULL, "
    "unchecked = '' WHERE excluded.digest <> '' AND excluded.digest <> digest";

constexpr std::string_view kAnnounceImage =
    "INSERT OR REPLACE INTO announcement(name, tag, digest, received) VALUES(?1, ?2, ?3, ?4)";

/// Before a digest is seen or learnt: the present one, if it takes its place, is remembered as superseded.
constexpr std::string_view kSupersede =
    "INSERT INTO observation(kind, key, value) SELECT 'superseded-digest', name || ':' || tag || '@' || digest, '' "
    "FROM seen_image WHERE name = ?1 AND tag = ?2 AND digest <> '' AND ?3 <> '' AND digest <> ?3 "
    "ON CONFLICT DO NOTHING";

constexpr std::string_view kIsSuperseded = "SELECT 1 FROM observation WHERE kind = 'superseded-digest' AND key = ?1";

/// Before it is seen: whether its digest takes the place of another.
constexpr std::string_view kSupersededDigest =
    "SELECT digest FROM seen_image WHERE name = ?1 AND tag = ?2 AND digest <> '' AND ?3 <> '' AND digest <> ?3";

/// A digest that is learnt late is no move of the tag; of another digest the old time of building says nothing.
constexpr std::string_view kLearnImage =
    "INSERT INTO seen_image(name, tag, digest, seen, created, unchecked) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT(name, tag) DO UPDATE SET "
    "seen = CASE WHEN digest <> '' AND excluded.digest <> '' AND excluded.digest <> digest THEN excluded.seen "
    "ELSE seen END, "
    "created = CASE WHEN digest <> '' AND excluded.digest <> '' AND excluded.digest <> digest THEN excluded.created "
    "ELSE coalesce(excluded.created, created) END, "
    "digest = CASE WHEN excluded.digest <> '' THEN excluded.digest ELSE digest END, "
    "unchecked = excluded.unchecked";

constexpr std::string_view kSettleAnnounced =
    "DELETE FROM announcement WHERE name = ?1 AND tag = ?2 AND digest = ?3 AND received = ?4";

constexpr std::string_view kInsertEditedComment =
    "INSERT INTO edited_comment(pull_key, comment) VALUES(?1, ?2) ON CONFLICT DO NOTHING";

/// Waiting keys whose time has come, and held ones whose lease has run out; the longest-due first.
constexpr std::string_view kNextClaimable =
    "SELECT key, attempts, since FROM ("
    "SELECT * FROM (SELECT key, attempts, due AS since FROM queue "
    "WHERE lease IS NULL AND due <= ?1 ORDER BY due, key LIMIT 1) "
    "UNION ALL "
    "SELECT * FROM (SELECT key, attempts, claimed_due AS since FROM queue "
    "WHERE lease IS NOT NULL AND lease <= ?1 ORDER BY claimed_due, key LIMIT 1)"
    ") ORDER BY since, key LIMIT 1";

/// Whoever claims now sees all that was asked for until now; only a later time stays asked for.
constexpr std::string_view kClaim =
    "UPDATE queue SET claim = ?2, claimed_due = ?3, lease = ?4, due = CASE WHEN due > ?5 THEN due END WHERE key = ?1";

constexpr std::string_view kFinish = "DELETE FROM queue WHERE key = ?1 AND claim = ?2 AND due IS NULL";

constexpr std::string_view kFinishAskedAgain =
    "UPDATE queue SET attempts = 0, claim = NULL, claimed_due = NULL, lease = NULL WHERE key = ?1 AND claim = ?2";

constexpr std::string_view kFinishUntil =
    "UPDATE queue SET attempts = 0, due = min(coalesce(due, ?3), ?3), claim = NULL, claimed_due = NULL, lease = NULL "
    "WHERE key = ?1 AND claim = ?2";

constexpr std::string_view kRetry =
    "UPDATE queue SET attempts = attempts + 1, due = min(coalesce(due, ?3), ?3), claim = NULL, claimed_due = NULL, "
    "lease = NULL WHERE key = ?1 AND claim = ?2";

constexpr std::string_view kRelease =
    "UPDATE queue SET due = min(coalesce(due, claimed_due), claimed_due), claim = NULL, claimed_due = NULL, "
    "lease = NULL WHERE key = ?1 AND claim = ?2";

constexpr std::string_view kReleaseAll =
    "UPDATE queue SET due = min(coalesce(due, claimed_due), claimed_due), claim = NULL, claimed_due = NULL, "
    "lease = NULL WHERE lease IS NOT NULL";

constexpr std::string_view kNextDue =
    "SELECT min(at) FROM (SELECT min(due) AS at FROM queue WHERE lease IS NULL "
    "UNION ALL SELECT min(lease) FROM queue WHERE lease IS NOT NULL)";

constexpr std::string_view kPut =
    "INSERT INTO observation(kind, key, value) VALUES(?1, ?2, ?3) "
    "ON CONFLICT(kind, key) DO UPDATE SET value = excluded.value";

constexpr std::string_view kAppendFact = "INSERT INTO fact(kind, key, value) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING";

constexpr std::string_view kAppendAudit =
    "INSERT INTO audit(id, at, actor, action, repo, pull, environment, service, from_commit, to_commit, why) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(id) DO NOTHING";

constexpr std::string_view kAudit =
    "SELECT id, at, actor, action, repo, pull, environment, service, from_commit, to_commit, why FROM audit "
    "WHERE at >= ?1 AND at < ?2 ORDER BY at, sequence";

template <class... Values>
Result<void> run(Connection& connection, std::string_view sql, const Values&... values) {
  TRY(Statement statement, connection.statement(sql));
  CHECK_OK(statement.bind(values...));
  return statement.run();
}

Result<void> write_audit(Connection& connection, const AuditRecord& record) {
  return run(connection, kAppendAudit, record.id, record.at, record.actor, record.action, record.repo, record.pull,
             record.environment, record.service, record.from_commit, record.to_commit, record.why);
}

Result<bool> is_superseded(Connection& connection, const Intake::SeenImage& image) {
  TRY(Statement known, connection.statement(kIsSuperseded));
  CHECK_OK(known.bind(superseded_key(image.name, image.tag, image.digest)));
  return known.step();
}

Result<void> see_image(Connection& connection, const Intake& intake, const Intake::SeenImage& image) {
  std::string before;
  {
    TRY(Statement known, connection.statement(kSupersededDigest));
    CHECK_OK(known.bind(image.name, image.tag, image.digest));
    TRY(const bool found, known.step());
    if (found) before = known.text(0);
  }
  if (!before.empty()) {
    TRY(const bool old, is_superseded(connection, image));
    if (old && !intake.by_operator) return write_audit(connection, returned_digest(intake, image, before));
    CHECK_OK(write_audit(connection, superseded_digest(intake, image, before)));
    CHECK_OK(run(connection, kSupersede, image.name, image.tag, image.digest));
  }
  return run(connection, kSeeImage, image.name, image.tag, image.digest, intake.received);
}

Result<void> write_facts(Connection& connection, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) CHECK_OK(run(connection, kAppendFact, fact.kind, fact.key, fact.value));
  return {};
}

Result<IntakeResult> write_intake(Connection& connection, const Intake& intake) {
  CHECK_OK(run(connection, kInsertDelivery, intake.source, intake.delivery, intake.received));
  if (connection.changes() == 0) return IntakeResult::duplicate;
  for (const std::string& key : intake.due) CHECK_OK(run(connection, kMakeDue, key, intake.received));
  for (const Intake::SeenImage& image : intake.images) CHECK_OK(see_image(connection, intake, image));
  for (const Intake::SeenImage& image : intake.announced) {
    CHECK_OK(run(connection, kAnnounceImage, image.name, image.tag, image.digest, intake.received));
  }
  for (const auto& [pull_key, comment] : intake.edited_comments) {
    CHECK_OK(run(connection, kInsertEditedComment, pull_key, comment));
  }
  CHECK_OK(write_facts(connection, intake.facts));
  return IntakeResult::accepted;
}

Result<std::optional<Claim>> write_claim(Connection& connection, TimePoint now, TimePoint lease_until) {
  Claim claim;
  TimePoint since;
  {
    TRY(Statement next, connection.statement(kNextClaimable));
    CHECK_OK(next.bind(now));
    TRY(const bool found, next.step());
    if (!found) return std::nullopt;
    claim.key = next.text(0);
    claim.attempts = static_cast<std::size_t>(next.integer(1));
    since = next.time(2);
  }
  {
    TRY(Statement number, connection.statement("UPDATE claim_counter SET value = value + 1 RETURNING value"));
    TRY(const bool counted, number.step());
    if (!counted)
      return fail(ErrorKind::internal, "the store \"" + connection.path() + "\" has lost its claim counter");
    claim.version = number.integer(0);
    CHECK_OK(number.run());
  }
  CHECK_OK(run(connection, kClaim, claim.key, claim.version, since, lease_until, now));
  return claim;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(Connection writer, Connection reader) : writes_(std::move(writer)), reader_(std::move(reader)) {}

  Result<IntakeResult> take_in(const Intake& intake) override {
    return write<IntakeResult>([&](Connection& connection) { return write_intake(connection, intake); });
  }

  Result<void> make_due(const std::vector<std::string>& keys, TimePoint at) override {
    return writes_.run([&](Connection& connection) -> Result<void> {
      for (const std::string& key : keys) CHECK_OK(run(connection, kMakeDue, key, at));
      return {};
    });
  }

  Result<std::optional<Claim>> claim(TimePoint now, TimePoint lease_until) override {
    return write<std::optional<Claim>>(
        [&](Connection& connection) { return write_claim(connection, now, lease_until); });
  }

  Result<void> finish(const Claim& claim, std::optional<TimePoint> again) override {
    return writes_.run([&](Connection& connection) -> Result<void> {
      if (again) return run(connection, kFinishUntil, claim.key, claim.version, *again);
      CHECK_OK(run(connection, kFinish, claim.key, claim.version));
      return run(connection, kFinishAskedAgain, claim.key, claim.version);
    });
  }

  Result<void> retry(const Claim& claim, TimePoint at) override {
    return writes_.run([&](Connection& connection) { return run(connection, kRetry, claim.key, claim.version, at); });
  }

  Result<void> release(const Claim& claim) override {
    return writes_.run([&](Connection& connection) { return run(connection, kRelease, claim.key, claim.version); });
  }

  Result<void> release_all() override {
    return writes_.run([](Connection& connection) { return run(connection, kReleaseAll); });
  }

  Result<std::optional<TimePoint>> next_due() override {
    const std::lock_guard lock(reading_);
    TRY(Statement next, reader_.statement(kNextDue));
    CHECK_OK(next.step());
    return next.optional_time(0);
  }

  Result<std::size_t> queue_length() override {
    const std::lock_guard lock(reading_);
    TRY(Statement count, reader_.statement("SELECT count(*) FROM queue"));
    CHECK_OK(count.step());
    return static_cast<std::size_t>(count.integer(0));
  }

  Result<std::vector<SeenImageRow>> seen_images() override {
    return read<SeenImageRow>("SELECT name, tag, digest, seen, created, unchecked FROM seen_image ORDER BY name, tag",
                              [](const Statement& row) {
                                return SeenImageRow{row.text(0), row.text(1),          row.text(2),
                                                    row.time(3), row.optional_time(4), row.text(5)};
                              });
  }

  Result<std::vector<AnnouncedRow>> announced_images() override {
    return read<AnnouncedRow>("SELECT name, tag, digest, received FROM announcement ORDER BY sequence",
                              [](const Statement& row) {
                                return AnnouncedRow{row.text(0), row.text(1), row.text(2), row.time(3)};
                              });
  }

  Result<void> learn_images(const std::vector<SeenImageRow>& images,
                            const std::vector<AnnouncedRow>& settled) override {
    return writes_.run([&](Connection& connection) -> Result<void> {
      for (const SeenImageRow& image : images) {
        CHECK_OK(run(connection, kSupersede, image.name, image.tag, image.digest));
        CHECK_OK(run(connection, kLearnImage, image.name, image.tag, image.digest, image.seen, image.created,
                     image.unchecked));
      }
      for (const AnnouncedRow& row : settled) {
        CHECK_OK(run(connection, kSettleAnnounced, row.name, row.tag, row.digest, row.received));
      }
      return {};
    });
  }

  Result<std::vector<std::string>> edited_comments(std::string_view pull_key) override {
    return read<std::string>(
        "SELECT comment FROM edited_comment WHERE pull_key = ?1 ORDER BY comment",
        [](const Statement& row) { return row.text(0); }, pull_key);
  }

  Result<void> put(std::string_view kind, std::string_view key, std::string_view value) override {
    return writes_.run([&](Connection& connection) { return run(connection, kPut, kind, key, value); });
  }

  Result<std::optional<std::string>> get(std::string_view kind, std::string_view key) override {
    TRY(std::vector<std::string> values, read<std::string>(
                                             "SELECT value FROM observation WHERE kind = ?1 AND key = ?2",
                                             [](const Statement& row) { return row.text(0); }, kind, key));
    if (values.empty()) return std::nullopt;
    return std::move(values.front());
  }

  Result<void> append_facts(const std::vector<Fact>& facts) override {
    if (facts.empty()) return {};
    return writes_.run([&](Connection& connection) { return write_facts(connection, facts); });
  }

  Result<std::vector<std::string>> facts(std::string_view kind, std::string_view key) override {
    return read<std::string>(
        "SELECT value FROM fact WHERE kind = ?1 AND key = ?2 ORDER BY sequence",
        [](const Statement& row) { return row.text(0); }, kind, key);
  }

  Result<void> append_audit(const AuditRecord& record) override {
    return writes_.run([&](Connection& connection) { return write_audit(connection, record); });
  }

  Result<std::vector<AuditRecord>> audit(std::optional<TimePoint> since, std::optional<TimePoint> until) override {
    return read<AuditRecord>(
        kAudit,
        [](const Statement& row) {
          return AuditRecord{row.text(0), row.time(1), row.text(2), row.text(3), row.text(4), row.text(5),
                             row.text(6), row.text(7), row.text(8), row.text(9), row.text(10)};
        },
        since.value_or(TimePoint::min()), until.value_or(TimePoint::max()));
  }

  Result<void> forget_deliveries(TimePoint before) override {
    return writes_.run(
        [&](Connection& connection) { return run(connection, "DELETE FROM delivery WHERE received < ?1", before); });
  }

 private:
  /// A write with an answer; the answer counts only once the write is durable.
  template <class Answer, class Write>
  Result<Answer> write(const Write& write) {
    Answer answer{};
    CHECK_OK(writes_.run([&](Connection& connection) -> Result<void> {
      TRY(answer, write(connection));
      return {};
    }));
    return answer;
  }

  template <class Row, class Decode, class... Values>
  Result<std::vector<Row>> read(std::string_view sql, const Decode& decode, const Values&... values) {
    const std::lock_guard lock(reading_);
    TRY(Statement statement, reader_.statement(sql));
    CHECK_OK(statement.bind(values...));
    std::vector<Row> rows;
    for (;;) {
      TRY(const bool found, statement.step());
      if (!found) return rows;
      rows.push_back(decode(statement));
    }
  }

  GroupCommit writes_;
  std::mutex reading_;  ///< readers do not wait for a commit to reach the disk
  Connection reader_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file) {
  // SQLite gives its other files the mode of this one. Where it cannot be made, SQLite says why.
  static_cast<void>(make_private_file(file));
  TRY(Connection writer, Connection::open(file));
  CHECK_OK(migrate(writer));
  TRY(Connection reader, Connection::open(file));
  return std::make_unique<SqliteStore>(std::move(writer), std::move(reader));
}

}  // namespace towline::store
