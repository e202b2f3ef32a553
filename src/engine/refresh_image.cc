#include "engine/refresh_image.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace towline::engine {

namespace {

constexpr std::string_view kFacts = "image-facts";
constexpr std::size_t kMostAnnounced = 200;  ///< at one look
constexpr std::size_t kMostResolved = 40;    ///< at one look
constexpr std::size_t kMostRunning = 20;
constexpr Duration kSoon = std::chrono::seconds(5);
constexpr Duration kCheckAgain = std::chrono::minutes(1);
/// Credentials that do not do are mended by people.
constexpr Duration kCheckForbidden = std::chrono::minutes(15);
/// A registry may show a tag only some time after it told of it.
constexpr Duration kPatience = std::chrono::minutes(2);

bool is_passing(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout || error.kind == ErrorKind::forbidden;
}

/// One look at one image.
class Look {
 public:
  Look(const ImageRefresher& looker, const image::ImageName& name)
      : looker_(looker),
        name_(name),
        asked_(looker.registries.find(name)),
        interest_(looker.interests.of(name)),
        now_(looker.clock.now()) {}

  Result<ImageRefresh> run() {
    CHECK_OK(read_known());
    for (const store::AnnouncedRow& row : announced_) {
      if (row.tag.empty()) {
        to_list_.push_back(row);
      } else {
        CHECK_OK(check_announced(row));
      }
    }
    if (asked_ != nullptr && interest_) {
      if (asked_->poll || !to_list_.empty()) CHECK_OK(list_tags());
      CHECK_OK(resolve_wanted());
    } else {
      settled_.insert(settled_.end(), to_list_.begin(), to_list_.end());
    }
    return finish();
  }

 private:
  registry::Client& client() { return *asked_->client; }

  Result<void> read_known() {
    TRY(const auto rows, looker_.store.seen_images());
    for (const store::SeenImageRow& row : rows) {
      if (row.name == name_.str()) known_[row.tag] = row;
    }
    TRY(const auto announced, looker_.store.announced_images());
    for (const store::AnnouncedRow& row : announced) {
      if (row.name != name_.str()) continue;
      if (announced_.size() == kMostAnnounced) {
        look_in(kSoon);
        break;
      }
      announced_.push_back(row);
    }
    return {};
  }

  void look_in(Duration wait) {
    const TimePoint at = now_ + wait;
    look_.again = look_.again ? std::min(*look_.again, at) : at;
  }

  void look_after(const Error& error) {
    const Duration usual = error.kind == ErrorKind::forbidden ? kCheckForbidden : kCheckAgain;
    look_in(error.retry_after ? std::max(Duration(*error.retry_after), kSoon) : usual);
  }

  /// Once for each thing said, however often it is said.
  Result<void> record(std::string_view action, const std::string& why) {
    log::warn(why, {{"image", name_.str()}});
    store::AuditRecord record;
    record.id = std::string(action) + " " + name_.str() + " " + sha256_hex(why);
    record.at = now_;
    record.actor = "registry:" + name_.registry;
    record.action = std::string(action);
    record.why = why;
    return looker_.store.append_audit(record);
  }

  /// A passing fault is tried again; what cannot be is recorded.
  Result<void> note(const Error& error) {
    if (error.kind == ErrorKind::invalid) return record("refuse-registry-answer", error.message);
    log::warn(error.message, {{"image", name_.str()}});
    if (is_passing(error)) look_after(error);
    return {};
  }

  store::SeenImageRow& row_for(const std::string& tag) {
    if (const auto found = learned_.find(tag); found != learned_.end()) return found->second;
    const auto known = known_.find(tag);
    store::SeenImageRow row{name_.str(), tag, "", now_};
    if (known != known_.end()) {
      row = known->second;
      row.seen = now_;
    }
    return learned_[tag] = row;
  }

  /// A tag that nobody told of. One that runs was there before anybody looked, so that it does not count as moved
  /// since.
  void row_found(const std::string& tag) {
    const bool fresh = !known_.contains(tag) && !learned_.contains(tag);
    store::SeenImageRow& row = row_for(tag);
    if (fresh && is_running(tag)) row.seen = TimePoint{};
  }

