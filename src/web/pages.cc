#include "web/pages.h"

#include <charconv>
#include <string>
#include <utility>

#include "base/log.h"
#include "registry/receiver.h"
#include "report/pages/pages.h"

namespace towline::web {

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

Answer message(int status, const report::Templates& templates, std::string_view title, std::string_view text) {
  return {status, report::message_page(templates, title, text), std::string(kHtml), {}, {}};
}

}  // namespace

Answer home_page(const config::ServerConfig& config, const report::Templates& templates) {
  report::Home home;
  for (const config::ForgeConfig& forge : config.forges) {
    for (const RepoName& repo : forge.repositories) {
      home.repositories.push_back({forge.url + "/" + repo.str(), forge.name + "/" + repo.str()});
    }
    home.hooks.push_back({config.public_url + "/hooks/forge/" + forge.name, forge.kind});
  }
  for (const config::RegistryConfig& registry : config.registries) {
    const registry::Receiver* receiver = registry::find_receiver(registry.kind);
    const bool in_path = receiver != nullptr && receiver->proof == registry::Proof::path_secret;
    home.hooks.push_back(
        {config.public_url + "/hooks/registry/" + registry.name + (in_path ? "/<secret>" : ""), registry.kind});
  }
  return {200, report::home_page(templates, home), std::string(kHtml), {}, {}};
}

Answer pull_page(engine::Engine& engine, const report::Templates& templates, std::string_view forge,
                 std::string_view owner, std::string_view name, std::string_view number) {
  const Result<RepoName> repo = RepoName::parse(std::string(owner) + "/" + std::string(name));
  PullNumber pull;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), pull.value);
  const bool whole = error == std::errc() && end == number.data() + number.size() && pull.value > 0;
  if (!repo || !whole) return message(404, templates, "Not found", "There is no such page.");
  Result<std::string> page = engine.pull_page(forge, *repo, pull);
  if (page) return {200, *std::move(page), std::string(kHtml), {}, {}};
  if (page.error().kind == ErrorKind::not_found) return message(404, templates, "Not found", page.error().message);
  log::error("a page could not be read", {{"error", page.error().message}});
  return message(500, templates, "Not now", "The report could not be read. Try again in a moment.");
}

}  // namespace towline::web
