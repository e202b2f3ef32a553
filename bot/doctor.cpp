#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "forge/forge.h"
#include "forge/kinds.h"
#include "git/transport.h"
#include "load.h"
#include "net/http_client.h"
#include "program/bubblewrap.h"
#include "program/process.h"

namespace towline::bot {

namespace {

enum class Health { good, warning, bad };

/// One thing that was looked at.
struct Symptom {
  Health health = Health::good;
  std::string subject;
  std::string finding;
  std::string remedy;  ///< "" when healthy
};

using Symptoms = std::vector<Symptom>;

void check_git(Symptoms& symptoms) {
  const auto version = git::git_version();
  if (!version) {
    symptoms.push_back({Health::bad, "git", version.error().message, "install git 2.30 or later"});
    return;
  }
  const auto parts = split(*version, '.');
  const int major = parts.empty() ? 0 : std::atoi(std::string(parts[0]).c_str());
  const int minor = parts.size() < 2 ? 0 : std::atoi(std::string(parts[1]).c_str());
  const bool new_enough = major > 2 || (major == 2 && minor >= 30);
  symptoms.push_back({new_enough ? Health::good : Health::bad, "git", "version " + *version,
                      new_enough ? "" : "install git 2.30 or later"});
}

void check_program(Symptoms& symptoms, const std::string& name, const std::string& search_path) {
  const auto found = find_program(name, search_path);
  if (found.empty()) {
    symptoms.push_back({Health::warning, name, "is not on the search path",
                        "install " + name + ", or set search_path in the configuration; applications that need it " +
                            "cannot be rendered until then"});
  } else {
    symptoms.push_back({Health::good, name, found.string(), ""});
  }
}

void check_sandbox(Symptoms& symptoms, towline::ConfinementRule rule, const std::string& search_path) {
  if (rule == towline::ConfinementRule::limits_only) {
    symptoms.push_back({Health::warning, "sandbox", towline::limits_only_note(),
                        "remove render.sandbox from the configuration, and install bubblewrap where it is missing"});
    return;
  }
  const auto kind = towline::choose_confinement(rule, search_path);
  if (kind) {
    symptoms.push_back({Health::good, "sandbox", "renderers run in " + std::string(towline::to_string(*kind)), ""});
    return;
  }
  symptoms.push_back({Health::bad, "sandbox", "bubblewrap is missing or does not work, so nothing is rendered",
                      "install bubblewrap and let this user make user namespaces, or set render.sandbox to "
                      "limits-only to render without a sandbox"});
}

void check_disk(Symptoms& symptoms, const config::ServerConfig& config) {
  std::error_code error;
  std::filesystem::create_directories(config.data, error);
  const bool is_directory = !error && std::filesystem::is_directory(config.data, error);
  if (!error && !is_directory) error = std::make_error_code(std::errc::not_a_directory);
  const auto space = error ? std::filesystem::space_info{} : std::filesystem::space(config.data, error);
  constexpr std::uintmax_t kEnough = 1u << 30;
  if (error) {
    symptoms.push_back({Health::bad, "data directory", config.data.string() + ": " + error.message(),
                        "make it a directory where Towline's user may write, or name another as `data`"});
  } else if (const auto written = write_file(config.data / "doctor.tmp", "x"); !written) {
    symptoms.push_back(
        {Health::bad, "data directory", written.error().message, "give Towline's user the right to write there"});
  } else {
    std::filesystem::remove(config.data / "doctor.tmp", error);
    const bool enough = space.available >= kEnough;
    symptoms.push_back({enough ? Health::good : Health::warning, "data directory",
                        config.data.string() + ", " + std::to_string(space.available >> 20) + " MiB free",
                        enough ? "" : "free some room: mirrors and the database need at least 1 GiB"});
  }
}

void check_clock(Symptoms& symptoms, const config::ForgeConfig& forge) {
  auto http = make_http_client(forge.url, std::nullopt);
  if (!http) return;
  HttpRequest request;
  request.path = "/";
  request.deadline = std::chrono::seconds(10);
  const auto answer = (*http)->send(request);
  if (!answer) return;  // the forge's own check says so
  const std::string date(answer->header("Date"));
  std::tm parts{};
  if (date.empty() || strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return;
  const auto theirs = std::chrono::system_clock::from_time_t(timegm(&parts));
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - theirs);
  const auto seconds = skew.count() < 0 ? -skew.count() : skew.count();
  const bool fine = seconds <= 30;
  symptoms.push_back({fine ? Health::good : Health::bad, "clock",
                      std::to_string(seconds) + " s from " + forge.name + "'s",
                      fine ? "" : "synchronise the clock (NTP): soak times and freezes depend on it"});
}

void check_repository(Symptoms& symptoms, forge::Forge& forge, const config::ForgeConfig& config, const RepoName& repo,
                      const std::string& public_url) {
  const std::string subject = config.name + "/" + repo.str();
  const auto facts = forge.repo(repo);
  if (!facts) {
    symptoms.push_back(
        {Health::bad, subject, facts.error().message, "give the bot's account access to the repository"});
    return;
  }
  symptoms.push_back({facts->can_push ? Health::good : Health::bad, subject,
                      facts->can_push ? "the bot may push" : "the bot may not push",
                      facts->can_push ? "" : "make the bot's account a collaborator with write access"});
  if (const auto writers = forge.writers(repo); !writers) {
    symptoms.push_back({Health::bad, subject, writers.error().message,
                        "the token needs read access to the repository's members (scope read:repository)"});
  }
  const std::string hook = public_url + "/hooks/forge/" + config.name;
  const auto hooked = forge.has_webhook_for(repo, hook);
  if (!hooked) {
    symptoms.push_back({Health::warning, subject, "its webhooks cannot be read: " + hooked.error().message,
                        "check by hand that a webhook sends pushes, pull requests and comments to " + hook});
  } else {
    symptoms.push_back(
        {*hooked ? Health::good : Health::bad, subject,
         *hooked ? "has a webhook to " + hook : "has no webhook to " + hook,
         *hooked ? ""
                 : "add a webhook with the secret, for " + std::string(forge::find_kind(config.kind)->webhook_events)});
  }
}

void check_forge(Symptoms& symptoms, const config::ForgeConfig& config, const std::string& public_url) {
  const forge::Kind& kind = *forge::find_kind(config.kind);
  const auto connected = kind.connect({config.url, config.token, config.comment_bytes});
  if (!connected) {
    symptoms.push_back({Health::bad, config.name, connected.error().message, "correct the forge's url"});
    return;
  }
  forge::Forge& forge = **connected;
  const auto bot = forge.whoami();
  if (!bot) {
    symptoms.push_back({Health::bad, config.name, bot.error().message,
                        "check the url, and that the token is valid and " + std::string(kind.token_needs)});
    return;
  }
  symptoms.push_back({Health::good, config.name, "the token belongs to " + *bot, ""});
  for (const RepoName& repo : config.repositories) check_repository(symptoms, forge, config, repo, public_url);
}

void check_public_url(Symptoms& symptoms, const std::string& public_url) {
  auto http = make_http_client(public_url, std::nullopt);
  Result<HttpResponse> answer = http ? [&] {
    HttpRequest request;
    request.path = "/healthz";
    request.deadline = std::chrono::seconds(10);
    return (*http)->send(request);
  }() : Result<HttpResponse>(tl::unexpected<Error>(http.error()));
  if (answer && answer->status == 200) {
    symptoms.push_back({Health::good, "webhook address", public_url + " answers", ""});
  } else {
    symptoms.push_back({Health::warning, "webhook address",
                        public_url + "/healthz does not answer" + (answer ? "" : ": " + answer.error().message),
                        "start `towline serve`, and make public_url reachable from the forge"});
  }
}

std::string_view word(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::warning:
      return "warn";
    case Health::bad:
      return "FAIL";
  }
  return "";
}

void print(const Symptoms& symptoms, const std::string& format) {
  if (format == "json") {
    Json all = Json::array();
    for (const Symptom& symptom : symptoms) {
      all.push_back({{"health", to_lower(word(symptom.health))},
                     {"subject", symptom.subject},
                     {"finding", symptom.finding},
                     {"remedy", symptom.remedy}});
    }
    std::cout << dump_json(all, 2) << "\n";
    return;
  }
  for (const Symptom& symptom : symptoms) {
    std::cout << word(symptom.health) << (symptom.health == Health::good ? "    " : "  ") << symptom.subject << ": "
              << symptom.finding << "\n";
    if (!symptom.remedy.empty()) std::cout << "      " << symptom.remedy << "\n";
  }
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "Check this installation, and say how to mend what is wrong");
  auto file = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("--config", *file, "The server's configuration file; without it only this machine is checked")
      ->type_name("FILE");
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Exit status: 0 healthy, 1 something must be mended.\nExample:\n  towline doctor --config towline.yaml");
  command->callback([file, format, &exit_code] {
    Symptoms symptoms;
    check_git(symptoms);
    std::string search_path = environment_variables()["PATH"];
    auto sandbox = towline::ConfinementRule::required;
    if (!file->empty()) {
      const auto config = load_server_config(*file);
      if (!config) {
        exit_code = report_error(config.error());
        return;
      }
      if (!config->search_path.empty()) search_path = config->search_path;
      sandbox = config->render.sandbox;
      check_disk(symptoms, *config);
      for (const config::ForgeConfig& forge : config->forges) {
        check_clock(symptoms, forge);
        check_forge(symptoms, forge, config->public_url);
      }
      check_public_url(symptoms, config->public_url);
    }
    for (const char* program : {"kustomize", "helm"}) check_program(symptoms, program, search_path);
    check_sandbox(symptoms, sandbox, search_path);
    print(symptoms, *format);
    for (const Symptom& symptom : symptoms) {
      if (symptom.health == Health::bad) exit_code = kAnswerIsNo;
    }
  });
}

}  // namespace towline::bot
