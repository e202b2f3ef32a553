#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/secret.h"
#include "config/repository.h"
#include "evaluate/discovery_screen.h"
#include "evaluate/repository_reader.h"
#include "evaluate/site_cache.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {

/// Where blobs that merging makes are written.
enum class MergedBlobs {
  in_the_mirror,
  beside_it,  ///< the mirrors may be read-only: each gets a temporary repository that borrows its objects
};

/// Reads in this process.
class LocalReader final : public RepositoryReader {
 public:
  LocalReader(render::Renderer::Options options, Secret masking_key, MergedBlobs merged_blobs);

  Result<evaluate::Evaluation> evaluate(const EvaluationQuestion& question,
                                        const std::function<void(std::size_t)>& on_affected) override;
  Result<std::vector<evaluate::ServiceState>> services(const ServicesQuestion& question) override;
  Result<std::vector<sites::ImageSite>> sites(const SitesQuestion& question) override;
  Result<std::vector<FileEdits>> edits(const EditsQuestion& question) override;
  Counters counters() const override;

 private:
  using Config = std::shared_ptr<const config::RepoConfig>;
  Result<git::Repository> open(const std::string& mirror);
  Result<Config> config_of(const git::Repository& repository, const ConfigSource& source);

  render::Renderer renderer_;
  DiscoveryScreen screen_;
  SiteCache sites_;
  Secret masking_key_;
  MergedBlobs merged_blobs_;
  std::mutex mutex_;
  std::map<std::string, Config> configs_;
  std::optional<TemporaryDirectory> borrowed_;
  std::map<std::string, std::filesystem::path> borrowers_;  ///< by mirror
};

}  // namespace towline::evaluate
