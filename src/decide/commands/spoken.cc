#include "decide/commands/spoken.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/crypto.h"
#include "base/text.h"
#include "decide/shown.h"

namespace towline::decide {
namespace {

constexpr std::size_t kShortestPrefix = 7;
constexpr std::size_t kCommitDigits = 40;

auto second_of(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::vector<const forge::Comment*> in_order(const PullSnapshot& snapshot) {
  std::vector<const forge::Comment*> comments;
  for (const forge::Comment& comment : snapshot.comments) comments.push_back(&comment);
  std::sort(comments.begin(), comments.end(), [](const forge::Comment* a, const forge::Comment* b) {
    return std::tie(a->created, a->id) < std::tie(b->created, b->id);
  });
  return comments;
}

/// Equal for what was said once: found twice, it is one.
using Identity = std::tuple<std::int64_t, chatops::CommandKind, TimePoint, std::string, std::size_t>;
Identity identity(const SpokenCommand& said) {
  return {said.comment, said.command.kind, said.at, to_lower(said.user), said.position};
}

/// Within one second the forge tells no order: what was edited in comes last, because it restrains.
auto order(const SpokenCommand& said) {
  return std::tuple(second_of(said.at), said.edited_in, said.at, said.comment, said.position);
}

std::string sha256_of(const forge::Comment& comment) { return sha256_hex(comment.body); }

/// The recorded texts of one comment.
class History {
 public:
  History(const PullSnapshot& snapshot, std::int64_t comment) {
    for (const SeenWord& word : snapshot.words) {
      if (word.id == comment && word.sight != Sight::review && word.sight != Sight::dismissal) words_.push_back(&word);
    }
  }

  const SeenWord* creation() const {
    const auto found = find(Sight::created);
    return found == words_.end() ? nullptr : *found;
  }

  /// Whether that text is known from elsewhere than from having been replaced.
  bool knows(std::string_view sha256) const {
    return std::any_of(words_.begin(), words_.end(), [&](const SeenWord* word) {
      return word->sight != Sight::replaced && word->sight != Sight::deleted && word->body_sha256 == sha256;
    });
  }

  /// Who edited or deleted the comment last; "" when unknown.
  std::string changed_by(Fate fate) const {
    const SeenWord* last = nullptr;
    for (const SeenWord* word : words_) {
      const bool fits = fate == Fate::deleted ? word->sight == Sight::deleted : word->sight == Sight::edited;
      if (fits && !word->by.empty() && (last == nullptr || word->at >= last->at)) last = word;
    }
    return last == nullptr ? "" : last->by;
  }

 private:
  std::vector<const SeenWord*>::const_iterator find(Sight sight) const {
    return std::find_if(words_.begin(), words_.end(), [&](const SeenWord* word) { return word->sight == sight; });
  }
  std::vector<const SeenWord*> words_;
};

bool says(const std::vector<chatops::Command>& commands, chatops::CommandKind kind) {
  return std::any_of(commands.begin(), commands.end(), [&](const auto& command) { return command.kind == kind; });
}

bool tells_a_text(Sight sight) {
  return sight == Sight::created || sight == Sight::edited || sight == Sight::replaced || sight == Sight::looked ||
         sight == Sight::ledger;
}

/// Collects what restrains, each once, with what became of its comment.
class Restraints {
 public:
  Restraints(const PullSnapshot& snapshot, const People& people) : snapshot_(snapshot), people_(people) {}

  void add_recorded() {
    for (const SeenWord& word : snapshot_.words) {
      if (!tells_a_text(word.sight) || people_.is_bot(word.author)) continue;
      if (word.sight == Sight::replaced && History(snapshot_, word.id).knows(word.body_sha256)) continue;
      const bool edited_in = word.sight != Sight::created && word.sight != Sight::looked;
      add_all({word.author, word.at, word.id, {}, Fate::stands, {}, edited_in}, word.commands);
    }
  }

  void add_present() {
    for (const forge::Comment& comment : snapshot_.comments) {
      if (people_.is_bot(comment.author)) continue;
      const TimePoint at = comment.edited ? comment.updated : comment.created;
      add_all({comment.author, at, comment.id, {}, Fate::stands, {}, comment.edited},
              chatops::parse_commands(comment.body));
    }
  }

  std::vector<SpokenCommand> take() { return std::move(all_); }

 private:
  void add_all(SpokenCommand said, const std::vector<chatops::Command>& commands) {
    for (said.position = 0; said.position < commands.size(); ++said.position) {
      said.command = commands[said.position];
      if (!restrains(said.command.kind) || !known_.insert(identity(said)).second) continue;
      said.fate = fate_of(said);
      said.changed_by = said.fate == Fate::stands ? "" : History(snapshot_, said.comment).changed_by(said.fate);
      all_.push_back(said);
    }
  }

  Fate fate_of(const SpokenCommand& said) const {
    for (const forge::Comment& comment : snapshot_.comments) {
      if (comment.id != said.comment) continue;
      return says(chatops::parse_commands(comment.body), said.command.kind) ? Fate::stands : Fate::edited;
    }
    return Fate::deleted;
  }

  const PullSnapshot& snapshot_;
  const People& people_;
  std::vector<SpokenCommand> all_;
  std::set<Identity> known_;
};

/// What the unedited comments say beside what restrains; the permits among it whose creation was told, or was not.
std::vector<SpokenCommand> unedited_commands(const PullSnapshot& snapshot, const People& people, bool heard) {
  std::vector<SpokenCommand> said;
  for (const forge::Comment* comment : in_order(snapshot)) {
    if (people.is_bot(comment->author) || was_edited(snapshot, *comment)) continue;
    // was_edited() has compared the text.
    const SeenWord* creation = History(snapshot, comment->id).creation();
    const bool told = creation != nullptr && people.same(creation->author, comment->author);
    SpokenCommand one{comment->author, comment->created, comment->id, {}};
    for (chatops::Command& command : chatops::parse_commands(comment->body)) {
      one.command = std::move(command);
      const bool counts = told || !permits(one.command.kind);
      if (!restrains(one.command.kind) && heard == counts) said.push_back(one);
      ++one.position;
    }
  }
  return said;
}

}  // namespace

bool was_edited(const PullSnapshot& snapshot, const forge::Comment& comment) {
  if (comment.edited || snapshot.edited_comments.contains(comment.id)) return true;
  const SeenWord* creation = History(snapshot, comment.id).creation();
  return creation != nullptr && creation->body_sha256 != sha256_of(comment);
}

std::vector<SpokenCommand> spoken_commands(const PullSnapshot& snapshot, const People& people) {
  Restraints restraints(snapshot, people);
  restraints.add_recorded();
  restraints.add_present();
  std::vector<SpokenCommand> said = restraints.take();
  for (SpokenCommand& command : unedited_commands(snapshot, people, true)) said.push_back(std::move(command));
  std::sort(said.begin(), said.end(),
            [](const SpokenCommand& a, const SpokenCommand& b) { return order(a) < order(b); });
  return said;
}

std::vector<SpokenCommand> unheard_commands(const PullSnapshot& snapshot, const People& people) {
  return unedited_commands(snapshot, people, false);
}

std::vector<std::string> edited_commands(const PullSnapshot& snapshot, const People& people) {
  std::vector<std::string> sentences;
  for (const forge::Comment* comment : in_order(snapshot)) {
    if (!was_edited(snapshot, *comment) || people.is_bot(comment->author) || !people.is_writer(comment->author)) {
      continue;
    }
    for (const chatops::Command& command : chatops::parse_commands(comment->body)) {
      if (!permits(command.kind)) continue;
      sentences.push_back("/" + std::string(to_lower(command.name)) + " by " + comment->author +
                          " does not count because the comment was edited: say it in a new one.");
    }
  }
  return sentences;
}

void restore_vanished_reviews(PullSnapshot& snapshot) {
  snapshot.vanished_reviews.clear();
  const auto ended = [&](std::int64_t id) {
    return std::any_of(snapshot.words.begin(), snapshot.words.end(),
                       [&](const SeenWord& word) { return word.sight == Sight::dismissal && word.id == id; });
  };
  for (const SeenWord& word : snapshot.words) {
    if (word.sight != Sight::review || ended(word.id)) continue;
    const auto& listed = snapshot.reviews;
    const bool present = std::any_of(listed.begin(), listed.end(), [&](const auto& one) { return one.id == word.id; });
    if (present) continue;
    snapshot.reviews.push_back({word.id, word.author, forge::ReviewState::changes_requested, word.head, word.at});
    snapshot.vanished_reviews.insert(word.id);
  }
}

Loss find_loss(const PullSnapshot& snapshot, const People& people, const std::vector<SpokenCommand>& said) {
  Loss loss;
  for (const SeenWord& word : snapshot.words) {
    if (word.sight == Sight::lost) loss.at = std::max(word.at, loss.at.value_or(word.at));
  }
  if (!loss.at) return loss;
  loss.answered = std::any_of(said.begin(), said.end(), [&](const SpokenCommand& one) {
    return one.command.kind == chatops::CommandKind::unhold && one.at > *loss.at && people.is_writer(one.user) &&
           !people.is_bot(one.user) && !people.same(one.user, snapshot.pull.author);
  });
  return loss;
}

std::optional<CommitId> head_seen_at(const std::vector<forge::HeadEvent>& heads, TimePoint time) {
  std::optional<CommitId> seen;
  for (const forge::HeadEvent& event : heads) {
    if (second_of(event.at) >= second_of(time)) break;
    seen = event.commit;
  }
  return seen;
}

Holds holds_for_head(const PullSnapshot& snapshot, const CommitId& said_of, TimePoint at) {
  if (said_of.empty()) return Holds::no;
  if (said_of == snapshot.pull.head) return Holds::yes;
  return bind_approval(snapshot, said_of, at).state == Binding::State::carried ? Holds::carried : Holds::no;
}

bool is_commit_prefix(std::string_view text) {
  return text.size() >= kShortestPrefix && text.size() <= kCommitDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

Meant meant_by(const PullSnapshot& snapshot, const SpokenCommand& said) {
  if (snapshot.heads.empty()) {
    return {Holds::no, {}, "the forge does not tell when commits were pushed; a review names its commit and counts"};
  }
  if (said_before_retarget(snapshot, said.at)) {
    return {Holds::no,
            {},
            "it was said before the target branch was changed to " + snapshot.pull.base_branch + "; please repeat it"};
  }
  const auto seen = head_seen_at(snapshot.heads, said.at);
  if (!seen || seen->empty()) return {Holds::no, {}, "the command raced with a push; please repeat it"};
  const std::string& named = said.command.arguments;
  if (!named.empty() && !is_commit_prefix(named)) {
    return {Holds::no, *seen, "what follows it must be the first 7 or more digits of a commit, or nothing"};
  }
  if (!seen->str().starts_with(to_lower(named))) {
    return {Holds::no, *seen, "it names another commit than the head at that time, " + short_id(*seen)};
  }
  const Holds holds = holds_for_head(snapshot, *seen, said.at);
  if (holds != Holds::no) return {holds, *seen, {}};
  return {
      Holds::no, *seen,
      "it was said of " + short_id(*seen) + ", before the present head " + short_id(snapshot.pull.head) + " was there"};
}

}  // namespace towline::decide
