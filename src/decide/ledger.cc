#include "decide/ledger.h"

#include <algorithm>
#include <map>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "decide/plain_text.h"
#include "decide/seal.h"

namespace towline::decide {
namespace {

using chatops::CommandKind;

constexpr std::string_view kStart = "<!-- towline:ledger ";
constexpr std::string_view kEnd = " -->";
constexpr std::string_view kReport = "<!-- towline:report ";
constexpr std::size_t kLongestReason = 100;
constexpr std::string_view kObjection = "changes";
constexpr std::string_view kLost = "lost";

Json entry(std::string_view kind, std::string_view user, std::int64_t id, TimePoint at) {
  return {{"kind", kind}, {"user", user}, {"id", id}, {"at", format_time(at)}};
}

/// The last hold that nobody lifted, and everybody's last /unapprove.
void add_commands(const PullView& view, Json& entries) {
  const SpokenCommand* hold = nullptr;
  std::map<std::string, const SpokenCommand*> withdrawn;
  for (const SpokenCommand& said : view.said) {
    if (!view.people.is_writer(said.user)) continue;
    if (said.command.kind == CommandKind::unhold) hold = nullptr;
    if (said.command.kind == CommandKind::hold) hold = &said;
    if (said.command.kind == CommandKind::unapprove) withdrawn[to_lower(said.user)] = &said;
  }
  const auto add = [&](const SpokenCommand& said) {
    Json made = entry(to_lower(said.command.name), said.user, said.comment, said.at);
    made["why"] = single_line(said.command.arguments, kLongestReason);
    entries.push_back(std::move(made));
  };
  if (hold != nullptr) add(*hold);
  for (const auto& [login, said] : withdrawn) add(*said);
}

void add_objections(const PullView& view, Json& entries) {
  std::map<std::string, const forge::Review*> last;
  for (const forge::Review& review : view.snapshot.reviews) {
    if (review.state != forge::ReviewState::changes_requested || !view.people.is_writer(review.author)) continue;
    const forge::Review*& kept = last[to_lower(review.author)];
    if (kept == nullptr || std::tie(kept->submitted, kept->id) < std::tie(review.submitted, review.id)) kept = &review;
  }
  for (const auto& [login, review] : last) {
    Json made = entry(kObjection, review->author, review->id, review->submitted);
    made["head"] = review->commit.str();
    entries.push_back(std::move(made));
  }
}

std::string encoded(const Json& entries) { return base64_encode(dump_json(entries)); }

std::optional<SeenWord> word_in(const Json& json) {
  const auto at = parse_time(json_string(json, "/at"));
  const std::string kind = json_string(json, "/kind");
  if (!at || kind.empty()) return std::nullopt;
  SeenWord word;
  word.id = json_integer(json, "/id");
  word.author = json_string(json, "/user");
  word.at = *at;
  word.head = CommitId(json_string(json, "/head"));
  if (kind == kLost) {
    word.sight = Sight::lost;
  } else if (kind == kObjection) {
    word.sight = Sight::review;
  } else {
    word.sight = Sight::ledger;
    word.commands = {{chatops::kind_of(kind), kind, json_string(json, "/why")}};
    if (!restrains(word.commands.front().kind)) return std::nullopt;
  }
  return word;
}

}  // namespace

std::string write_ledger(const PullView& view) {
  Json entries = Json::array();
  if (view.loss.at) entries.push_back(entry(kLost, "", 0, *view.loss.at));
  add_commands(view, entries);
  add_objections(view, entries);
  if (entries.empty()) return {};
  std::string text = encoded(entries);
  if (entries.size() <= kMostLedgerEntries && text.size() <= kMostLedgerBytes) return text;
  std::string latest;
  for (const Json& one : entries) latest = std::max(latest, json_string(one, "/at"));
  return encoded(Json::array({entry(kLost, "", 0, parse_time(latest).value_or(view.now))}));
}

std::optional<std::vector<SeenWord>> read_ledger(std::string_view ledger) {
  if (ledger.empty()) return std::vector<SeenWord>();
  const auto text = base64_decode(ledger);
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, 4);
  if (!json || !json->is_array()) return std::nullopt;
  std::vector<SeenWord> words;
  for (const Json& one : *json) {
    auto word = word_in(one);
    if (!word) return std::nullopt;
    words.push_back(*std::move(word));
  }
  return words;
}

std::string ledger_marker(std::string_view ledger) {
  return ledger.empty() ? "" : std::string(kStart) + std::string(ledger) + std::string(kEnd);
}

std::string find_ledger(std::string_view report) {
  report = trim(without_seal(report));
  const std::size_t marker = report.rfind(kReport);
  if (marker == std::string_view::npos) return {};
  const std::string_view before = trim(report.substr(0, marker));
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  if (!line.starts_with(kStart) || !line.ends_with(kEnd)) return {};
  return std::string(line.substr(kStart.size(), line.size() - kStart.size() - kEnd.size()));
}

}  // namespace towline::decide
