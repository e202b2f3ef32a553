#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "git/repository.h"
#include "manifest/application.h"
#include "manifest/object.h"

namespace towline::render {

struct RenderLimits {
  std::chrono::milliseconds deadline{60'000};
  std::size_t max_output_bytes = 64u << 20;
  std::size_t max_resources = 50'000;
};

/// Everything an application applies at one commit. Problems are told, never swallowed: a file that does
/// not parse, a renderer that is missing or fails, a kind of source that is not supported yet.
struct Rendered {
  std::vector<manifest::Resource> resources;  ///< sorted by key
  std::vector<manifest::ManifestProblem> problems;
};

/// Gives the resources of applications; caches by the tree ids of the inputs. Thread-safe.
class Renderer {
 public:
  struct Options {
    std::string kustomize_program = "kustomize";
    std::string search_path = "/usr/local/bin:/usr/bin:/bin";
    RenderLimits limits;
    std::size_t cache_entries = 512;
  };
  explicit Renderer(Options options);
  ~Renderer();

  /// An application whose directory does not exist at that commit renders to nothing, without a problem.
  /// Errors are of reading the repository; what is wrong with the application is a problem.
  Result<Rendered> render(const git::Repository& repository, const CommitId& commit,
                          const manifest::Application& application);

  /// How many renders were answered from the cache and how many were done; for metrics and tests.
  struct Counters {
    std::size_t hits = 0;
    std::size_t misses = 0;
  };
  Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace towline::render
