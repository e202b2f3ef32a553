#include "forge/sandbox/world.h"

#include <algorithm>

#include "base/text.h"

namespace towline::forge::sandbox {

bool Pull::draft() const {
  // Gitea's default prefixes of work in progress.
  const std::string lower = to_lower(title);
  return lower.starts_with("wip:") || lower.starts_with("[wip]");
}

TimePoint World::now() const { return std::chrono::floor<std::chrono::seconds>(clock->now()); }

const User* World::find_user(std::string_view login) const {
  const auto found = std::find_if(users.begin(), users.end(), [&](const User& user) { return user.login == login; });
  return found == users.end() ? nullptr : &*found;
}

const User* World::user_of_email(std::string_view email) const {
  const auto found = std::find_if(users.begin(), users.end(), [&](const User& user) { return user.email() == email; });
  return found == users.end() ? nullptr : &*found;
}

Repository* World::find_repository(const RepoName& name) {
  const auto found = repositories.find(name);
  return found == repositories.end() ? nullptr : &found->second;
}

Pull* World::find_pull(Repository& repository, PullNumber number) {
  if (number.value < 1 || static_cast<std::size_t>(number.value) > repository.pulls.size()) return nullptr;
  return &repository.pulls[static_cast<std::size_t>(number.value) - 1];
}

}  // namespace towline::forge::sandbox
