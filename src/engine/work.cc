#include <algorithm>
#include <utility>

#include "base/log.h"
#include "decide/people/render_permission.h"
#include "engine/engine_state.h"
#include "engine/keys.h"
#include "engine/merged_tree.h"
#include "engine/refresh_image.h"
#include "report/pages/pages.h"

namespace towline::engine {

namespace {

constexpr Duration kLease = std::chrono::minutes(30);
constexpr Duration kLongestWait = std::chrono::seconds(30);

/// When a failed pass is worth trying again.
Duration retry_delay(const Error& error, std::size_t attempts) {
  if (error.retry_after) return *error.retry_after;
  switch (error.kind) {
    case ErrorKind::conflict:
      return attempts == 0 ? Duration(100) : Duration(std::chrono::seconds(std::min<std::size_t>(60, 2 * attempts)));
    case ErrorKind::forbidden:
    case ErrorKind::invalid:
    case ErrorKind::not_found:
      return std::chrono::minutes(attempts == 0 ? 1 : 5);
    default:
      return std::chrono::seconds(std::min<std::size_t>(60, std::size_t{1} << std::min<std::size_t>(attempts, 6)));
  }
}

}  // namespace

Result<void> Engine::State::pass_repo(InfraRepository& workspace, Pass& pass) {
  TRY(git::Repository mirror, workspace.open());
  TRY(const decide::RepoSnapshot snapshot, observe_repo(observer(), workspace, mirror));
  if (dependencies.probe) dependencies.probe("observed");
  interests.replace(repo_id(workspace.forge_name(), workspace.repo()), snapshot);
  pass.due = new_image_keys();
  if (workspace.base_differs(snapshot.base)) {
    // What a pull request changes, and whether it still merges, depends on the branch it goes to.
    TRY(const auto open, workspace.forge().open_pulls(workspace.repo()));
    for (const forge::PullRequest& pull : open) {
      pass.due.push_back(pull_key(workspace.forge_name(), workspace.repo(), pull.number));
    }
  }
  // Only now: had the list above failed, the next pass must see the move again.
  workspace.remember_base(snapshot.base);
  const decide::Plan plan = decide::decide_repo(snapshot, dependencies.clock->now());
  pass.report.refusals = plan.refusals;
  pass.again = plan.look_again;
  Executed executed;
  auto done = execute_repo(executor(), workspace, mirror, snapshot, plan, executed);
  actions += executed.actions.size();
  pass.report.actions = std::move(executed.actions);
  // The next resync tries these again.
  pass.report.refusals.insert(pass.report.refusals.end(), executed.refusals.begin(), executed.refusals.end());
  pass.due.insert(pass.due.end(), executed.due.begin(), executed.due.end());
  const std::lock_guard lock(mutex);
  observed.insert(repo_id(workspace.forge_name(), workspace.repo()));
  return done;
}

void Engine::State::tell_rendering(InfraRepository& workspace, git::Repository& mirror,
                                   const decide::PullSnapshot& meanwhile, Pass& pass) {
  if (!meanwhile.pull.open) return;
  const decide::PullDecision decision = decide::decide_pull(meanwhile, dependencies.clock->now());
  Executed executed;
  const auto told = execute_pull(executor(), workspace, mirror, meanwhile, decision, executed);
  actions += executed.actions.size();
  pass.report.actions.insert(pass.report.actions.end(), executed.actions.begin(), executed.actions.end());
  // The result will be told in any case.
  if (!told) log::warn("could not post the \"still rendering\" notice: " + told.error().message);
}

Result<void> Engine::State::pass_pull(InfraRepository& workspace, PullNumber number, Pass& pass) {
  TRY(git::Repository mirror, workspace.open());
  Observer watching = observer();
  watching.rendering_takes_long = [&](const decide::PullSnapshot& meanwhile) {
    tell_rendering(workspace, mirror, meanwhile, pass);
  };
  TRY(const auto snapshot, observe_pull(watching, workspace, mirror, number));
  if (dependencies.probe) dependencies.probe("observed");
  if (!snapshot) return {};
  const decide::PullDecision decision = decide::decide_pull(*snapshot, dependencies.clock->now());
  pass.again = decision.plan.look_again;
  if (!snapshot->evaluation && snapshot->pull.open && decide::render_permission(*snapshot).given) {
    // It could not be rendered or fetched now; that is on the pull request, and is tried again.
    const TimePoint now = dependencies.clock->now();
    const TimePoint soon =
        std::max(evaluations.next_try(snapshot->pull.head).value_or(now), now + std::chrono::minutes(1));
    pass.again = pass.again ? std::min(*pass.again, soon) : soon;
  }
  CHECK_OK(dependencies.store->put("page", pull_key(workspace.forge_name(), workspace.repo(), number),
                                   report::page(templates, *snapshot, decision)));
  Executed executed;
  auto done = execute_pull(executor(), workspace, mirror, *snapshot, decision, executed);
  actions += executed.actions.size();
  pass.report.actions.insert(pass.report.actions.end(), executed.actions.begin(), executed.actions.end());
  pass.due.insert(pass.due.end(), executed.due.begin(), executed.due.end());
  return done;
}

std::vector<std::string> Engine::State::new_image_keys() {
  std::vector<std::string> keys;
  const std::set<image::ImageName> names = interests.names();
  const std::lock_guard lock(mutex);
  for (const image::ImageName& name : names) {
    if (registries->find(name) != nullptr && !looked_at.contains(name)) keys.push_back(image_key(name));
  }
  return keys;
}

std::vector<std::string> Engine::State::repo_keys() const {
  std::vector<std::string> keys;
  for (const auto& [id, workspace] : workspaces) keys.push_back(repo_key(workspace->forge_name(), workspace->repo()));
  return keys;
}

Result<void> Engine::State::pass_image(const image::ImageName& name, Pass& pass) {
  const bool used = interests.of(name).has_value();
  TRY(const ImageRefresh look, refresh_image({*dependencies.store, *dependencies.clock, *registries, interests}, name));
  {
    const std::lock_guard lock(mutex);
    if (used) {
      looked_at.insert(name);
    } else {
      looked_at.erase(name);
    }
  }
  pass.again = look.again;
  if (look.changed) pass.due = repo_keys();
  return {};
}

Result<void> Engine::State::reconcile_images() {
  TRY(const auto announced, dependencies.store->announced_images());
  std::vector<std::string> keys = new_image_keys();
  for (const store::AnnouncedRow& row : announced) keys.push_back("image:" + row.name);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const std::string& key : keys) {
    Pass ignored;
    CHECK_OK(pass(key, ignored));
  }
  return {};
}

