#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "base/private_files.h"
#include "base/text.h"
#include "engine/engine_state.h"
#include "engine/keys.h"
#include "engine/make_reader.h"
#include "engine/own_comments.h"
#include "engine/pushes.h"
#include "engine/words.h"
#include "forge/kinds.h"
#include "git/mirror.h"
#include "net/http_client.h"

namespace towline::engine {

namespace {

constexpr std::size_t kMaskingKeyBytes = 32;

/// What Towline keeps in the data directory; what else is there is not touched.
constexpr std::string_view kDataEntries[] = {"lock",        "towline.db", "towline.db-wal", "towline.db-shm",
                                             "masking.key", "mirrors",    "charts",         "renders"};

/// Makes the data directory, which only this user can read.
Result<void> prepare_data(const std::filesystem::path& data) {
  TRY(Tightened changes, make_private_directory(data));
  for (const std::string_view name : kDataEntries) {
    TRY(const Tightened more, tighten(data / name));
    changes.insert(changes.end(), more.begin(), more.end());
  }
  for (const std::string& change : changes) log::warn(change);
  return {};
}

/// The installation's key: every other key is derived from it.
Result<Secret> installation_key(const config::ServerConfig& config) {
  if (!config.key.empty()) return config.key;
  return read_or_make_key(config.data / "masking.key", kMaskingKeyBytes,
                          "a new one is made at the next start, masked values look changed once, and approvals of "
                          "diffs with masked values must be given again");
}

Result<std::shared_ptr<forge::Forge>> connect(const config::ForgeConfig& config) {
  const forge::Kind* kind = forge::find_kind(config.kind);
  if (kind == nullptr) return fail(ErrorKind::invalid, "there is no kind of forge '" + config.kind + "'");
  TRY(auto connected, kind->connect({config.url, config.token, config.comment_bytes}));
  return std::shared_ptr<forge::Forge>(std::move(connected));
}

std::filesystem::path mirror_path(const config::ServerConfig& config, const std::string& forge, const RepoName& repo) {
  return config.data / "mirrors" / forge / repo.owner / (repo.name + ".git");
}

/// What was said is recorded with the delivery that tells it.
void note_comment(const forge::Event& event, const std::string& pull, store::Intake& intake) {
  const forge::CommentEvent& comment = *event.comment;
  if (comment.kind == forge::CommentEvent::Kind::edited) {
    intake.edited_comments.emplace_back(pull, std::to_string(comment.id));
  }
  for (const decide::SeenWord& word : words_of(comment, event.sender, intake.received)) {
    intake.facts.push_back(fact_of(pull, word));
  }
}

/// Git and evaluators, which run in directories of their own, are given these paths.
Result<void> make_paths_absolute(config::ServerConfig& config) {
  for (std::filesystem::path* path : {&config.data, &config.templates, &config.render.charts}) {
    if (path->empty()) continue;
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(*path, error);
    if (error) {
      return fail(ErrorKind::internal, "cannot tell where the directory " + path->string() +
                                           " is, because the current directory cannot be read: " + error.message());
    }
    *path = absolute.lexically_normal();
  }
  return {};
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Engine::~Engine() { stop(std::chrono::seconds(10)); }

Result<std::unique_ptr<Engine>> Engine::create(Dependencies dependencies) {
  auto state = std::make_unique<State>();
  state->dependencies = std::move(dependencies);
  const config::ServerConfig& config = state->dependencies.config;
  // What these two say names the data directory as the operator wrote it.
  CHECK_OK(prepare_data(config.data));
  TRY(state->installation_key, installation_key(config));
  CHECK_OK(make_paths_absolute(state->dependencies.config));
  TRY(state->templates, report::Templates::load(config.templates));
  TRY(state->reader, make_reader(config, state->installation_key, state->dependencies.evaluator));
  TRY(state->registries, Registries::create(config, state->dependencies.clock));
  for (const config::ForgeConfig& forge_config : config.forges) {
    auto& forges = state->dependencies.forges;
    if (!forges.contains(forge_config.name)) {
      TRY(forges[forge_config.name], connect(forge_config));
    }
    for (const RepoName& repo : forge_config.repositories) {
      const auto mirror = mirror_path(config, forge_config.name, repo);
      std::error_code error;
      if (std::filesystem::exists(mirror, error)) CHECK_OK(git::secure_mirror(mirror));
      state->workspaces[repo_id(forge_config.name, repo)] = std::make_unique<InfraRepository>(InfraRepository::Parts{
          forge_config.name, repo, forges[forge_config.name], forge_config.url, forge_config.token, mirror,
          state->dependencies.clock, state->dependencies.store, state->reader.get()});
    }
  }
  CHECK_OK(state->dependencies.store->release_all());
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

InfraRepository* Engine::State::find_repository(std::string_view forge, const RepoName& repo) const {
  const auto found = workspaces.find(repo_id(forge, repo));
  return found == workspaces.end() ? nullptr : found->second.get();
}

Observer Engine::State::observer() {
  return {*dependencies.store,
          *reader,
          evaluations,
          dependencies.config.public_url,
          dependencies.config.bot_email,
          dependencies.say_rendering_after,
          {},
          *registries,
          shown_ledger(),
          *dependencies.clock,
          seal_key(installation_key)};
}

Executor Engine::State::executor() {
  return {*dependencies.store,
          *dependencies.clock,
          templates,
          dependencies.probe,
          dependencies.config.public_url,
          dependencies.config.bot_name,
          dependencies.config.bot_email,
          shown_ledger(),
          seal_key(installation_key)};
}

ShownLedger Engine::State::shown_ledger() {
  return ShownLedger(Secret(derive_key(installation_key.reveal(), "what reports show")), *dependencies.store);
}

void Engine::State::poke() {
  {
    const std::lock_guard lock(mutex);
    ++pokes;
  }
  wake.notify_all();
}

Result<store::IntakeResult> Engine::forge_event(std::string_view forge, const forge::Delivery& delivery) {
  const forge::Event& event = delivery.event;
  InfraRepository* workspace = state_->find_repository(forge, event.repo);
  store::Intake intake;
  intake.source = "forge/" + std::string(forge);
  intake.delivery = delivery.id;
  intake.received = state_->dependencies.clock->now();
  if (workspace != nullptr) intake.facts = push_facts(forge, event);
  if (workspace != nullptr && event.kind != forge::EventKind::ignored) {
    const std::string repository = repo_key(forge, event.repo);
    switch (event.kind) {
      case forge::EventKind::pull:
      case forge::EventKind::comment:
      case forge::EventKind::review:
        if (event.pull) {
          const std::string pull = pull_key(forge, event.repo, *event.pull);
          intake.due.push_back(pull);
          if (event.comment) note_comment(event, pull, intake);
          const bool edited = event.comment && event.comment->kind == forge::CommentEvent::Kind::edited;
          if (!edited) workspace->forget_refusal(*event.pull);
        }
        if (event.kind == forge::EventKind::pull) intake.due.push_back(repository);
        break;
      case forge::EventKind::status:
        if (const auto pull = workspace->pull_with_head(event.commit)) {
          intake.due.push_back(pull_key(forge, event.repo, *pull));
        }
        break;
      default:
        intake.due.push_back(repository);
        break;
    }
  }
  TRY(const store::IntakeResult result, state_->dependencies.store->take_in(intake));
  if (!intake.due.empty()) state_->poke();
  return result;
}

Result<store::IntakeResult> Engine::images_pushed(std::string_view registry, std::string_view delivery,
                                                  const std::vector<registry::ImagePushed>& images) {
  store::Intake intake;
  intake.source = "registry/" + std::string(registry);
  intake.delivery = delivery.empty() ? "unnamed-" + random_hex(16) : std::string(delivery);
  intake.received = state_->dependencies.clock->now();
  intake.by_operator = registry == kCommandLine;
  std::set<std::string> due;
  for (const registry::ImagePushed& image : images) {
    const store::Intake::SeenImage seen{image.name.str(), image.tag ? image.tag->str() : "",
                                        image.digest ? image.digest->str() : ""};
    if (state_->registries->find(image.name) != nullptr) {
      // Its registry is asked first: by a worker, never here.
      intake.announced.push_back(seen);
      due.insert(image_key(image.name));
    } else if (image.tag) {
      intake.images.push_back(seen);
      for (std::string& key : state_->repo_keys()) due.insert(std::move(key));
    }
  }
  intake.due.assign(due.begin(), due.end());
  TRY(const store::IntakeResult result, state_->dependencies.store->take_in(intake));
  if (!intake.due.empty()) state_->poke();
  return result;
}

Result<registry::KeySet> Engine::token_keys(std::string_view registry, std::string_view key_id) const {
  return state_->registries->token_keys(registry, key_id);
}

TimePoint Engine::now() const { return state_->dependencies.clock->now(); }

Result<RunReport> Engine::reconcile(std::string_view key) {
  State::Pass pass;
  CHECK_OK(state_->pass(key, pass));
  return pass.report;
}

Result<RunReport> Engine::reconcile_all() {
  // What one pass does can give another something to do: a merge in dev opens a promotion.
  constexpr int kMostRounds = 5;
  RunReport all;
  for (int round = 0; round < kMostRounds; ++round) {
    const std::size_t before = all.actions.size();
    all.refusals.clear();
    CHECK_OK(state_->reconcile_images());
    for (const auto& [id, workspace] : state_->workspaces) {
      TRY(RunReport report, reconcile(repo_key(workspace->forge_name(), workspace->repo())));
      all.actions.insert(all.actions.end(), report.actions.begin(), report.actions.end());
      all.refusals.insert(all.refusals.end(), report.refusals.begin(), report.refusals.end());
      TRY(const auto pulls, workspace->forge().open_pulls(workspace->repo()));
      for (const forge::PullRequest& pull : pulls) {
        TRY(report, reconcile(pull_key(workspace->forge_name(), workspace->repo(), pull.number)));
        all.actions.insert(all.actions.end(), report.actions.begin(), report.actions.end());
      }
    }
    if (all.actions.size() == before && state_->new_image_keys().empty()) break;
  }
  return all;
}

bool Engine::ready() const {
  const std::lock_guard lock(state_->mutex);
  return state_->observed.size() == state_->workspaces.size();
}

Result<std::string> Engine::pull_page(std::string_view forge, const RepoName& repo, PullNumber number) {
  const std::string key = pull_key(forge, repo, number);
  if (state_->find_repository(forge, repo) == nullptr) {
    return fail(ErrorKind::not_found, "no such repository is configured");
  }
  TRY(const auto page, state_->dependencies.store->get("page", key));
  if (!page) return fail(ErrorKind::not_found, "this pull request has not been looked at yet; try again in a moment");
  return *page;
}

Engine::Metrics Engine::metrics() const {
  Metrics metrics;
  metrics.reconciles = state_->reconciles;
  metrics.failures = state_->failures;
  metrics.actions = state_->actions;
  if (const auto length = state_->dependencies.store->queue_length()) metrics.queue = *length;
  const auto counters = state_->reader->counters();
  metrics.renders = counters.renders;
  metrics.render_cache_hits = counters.render_cache_hits;
  return metrics;
}

Result<std::vector<std::string>> Engine::describe() {
  std::vector<std::string> lines;
  for (const auto& [id, workspace] : state_->workspaces) {
    TRY(const InfraRepository::Facts facts, workspace->facts());
    lines.push_back("repository " + id + " as " + facts.bot +
                    (facts.repo.can_push ? "" : ", WITHOUT the right to push: give the bot write access"));
    TRY(const git::Repository mirror, workspace->open());
    TRY(const forge::Branch branch, workspace->forge().branch(workspace->repo(), facts.repo.default_branch));
    CHECK_OK(workspace->ensure(mirror, branch.head, {"refs/heads/*"}));
    TRY(const ConfigInForce config, workspace->config_at(mirror, branch.head));
    if (config.error) lines.push_back("  the configuration is broken, the last good one is in force: " + *config.error);
    if (config.config.environments.empty()) lines.push_back("  no environment: add .towline.yaml to the repository");
    for (const config::Environment& environment : config.config.environments) {
      lines.push_back("  environment " + environment.name + ": " + environment.services.str() + ", bump " +
                      std::string(config::to_string(environment.bump)) +
                      (environment.from ? ", promoted from " + *environment.from : "") + ", " +
                      plural(environment.approvals, "approval") + " required" +
                      (config.config.detected ? " (detected)" : ""));
    }
  }
  return lines;
}

}  // namespace towline::engine
