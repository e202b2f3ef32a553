#include "engine/words.h"

#include <algorithm>
#include <optional>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::engine {

namespace {

using decide::SeenWord;
using decide::Sight;

constexpr std::string_view kKind = "word";
/// More than any argument that has an effect; the rest of a reason is in the comment.
constexpr std::size_t kLongestArguments = 300;

constexpr Sight kSights[] = {Sight::created, Sight::edited,       Sight::replaced,        Sight::looked,
                             Sight::deleted, Sight::review,       Sight::dismissal,       Sight::ledger,
                             Sight::lost,    Sight::foreign_edit, Sight::foreign_deletion};

std::optional<Sight> sight_of(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kSights), std::end(kSights), [&](Sight each) { return to_string(each) == name; });
  return found == std::end(kSights) ? std::nullopt : std::optional(*found);
}

std::vector<chatops::Command> bounded_commands(std::string_view body) {
  std::vector<chatops::Command> commands = chatops::parse_commands(body);
  for (chatops::Command& command : commands) command.arguments = ellipsize(command.arguments, kLongestArguments);
  return commands;
}

SeenWord word_of(const forge::CommentEvent& event, Sight sight, std::string_view body, TimePoint at, TimePoint seen) {
  SeenWord word;
  word.sight = sight;
  word.id = event.id;
  word.author = event.author;
  word.at = at;
  word.seen = seen;
  word.body_sha256 = sha256_hex(body);
  word.head = event.head;
  word.commands = bounded_commands(body);
  return word;
}

bool is_recorded(const std::vector<SeenWord>& words, const SeenWord& word) {
  return std::any_of(words.begin(), words.end(), [&](const SeenWord& known) {
    return known.id == word.id && known.at == word.at && known.body_sha256 == word.body_sha256 &&
           (known.sight == word.sight || known.sight == Sight::created);
  });
}

bool is_recorded(const std::vector<SeenWord>& words, Sight sight, std::int64_t id) {
  return std::any_of(words.begin(), words.end(),
                     [&](const SeenWord& known) { return known.sight == sight && known.id == id; });
}

Json json_of(const SeenWord& word) {
  Json commands = Json::array();
  for (const chatops::Command& command : word.commands) {
    commands.push_back(Json::array({command.name, command.arguments}));
  }
  return {{"sight", to_string(word.sight)}, {"id", word.id},
          {"author", word.author},          {"by", word.by},
          {"at", format_time(word.at)},     {"seen", format_time(word.seen)},
          {"sha256", word.body_sha256},     {"head", word.head.str()},
          {"commands", std::move(commands)}};
}

std::optional<SeenWord> word_in(const Json& json) {
  const auto sight = sight_of(json_string(json, "/sight"));
  const auto at = parse_time(json_string(json, "/at"));
  const auto seen = parse_time(json_string(json, "/seen"));
  const auto commands = json.find("commands");
  if (!sight || !at || !seen || commands == json.end() || !commands->is_array()) return std::nullopt;
  SeenWord word{*sight,
                json_integer(json, "/id"),
                json_string(json, "/author"),
                json_string(json, "/by"),
                *at,
                *seen,
                json_string(json, "/sha256"),
                CommitId(json_string(json, "/head")),
                {}};
  for (const Json& command : *commands) {
    const std::string name = json_string(command, "/0");
    word.commands.push_back({chatops::kind_of(name), name, json_string(command, "/1")});
  }
  return word;
}

}  // namespace

std::vector<SeenWord> words_of(const forge::CommentEvent& event, std::string_view sender, TimePoint seen) {
  using Kind = forge::CommentEvent::Kind;
  std::vector<SeenWord> words;
  // What a deleted comment said last may never have been seen.
  const bool edited = event.updated > event.created;
  SeenWord text = word_of(event, event.kind == Kind::created || !edited ? Sight::looked : Sight::edited, event.body,
                          event.kind == Kind::created ? event.created : event.updated, seen);
  const bool foreign = to_lower(sender) != to_lower(event.author);
  if (event.kind == Kind::created) {
    text.sight = Sight::created;
    text.by = sender;
    if (!text.commands.empty()) words.push_back(std::move(text));
  } else if (event.kind == Kind::edited) {
    SeenWord before = word_of(event, Sight::replaced, event.before, event.updated, seen);
    text.sight = Sight::edited;
    text.by = sender;
    if (foreign || !text.commands.empty() || !before.commands.empty()) words.push_back(std::move(text));
    if (decide::any_restrains(before.commands)) words.push_back(std::move(before));
  } else {
    SeenWord deletion = text;
    deletion.sight = Sight::deleted;
    deletion.by = sender;
    deletion.commands.clear();
    words.push_back(std::move(deletion));
    if (decide::any_restrains(text.commands)) words.push_back(std::move(text));
  }
  return words;
}

std::vector<SeenWord> words_found(const decide::PullSnapshot& snapshot, TimePoint seen) {
  std::vector<SeenWord> found;
  for (const forge::Comment& comment : snapshot.comments) {
    SeenWord word{comment.edited ? Sight::edited : Sight::looked,
                  comment.id,
                  comment.author,
                  {},
                  comment.edited ? comment.updated : comment.created,
                  seen,
                  {},
                  snapshot.pull.head,
                  {}};
    word.commands = bounded_commands(comment.body);
    if (!decide::any_restrains(word.commands)) continue;
    word.body_sha256 = sha256_hex(comment.body);
    if (!is_recorded(snapshot.words, word)) found.push_back(std::move(word));
  }
  for (const forge::Review& review : snapshot.reviews) {
    const bool objects = review.state == forge::ReviewState::changes_requested;
    const Sight sight = objects ? Sight::review : Sight::dismissal;
    if (!objects && !is_recorded(snapshot.words, Sight::review, review.id)) continue;
    if (is_recorded(snapshot.words, sight, review.id)) continue;
    found.push_back({sight, review.id, review.author, {}, review.submitted, seen, {}, review.commit, {}});
  }
  return found;
}

store::Fact fact_of(std::string_view pull_key, const SeenWord& word) {
  return {std::string(kKind), std::string(pull_key), dump_json(json_of(word))};
}

Result<std::vector<SeenWord>> recorded_words(store::Store& store, std::string_view pull_key) {
  TRY(const auto facts, store.facts(kKind, pull_key));
  std::vector<SeenWord> words;
  words.reserve(facts.size());
  for (const std::string& fact : facts) {
    const auto json = parse_json(fact, 8);
    auto word = json && json->is_object() ? word_in(*json) : std::nullopt;
    if (!word) {
      return fail(ErrorKind::internal, "what was said on " + std::string(pull_key) +
                                           " cannot be read from the store; was it written by a newer Towline?");
    }
    words.push_back(*std::move(word));
  }
  return words;
}

}  // namespace towline::engine
