#include "render/kustomize_inputs.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "manifest/application.h"
#include "manifest/paths.h"

namespace towline::render {
namespace {

/// Tree objects can be made by hand; a path that leads out of its directory is never written to disk.
bool is_safe_path(std::string_view path) {
  for (const std::string_view component : split(path, '/')) {
    if (component.empty() || component == "." || component == ".." || component.find('\0') != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// Collects entries by path.
class Found {
 public:
  void add(const git::TreeEntry& entry) { entries_.insert_or_assign(entry.path, entry); }

  KustomizeFiles take() {
    KustomizeFiles result;
    for (auto& [path, entry] : entries_) {
      result.fingerprint += path + '\0' + entry.id.str() + static_cast<char>('0' + static_cast<int>(entry.mode));
      if (!is_safe_path(path)) {
        result.problems.push_back({path, 0, "this path cannot be written to disk"});
      } else if (entry.mode == git::FileMode::symlink) {
        if (manifest::is_manifest_file(path)) {
          result.problems.push_back(
              {path, 0, "this is a symbolic link, which is not followed; put the file itself here"});
        }
      } else if (entry.mode != git::FileMode::submodule) {
        result.files.push_back(std::move(entry));
      }
    }
    return result;
  }

 private:
  std::map<std::string, git::TreeEntry> entries_;
};

}  // namespace

Result<KustomizeFiles> find_kustomize_files(const git::Repository& repository, const CommitId& commit,
                                            const std::string& directory) {
  TRY(auto inputs, manifest::kustomize_inputs(git::CommitTree(repository, commit), directory));
  inputs.insert(directory);
  Found found;
  std::string covered;  // inputs are sorted: what is below a directory follows it
  bool any_covered = false;
  for (const std::string& input : inputs) {
    if (any_covered && manifest::is_at_or_below(input, covered)) continue;
    TRY(const auto file,
        input.empty() ? Result<std::optional<git::TreeEntry>>(std::nullopt) : repository.entry(commit, input));
    if (file) {
      found.add(*file);
      continue;
    }
    covered = input;
    any_covered = true;
    TRY(const auto entries, repository.list(commit, input));
    for (const git::TreeEntry& entry : entries) found.add(entry);
  }
  return found.take();
}

Result<std::vector<LoadedFile>> load(const git::Repository& repository, const std::vector<git::TreeEntry>& files,
                                     std::size_t max_bytes) {
  std::vector<LoadedFile> loaded;
  std::size_t bytes = 0;
  for (const git::TreeEntry& entry : files) {
    TRY(std::string text, repository.read_blob(entry.id));
    bytes += text.size();
    if (bytes > max_bytes) {
      return fail(ErrorKind::invalid, "the files that kustomize would read are larger than the limit of " +
                                          plural(max_bytes, "byte") + " together; split the application");
    }
    loaded.push_back({entry.path, std::move(text)});
  }
  return loaded;
}

}  // namespace towline::render
