#include "decide/people/approvals.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/text.h"
#include "decide/shown.h"

namespace towline::decide {
namespace {

using chatops::CommandKind;
using forge::ReviewState;

auto second_of(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

/// All that one person has said, in order.
struct Voice {
  std::string user;
  const forge::Review* review = nullptr;       ///< the last that takes a side
  std::vector<const SpokenCommand*> commands;  ///< approve and unapprove
};

bool takes_a_side(ReviewState state) {
  return state == ReviewState::approved || state == ReviewState::changes_requested || state == ReviewState::dismissed;
}

std::map<std::string, Voice> voices(const PullSnapshot& snapshot, const People& people,
                                    const std::vector<SpokenCommand>& said) {
  std::map<std::string, Voice> by_login;
  for (const forge::Review& review : snapshot.reviews) {
    if (people.is_bot(review.author) || !takes_a_side(review.state)) continue;
    Voice& voice = by_login[to_lower(review.author)];
    const bool later = voice.review == nullptr ||
                       std::tie(voice.review->submitted, voice.review->id) < std::tie(review.submitted, review.id);
    if (!later) continue;
    voice.user = review.author;
    voice.review = &review;
  }
  for (const SpokenCommand& command : said) {
    if (command.command.kind != CommandKind::approve && command.command.kind != CommandKind::unapprove) continue;
    Voice& voice = by_login[to_lower(command.user)];
    if (voice.user.empty()) voice.user = command.user;
    voice.commands.push_back(&command);
  }
  return by_login;
}

/// The person's approving commands since they last took their approval back.
std::vector<const SpokenCommand*> standing_commands(const Voice& voice) {
  std::vector<const SpokenCommand*> standing;
  for (const SpokenCommand* command : voice.commands) {
    if (command->command.kind == CommandKind::unapprove) {
      standing.clear();
    } else {
      standing.push_back(command);
    }
  }
  return standing;
}

/// In the same second it cannot be told which came first; then the approval is taken as withdrawn.
bool review_withdrawn(const Voice& voice) {
  return std::any_of(voice.commands.begin(), voice.commands.end(), [&](const SpokenCommand* command) {
    return command->command.kind == CommandKind::unapprove &&
           second_of(command->at) >= second_of(voice.review->submitted);
  });
}

/// Why an approval does not count.
struct WhyNot {
  std::string reason;   ///< a clause
  bool lapsed = false;  ///< it counted until something else would be merged
};

class Reading {
 public:
  Reading(const PullSnapshot& snapshot, const People& people) : snapshot_(snapshot), people_(people) {}

  void hear(const Voice& voice) {
    const std::vector<const SpokenCommand*> standing = standing_commands(voice);
    if (objects(voice, standing)) {
      if (people_.is_writer(voice.user)) result_.against.push_back(voice.user);
      return;
    }
    std::optional<Approval> best;
    WhyNot why_not;
    if (voice.review != nullptr && voice.review->state == ReviewState::approved && !review_withdrawn(voice)) {
      consider_review(*voice.review, best, why_not);
    }
    for (const SpokenCommand* command : standing) consider_command(*command, best, why_not);
    if (!best && why_not.reason.empty()) return;
    if (std::string reason = excluded(voice.user); !reason.empty()) {
      remark(voice.user, {std::move(reason)});
    } else if (best) {
      result_.counting.push_back(*std::move(best));
    } else {
      remark(voice.user, why_not);
    }
  }

  Approvals finish() {
    std::sort(result_.counting.begin(), result_.counting.end(),
              [](const Approval& a, const Approval& b) { return std::tie(a.at, a.user) < std::tie(b.at, b.user); });
    return std::move(result_);
  }

 private:
  /// Changes were requested, neither dismissed nor followed by an approval of the same person.
  static bool objects(const Voice& voice, const std::vector<const SpokenCommand*>& standing) {
    if (voice.review == nullptr || voice.review->state != ReviewState::changes_requested) return false;
    return std::none_of(standing.begin(), standing.end(), [&](const SpokenCommand* command) {
      return second_of(command->at) > second_of(voice.review->submitted);
    });
  }

  std::string excluded(std::string_view user) const {
    if (people_.wrote_it(user)) return "nobody approves what they wrote";
    if (std::string unknown = people_.unknown_pushers(); !unknown.empty()) return unknown;
    if (!people_.is_writer(user)) return "only people with write access to " + snapshot_.repo.str() + " approve";
    return {};
  }

  /// Takes the approval as the best so far if it holds; otherwise says why it does not.
  void consider(Approval approval, std::optional<Approval>& best, WhyNot& why_not) const {
    Binding binding = bind_approval(snapshot_, approval.head, approval.at);
    if (!binding.why_not.empty()) {
      why_not = {std::move(binding.why_not), binding.state == Binding::State::lapsed};
      return;
    }
    approval.carried = binding.state == Binding::State::carried;
    // An approval of the very head says more than one that was carried over to it.
    if (!best || (best->carried && !approval.carried)) best = std::move(approval);
  }

  void consider_review(const forge::Review& review, std::optional<Approval>& best, WhyNot& why_not) const {
    consider({review.author, review.commit, review.submitted, false}, best, why_not);
  }

  void consider_command(const SpokenCommand& command, std::optional<Approval>& best, WhyNot& why_not) const {
    Meant meant = meant_by(snapshot_, command);
    if (meant.holds == Holds::no) {
      why_not = {std::move(meant.why_not)};
    } else {
      consider({command.user, meant.commit, command.at, false}, best, why_not);
    }
  }

  void remark(const std::string& user, const WhyNot& why_not) {
    result_.remarks.push_back("The approval by " + user + (why_not.lapsed ? " lapsed: " : " does not count: ") +
                              why_not.reason + ".");
  }

  const PullSnapshot& snapshot_;
  const People& people_;
  Approvals result_;
};

}  // namespace

Approvals read_approvals(const PullSnapshot& snapshot, const People& people, const std::vector<SpokenCommand>& said) {
  Reading reading(snapshot, people);
  for (const auto& [login, voice] : voices(snapshot, people, said)) reading.hear(voice);
  return reading.finish();
}

}  // namespace towline::decide
