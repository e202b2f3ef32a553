#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace towline::store {

/// Something that was seen and is never changed or forgotten: a value under a kind and a key.
struct Fact {
  std::string kind;
  std::string key;
  std::string value;
};

/// What a webhook leaves behind, in one transaction.
struct Intake {
  std::string source;    ///< "forge/gitea", "registry/ci"
  std::string delivery;  ///< id, unique within the source
  TimePoint received;
  std::vector<std::string> due;  ///< keys to look at again
  struct SeenImage {
    std::string name;  ///< normalised
    std::string tag;
    std::string digest;  ///< "" when not told
  };
  std::vector<SeenImage> images;
  std::vector<std::pair<std::string, std::string>> edited_comments;  ///< (pull key, comment id)
  /// Count once their registry was asked; without a tag: its tags are to be listed.
  std::vector<SeenImage> announced = {};
  bool by_operator = false;  ///< of the person who runs Towline: a digest that the tag had before counts again
  std::vector<Fact> facts = {};
};
enum class IntakeResult { accepted, duplicate };

/// A key that a worker holds.
struct Claim {
  std::string key;
  std::int64_t version = 0;  ///< tells this claim from every other: a lost lease can neither finish nor retry
  std::size_t attempts = 0;  ///< failures in a row before this one
};

struct SeenImageRow {
  std::string name;
  std::string tag;
  std::string digest;
  TimePoint seen;                                   ///< when the tag was first seen, or last got another digest
  std::optional<TimePoint> created = std::nullopt;  ///< when the image was built, if its registry was asked
  std::string unchecked =
      {};  ///< why the registry could not be asked about the digest; "" when it was, or is not asked
};

/// What an intake announced and no registry was asked about yet.
struct AnnouncedRow {
  std::string name;
  std::string tag;     ///< "": not told
  std::string digest;  ///< "": not told
  TimePoint received;
};

/// One mutation, for the decision log.
struct AuditRecord {
  std::string id;  ///< what makes it unique: writing the same id again does nothing
  TimePoint at;
  std::string actor;   ///< login that caused it; "towline" for the bot by itself
  std::string action;  ///< "open-pull", "merge", ...
  std::string repo;    ///< "gitea/acme/infra"
  std::string pull;    ///< "12" or ""
  std::string environment;
  std::string service;
  std::string from_commit;
  std::string to_commit;
  std::string why;  ///< gates passed, approvals, command
};

/// What the decision log has of an event whose digest a later one, that of the intake, took the place of.
AuditRecord superseded_digest(const Intake& intake, const Intake::SeenImage& image, std::string_view before);

/// What the decision log has of an event that names a digest which the tag had before the present one: a copy of an old
/// event says the same, so it does not count.
AuditRecord returned_digest(const Intake& intake, const Intake::SeenImage& image, std::string_view present);

/// The observation that a tag was of that digest and moved on.
inline constexpr std::string_view kSupersededDigests = "superseded-digest";
std::string superseded_key(std::string_view name, std::string_view tag, std::string_view digest);

/// The queue, the observations and the decision log. Thread-safe. Losing it loses no approval, merge or history.
class Store {
 public:
  virtual ~Store() = default;

  /// Durable when it returns. Concurrent calls share a transaction. A seen image's digest that takes the place of
  /// another is in the decision log (superseded_digest()). A digest that the tag had before, and that moved on, is not
  /// seen again by an intake (returned_digest()), only by learn_images().
  virtual Result<IntakeResult> take_in(const Intake& intake) = 0;
  /// Marks keys due at a time (earliest wins); used by resync and look-again.
  virtual Result<void> make_due(const std::vector<std::string>& keys, TimePoint at) = 0;

  /// The longest-due unclaimed key, now held until `lease_until`; nullopt when none is due.
  virtual Result<std::optional<Claim>> claim(TimePoint now, TimePoint lease_until) = 0;
  /// Done: the key is gone unless it was made due again meanwhile; `again` makes it due at that time.
  virtual Result<void> finish(const Claim& claim, std::optional<TimePoint> again) = 0;
  /// Failed: due again at that time, with one more attempt counted.
  virtual Result<void> retry(const Claim& claim, TimePoint at) = 0;
  /// Back in the queue as if never claimed.
  virtual Result<void> release(const Claim& claim) = 0;
  /// Drops every lease (at start, when the lock on the data directory is held).
  virtual Result<void> release_all() = 0;
  /// When a key next becomes claimable: a waiting one's time, a held one's end of lease.
  virtual Result<std::optional<TimePoint>> next_due() = 0;
  /// Keys waiting or held.
  virtual Result<std::size_t> queue_length() = 0;

  virtual Result<std::vector<SeenImageRow>> seen_images() = 0;
  /// The earliest told first. What two intakes say differently of one tag are two.
  virtual Result<std::vector<AnnouncedRow>> announced_images() = 0;
  /// Writes what a registry said, and forgets the announcements that this settles unless they were made anew meanwhile.
  /// Of a known tag `seen` changes only when its digest changes into another.
  virtual Result<void> learn_images(const std::vector<SeenImageRow>& images,
                                    const std::vector<AnnouncedRow>& settled) = 0;
  virtual Result<std::vector<std::string>> edited_comments(std::string_view pull_key) = 0;

  /// Observations: a cache by kind and key.
  virtual Result<void> put(std::string_view kind, std::string_view key, std::string_view value) = 0;
  virtual Result<std::optional<std::string>> get(std::string_view kind, std::string_view key) = 0;

  /// Durable when it returns. The same fact twice is one.
  virtual Result<void> append_facts(const std::vector<Fact>& facts) = 0;
  /// The values under that kind and key, in the order in which they were first appended.
  virtual Result<std::vector<std::string>> facts(std::string_view kind, std::string_view key) = 0;

  virtual Result<void> append_audit(const AuditRecord& record) = 0;
  /// Oldest first; `since`/`until` are inclusive/exclusive.
  virtual Result<std::vector<AuditRecord>> audit(std::optional<TimePoint> since, std::optional<TimePoint> until) = 0;

  /// Forgets deliveries older than that.
  virtual Result<void> forget_deliveries(TimePoint before) = 0;
};

/// SQLite (WAL, synchronous=FULL) in one file; made and migrated when missing.
/// Error invalid: the file is no database, or was written by a newer Towline.
Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file);
/// The honest fake: the same contract, in memory.
std::unique_ptr<Store> make_memory_store();

}  // namespace towline::store
