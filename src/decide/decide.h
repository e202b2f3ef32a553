#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "decide/snapshot.h"

namespace towline::decide {

enum class GateState { open, waiting, closed };  ///< satisfied; not yet; a person must do something
std::string_view to_string(GateState state);

/// One named condition on merging.
struct Gate {
  std::string name;  ///< approvals, policies, freeze, soak, checks, mergeable, hold, config, draft
  GateState state = GateState::open;
  std::string reason;  ///< what is missing and who can supply it; for an open gate, why it is open
};

struct Approval {
  std::string user;
  CommitId head;  ///< what was approved
  TimePoint at;
  bool carried = false;  ///< given for an earlier head with the same rendered diff
};

/// What is known after deciding about a PR; the report is made of it.
struct Conclusion {
  std::string verdict;       ///< the report's first line: "Ready to merge", "Waiting for 1 approval from ..."
  bool may_merge = false;    ///< every gate is open
  bool wants_merge = false;  ///< and someone (or the environment's mode) asked for it
  std::vector<Gate> gates;
  std::vector<Approval> approvals;  ///< the ones that count
  std::vector<std::string> notes;   ///< e.g. the base's configuration is broken and the last good one is used
  std::string ledger;               ///< write_ledger(): kept in the report
};

/// What ends each comment of a report: "<!-- towline:report digest=… others=…,… -->" the first,
/// "<!-- towline:report part=2 digest=… -->" the others.
struct ReportMark {
  std::size_t part = 1;
  std::string digest;               ///< the first part's: report_digest(); the others': of their own text
  std::vector<std::string> others;  ///< the first part's: the digests of all the others, in order
  bool operator==(const ReportMark&) const = default;
};

// ---- actions -------------------------------------------------------------------------------------------
struct SetStatus {
  CommitId commit;
  forge::CommitStatus status;
};
/// Makes the bot's report comments say what `Conclusion` and `Evaluation` say.
struct PublishReport {
  std::string digest;  ///< of all it shows; kept in the first comment's marker
  /// A comment of the report that is there.
  struct Present {
    std::int64_t id = 0;
    ReportMark mark;
  };
  std::vector<Present> parts;           ///< those to edit, in order; what the report has more of is posted
  std::vector<std::int64_t> left_over;  ///< those to delete, as are the last of `parts` when the report has fewer
  bool interim = false;                 ///< the others stay as they are until there is something to say
};
/// Answers a command; `to` is the comment answered, kept in the reply's marker so that it happens once. 0: it answers
/// none, and warns of a merge (decide/gates/merge_check.h).
struct Reply {
  std::int64_t to = 0;
  std::string body;  ///< ends in reply_marker(to)
};
/// Undoes somebody else's edit of a comment of the bot that is no part of the report.
struct RestoreComment {
  std::int64_t id = 0;
  OwnComment comment;  ///< with the body to be written
};
struct Merge {
  CommitId head;
  CommitId base;  ///< what was evaluated: merged only while the default branch is there
  std::string title;
  std::string message;  ///< ends in the trailers
};
/// Keeps that a merge was checked, so that it is not checked again.
struct RecordMergeCheck {
  CommitId merge_commit;
  MergeCheck check;
};
/// Makes branch and pull request say these images; opens, updates or adopts.
struct UpsertBump {
  WantedBump wanted;
  std::string branch;
  std::string title;
  std::string body;                     ///< ends in a marker that tells what the bot wrote last
  std::optional<PullNumber> pull;       ///< the open one
  std::optional<CommitId> branch_head;  ///< what the branch is known to point at
  bool rewrite_branch = true;           ///< false: only title and body differ
};
struct ClosePull {
  PullNumber number;
  std::string branch;
  std::string reason;  ///< posted as a comment before closing
};
using Action =
    std::variant<SetStatus, PublishReport, Reply, RestoreComment, Merge, RecordMergeCheck, UpsertBump, ClosePull>;
std::string describe(const Action& action);

struct Plan {
  std::vector<Action> actions;          ///< in this order; the first that fails ends the execution
  std::optional<TimePoint> look_again;  ///< when something changes by time alone
  std::vector<std::string> refusals;    ///< bumps that were considered and why they are not made
};

struct PullDecision {
  Conclusion conclusion;
  Plan plan;
};

/// Pure. Equal input gives equal output.
PullDecision decide_pull(const PullSnapshot& snapshot, TimePoint now);
Plan decide_repo(const RepoSnapshot& snapshot, TimePoint now);

/// The bumps the repository should have now, before looking at pull requests. `manual` environments included.
std::vector<WantedBump> wanted_bumps(const RepoSnapshot& snapshot, std::vector<std::string>& refusals);

// ---- markers: what the bot hides in its own comments and pull request bodies ------------------------------
std::string report_marker(const ReportMark& mark);
/// Nothing unless the marker ends the text: the bot writes it behind everything that others may have written.
std::optional<ReportMark> find_report_mark(std::string_view body);

/// "<!-- towline:reply to=… -->", at the end of the bot's answers.
std::string reply_marker(std::int64_t to);
std::optional<std::int64_t> find_reply_target(std::string_view body);

}  // namespace towline::decide
