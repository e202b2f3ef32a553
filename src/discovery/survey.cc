#include "discovery/survey.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "discovery/checkout_rules.h"
#include "discovery/discovery.h"
#include "discovery/flux.h"
#include "discovery/generating.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

/// Whether a file that declared nothing, or was not there, declares something now.
Result<bool> declares_more(const TreeIndex& after, const TreeChanges& changes, DeclarationScreen* screen) {
  for (const TreeChanges::Change& change : changes.all()) {
    const git::TreeEntry* entry = after.entry(change.path);
    if (entry == nullptr || !may_declare(*entry)) continue;
    if (screen != nullptr && screen->known_empty(entry->id)) continue;
    const auto text = after.read(change.path);
    if (!text && text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
    if (!text || declares_applications(*text)) return true;  // one that is too large may hold anything
    if (screen != nullptr) screen->remember_empty(entry->id, hints_of(*text));
  }
  return false;
}

/// What one survey keeps at most of the inputs: some 20 MiB.
constexpr std::size_t kMostPaths = 200'000;

}  // namespace

Result<ApplicationInputs> ApplicationInputs::of(const TreeIndex& index, const Application& application) {
  ApplicationInputs result;
  const TreeIndex noting = index.noting(result.reads);
  for (const Source& source : sources_of(application)) {
    OfSource& found = result.sources.emplace_back();
    const bool whole = source.origin == Origin::here && !source.only_ref && source.kind != SourceKind::directory;
    if (whole) found.directory = source.path;
    auto inputs = inputs_of(noting, application, source);
    if (inputs) {
      found.inputs = *std::move(inputs);
    } else if (inputs.error().kind != ErrorKind::invalid) {
      return tl::unexpected<Error>(inputs.error());
    }
  }
  return result;
}

bool ApplicationInputs::touched_by(const Application& application,
                                   const std::vector<std::string>& changed_paths) const {
  const auto any = [&](const auto& touches) {
    return std::any_of(changed_paths.begin(), changed_paths.end(), touches);
  };
  const auto& from = application.made_from;
  const auto declares = [&](const std::string& path) {
    return path == application.declared_in ||
           std::any_of(from.begin(), from.end(), [&](const auto& one) { return manifest::is_at_or_below(path, one); });
  };
  const auto leaves_out = [&](const std::string& path) {
    return manifest::base_name(path) == kFluxIgnore && is_left_out_by(application, manifest::parent_directory(path));
  };
  return any(declares) || any(leaves_out) || sources_touched_by(changed_paths);
}

bool ApplicationInputs::sources_touched_by(const std::vector<std::string>& changed_paths) const {
  const auto touched = [&](const OfSource& source) {
    // Too large to know what it reads: better one look too many than a change that nobody sees.
    if (!source.inputs) return true;
    return std::any_of(changed_paths.begin(), changed_paths.end(), [&](const std::string& path) {
      return (source.directory && manifest::is_at_or_below(path, *source.directory)) || source.inputs->touched_by(path);
    });
  };
  return std::any_of(sources.begin(), sources.end(), touched);
}

std::size_t ApplicationInputs::size() const {
  std::size_t size = reads.size();
  for (const OfSource& source : sources) {
    if (!source.inputs) continue;
    const Inputs& inputs = *source.inputs;
    size += inputs.files.size() + inputs.directories.size() + inputs.shallow.size() + inputs.whole.size();
  }
  return size;
}

Result<Survey> Survey::make(const TreeIndex& index, Question question, DeclarationScreen* screen) {
  Survey survey;
  Found found;
  TRY(found.discovered, discover(index, question, screen, found.reads));
  found.question = std::move(question);
  survey.inputs_.resize(found.discovered.applications.size());
  survey.found_ = std::make_shared<const Found>(std::move(found));
  CHECK_OK(survey.complete(index, nullptr, screen));
  return survey;
}

/// Finds the inputs that are not known, or that the changes touch, and what goes by their contents.
Result<void> Survey::complete(const TreeIndex& index, const TreeChanges* changes, DeclarationScreen* screen) {
  size_ = found_->reads.size();
  generates_.resize(inputs_.size());
  std::vector<std::string> changed;
  if (changes != nullptr) {
    for (const TreeChanges::Change& change : changes->all()) changed.push_back(change.path);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    auto& inputs = inputs_[i];
    const Application& application = discovered().applications[i];
    if (inputs == nullptr || (changes != nullptr && inputs->reads.touched_by(*changes))) {
      TRY(auto found, ApplicationInputs::of(index, application));
      inputs = std::make_shared<const ApplicationInputs>(std::move(found));
      generates_[i].reset();
    } else if (inputs->sources_touched_by(changed)) {
      generates_[i].reset();
    }
    if (!generates_[i]) {
      TRY(generates_[i], discovery::may_generate(index, application, *inputs, screen));
    }
    kept += inputs->size();
    if (kept > kMostPaths) inputs = nullptr;
  }
  size_ += std::min(kept, kMostPaths);
  return {};
}

Result<Survey> Survey::updated(const TreeIndex& after, const TreeChanges& changes, Question question,
                               DeclarationScreen* screen) const {
  Survey survey = *this;
  TRY(const bool declares, declares_more(after, changes, screen));
  if (declares || question != found_->question || found_->reads.touched_by(changes)) {
    Found found;
    TRY(found.discovered, discover(after, question, screen, found.reads));
    found.question = std::move(question);
    survey.found_ = std::make_shared<const Found>(std::move(found));
    const auto identity = [](const Application& one) { return std::tie(one.path, one.name, one.declared_in); };
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> before;
    for (std::size_t i = 0; i < inputs_.size(); ++i) before.emplace(identity(discovered().applications[i]), i);
    survey.inputs_.clear();
    survey.generates_.clear();
    for (const Application& application : survey.discovered().applications) {
      const auto same = before.find(identity(application));
      const bool is_known = same != before.end() && discovered().applications[same->second] == application;
      survey.inputs_.push_back(is_known ? inputs_[same->second] : nullptr);
      survey.generates_.push_back(is_known ? generates_[same->second] : std::nullopt);
    }
  }
  CHECK_OK(survey.complete(after, &changes, screen));
  return survey;
}

Result<std::vector<std::size_t>> Survey::touched(const TreeIndex& index,
                                                 const std::vector<std::string>& changed_paths) const {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Application& application = discovered().applications[i];
    auto inputs = inputs_[i];
    if (inputs == nullptr) {
      TRY(auto found, ApplicationInputs::of(index, application));
      inputs = std::make_shared<const ApplicationInputs>(std::move(found));
    }
    if (inputs->touched_by(application, changed_paths)) positions.push_back(i);
  }
  return positions;
}

}  // namespace towline::discovery
