#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>

#include "audit/audit.h"
#include "base/log.h"
#include "commands.h"
#include "decide/decide.h"
#include "demo_stage.h"
#include "git/repository.h"
#include "program/own_process.h"

namespace towline::bot {
namespace {

constexpr std::string_view kImage = "ghcr.io/acme/pay";
constexpr std::string_view kTag = "1.5.0";
constexpr std::string_view kProdFile = "apps/prod/services/pay/deployment.yaml";
constexpr std::chrono::seconds kStepDeadline{60};
constexpr timespec kPollPause{0, 50'000'000};

/// SIGINT and SIGTERM, which stay blocked and are waited for.
sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

/// The story, told while it happens. A step that does not happen is an error whose sentence says which.
class Story {
 public:
  explicit Story(DemoStage& stage) : stage_(stage) {}

  Result<void> play() {
    const TimePoint before = SystemClock().now() - std::chrono::hours(1);
    CHECK_OK(push_image());
    CHECK_OK(dev_opens());
    CHECK_OK(dev_merges());
    CHECK_OK(prod_opens());
    CHECK_OK(prod_waits());
    CHECK_OK(alice_approves());
    CHECK_OK(prod_merges());
    return history_answers(before);
  }

 private:
  static constexpr int kSteps = 8;

  void tell(const std::string& what, const std::string& link) {
    std::cout << ++step_ << "/" << kSteps << "  " << what << "\n     " << link << "\n" << std::flush;
  }

  tl::unexpected<Error> not_happened(const std::string& what, const std::string& link) const {
    return fail(ErrorKind::timeout,
                "step " + std::to_string(step_ + 1) + " of the story did not happen: " + what + "; look at " + link);
  }

  /// Asks until the condition gives a value or the deadline passes. A stop signal ends it, too.
  template <class Condition>
  auto wait_for(const std::string& what, const std::string& link, Condition condition)
      -> Result<typename decltype(condition())::value_type> {
    const auto deadline = std::chrono::steady_clock::now() + kStepDeadline;
    const sigset_t signals = stop_signals();
    while (std::chrono::steady_clock::now() < deadline) {
      if (auto value = condition()) return *std::move(value);
      if (sigtimedwait(&signals, nullptr, &kPollPause) > 0) {
        return fail(ErrorKind::conflict, "the demo was stopped before the story ended");
      }
    }
    return not_happened(what + " within " + std::to_string(kStepDeadline.count()) + " s", link);
  }

  std::string pull_link(PullNumber number) const { return stage_.page("/pulls/" + std::to_string(number.value)); }

  Result<void> push_image() {
    TRY(digest_, stage_.sandbox().push_image(kImage, kTag));
    tell("image pushed: " + std::string(kImage) + ":" + std::string(kTag) + " is " + digest_.substr(0, 19) + "…",
         stage_.page());
    return {};
  }

  std::optional<forge::PullRequest> open_pull_on(std::string_view branch) const {
    const auto pulls = stage_.forge().open_pulls(kDemoRepository);
    const auto closed = stage_.forge().closed_pulls(kDemoRepository, 50);
    if (!pulls || !closed) return std::nullopt;
    for (const auto* list : {&*pulls, &*closed}) {
      for (const auto& pull : *list) {
        if (pull.head_branch == branch) return pull;
      }
    }
    return std::nullopt;
  }

  std::optional<forge::PullRequest> merged(PullNumber number) const {
    auto pull = stage_.forge().pull(kDemoRepository, number);
    return pull && pull->merged ? std::optional(*std::move(pull)) : std::nullopt;
  }

  std::optional<forge::CommitStatus> status(const CommitId& commit, std::string_view context) const {
    const auto statuses = stage_.forge().statuses(kDemoRepository, commit);
    if (!statuses) return std::nullopt;
    for (const auto& status : *statuses) {
      if (status.context == context) return status;
    }
    return std::nullopt;
  }

