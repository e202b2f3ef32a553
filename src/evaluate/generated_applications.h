#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/application.h"
#include "discovery/survey.h"
#include "discovery/tree_reads.h"
#include "evaluate/discovery_screen.h"
#include "evaluate/evaluation.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {

/// One state that is looked at: the files that are known, at or merged from the commit.
struct State {
  CommitId commit;
  DiscoveryScreen::Known known;
};

/// An application that stands in what another one renders.
struct GeneratedApplication {
  discovery::Application application;
  std::shared_ptr<const discovery::ApplicationInputs> inputs;
  const discovery::Application* parent = nullptr;
  bool may_generate = false;
};

/// The applications of one state that stand in no file, and what is not known of them.
struct GeneratedApplications {
  std::deque<GeneratedApplication> all;
  std::vector<manifest::ManifestProblem> problems;   ///< of their declarations
  std::vector<discovery::DeclaredObject> declared;   ///< the objects of `all`, in the same order
  std::vector<std::string> gaps;                     ///< why there may be more of them; sentences
  std::multimap<std::string, std::string> circles;   ///< name of an application, a sentence about what it renders
  std::set<const discovery::Application*> followed;  ///< whose renderings were looked through
};

/// How far renderings are followed.
struct GenerationLimits {
  std::size_t levels = 5;
  std::size_t applications = 2'000;  ///< of one state
};

/// Renders, in both states side by side, the applications that may generate others, and those that come of them, and so
/// on. `changes` makes `head` of `base`: what it does not touch is taken over. Errors are of reading the repository.
struct GeneratedSides {
  GeneratedApplications base;
  GeneratedApplications head;
};
struct GenerationQuestion {
  render::Renderer& renderer;
  const git::Repository& repository;
  DiscoveryScreen& screen;
  std::vector<discovery::Cluster> clusters;
  GenerationLimits limits{};
  discovery::OwnRepository own{};  ///< that of the base for both sides
};
Result<GeneratedSides> follow_generated(const GenerationQuestion& question, const State& base, const State& head,
                                        const discovery::TreeChanges& changes);
/// Of one state.
Result<GeneratedApplications> follow_generated(const GenerationQuestion& question, const State& state);

/// The applications of the state: those that files declare, those that come of rendering, and the directories that are
/// applications of their own where none of these covers them. They live as long as both.
std::vector<const discovery::Application*> applications_of(const State& state, const GeneratedApplications& generated);

/// Applications and ApplicationSets of a rendering that was not followed (that of a chart from elsewhere), and that no
/// file declares. Says so in the report of the application that renders them, by name.
void note_unfollowed(const std::vector<manifest::Resource>& rendered, const discovery::Discovered& discovered,
                     evaluate::ApplicationReport& report);

}  // namespace towline::evaluate