  void learn_digest(const std::string& tag, const image::Digest& digest) {
    store::SeenImageRow& row = row_for(tag);
    if (row.digest != digest.str()) row.created.reset();
    row.digest = digest.str();
    row.unchecked.clear();
  }

  Result<void> check_announced(const store::AnnouncedRow& row) {
    if (asked_ == nullptr) {
      TRY(const bool old, was_before(row));
      return old ? ignore_old(row, "no registry is configured for polling") : believe(row, "");
    }
    const auto digest = resolve_once(row.tag);
    if (digest) {
      learn_digest(row.tag, *digest);
      settled_.push_back(row);
      resolved_.insert(row.tag);
      return compare(row.tag, row.digest, *digest);
    }
    if (digest.error().kind == ErrorKind::not_found) return wait_for(row, digest.error());
    TRY(const bool old, was_before(row));
    if (old) {
      CHECK_OK(ignore_old(row, digest.error().message));
    } else {
      CHECK_OK(believe(row, digest.error().message));
    }
    return note(digest.error());
  }

  /// Of a tag that several events told of, its registry is asked once.
  const Result<image::Digest>& resolve_once(const std::string& tag) {
    const auto known = answers_.find(tag);
    if (known != answers_.end()) return known->second;
    return answers_.emplace(tag, client().resolve(name_.repository, image::Tag(tag))).first->second;
  }

  Result<void> compare(const std::string& tag, const std::string& said, const image::Digest& digest) {
    if (said.empty() || said == digest.str()) return {};
    return record("disbelieve-digest", "an event said that " + name_.str() + ":" + tag + " is " + said +
                                           ", its registry says " + digest.str() + ", which counts");
  }

  Result<void> compare_unchecked(const std::string& tag, const image::Digest& digest) {
    const auto known = known_.find(tag);
    if (known == known_.end() || known->second.unchecked.empty()) return {};
    return compare(tag, known->second.digest, digest);
  }

  /// Whether the tag had this digest before the present one. A copy of an old event says the same, so that only the
  /// registry's own answer counts then.
  Result<bool> was_before(const store::AnnouncedRow& row) {
    const auto known = known_.find(row.tag);
    if (row.digest.empty() || known == known_.end() || known->second.digest == row.digest) return false;
    TRY(const auto found,
        looker_.store.get(store::kSupersededDigests, store::superseded_key(name_.str(), row.tag, row.digest)));
    return found.has_value();
  }

  Result<void> ignore_old(const store::AnnouncedRow& row, const std::string& unchecked) {
    settled_.push_back(row);
    return record("ignore-old-digest",
                  "an event said that " + name_.str() + ":" + row.tag + " is " + row.digest +
                      ", which it was before; ignored until its registry confirms it: " + unchecked);
  }

  /// The last of several that say different things; the others are recorded.
  Result<void> believe(const store::AnnouncedRow& row, const std::string& unchecked) {
    store::SeenImageRow& learned = row_for(row.tag);
    std::string& before = believed_[row.tag];
    const std::string superseded = before.empty() || before == row.digest || row.digest.empty() ? "" : before;
    if (!row.digest.empty()) before = row.digest;
    if (!row.digest.empty() && row.digest != learned.digest) {
      learned.digest = row.digest;
      learned.created.reset();
    }
    learned.unchecked = unchecked;
    settled_.push_back(row);
    if (superseded.empty()) return {};
    CHECK_OK(looker_.store.put(store::kSupersededDigests, store::superseded_key(name_.str(), row.tag, superseded), ""));
    return record("supersede-digest", "an event said that " + name_.str() + ":" + row.tag + " is " + superseded +
                                          "; a later one says " + row.digest +
                                          ", which counts until its registry can be asked");
  }

  Result<void> wait_for(const store::AnnouncedRow& row, const Error& error) {
    if (now_ - row.received < kPatience) {
      look_in(kSoon);
      return {};
    }
    settled_.push_back(row);
    return record("disbelieve-image", "an event told of " + name_.str() + ":" + row.tag +
                                          ", and nothing is done about it: " + error.message +
                                          (row.digest.empty() ? "" : "; it said that it is " + row.digest));
  }

