#include "evaluate/local_reader.h"

#include <utility>

#include "base/crypto.h"
#include "evaluate/bump_edits.h"
#include "evaluate/evaluate.h"

namespace towline::evaluate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostConfigs = 100;

/// A bare repository without refs that reads the mirror's objects and writes its own.
Result<void> borrow_objects(const std::string& mirror, const fs::path& borrower) {
  TRY(const git::Repository made, git::Repository::init_bare(borrower, "main"));
  std::error_code error;
  fs::create_directories(borrower / "objects" / "info", error);
  return write_file(borrower / "objects" / "info" / "alternates", (fs::path(mirror) / "objects").string() + "\n");
}

}  // namespace

LocalReader::LocalReader(render::Renderer::Options options, Secret masking_key, MergedBlobs merged_blobs)
    : renderer_(std::move(options)), masking_key_(std::move(masking_key)), merged_blobs_(merged_blobs) {}

Result<git::Repository> LocalReader::open(const std::string& mirror) {
  if (merged_blobs_ == MergedBlobs::in_the_mirror) return git::Repository::open(mirror);
  const std::lock_guard lock(mutex_);
  if (const auto known = borrowers_.find(mirror); known != borrowers_.end()) {
    return git::Repository::open(known->second);
  }
  if (!borrowed_) {
    TRY(borrowed_, TemporaryDirectory::create("towline-evaluator-"));
  }
  const fs::path borrower = borrowed_->path() / (std::to_string(borrowers_.size()) + ".git");
  CHECK_OK(borrow_objects(mirror, borrower));
  borrowers_[mirror] = borrower;
  return git::Repository::open(borrower);
}

Result<LocalReader::Config> LocalReader::config_of(const git::Repository& repository, const ConfigSource& source) {
  static const Config kNone = std::make_shared<const config::RepoConfig>();
  if (source.kind == ConfigSource::Kind::none) return kNone;
  const bool is_text = source.kind == ConfigSource::Kind::text;
  const std::string identity =
      is_text ? sha256_hex(source.text) : source.commit.str() + " " + repository.path().string();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = configs_.find(identity); known != configs_.end()) return known->second;
  }
  auto config = std::make_shared<config::RepoConfig>();
  if (is_text) {
    TRY(*config, config::parse_repo_config(config::kRepoConfigPath, source.text));
  } else {
    TRY(const auto files, repository.list(source.commit));
    std::vector<std::string> paths;
    paths.reserve(files.size());
    for (const git::TreeEntry& file : files) paths.push_back(file.path);
    *config = config::detect_repo_config(paths);
  }
  const std::lock_guard lock(mutex_);
  if (configs_.size() >= kMostConfigs) configs_.clear();
  configs_[identity] = config;
  return Config(config);
}

Result<evaluate::Evaluation> LocalReader::evaluate(const EvaluationQuestion& question,
                                                   const std::function<void(std::size_t)>& on_affected) {
  TRY(const git::Repository repository, open(question.mirror));
  TRY(const Config config, config_of(repository, question.config));
  return evaluate::evaluate({renderer_, screen_, masking_key_, on_affected, question.own}, repository,
                            question.base_tip, question.head, *config);
}

Result<std::vector<evaluate::ServiceState>> LocalReader::services(const ServicesQuestion& question) {
  TRY(const git::Repository repository, open(question.mirror));
  TRY(const Config config, config_of(repository, question.config));
  return sites_.services(repository, question.commit, *config);
}

Result<std::vector<sites::ImageSite>> LocalReader::sites(const SitesQuestion& question) {
  TRY(const git::Repository repository, open(question.mirror));
  return sites_.sites_below(repository, question.commit, question.directory);
}

Result<std::vector<FileEdits>> LocalReader::edits(const EditsQuestion& question) {
  TRY(const git::Repository repository, open(question.mirror));
  return bump_edits(sites_, repository, question);
}

RepositoryReader::Counters LocalReader::counters() const {
  const render::Renderer::Counters renders = renderer_.counters();
  return {renders.misses, renders.hits, 0};
}

}  // namespace towline::evaluate
