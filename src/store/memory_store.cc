#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "store/store.h"

namespace towline::store {

namespace {

/// One key of the queue: waiting when it has no lease, then `due` is set.
struct QueueRow {
  std::optional<TimePoint> due;  ///< while held: when it was asked for again
  std::size_t attempts = 0;
  struct Held {
    std::int64_t claim;
    TimePoint due;
    TimePoint lease;
  };
  std::optional<Held> held;

  void ask_for(TimePoint at) { due = std::min(due.value_or(at), at); }
  /// When it became claimable, if it is.
  std::optional<TimePoint> claimable(TimePoint now) const {
    if (held) return held->lease <= now ? std::optional(held->due) : std::nullopt;
    return due <= now ? due : std::nullopt;
  }
};

class MemoryStore final : public Store {
 public:
  Result<IntakeResult> take_in(const Intake& intake) override {
    const std::lock_guard lock(mutex_);
    if (!deliveries_.emplace(std::pair(intake.source, intake.delivery), intake.received).second) {
      return IntakeResult::duplicate;
    }
    for (const std::string& key : intake.due) queue_[key].ask_for(intake.received);
    for (const Intake::SeenImage& image : intake.images) see(image, intake);
    for (const Intake::SeenImage& image : intake.announced) {
      const AnnouncedRow row{image.name, image.tag, image.digest, intake.received};
      std::erase_if(announced_, [&](const AnnouncedRow& known) { return says_the_same(known, row); });
      announced_.push_back(row);
    }
    for (const auto& [pull_key, comment] : intake.edited_comments) edited_comments_[pull_key].insert(comment);
    add_facts(intake.facts);
    return IntakeResult::accepted;
  }

  Result<void> make_due(const std::vector<std::string>& keys, TimePoint at) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) queue_[key].ask_for(at);
    return {};
  }

  Result<std::optional<Claim>> claim(TimePoint now, TimePoint lease_until) override {
    const std::lock_guard lock(mutex_);
    auto next = queue_.end();
    for (auto row = queue_.begin(); row != queue_.end(); ++row) {
      const std::optional<TimePoint> since = row->second.claimable(now);
      if (since && (next == queue_.end() || *since < *next->second.claimable(now))) next = row;
    }
    if (next == queue_.end()) return std::nullopt;
    QueueRow& row = next->second;
    row.held = QueueRow::Held{++claims_, *row.claimable(now), lease_until};
    if (row.due <= now) row.due.reset();
    return Claim{next->first, claims_, row.attempts};
  }

  Result<void> finish(const Claim& claim, std::optional<TimePoint> again) override {
    const std::lock_guard lock(mutex_);
    QueueRow* row = held_by(claim);
    if (row == nullptr) return {};
    row->held.reset();
    row->attempts = 0;
    if (again) row->ask_for(*again);
    if (!row->due) queue_.erase(claim.key);
    return {};
  }

  Result<void> retry(const Claim& claim, TimePoint at) override {
    const std::lock_guard lock(mutex_);
    QueueRow* row = held_by(claim);
    if (row == nullptr) return {};
    row->held.reset();
    ++row->attempts;
    row->ask_for(at);
    return {};
  }

  Result<void> release(const Claim& claim) override {
    const std::lock_guard lock(mutex_);
    if (QueueRow* row = held_by(claim)) let_go(*row);
    return {};
  }

  Result<void> release_all() override {
    const std::lock_guard lock(mutex_);
    for (auto& [key, row] : queue_) {
      if (row.held) let_go(row);
    }
    return {};
  }

  Result<std::optional<TimePoint>> next_due() override {
    const std::lock_guard lock(mutex_);
    std::optional<TimePoint> next;
    for (const auto& [key, row] : queue_) {
      const TimePoint at = row.held ? row.held->lease : *row.due;
      next = std::min(next.value_or(at), at);
    }
    return next;
  }

