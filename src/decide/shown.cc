#include "decide/shown.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "decide/serial.h"
#include "discovery/source.h"

namespace towline::decide {
namespace {

auto second_of(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

/// The files of a plain directory that Argo CD reads as manifests.
bool is_manifest_name(std::string_view path) {
  constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".json"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_below(std::string_view path, std::string_view directory) {
  return directory.empty() ||
         (path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/');
}

/// Whether the source reads the whole file as manifests, so that the diff shows all that it changes.
bool shows_whole(const discovery::Source& source, std::string_view path) {
  if (source.kind != discovery::SourceKind::directory || source.origin != discovery::Origin::here || source.only_ref) {
    return false;
  }
  const bool all_files = source.directory.include.empty() && source.directory.exclude.empty();
  if (!all_files || !is_manifest_name(path) || !is_below(path, source.path)) return false;
  const std::size_t name = source.path.empty() ? 0 : source.path.size() + 1;
  return source.directory.recurse || path.find('/', name) == std::string_view::npos;
}

bool is_shown_in_full(const evaluate::Evaluation& evaluation, std::string_view path) {
  return std::any_of(evaluation.applications.begin(), evaluation.applications.end(), [&](const auto& report) {
    if (!report.problems.empty()) return false;
    const auto sources = discovery::sources_of(report.application);
    return std::any_of(sources.begin(), sources.end(), [&](const auto& source) { return shows_whole(source, path); });
  });
}

bool is_problem(const policy::Finding& finding) {
  return finding.level == policy::Level::error || finding.level == policy::Level::fail;
}

Binding no(std::string why) { return {Binding::State::no, std::move(why)}; }

Binding for_this_head(const PullSnapshot& snapshot, const Shown* shown) {
  const std::string head = short_id(snapshot.pull.head);
  if (shown == nullptr) {
    return no("it was given before the report showed what " + head + " changes; read the report and approve again");
  }
  // Without an evaluation nothing merges, and there is nothing to compare with.
  const auto& evaluation = snapshot.evaluation;
  if (!evaluation || evaluation->head != snapshot.pull.head) return {Binding::State::holds, {}};
  if (shown->digest == shown_digest(*evaluation)) return {Binding::State::holds, {}};
  if (shown->digest.empty()) {
    return no("the report did not show the change when it was given; read the report and approve again");
  }
  const std::string cause = shown->base == evaluation->base
                                ? "what the report shows is no longer what it showed then"
                                : snapshot.default_branch + " moved and the change to be merged is another one";
  return {Binding::State::lapsed, cause + "; review again"};
}

bool carries_over(const PullSnapshot& snapshot, const Shown* shown) {
  const auto& evaluation = snapshot.evaluation;
  if (shown == nullptr || !evaluation || evaluation->head != snapshot.pull.head) return false;
  return is_understood(*evaluation) && shown->digest == shown_digest(*evaluation);
}

}  // namespace

std::string shown_digest(const evaluate::Evaluation& evaluation) {
  // Raised when digests of equal evaluations become others: then every approval given before lapses.
  constexpr std::string_view kFormatVersion = "1";
  Serial serial;
  serial.text(kFormatVersion);
  serial.list(evaluation.applications, [&](const evaluate::ApplicationReport& report) { add(serial, report); });
  std::vector<policy::Finding> problems;
  std::copy_if(evaluation.findings.begin(), evaluation.findings.end(), std::back_inserter(problems), is_problem);
  serial.list(problems, [&](const policy::Finding& finding) { add(serial, finding); });
  serial.list(evaluation.unseen, [&](const std::string& sentence) { serial.text(sentence); });
  serial.flag(evaluation.touches_config).maybe(evaluation.config_error).flag(evaluation.conflicts);
  std::vector<evaluate::TouchedFile> unshown;
  std::copy_if(evaluation.touched.begin(), evaluation.touched.end(), std::back_inserter(unshown),
               [&](const evaluate::TouchedFile& file) { return !is_shown_in_full(evaluation, file.path); });
  serial.list(unshown, [&](const evaluate::TouchedFile& file) {
    serial.text(file.path).text(file.before.str()).text(file.after.str()).number(static_cast<int>(file.mode));
  });
  return sha256_hex(serial.bytes());
}

bool is_documentation(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return path.starts_with("docs/") || name.ends_with(".md") || name.ends_with(".adoc") || name.ends_with(".rst") ||
         name == "LICENSE" || name == "CODEOWNERS";
}

bool is_understood(const evaluate::Evaluation& evaluation) {
  if (evaluation.touches_config || evaluation.config_error || evaluation.conflicts) return false;
  const auto& applications = evaluation.applications;
  const auto has_problems = [](const evaluate::ApplicationReport& report) { return !report.problems.empty(); };
  if (std::any_of(applications.begin(), applications.end(), has_problems)) return false;
  return std::all_of(evaluation.changed_paths.begin(), evaluation.changed_paths.end(), [&](const std::string& path) {
    const bool belongs =
        std::any_of(applications.begin(), applications.end(), [&](const evaluate::ApplicationReport& report) {
          const discovery::Application& application = report.application;
          return path == application.declared_in || path.starts_with(application.path + "/");
        });
    return belongs || is_documentation(path);
  });
}

const Shown* shown_to(const PullSnapshot& snapshot, const CommitId& head, TimePoint time) {
  const Shown* found = nullptr;
  for (const Shown& shown : snapshot.shown) {
    if (second_of(shown.at) < second_of(time) && shown.head == head) found = &shown;
  }
  return found;
}

std::optional<TimePoint> retargeted_at(const PullSnapshot& snapshot) {
  std::optional<TimePoint> last;
  for (const forge::HeadEvent& event : snapshot.heads) {
    if (event.retargeted) last = std::max(last.value_or(event.at), event.at);
  }
  return last;
}

bool said_before_retarget(const PullSnapshot& snapshot, TimePoint time) {
  const auto retargeted = retargeted_at(snapshot);
  return retargeted && second_of(time) <= second_of(*retargeted);
}

Binding bind_approval(const PullSnapshot& snapshot, const CommitId& approved, TimePoint time) {
  if (said_before_retarget(snapshot, time)) {
    return no("it was given before the target branch was changed to " + snapshot.pull.base_branch + "; review again");
  }
  const Shown* shown = approved.empty() ? nullptr : shown_to(snapshot, approved, time);
  if (approved == snapshot.pull.head) return for_this_head(snapshot, shown);
  if (carries_over(snapshot, shown)) return {Binding::State::carried, {}};
  return no("it was given for " + (approved.empty() ? "an unknown commit" : short_id(approved)) +
            ", before the present head " + short_id(snapshot.pull.head) + " was there");
}

}  // namespace towline::decide
