#include "engine/keys.h"

#include <charconv>

#include "engine/engine.h"

namespace towline::engine {

std::string repo_id(std::string_view forge, const RepoName& repo) { return std::string(forge) + "/" + repo.str(); }

std::string repo_key(std::string_view forge, const RepoName& repo) { return "repo:" + repo_id(forge, repo); }

std::string pull_key(std::string_view forge, const RepoName& repo, PullNumber number) {
  return "pull:" + repo_id(forge, repo) + "#" + std::to_string(number.value);
}

std::optional<Key> parse_key(std::string_view text) {
  const bool is_pull = text.starts_with("pull:");
  if (!is_pull && !text.starts_with("repo:")) return std::nullopt;
  text.remove_prefix(5);
  Key key;
  if (is_pull) {
    const auto hash = text.rfind('#');
    if (hash == std::string_view::npos) return std::nullopt;
    const std::string_view digits = text.substr(hash + 1);
    PullNumber number;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    key.pull = number;
    text = text.substr(0, hash);
  }
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  key.forge = std::string(text.substr(0, slash));
  auto repo = RepoName::parse(text.substr(slash + 1));
  if (!repo || key.forge.empty()) return std::nullopt;
  key.repo = *std::move(repo);
  return key;
}

std::string image_key(const image::ImageName& name) { return "image:" + name.str(); }

std::optional<image::ImageName> parse_image_key(std::string_view text) {
  constexpr std::string_view kPrefix = "image:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  auto name = image::parse_image_name(text.substr(kPrefix.size()));
  return name ? std::optional(*std::move(name)) : std::nullopt;
}

}  // namespace towline::engine
