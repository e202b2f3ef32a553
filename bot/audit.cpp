#include "audit/audit.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "engine/first_seen.h"
#include "load.h"
#include "store/store.h"

namespace towline::bot {

namespace {

struct Options {
  std::string repo = ".";
  std::string revision = "HEAD";
  std::string environment;
  std::string service;
  std::string time;
  std::string since;
  std::string until;
  std::string format = "text";
  std::string data;
};

struct Opened {
  git::Repository repository;
  CommitId tip;
  config::RepoConfig config;
  std::optional<std::string> environment;
  audit::Records records;
  std::vector<std::string> warnings;
};

/// What the server's data directory knows of the branch with that tip.
Result<audit::Records> read_records(const std::string& data, const git::Repository& repository, const CommitId& tip) {
  if (data.empty()) return audit::Records();
  const std::filesystem::path file = std::filesystem::path(data) / "towline.db";
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) {
    return fail(ErrorKind::invalid, "there is no decision log in " + data + ": " + file.string() + " does not exist");
  }
  TRY(const auto store, store::open_sqlite(file));
  TRY(const auto records, store->audit(std::nullopt, std::nullopt));
  std::vector<CommitId> branch;
  CHECK_OK(repository.walk_first_parents(tip, [&](const git::Commit& commit) {
    branch.push_back(commit.id);
    return true;
  }));
  audit::Records known{std::set<CommitId>(), {}};
  std::set<std::string> repositories;
  for (const store::AuditRecord& record : records) {
    repositories.insert(record.repo);
    if (record.action == "merge") known.merges->insert(CommitId(record.to_commit));
  }
  // The data directory may serve several repositories. Of two that share commits the earlier sighting counts.
  for (const std::string& name : repositories) {
    TRY(const auto seen, engine::first_seen_of(*store, name, branch));
    for (const auto& [commit, at] : seen) {
      const auto [place, is_new] = known.first_seen.emplace(commit, at);
      if (!is_new) place->second = std::min(place->second, at);
    }
  }
  return known;
}

Result<Opened> open(const Options& options) {
  TRY(git::Repository repository, open_repository(options.repo));
  TRY(const git::Revision found, find_revision(repository, options.revision));
  const CommitId& tip = found.commit;
  TRY(config::RepoConfig config, load_repo_config(repository, tip));
  std::optional<std::string> environment;
  if (!options.environment.empty()) {
    if (config.find(options.environment) == nullptr) {
      return unknown_environment(options.environment, config);
    }
    environment = options.environment;
  }
  TRY(audit::Records records, read_records(options.data, repository, tip));
  std::vector<std::string> warnings;
  if (auto warning = revision_warning(found)) warnings.push_back(*std::move(warning));
  return Opened{std::move(repository), tip, std::move(config), std::move(environment), std::move(records),
                std::move(warnings)};
}

Result<std::optional<TimePoint>> optional_time(const std::string& text) {
  if (text.empty()) return std::optional<TimePoint>();
  TRY(const TimePoint time, parse_time(text));
  return std::optional<TimePoint>(time);
}

Json as_json(const audit::Entry& entry) {
  return {{"commit", entry.commit.str()},
          {"from", entry.parent.str()},
          {"at", format_time(entry.at)},
          {"who", entry.who},
          {"title", entry.title},
          {"environments", entry.environments},
          {"services", entry.services},
          {"images", entry.images},
          {"approved_by", entry.approved_by},
          {"policy", entry.policy},
          {"pull_request", entry.pull_request},
          {"merged_by", entry.merged_by},
          {"confirmed", entry.confirmed ? Json(*entry.confirmed) : Json()},
          {"claims", entry.claims},
          {"warnings", entry.warnings}};
}

/// Whether anything of the entry rests on a merge's trailers that no decision log confirms.
bool is_unconfirmed(const audit::Entry& entry) {
  const bool has_trailers = !entry.approved_by.empty() || !entry.policy.empty() || !entry.pull_request.empty();
  return !entry.confirmed && has_trailers;
}

void print_entry(const audit::Entry& entry) {
  std::cout << format_time(entry.at) << "  " << short_id(entry.commit) << "  " << entry.title << "\n"
            << "    by " << entry.who;
  if (!entry.approved_by.empty()) std::cout << ", approved by " << join(entry.approved_by, ", ");
  if (!entry.policy.empty()) std::cout << ", policy " << entry.policy;
  if (!entry.merged_by.empty()) std::cout << ", merged by " << entry.merged_by;
  std::cout << "\n";
  for (const std::string& claim : entry.claims) {
    std::cout << "    claims, in a commit that is no merge" << (entry.merged_by.empty() ? "" : " by Towline") << ": "
              << claim << "\n";
  }
  for (const std::string& warning : entry.warnings) std::cout << "    " << warning << "\n";
  for (const std::string& image : entry.images) std::cout << "    " << image << "\n";
  if (!entry.pull_request.empty()) std::cout << "    " << entry.pull_request << "\n";
  if (is_unconfirmed(entry)) std::cout << "    not confirmed by the decision log\n";
}

Result<void> run_at(const Options& options) {
  TRY(const Opened opened, open(options));
  TRY(const TimePoint time, parse_time(options.time));
  TRY(const audit::At answer,
      as_argument(audit::at(opened.repository, opened.tip, opened.config, time, opened.environment, opened.records)));
  std::vector<std::string> warnings = opened.warnings;
  warnings.insert(warnings.end(), answer.warnings.begin(), answer.warnings.end());
  if (options.format == "json") {
    Json images = Json::array();
    for (const auto& image : answer.images) {
      images.push_back({{"environment", image.environment},
                        {"service", image.service},
                        {"image", image.name.str()},
                        {"written", image.written},
                        {"last_change", as_json(image.last_change)}});
    }
    std::cout << dump_json({{"asked", format_time(answer.asked)},
                            {"commit", answer.commit.str()},
                            {"landed", format_time(answer.landed)},
                            {"warnings", warnings},
                            {"images", std::move(images)}},
                           2)
              << "\n";
    return {};
  }
  std::cout << "At " << format_time(answer.asked) << " the branch was at " << short_id(answer.commit) << ", landed "
            << format_time(answer.landed) << "\n";
  for (const std::string& warning : answer.warnings) std::cout << "    " << warning << "\n";
  for (const auto& image : answer.images) {
    const audit::Entry& change = image.last_change;
    std::cout << image.environment << "/" << image.service << "  " << image.written << "\n    since "
              << format_time(change.at) << " (" << short_id(change.commit) << " " << change.title << "), by "
              << change.who;
    if (!change.approved_by.empty()) std::cout << ", approved by " << join(change.approved_by, ", ");
    if (!change.merged_by.empty()) std::cout << ", merged by " << change.merged_by;
    if (!change.pull_request.empty()) std::cout << ", " << change.pull_request;
    if (is_unconfirmed(change)) std::cout << ", not confirmed by the decision log";
    std::cout << "\n";
    for (const std::string& warning : change.warnings) std::cout << "    " << warning << "\n";
  }
  return {};
}

/// A service that the whole history never had is a slip of the pen, and not a quiet week.
Result<void> check_service(const Opened& opened, const std::string& service) {
  TRY(const auto all, audit::log(opened.repository, opened.tip, opened.config, opened.environment, std::nullopt,
                                 std::nullopt, std::nullopt));
  std::set<std::string> names;
  for (const audit::Entry& entry : all) {
    for (const std::string& full : entry.services) {
      const std::size_t slash = full.find('/');
      if (opened.environment && full.substr(0, slash) != *opened.environment) continue;
      names.insert(full);
      names.insert(full.substr(slash + 1));
    }
  }
  if (names.contains(service)) return {};
  const std::string near = nearest(service, std::vector<std::string>(names.begin(), names.end()));
  return fail(ErrorKind::invalid, "there never was a service '" + service + "'" +
                                      (opened.environment ? " in " + *opened.environment : "") +
                                      (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

Result<void> run_log(const Options& options) {
  TRY(const Opened opened, open(options));
  TRY(const auto since, optional_time(options.since));
  TRY(const auto until, optional_time(options.until));
  if (since && until && *since >= *until) {
    return fail(ErrorKind::invalid, "--since " + format_time(*since) + " is not before --until " + format_time(*until));
  }
  const std::optional<std::string> service =
      options.service.empty() ? std::nullopt : std::optional<std::string>(options.service);
  TRY(const auto entries, audit::log(opened.repository, opened.tip, opened.config, opened.environment, service, since,
                                     until, opened.records));
  if (entries.empty() && service) CHECK_OK(check_service(opened, *service));
  if (options.format == "json") {
    Json all = Json::array();
    for (const auto& entry : entries) all.push_back(as_json(entry));
    std::cout << dump_json(all, 2) << "\n";
    return {};
  }
  for (const auto& entry : entries) print_entry(entry);
  return {};
}

void add_common(CLI::App& command, const std::shared_ptr<Options>& options) {
  command.add_option("--repo", options->repo, "The infra repository (default: .)")->type_name("DIR");
  command
      .add_option("--rev", options->revision,
                  "The branch the cluster follows, or refs/tags/NAME, or a commit (default: HEAD)")
      ->type_name("REV");
  command.add_option("--env", options->environment, "Only this environment")->type_name("NAME");
  command.add_option("--data", options->data, "The server's data directory, to confirm what merge commits say")
      ->type_name("DIR");
  command.add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
}

}  // namespace

void add_audit(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("audit", "Say what ran when, who changed it, who approved it, and why");
  command->require_subcommand(1);
  command->footer("Example:\n  towline audit at --env prod --time 2026-11-17T15:00:00Z");
  const auto options = std::make_shared<Options>();

  CLI::App* at = command->add_subcommand("at", "What the branch told the cluster to run at a time");
  add_common(*at, options);
  at->add_option("--time", options->time, "RFC 3339, or \"2026-11-17 15:00\" in UTC")->required()->type_name("TIME");
  at->footer("Example:\n  towline audit at --env prod --time 2026-11-17T15:00:00Z");
  at->callback([options, &exit_code] {
    if (const auto done = run_at(*options); !done) exit_code = report_error(done.error());
  });

  CLI::App* log = command->add_subcommand("log", "Every change of the environments, oldest first");
  add_common(*log, options);
  log->add_option("--service", options->service, "Only this service")->type_name("NAME");
  log->add_option("--since", options->since, "From this time on")->type_name("TIME");
  log->add_option("--until", options->until, "Before this time")->type_name("TIME");
  log->footer("Example:\n  towline audit log --env prod --since 2026-11-17 --until 2026-11-18");
  log->callback([options, &exit_code] {
    if (const auto done = run_log(*options); !done) exit_code = report_error(done.error());
  });
}

}  // namespace towline::bot