  bool is_running(const std::string& tag) const {
    return std::any_of(interest_->running.begin(), interest_->running.end(),
                       [&](const image::Version& version) { return version.tag && version.tag->str() == tag; });
  }

  /// Whether the rule accepts the tag, or may once it is known when it was built.
  static bool may_be_picked(const image::Selector& select, const image::TagFacts& facts) {
    const auto refusal = select.refusal(facts);
    return !refusal || refusal->rule == image::RefusedBy::build_time;
  }

  bool is_wanted(const image::Tag& tag) const {
    return is_running(tag.str()) || std::any_of(interest_->rules.begin(), interest_->rules.end(),
                                                [&](const auto& rule) { return may_be_picked(rule.select, {tag}); });
  }

  Result<void> list_tags() {
    auto list = client().tags(name_.repository);
    if (!list && is_passing(list.error())) return note(list.error());
    settled_.insert(settled_.end(), to_list_.begin(), to_list_.end());
    if (!list) return note(list.error());
    if (list->refused > 0) {
      CHECK_OK(record("refuse-registry-answer", "the registry " + name_.registry + " lists " +
                                                    plural(list->refused, "name") + " of " + name_.repository +
                                                    " that cannot be tags; they are left out"));
    }
    for (const image::Tag& tag : list->tags) {
      if (!known_.contains(tag.str()) && !learned_.contains(tag.str()) && is_wanted(tag)) row_found(tag.str());
    }
    return {};
  }

  std::vector<image::TagFacts> all_tags() const {
    std::vector<image::TagFacts> tags;
    for (const auto& [tag, row] : known_) {
      if (!learned_.contains(tag)) tags.push_back({image::Tag(tag), row.created});
    }
    for (const auto& [tag, row] : learned_) tags.push_back({image::Tag(tag), row.created});
    return tags;
  }

  /// What the rule picks for the sites that run something, each within its variant, and for one that runs nothing.
  std::vector<std::string> picks_of(const image::Selector& select, const std::vector<image::TagFacts>& tags) const {
    std::vector<std::string> picks;
    const auto add = [&](const std::optional<image::Tag>& present) {
      if (const auto winner = select.pick(tags, present)) picks.push_back(winner->str());
    };
    add(std::nullopt);
    for (const image::Version& version : interest_->running) {
      if (version.tag && picks.size() < kMostRunning) add(version.tag);
    }
    return picks;
  }

  /// The tags whose digests matter, the most important first: what the rules pick and what runs are asked about at
  /// every look, what a rule orders by its time of building only until it is known.
  std::vector<std::string> wanted_tags() const {
    std::vector<std::string> wanted;
    const auto add = [&](const std::string& tag) {
      if (std::find(wanted.begin(), wanted.end(), tag) == wanted.end()) wanted.push_back(tag);
    };
    const std::vector<image::TagFacts> tags = all_tags();
    for (const config::ImageRule& rule : interest_->rules) {
      // A moving tag is asked about whether or not anybody told of it.
      if (rule.select.follows_digest() && !rule.select.policy().tag.empty()) add(rule.select.policy().tag);
      for (const std::string& tag : picks_of(rule.select, tags)) add(tag);
    }
    for (const image::Version& version : interest_->running) {
      if (version.tag && !version.digest && wanted.size() < kMostRunning) add(version.tag->str());
    }
    for (const auto& [tag, row] : known_) {
      if (!row.unchecked.empty()) add(tag);
    }
    for (const config::ImageRule& rule : interest_->rules) {
      if (rule.select.policy().kind != image::PolicyKind::newest) continue;
      for (const image::TagFacts& facts : tags) {
        if (may_be_picked(rule.select, facts) && !is_read(facts.tag.str())) add(facts.tag.str());
      }
    }
    return wanted;
  }

  /// Whether all that the registry can say of the tag's image is known.
  bool is_read(const std::string& tag) const {
    const auto known = known_.find(tag);
    if (known == known_.end() || known->second.digest.empty()) return false;
    return known->second.created || known_facts(looker_.store, image::Digest(known->second.digest));
  }