  Result<void> dev_opens() {
    TRY(dev_, wait_for("the bot opened no pull request for dev", stage_.page(),
                       [this] { return open_pull_on("towline/dev/pay"); }));
    tell("dev: the bot opened “" + dev_.title + "”", pull_link(dev_.number));
    return {};
  }

  Result<void> dev_merges() {
    const std::string link = pull_link(dev_.number);
    TRY(dev_, wait_for("the pull request for dev was not merged", link, [this] { return merged(dev_.number); }));
    TRY(const auto policy, wait_for("the rules were not checked", link, [this] {
          const auto found = status(dev_.head, "towline/policy");
          return found && found->state == forge::StatusState::success ? found : std::nullopt;
        }));
    TRY(const auto comments, stage_.forge().comments(kDemoRepository, dev_.number));
    if (comments.empty()) return not_happened("the bot reported nothing on the pull request for dev", link);
    tell("dev: reported, checked (" + policy.description + ") and merged as " + short_id(dev_.merge_commit), link);
    return {};
  }

  Result<void> prod_opens() {
    TRY(prod_, wait_for("the bot opened no pull request for prod", stage_.page(),
                        [this] { return open_pull_on("towline/prod/pay"); }));
    TRY(const auto repository, git::Repository::open(stage_.sandbox().repository_path(kDemoRepository)));
    TRY(const std::string text, repository.read_file(prod_.head, kProdFile));
    if (text.find(std::string(kTag) + "@" + digest_) == std::string::npos) {
      return not_happened("the pull request for prod does not pin the image by its digest", pull_link(prod_.number));
    }
    tell("prod: the bot opened “" + prod_.title + "”, pinned to the digest that dev has proven",
         pull_link(prod_.number));
    return {};
  }

  Result<void> prod_waits() {
    const std::string link = pull_link(prod_.number);
    TRY(const auto waits, wait_for("the bot did not say that prod waits for an approval", link, [this] {
          const auto found = status(prod_.head, "towline/merge");
          const bool says = found && found->state == forge::StatusState::pending &&
                            found->description.find("approv") != std::string::npos;
          return says ? found : std::nullopt;
        }));
    tell("prod: not yet: " + waits.description, link);
    return {};
  }

  Result<void> alice_approves() {
    TRY([[maybe_unused]] const auto report,
        wait_for("the bot reported nothing on the pull request for prod", pull_link(prod_.number), [this] {
          const auto comments = stage_.forge().comments(kDemoRepository, prod_.number);
          const bool found = comments && std::any_of(comments->begin(), comments->end(), [](const auto& comment) {
                               return decide::find_report_mark(comment.body).has_value();
                             });
          return found ? std::optional<bool>(true) : std::nullopt;
        }));
    // Forges keep whole seconds, and an approval is for what was shown in the seconds before it.
    const TimePoint readable = std::chrono::floor<std::chrono::seconds>(SystemClock().now()) + std::chrono::seconds(1);
    TRY([[maybe_unused]] const bool passed,
        wait_for("a second did not pass", pull_link(prod_.number), [readable]() -> std::optional<bool> {
          return SystemClock().now() > readable ? std::optional<bool>(true) : std::nullopt;
        }));
    TRY(const std::int64_t comment, stage_.sandbox().comment(kDemoRepository, prod_.number, "alice", "/approve"));
    tell("alice comments /approve", pull_link(prod_.number) + "#issuecomment-" + std::to_string(comment));
    return {};
  }

  Result<void> prod_merges() {
    const std::string link = pull_link(prod_.number);
    TRY(prod_,
        wait_for("the approved pull request for prod was not merged", link, [this] { return merged(prod_.number); }));
    TRY(const auto repository, git::Repository::open(stage_.sandbox().repository_path(kDemoRepository)));
    TRY(const git::Commit merge, repository.commit(prod_.merge_commit));
    std::string approver;
    for (const auto& [key, value] : git::parse_trailers(merge.message)) {
      if (key == "Towline-Approved-By") approver = value;
    }
    if (approver.find("alice") == std::string::npos) {
      return not_happened("the merge commit does not say that alice approved", link);
    }
    tell("prod: merged as " + short_id(prod_.merge_commit) + ", approved by " + approver,
         stage_.page("/commit/" + prod_.merge_commit.str()));
    return {};
  }