Result<void> Engine::State::pass(std::string_view key, Pass& pass) {
  ++reconciles;
  if (const auto image = parse_image_key(key)) {
    auto looked = pass_image(*image, pass);
    if (!looked) ++failures;
    return looked;
  }
  const auto parsed = parse_key(key);
  if (!parsed) return fail(ErrorKind::invalid, "'" + std::string(key) + "' is not a key");
  InfraRepository* workspace = find_repository(parsed->forge, parsed->repo);
  if (workspace == nullptr) {
    log::warn("dropped a key of a repository that is no longer configured", {{"key", std::string(key)}});
    return {};
  }
  auto done = parsed->pull ? pass_pull(*workspace, *parsed->pull, pass) : pass_repo(*workspace, pass);
  if (!done) ++failures;
  return done;
}

Result<void> Engine::State::pass_without_exceptions(std::string_view key, Pass& result) {
  try {
    return pass(key, result);
  } catch (const std::exception& problem) {
    ++failures;
    return fail(ErrorKind::internal, "an unexpected failure: " + std::string(problem.what()));
  }
}

Result<bool> Engine::State::work_once() {
  store::Store& store = *dependencies.store;
  const TimePoint now = dependencies.clock->now();
  std::optional<store::Claim> claim;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    TRY(claim, store.claim(now, now + kLease));
    if (!claim) return false;
    running[claim->key] = *claim;
  }
  Pass result;
  const auto done = pass_without_exceptions(claim->key, result);
  const TimePoint after = dependencies.clock->now();
  Result<void> settled;
  if (!result.due.empty()) settled = store.make_due(result.due, after);
  if (settled && done) settled = store.finish(*claim, result.again);
  if (settled && !done) {
    const Duration delay = retry_delay(done.error(), claim->attempts);
    log::warn("a pass failed and is tried again: " + done.error().message,
              {{"key", claim->key},
               {"kind", std::string(to_string(done.error().kind))},
               {"in", format_duration(delay)},
               {"detail", done.error().detail}});
    settled = store.retry(*claim, after + delay);
  }
  {
    const std::lock_guard lock(mutex);
    running.erase(claim->key);
    ++pokes;
  }
  wake.notify_all();
  idle.notify_all();
  if (!settled) return tl::unexpected<Error>(settled.error());
  return true;
}

