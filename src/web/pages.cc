#include "web/pages.h"

#include <charconv>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "registry/receiver.h"

namespace towline::web {

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

Answer html_page(int status, std::string_view title, std::string_view style, std::string_view main) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += "<title>" + html_escape(title) + "</title>\n<style>\n" + std::string(style) + "</style>\n</head>\n<body>\n";
  page += "<header>\n<h1>" + html_escape(title) + "</h1>\n</header>\n<main>\n" + std::string(main);
  page += "</main>\n</body>\n</html>\n";
  return {status, std::move(page), std::string(kHtml), {}, {}};
}

std::string list_item(const std::string& content) { return "<li>" + content + "</li>\n"; }

Answer sentence_page(int status, std::string_view title, std::string_view style, std::string_view sentence) {
  return html_page(status, title, style, "<p>" + html_escape(sentence) + "</p>\n");
}

}  // namespace

Answer home_page(const config::ServerConfig& config, std::string_view style) {
  std::string main = "<section>\n<h2>Repositories</h2>\n<ul>\n";
  for (const config::ForgeConfig& forge : config.forges) {
    for (const RepoName& repo : forge.repositories) {
      const std::string url = html_escape(forge.url + "/" + repo.str());
      main +=
          list_item("<a href=\"" + url + "\">" + html_escape(forge.name + "/" + repo.str()) + "</a>, pull requests " +
                    "at <code>/pulls/" + html_escape(forge.name + "/" + repo.str()) + "/&lt;number&gt;</code>");
    }
  }
  main += "</ul>\n</section>\n<section>\n<h2>Webhooks</h2>\n<ul>\n";
  for (const config::ForgeConfig& forge : config.forges) {
    main += list_item("<code>" + html_escape(config.public_url + "/hooks/forge/" + forge.name) + "</code> for " +
                      html_escape(forge.kind));
  }
  for (const config::RegistryConfig& registry : config.registries) {
    const registry::Receiver* receiver = registry::find_receiver(registry.kind);
    const bool in_path = receiver != nullptr && receiver->proof == registry::Proof::path_secret;
    main += list_item("<code>" + html_escape(config.public_url + "/hooks/registry/" + registry.name) +
                      (in_path ? "/&lt;secret&gt;" : "") + "</code> for " + html_escape(registry.kind));
  }
  main += "</ul>\n</section>\n<section>\n<h2>State</h2>\n<p><a href=\"/healthz\">health</a>, ";
  main += "<a href=\"/readyz\">readiness</a>, <a href=\"/metrics\">metrics</a></p>\n</section>\n";
  return html_page(200, "Towline", style, main);
}

Answer pull_page(engine::Engine& engine, std::string_view style, std::string_view forge, std::string_view owner,
                 std::string_view name, std::string_view number) {
  const Result<RepoName> repo = RepoName::parse(std::string(owner) + "/" + std::string(name));
  PullNumber pull;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), pull.value);
  const bool whole = error == std::errc() && end == number.data() + number.size() && pull.value > 0;
  if (!repo || !whole) return sentence_page(404, "Not found", style, "there is no such page");
  Result<std::string> page = engine.pull_page(forge, *repo, pull);
  if (page) return {200, *std::move(page), std::string(kHtml), {}, {}};
  if (page.error().kind == ErrorKind::not_found) return sentence_page(404, "Not found", style, page.error().message);
  log::error("a page could not be read", {{"error", page.error().message}});
  return sentence_page(500, "Not now", style, "the report could not be read: try again in a moment");
}

}  // namespace towline::web
