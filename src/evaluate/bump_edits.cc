#include "evaluate/bump_edits.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sites/sites.h"

namespace towline::evaluate {
namespace {

const evaluate::ImageChange* change_for(const sites::ImageSite& site,
                                        const std::vector<evaluate::ImageChange>& images) {
  const auto found = std::find_if(images.begin(), images.end(), [&](const evaluate::ImageChange& change) {
    return change.name == site.name && change.from == site.version;
  });
  return found == images.end() ? nullptr : &*found;
}

}  // namespace

Result<std::vector<FileEdits>> bump_edits(SiteCache& sites, const git::Repository& repository,
                                          const EditsQuestion& question) {
  TRY(const auto found, sites.sites_below(repository, question.base, question.directory));
  std::map<std::string, std::vector<yaml::Edit>> by_file;
  for (const sites::ImageSite& site : found) {
    const evaluate::ImageChange* change = change_for(site, question.images);
    if (change == nullptr) continue;
    auto edits = sites::edits_for(site, change->to);
    if (!edits) return fail_while(site.path + ":" + std::to_string(site.line), std::move(edits).error());
    auto& all = by_file[site.path];
    all.insert(all.end(), edits->begin(), edits->end());
  }
  std::vector<FileEdits> result;
  result.reserve(by_file.size());
  for (auto& [path, edits] : by_file) result.push_back({path, std::move(edits)});
  return result;
}

}  // namespace towline::evaluate
