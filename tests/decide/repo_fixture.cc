#include "repo_fixture.h"

#include "sites/sites.h"

namespace towline::decide {

evaluate::ServiceState service(std::string environment, std::string name, const std::vector<std::string>& references) {
  evaluate::ServiceState state;
  state.environment = environment;
  state.service = name;
  state.directory = "apps/" + environment + "/services/" + name;
  std::string text =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec:\n  template:\n    spec:\n"
      "      containers:\n";
  for (const std::string& reference : references) text += "        - image: " + reference + "\n";
  state.sites = sites::find_sites(state.directory + "/deployment.yaml", text).sites;
  return state;
}

KnownImage known(std::string_view image, std::string_view tag, std::optional<image::Digest> of) {
  return {name(image), image::Tag(std::string(tag)), std::move(of), at("2026-11-24T09:00:00Z")};
}

RepoSnapshot repo(std::vector<evaluate::ServiceState> services, std::vector<KnownImage> known_images) {
  RepoSnapshot snapshot;
  snapshot.forge = "gitea";
  snapshot.repo = {"acme", "infra"};
  snapshot.bot = "towline";
  snapshot.default_branch = "main";
  snapshot.base = commit('a');
  snapshot.config = usual_config();
  snapshot.services = std::move(services);
  snapshot.known = std::move(known_images);
  return snapshot;
}

KnownImage built(std::string_view tag, std::string_view created) {
  KnownImage image = known(kPay, tag);
  image.created = at(created);
  return image;
}

void select(RepoSnapshot& snapshot, std::string_view policy) {
  snapshot.config.environments[0].images[0].select = *config::parse_select("test", policy);
}

Plan decided(const RepoSnapshot& snapshot) { return decide_repo(snapshot, at(kNow)); }

std::vector<evaluate::ImageChange> wanted(const RepoSnapshot& snapshot) {
  std::vector<std::string> refusals;
  std::vector<evaluate::ImageChange> all;
  for (const WantedBump& bump : wanted_bumps(snapshot, refusals)) {
    all.insert(all.end(), bump.images.begin(), bump.images.end());
  }
  return all;
}

std::vector<std::string> refused(const RepoSnapshot& snapshot) {
  std::vector<std::string> refusals;
  wanted_bumps(snapshot, refusals);
  return refusals;
}

}  // namespace towline::decide
