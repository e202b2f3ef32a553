#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "discovery/own_repository.h"
#include "evaluate/evaluation.h"
#include "sites/sites.h"
#include "yaml/edit.h"

namespace towline::evaluate {

/// Which configuration a question is asked under. The text is that of the base branch, never of a head.
struct ConfigSource {
  enum class Kind {
    none,      ///< no environments: the file was never valid
    detected,  ///< from the paths of `commit`, which has no file
    text,      ///< a `.towline.yaml`
  };
  Kind kind = Kind::none;
  std::string text;
  CommitId commit;
};

/// `mirror` is the path of a bare repository in every question.
struct EvaluationQuestion {
  std::string mirror;
  CommitId base_tip;
  CommitId head;
  ConfigSource config;
  discovery::OwnRepository own{};
};

struct ServicesQuestion {
  std::string mirror;
  CommitId commit;
  ConfigSource config;
};

struct SitesQuestion {
  std::string mirror;
  CommitId commit;
  std::string directory;
};

struct EditsQuestion {
  std::string mirror;
  CommitId base;
  std::string directory;
  std::vector<evaluate::ImageChange> images;
};

/// The edits of one file, at spans of its bytes.
struct FileEdits {
  std::string path;
  std::vector<yaml::Edit> edits;
};

/// Everything that reads the content of repositories and charts. Errors invalid and conflict are of the content;
/// internal and timeout mean that reading it failed (a crash, a limit), and that the same question may fail again.
/// Thread-safe.
class RepositoryReader {
 public:
  virtual ~RepositoryReader() = default;

  /// `on_affected` is called at most once, from any thread, with the number of affected applications.
  virtual Result<evaluate::Evaluation> evaluate(const EvaluationQuestion& question,
                                                const std::function<void(std::size_t)>& on_affected) = 0;
  /// Services of every environment that have files, in the order of the configuration, then by name.
  virtual Result<std::vector<evaluate::ServiceState>> services(const ServicesQuestion& question) = 0;
  virtual Result<std::vector<sites::ImageSite>> sites(const SitesQuestion& question) = 0;
  /// What makes the files below the directory say the new images, by path; files without a change are left out.
  virtual Result<std::vector<FileEdits>> edits(const EditsQuestion& question) = 0;

  struct Counters {
    std::size_t renders = 0;
    std::size_t render_cache_hits = 0;
    std::size_t restarts = 0;  ///< of processes that died or were stopped
  };
  virtual Counters counters() const = 0;
};

}  // namespace towline::evaluate