  Result<void> resolve_wanted() {
    std::size_t asked = 0;
    for (const std::string& tag : wanted_tags()) {
      if (asked++ == kMostResolved) {
        look_in(kSoon);
        break;
      }
      if (!resolved_.contains(tag)) {
        const auto digest = client().resolve(name_.repository, image::Tag(tag));
        if (!digest && digest.error().kind == ErrorKind::not_found) continue;
        if (!digest) return note(digest.error());
        CHECK_OK(compare_unchecked(tag, *digest));
        row_found(tag);
        learn_digest(tag, *digest);
      }
      store::SeenImageRow& row = row_for(tag);
      CHECK_OK(read_facts(image::Digest(row.digest), &row));
    }
    for (const image::Version& version : interest_->running) {
      if (version.digest) CHECK_OK(read_facts(*version.digest, nullptr));
    }
    return {};
  }

  /// What never changes is asked once.
  Result<void> read_facts(const image::Digest& digest, store::SeenImageRow* row) {
    auto facts = known_facts(looker_.store, digest);
    if (!facts) {
      auto told = client().facts(name_.repository, digest);
      if (!told) return told.error().kind == ErrorKind::not_found ? Result<void>() : note(told.error());
      facts = *std::move(told);
      const std::string created = facts->created ? format_time(*facts->created) : "";
      CHECK_OK(looker_.store.put(kFacts, digest.str(),
                                 dump_json(Json{{"source", facts->source},
                                                {"revision", facts->revision},
                                                {"version", facts->version},
                                                {"created", created}})));
      look_.changed = true;
    }
    if (row != nullptr) row->created = facts->created;
    return {};
  }

  Result<ImageRefresh> finish() {
    std::vector<store::SeenImageRow> rows;
    for (auto& [tag, row] : learned_) {
      const auto known = known_.find(tag);
      const bool same = known != known_.end() && known->second.digest == row.digest &&
                        known->second.created == row.created && known->second.unchecked == row.unchecked;
      if (!same) rows.push_back(std::move(row));
    }
    if (!rows.empty() || !settled_.empty()) {
      CHECK_OK(looker_.store.learn_images(rows, settled_));
      look_.changed = look_.changed || !rows.empty();
    }
    if (asked_ != nullptr && asked_->poll && interest_) look_in(jittered(*asked_->poll));
    return look_;
  }

  /// Up to a tenth more or less, so that images that were looked at together do not stay together.
  Duration jittered(Duration poll) const {
    const std::string hash = sha256_hex(name_.str() + " " + format_time(now_));
    const auto spread = static_cast<Duration::rep>(std::stoul(hash.substr(0, 4), nullptr, 16));
    constexpr Duration::rep kRange = 0xffff;
    return poll - poll / 10 + Duration(poll.count() / 5 * spread / kRange);
  }

  const ImageRefresher& looker_;
  const image::ImageName& name_;
  const Registries::Asked* asked_;
  const std::optional<ImageInterest> interest_;
  const TimePoint now_;
  std::map<std::string, store::SeenImageRow> known_;
  std::map<std::string, store::SeenImageRow> learned_;
  std::vector<store::AnnouncedRow> announced_;
  std::vector<store::AnnouncedRow> to_list_;
  std::vector<store::AnnouncedRow> settled_;
  std::set<std::string> resolved_;
  std::map<std::string, Result<image::Digest>> answers_;  ///< to what was announced, by tag
  std::map<std::string, std::string> believed_;           ///< digests of this look, by tag
  ImageRefresh look_;
};

}  // namespace

Result<ImageRefresh> refresh_image(const ImageRefresher& looker, const image::ImageName& name) {
  return Look(looker, name).run();
}

std::optional<registry::ImageFacts> known_facts(store::Store& store, const image::Digest& digest) {
  const auto text = store.get(kFacts, digest.str());
  if (!text || !*text) return std::nullopt;
  const auto json = parse_json(**text);
  if (!json) return std::nullopt;
  registry::ImageFacts facts{json_string(*json, "/source"), json_string(*json, "/revision"),
                             json_string(*json, "/version"), std::nullopt};
  if (const auto created = parse_time(json_string(*json, "/created"))) facts.created = *created;
  return facts;
}

}  // namespace towline::engine
