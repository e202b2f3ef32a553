#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "discovery/application.h"
#include "discovery/tree_index.h"
#include "git/repository.h"
#include "manifest/object.h"
#include "program/bubblewrap.h"
#include "render/charts/volatile_calls.h"

namespace towline::render {

struct RenderLimits {
  std::chrono::milliseconds deadline{60'000};  ///< of one run of a program
  std::size_t max_output_bytes = 64u << 20;    ///< also of what is read for one application
  std::size_t max_memory_bytes = 2u << 30;     ///< of one run of a program
  std::size_t max_resources = 50'000;
  std::size_t max_side_by_side = 4;  ///< runs of programs at the same time
};

/// Everything an application applies at one commit. Problems are told, never swallowed: a file that does
/// not parse, a renderer that is missing or fails, a kind of source that is not supported yet.
struct Rendered {
  std::vector<manifest::Resource> resources;  ///< sorted by key
  std::vector<manifest::ManifestProblem> problems;
  std::vector<VolatileUse> uses = {};  ///< what of a chart cannot be shown, because it depends on more than its inputs
};

/// Gives the resources of applications; caches by the contents of all inputs. Thread-safe.
class Renderer {
 public:
  struct Options {
    std::string kustomize_program = "kustomize";
    std::string search_path = "/usr/local/bin:/usr/bin:/bin";
    RenderLimits limits;
    std::size_t cache_entries = 512;
    std::string helm_program = "helm";
    std::string kube_version;                ///< of the clusters, "1.34.4"; "": what helm takes for current
    std::vector<std::string> api_versions;   ///< of the clusters beside Kubernetes' own, "group/version[/Kind]"
    std::filesystem::path chart_cache;       ///< charts from elsewhere; empty: there are none
    std::vector<std::string> allowed_hosts;  ///< from which charts and remote bases may be fetched
    std::filesystem::path disk_cache;        ///< what programs wrote, kept between runs; empty: nowhere
    std::size_t max_disk_cache_bytes = 512u << 20;
    /// Sandboxes of kustomize that stand ready once there was a first render; only where there is bubblewrap.
    std::size_t warm_sandboxes = 0;
    ConfinementRule sandbox = ConfinementRule::required;
  };
  /// Logs a warning under ConfinementRule::limits_only.
  explicit Renderer(Options options);
  ~Renderer();

  /// What readers of every rendering are told of how programs run; "" for nothing.
  std::string sandbox_note() const;

  /// A mere directory that does not exist at that commit renders to nothing, without a problem. Of several sources with
  /// the same object the last one's counts. Errors are of reading the repository; what is wrong with the application is
  /// a problem.
  Result<Rendered> render(const git::Repository& repository, const CommitId& commit,
                          const discovery::Application& application);

  struct Request {
    CommitId commit;
    const discovery::Application* application;
    /// The files that are rendered; nullptr: the commit's.
    std::shared_ptr<const discovery::TreeListing> files = nullptr;
  };
  /// Each as by `render`, side by side as far as the limits allow. The results are in the order of the requests.
  Result<std::vector<Rendered>> render_all(const git::Repository& repository, const std::vector<Request>& requests);

  /// How many renders of sources were answered from the cache and how many were done; for metrics and tests.
  struct Counters {
    std::size_t hits = 0;
    std::size_t misses = 0;
    std::size_t warm = 0;         ///< runs of a program that stood ready
    std::size_t standing_by = 0;  ///< now
  };
  Counters counters() const;

 private:
  Result<Rendered> answer(const git::Repository& repository, const Request& request);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace towline::render