void Engine::State::work() {
  while (true) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      seen = pokes;
    }
    const auto worked = work_once();
    if (worked && *worked) continue;
    if (!worked) log::error("the queue cannot be used: " + worked.error().message);
    Duration wait = kLongestWait;
    if (!worked) wait = std::chrono::seconds(1);
    if (const auto due = dependencies.store->next_due(); worked && due && *due) {
      wait = std::clamp(std::chrono::duration_cast<Duration>(**due - dependencies.clock->now()), Duration(1),
                        kLongestWait);
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, wait, [&] { return stopping || pokes != seen; });
  }
}

/// Pull requests that the bot merged and has not compared with what was evaluated, because it ended in between.
Result<std::vector<std::string>> Engine::State::unchecked_merges(InfraRepository& workspace) {
  constexpr std::size_t kMost = 30;
  TRY(const InfraRepository::Facts facts, workspace.facts());
  TRY(const auto closed, workspace.forge().closed_pulls(workspace.repo(), kMost));
  std::vector<std::string> keys;
  for (const forge::PullRequest& pull : closed) {
    if (!pull.merged || pull.merged_by != facts.bot) continue;
    std::string key = pull_key(workspace.forge_name(), workspace.repo(), pull.number);
    TRY(const bool checked, is_merge_checked(*dependencies.store, key));
    if (!checked) keys.push_back(std::move(key));
  }
  return keys;
}

void Engine::State::resync_once() {
  registries->refresh_keys();
  std::vector<std::string> keys;
  for (const auto& [id, workspace] : workspaces) {
    keys.push_back(repo_key(workspace->forge_name(), workspace->repo()));
    if (const auto tidied = workspace->tidy(); !tidied) {
      log::warn("a mirror could not be packed: " + tidied.error().message, {{"repo", id}});
    }
    if (const auto open = workspace->forge().open_pulls(workspace->repo())) {
      for (const auto& pull : *open) keys.push_back(pull_key(workspace->forge_name(), workspace->repo(), pull.number));
    } else {
      log::warn("resync could not list pull requests: " + open.error().message, {{"repo", id}});
    }
    const auto unchecked = unchecked_merges(*workspace);
    if (!unchecked) log::warn("resync could not list merges: " + unchecked.error().message, {{"repo", id}});
    if (unchecked) keys.insert(keys.end(), unchecked->begin(), unchecked->end());
  }
  const TimePoint now = dependencies.clock->now();
  if (const auto made = dependencies.store->make_due(keys, now); !made) {
    log::error("resync could not queue its keys: " + made.error().message);
  }
  if (const auto forgot = dependencies.store->forget_deliveries(now - std::chrono::hours(24 * 7)); !forgot) {
    log::warn("old deliveries could not be forgotten: " + forgot.error().message);
  }
}

void Engine::State::resync() {
  while (true) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      resyncing = true;
    }
    try {
      resync_once();
    } catch (const std::exception& problem) {
      log::error("resync failed unexpectedly: " + std::string(problem.what()));
    }
    {
      const std::lock_guard lock(mutex);
      resyncing = false;
    }
    idle.notify_all();
    poke();
    std::unique_lock lock(mutex);
    wake.wait_for(lock, dependencies.config.resync, [&] { return stopping; });
  }
}

void Engine::start() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = false;
  state_->threads.emplace_back([this] { state_->resync(); });
  for (std::size_t i = 0; i < std::max<std::size_t>(1, state_->dependencies.config.workers); ++i) {
    state_->threads.emplace_back([this] { state_->work(); });
  }
}

bool Engine::stop(Duration deadline) {
  std::vector<std::thread> threads;
  bool finished = true;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->wake.notify_all();
    finished = state_->idle.wait_for(lock, deadline, [&] { return state_->running.empty() && !state_->resyncing; });
    threads.swap(state_->threads);
    if (!finished) {
      for (const auto& [key, claim] : state_->running) {
        if (const auto released = state_->dependencies.store->release(claim); !released) {
          log::error("a key could not be released: " + released.error().message, {{"key", key}});
        }
      }
    }
  }
  for (std::thread& thread : threads) {
    if (finished) {
      thread.join();
    } else {
      thread.detach();
    }
  }
  return finished;
}

Result<void> Engine::drain() {
  while (true) {
    TRY(const bool worked, state_->work_once());
    if (!worked) return {};
  }
}

}  // namespace towline::engine
