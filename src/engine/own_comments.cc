#include "engine/own_comments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "decide/decide.h"
#include "decide/ledger.h"
#include "engine/engine.h"
#include "engine/keys.h"
#include "engine/words.h"

namespace towline::engine {

namespace {

using decide::SeenWord;
using decide::Sight;

constexpr std::string_view kKind = "own-comments";
constexpr std::string_view kKnown = "known-pull";
/// Kept by earlier versions for every pull request that was looked at.
constexpr std::string_view kPage = "page";
constexpr std::string_view kOwnContexts = "towline/";
constexpr std::string_view kMarker = "<!-- towline:";

Error unreadable(const std::string& key) {
  return {ErrorKind::internal,
          "what Towline wrote on " + key + " cannot be read from the store; was it written by a newer Towline?",
          {},
          {}};
}

Json json_of(const Written& written) {
  return {{"sequence", written.sequence},
          {"sha256", written.body_sha256},
          {"part", written.comment.part},
          {"to", written.comment.reply_to},
          {"body", written.comment.body}};
}

Written written_in(const Json& json) {
  return {
      json_integer(json, "/sequence"),
      json_string(json, "/sha256"),
      {static_cast<std::size_t>(json_integer(json, "/part")), json_integer(json, "/to"), json_string(json, "/body")}};
}

/// Reads the bot's comments of one pull request against what is known of them.
class Examination {
 public:
  Examination(store::Store& store, const decide::Sealer& sealer, TimePoint now, decide::PullSnapshot& snapshot)
      : store_(store),
        sealer_(sealer),
        now_(now),
        snapshot_(snapshot),
        key_(pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number)),
        records_(store, key_) {}

  Result<void> run() {
    TRY(const auto known, store_.get(kKnown, key_));
    TRY(const auto page, store_.get(kPage, key_));
    TRY(written_, records_.all());
    snapshot_.own.clear();
    snapshot_.foreign.clear();
    const bool is_known = known || page;
    for (const forge::Comment& comment : snapshot_.comments) {
      if (to_lower(comment.author) == to_lower(snapshot_.bot)) CHECK_OK(examine(comment, is_known));
    }
    CHECK_OK(notice_deletions());
    if (!is_known && !has_report_ && (has_comments_ || has_statuses())) add(noticed(Sight::lost, 0, "", now_));
    CHECK_OK(store_.append_facts(facts_));
    // Only now: had this pass ended before, the next one must find the loss again.
    if (!known) CHECK_OK(store_.put(kKnown, key_, "1"));
    return {};
  }

 private:
  Result<void> examine(const forge::Comment& comment, bool is_known) {
    const auto sequence = sealer_.sequence_of(comment.body);
    const std::string sha256 = sha256_hex(comment.body);
    const decide::OwnComment present = purpose_of(comment.body);
    // What it says restrains, also when it is an older text.
    const bool is_report = sequence && present.part == 1 && take_ledger(comment.body);
    const auto written = written_.find(comment.id);
    const bool recorded = written != written_.end();
    // Of a comment that nobody edited and that has no marker, the account's owner is the author.
    const bool suspicious = comment.edited || comment.body.find(kMarker) != std::string::npos;
    if (!recorded && !sequence && (is_known || !suspicious)) return {};
    has_comments_ = true;
    if (recorded) snapshot_.own[comment.id] = written->second.comment;
    // A newer seal is the bot's own text whose record did not reach the store, unless the forge stored
    // it at another time than it was sealed: then somebody put back what the bot wrote before.
    const bool newer =
        sequence && decide::was_sealed_at(*sequence, comment.updated) &&
        (!recorded || (*sequence > written->second.sequence && has_same_purpose(written->second.comment, present)));
    if (newer) {
      snapshot_.own[comment.id] = present;
      CHECK_OK(records_.remember(comment.id, {*sequence, sha256, present}));
    } else if (!recorded || written->second.body_sha256 != sha256) {
      note_foreign_text(comment, sha256);
      return {};
    }
    has_report_ = has_report_ || is_report;
    return {};
  }

  static decide::OwnComment purpose_of(const std::string& body) {
    const auto mark = decide::find_report_mark(body);
    const std::int64_t target = decide::find_reply_target(body).value_or(0);
    return {mark ? mark->part : 0, target, mark ? std::string() : std::string(decide::without_seal(body))};
  }

  static bool has_same_purpose(const decide::OwnComment& a, const decide::OwnComment& b) {
    return a.part == b.part && a.reply_to == b.reply_to;
  }

  void note_foreign_text(const forge::Comment& comment, const std::string& sha256) {
    snapshot_.foreign.insert(comment.id);
    SeenWord word = noticed(Sight::foreign_edit, comment.id, comment.author, comment.updated);
    word.body_sha256 = sha256;
    for (const SeenWord& edit : snapshot_.words) {
      const bool same = edit.sight == Sight::edited && edit.id == comment.id && edit.body_sha256 == sha256;
      if (same) word.by = edit.by;
    }
    add(std::move(word));
  }