  /// "1.4.2, landed 2026-11-23T14:00:00Z": what the service ran in prod at that time.
  Result<std::string> ran_in_prod(TimePoint time) {
    TRY(const auto repository, git::Repository::open(stage_.sandbox().repository_path(kDemoRepository)));
    TRY(const CommitId tip, repository.resolve("refs/heads/main"));
    TRY(const config::RepoConfig config, load_repo_config(repository, tip));
    TRY(const audit::At answer, audit::at(repository, tip, config, time, "prod"));
    for (const auto& image : answer.images) {
      if (image.service == "pay" && image.name.str() == kImage) return image.written;
    }
    return fail(ErrorKind::not_found, "the history does not say what pay ran in prod at " + format_time(time));
  }

  Result<void> history_answers(TimePoint before) {
    TRY(const std::string then, ran_in_prod(before));
    TRY(const std::string now, ran_in_prod(SystemClock().now()));
    if (then == now || now.find(digest_) == std::string::npos) {
      return not_happened("the history does not tell prod's image before from the one after", stage_.page());
    }
    tell("what ran in prod? an hour ago " + then + ", now " + now, stage_.page());
    return {};
  }

  DemoStage& stage_;
  int step_ = 0;
  std::string digest_;
  forge::PullRequest dev_;
  forge::PullRequest prod_;
};

void invite(const DemoStage& stage, const DemoOptions& options) {
  std::cout << "\nThe repository, its pull requests and the comments: " << stage.page()
            << "\nThe bot: " << stage.bot_url() << "/healthz, /metrics\n"
            << "Try: push another image there and watch; comment /hold or /approve as alice or bob on its pull "
               "request for prod.\n"
            << "Ask the history: towline audit log --env prod --repo "
            << (stage.directory() / "forge" / kDemoRepository.owner / (kDemoRepository.name + ".git")).string()
            << "\nStop with Ctrl-C" << (options.keep.empty() ? "; everything is removed then.\n" : ".\n") << std::flush;
}

Result<void> run(const DemoOptions& options) {
  keep_process_private();
  // Blocked before any thread starts, so that only the story and the wait at its end see them.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  log::set_level(log::Level::warn);
  TRY(const auto stage, DemoStage::build(options));
  std::cout << "A forge, an infra repository and the bot run on this machine: " << stage->page() << "\n\n"
            << std::flush;
  auto played = Story(*stage).play();
  if (played && !options.once) {
    invite(*stage, options);
    int signal = 0;
    sigwait(&signals, &signal);
  }
  if (!stage->stop()) {
    if (!played) report_error(played.error());
    // Threads still use the engine: the process ends without tearing it down.
    _exit(played ? kDone : kAnswerIsNo);
  }
  return played;
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("demo", "See the whole story on this machine: forge, repository and bot");
  const auto options = std::make_shared<DemoOptions>();
  command->add_flag("--once", options->once, "End after the story; status 0 only if every step happened");
  command
      ->add_option("--port", options->port, "Of the forge's pages; the bot takes the next one (default 0: free ones)")
      ->check(CLI::Range(0, 65534))
      ->type_name("PORT");
  command->add_option("--keep", options->keep, "Keep the repositories and the bot's data here")->type_name("DIR");
  command->footer("Example:\n  towline demo --port 8300");
  command->callback([options, &exit_code] {
    const auto done = run(*options);
    if (done) return;
    exit_code = report_error(done.error());
    // A story that did not happen is the answer "no".
    if (done.error().kind != ErrorKind::invalid) exit_code = kAnswerIsNo;
  });
}

}  // namespace towline::bot
