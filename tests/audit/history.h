#pragma once

#include "audit/audit.h"
#include "git/fixture.h"

namespace towline::audit {

inline config::RepoConfig two_environments() {
  config::RepoConfig config;
  config.environments.resize(2);
  config.environments[0].name = "dev";
  config.environments[0].services = *manifest::PathPattern::parse("apps/dev/services/{service}");
  config.environments[1].name = "prod";
  config.environments[1].services = *manifest::PathPattern::parse("apps/prod/services/{service}");
  return config;
}

inline TimePoint at_time(std::string_view text) { return *parse_time(text); }

inline std::string deployment(const std::string& image) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec:\n  template:\n    spec:\n"
         "      containers:\n        - name: app\n          image: " +
         image + "\n";
}

/// A first-parent history: a root, a person's change of dev, a merged promotion of prod.
struct History {
  git::Fixture fixture;
  config::RepoConfig config = two_environments();
  CommitId root = commit({}, "2026-11-01T10:00:00Z", "Lay out",
                         {git::put("README.md", "x"),
                          git::put("apps/dev/services/pay/deployment.yaml", deployment("ghcr.io/acme/pay:1.0.0")),
                          git::put("apps/prod/services/pay/deployment.yaml", deployment("ghcr.io/acme/pay:1.0.0")),
                          git::put("apps/prod/services/web/deployment.yaml", deployment("nginx:1.27"))});
  CommitId dev = commit(root, "2026-11-02T10:00:00Z", "Bump by hand",
                        {git::put("apps/dev/services/pay/deployment.yaml", deployment("ghcr.io/acme/pay:1.1.0"))});
  CommitId readme = commit(dev, "2026-11-03T10:00:00Z", "Words", {git::put("README.md", "y")});
  CommitId prod = merge(readme, "2026-11-04T10:00:00Z",
                        "Merge pull request #7: prod: pay 1.0.0 -> 1.1.0\n\nEvery gate was open.\n\n"
                        "Towline-Environment: prod\nTowline-Service: pay\n"
                        "Towline-Image: ghcr.io/acme/pay 1.0.0 -> 1.1.0\nTowline-Approved-By: alice\n"
                        "Towline-Approved-By: bob\nTowline-Policy: pass (9 checks)\n"
                        "Towline-Pull-Request: http://forge/acme/infra/pulls/7\n",
                        {git::put("apps/prod/services/pay/deployment.yaml", deployment("ghcr.io/acme/pay:1.1.0"))});

  CommitId commit(const CommitId& parent, std::string_view time, std::string message,
                  std::vector<git::PathEdit> edits) {
    return *fixture.repository.write_commit(
        {parent, std::move(edits), {"Carol", "carol@x", at_time(time)}, std::move(message)});
  }

  /// The edits as the bot's commit, merged by the forge.
  CommitId merge(const CommitId& parent, std::string_view time, const std::string& message,
                 std::vector<git::PathEdit> edits) {
    const CommitId work =
        *fixture.repository.write_commit({parent, std::move(edits), {"towline", "bot@x", at_time(time)}, "bump"});
    const std::string raw = "tree " + fixture.repository.commit(work)->tree.str() + "\nparent " + parent.str() +
                            "\nparent " + work.str() + "\nauthor Forge <f@x> " + seconds(time) +
                            " +0000\ncommitter Forge <f@x> " + seconds(time) + " +0000\n\n" + message;
    return CommitId(fixture.git({"hash-object", "-t", "commit", "-w", "--stdin"}, raw).substr(0, 40));
  }

 private:
  static std::string seconds(std::string_view time) {
    return std::to_string(at_time(time).time_since_epoch().count() / 1'000);
  }
};

}  // namespace towline::audit