  /// False when the ledger cannot be read.
  bool take_ledger(std::string_view body) {
    const auto words = decide::read_ledger(decide::find_ledger(body));
    if (!words) return false;
    for (const SeenWord& word : *words) add(word);
    return true;
  }

  static SeenWord noticed(Sight sight, std::int64_t id, const std::string& author, TimePoint at) {
    SeenWord word;
    word.sight = sight;
    word.id = id;
    word.author = author;
    word.at = at;
    return word;
  }

  Result<void> notice_deletions() {
    for (const auto& [id, written] : written_) {
      const bool present = std::any_of(snapshot_.comments.begin(), snapshot_.comments.end(),
                                       [id = id](const forge::Comment& comment) { return comment.id == id; });
      if (present) continue;
      SeenWord word = noticed(Sight::foreign_deletion, id, snapshot_.bot, now_);
      for (const SeenWord& deletion : snapshot_.words) {
        if (deletion.sight != Sight::deleted || deletion.id != id) continue;
        word.by = deletion.by;
        word.at = deletion.seen;
      }
      // The bot's own deletion whose record did not reach the store.
      if (to_lower(word.by) != to_lower(snapshot_.bot)) add(std::move(word));
      CHECK_OK(records_.forget(id));
    }
    return {};
  }

  bool has_statuses() const {
    return std::any_of(snapshot_.statuses.begin(), snapshot_.statuses.end(), [&](const forge::CommitStatus& status) {
      return status.context.starts_with(kOwnContexts) && status.target_url == snapshot_.page_url;
    });
  }

  void add(SeenWord word) {
    word.seen = now_;
    const bool known = std::any_of(snapshot_.words.begin(), snapshot_.words.end(),
                                   [&](const SeenWord& other) { return says_the_same(other, word); });
    if (known) return;
    facts_.push_back(fact_of(key_, word));
    snapshot_.words.push_back(std::move(word));
  }

  /// A ledger's restraint is known also when it was recorded in another way.
  static bool says_the_same(const SeenWord& known, const SeenWord& word) {
    if (known.id != word.id) return false;
    if (word.sight == Sight::review) return known.sight == Sight::review;
    if (known.at != word.at) return false;
    if (word.sight != Sight::ledger) return known.sight == word.sight && known.body_sha256 == word.body_sha256;
    return to_lower(known.author) == to_lower(word.author) &&
           std::any_of(known.commands.begin(), known.commands.end(),
                       [&](const auto& command) { return command.kind == word.commands.front().kind; });
  }

  store::Store& store_;
  const decide::Sealer& sealer_;
  TimePoint now_;
  decide::PullSnapshot& snapshot_;
  std::string key_;
  OwnComments records_;
  std::map<std::int64_t, Written> written_;
  std::vector<store::Fact> facts_;
  bool has_comments_ = false;  ///< of the bot
  bool has_report_ = false;    ///< an authentic first comment
};

}  // namespace

Result<std::map<std::int64_t, Written>> OwnComments::all() const {
  TRY(const auto text, store_.get(kKind, key_));
  std::map<std::int64_t, Written> all;
  if (!text) return all;
  const auto json = parse_json(*text, 8);
  if (!json || !json->is_object()) return tl::unexpected<Error>(unreadable(key_));
  for (const auto& [name, value] : json->items()) {
    std::int64_t id = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (problem != std::errc() || end != name.data() + name.size()) return tl::unexpected<Error>(unreadable(key_));
    all[id] = written_in(value);
  }
  return all;
}

Result<void> OwnComments::remember(std::int64_t id, Written written) const {
  TRY(auto known, all());
  known[id] = std::move(written);
  return write(known);
}

Result<void> OwnComments::forget(std::int64_t id) const {
  TRY(auto known, all());
  return known.erase(id) == 0 ? Result<void>() : write(known);
}

Result<void> OwnComments::write(const std::map<std::int64_t, Written>& all) const {
  Json json = Json::object();
  for (const auto& [id, written] : all) json[std::to_string(id)] = json_of(written);
  return store_.put(kKind, key_, dump_json(json));
}

Secret seal_key(const Secret& installation) {
  return Secret(derive_key(installation.reveal(), "the seal of comments"));
}

decide::Sealer sealer_for(const Secret& key, std::string_view forge, const RepoName& repo, PullNumber number) {
  return {key, repo_id(forge, repo) + "#" + std::to_string(number.value)};
}

Result<void> read_own_comments(store::Store& store, const decide::Sealer& sealer, TimePoint now,
                               decide::PullSnapshot& snapshot) {
  return Examination(store, sealer, now, snapshot).run();
}

}  // namespace towline::engine