  Result<std::size_t> queue_length() override {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

  Result<std::vector<SeenImageRow>> seen_images() override {
    const std::lock_guard lock(mutex_);
    std::vector<SeenImageRow> rows;
    for (const auto& [image, row] : images_) rows.push_back(row);
    return rows;
  }

  Result<std::vector<AnnouncedRow>> announced_images() override {
    const std::lock_guard lock(mutex_);
    return announced_;
  }

  Result<void> learn_images(const std::vector<SeenImageRow>& images,
                            const std::vector<AnnouncedRow>& settled) override {
    const std::lock_guard lock(mutex_);
    for (const SeenImageRow& image : images) learn(image);
    for (const AnnouncedRow& row : settled) {
      std::erase_if(announced_, [&](const AnnouncedRow& known) {
        return says_the_same(known, row) && known.received == row.received;
      });
    }
    return {};
  }

  Result<std::vector<std::string>> edited_comments(std::string_view pull_key) override {
    const std::lock_guard lock(mutex_);
    const auto found = edited_comments_.find(pull_key);
    if (found == edited_comments_.end()) return std::vector<std::string>();
    return std::vector<std::string>(found->second.begin(), found->second.end());
  }

  Result<void> put(std::string_view kind, std::string_view key, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    observations_.insert_or_assign({std::string(kind), std::string(key)}, std::string(value));
    return {};
  }

  Result<std::optional<std::string>> get(std::string_view kind, std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const auto found = observations_.find({std::string(kind), std::string(key)});
    if (found == observations_.end()) return std::nullopt;
    return found->second;
  }

  Result<void> append_facts(const std::vector<Fact>& facts) override {
    const std::lock_guard lock(mutex_);
    add_facts(facts);
    return {};
  }

  Result<std::vector<std::string>> facts(std::string_view kind, std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const auto found = facts_.find({std::string(kind), std::string(key)});
    return found == facts_.end() ? std::vector<std::string>() : found->second;
  }

  Result<void> append_audit(const AuditRecord& record) override {
    const std::lock_guard lock(mutex_);
    append(record);
    return {};
  }

  Result<std::vector<AuditRecord>> audit(std::optional<TimePoint> since, std::optional<TimePoint> until) override {
    const std::lock_guard lock(mutex_);
    std::vector<AuditRecord> records;
    for (const auto& [at, record] : audit_) {
      if (at >= since.value_or(TimePoint::min()) && at < until.value_or(TimePoint::max())) records.push_back(record);
    }
    return records;
  }

  Result<void> forget_deliveries(TimePoint before) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(deliveries_, [&](const auto& delivery) { return delivery.second < before; });
    return {};
  }

 private:
  static bool says_the_same(const AnnouncedRow& a, const AnnouncedRow& b) {
    return a.name == b.name && a.tag == b.tag && a.digest == b.digest;
  }

  void add_facts(const std::vector<Fact>& facts) {
    for (const Fact& fact : facts) {
      std::vector<std::string>& values = facts_[{fact.kind, fact.key}];
      if (std::find(values.begin(), values.end(), fact.value) == values.end()) values.push_back(fact.value);
    }
  }

  void append(const AuditRecord& record) {
    if (audit_ids_.insert(record.id).second) audit_.emplace(record.at, record);
  }

  void see(const Intake::SeenImage& image, const Intake& intake) {
    const SeenImageRow seen{image.name, image.tag, image.digest, intake.received};
    const auto [row, fresh] = images_.try_emplace({image.name, image.tag}, seen);
    if (fresh || image.digest.empty() || row->second.digest == image.digest) return;
    const std::string& present = row->second.digest;
    if (!present.empty() && !intake.by_operator &&
        observations_.contains(superseded(image.name, image.tag, image.digest))) {
      return append(returned_digest(intake, image, present));
    }
    if (!present.empty()) append(superseded_digest(intake, image, present));
    supersede(row->second);
    row->second = seen;
  }

  void learn(const SeenImageRow& image) {
    const auto [row, fresh] = images_.try_emplace({image.name, image.tag}, image);
    if (fresh) return;
    SeenImageRow& known = row->second;
    const bool moved = !known.digest.empty() && !image.digest.empty() && image.digest != known.digest;
    if (moved) supersede(known);
    if (moved) known.seen = image.seen;
    if (moved || image.created) known.created = image.created;
    if (!image.digest.empty()) known.digest = image.digest;
    known.unchecked = image.unchecked;
  }

  static std::pair<std::string, std::string> superseded(const std::string& name, const std::string& tag,
                                                        const std::string& digest) {
    return {std::string(kSupersededDigests), superseded_key(name, tag, digest)};
  }

  void supersede(const SeenImageRow& known) {
    if (!known.digest.empty()) observations_[superseded(known.name, known.tag, known.digest)] = "";
  }

  QueueRow* held_by(const Claim& claim) {
    const auto row = queue_.find(claim.key);
    if (row == queue_.end() || !row->second.held || row->second.held->claim != claim.version) return nullptr;
    return &row->second;
  }

  static void let_go(QueueRow& row) {
    row.ask_for(row.held->due);
    row.held.reset();
  }

  std::mutex mutex_;
  std::int64_t claims_ = 0;
  std::map<std::pair<std::string, std::string>, TimePoint> deliveries_;
  std::map<std::string, QueueRow> queue_;
  std::map<std::pair<std::string, std::string>, SeenImageRow> images_;
  std::map<std::string, std::set<std::string>, std::less<>> edited_comments_;
  std::map<std::pair<std::string, std::string>, std::string> observations_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> facts_;
  std::vector<AnnouncedRow> announced_;
  std::set<std::string> audit_ids_;
  std::multimap<TimePoint, AuditRecord> audit_;  ///< equal times keep the order of writing
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace towline::store
