#include <algorithm>
#include <set>

#include "discovery/application_set_generators.h"
#include "discovery/fields.h"
#include "gotemplate/names.h"
#include "manifest/paths.h"

#include "base/text.h"

namespace towline::discovery {
namespace {

/// Every directory of a checkout, without those below a hidden one: a link makes the directory that holds it, but is
/// none itself (Argo CD walks the files, filepath.Walk); a submodule is one.
std::set<std::string> visible_directories(const TreeIndex& index) {
  std::set<std::string> directories;
  for (const git::TreeEntry& entry : index.below("")) {
    const auto parts = split(entry.path, '/');
    const std::size_t depth = entry.mode == git::FileMode::submodule ? parts.size() : parts.size() - 1;
    std::string directory;
    for (std::size_t i = 0; i < depth && !parts[i].starts_with('.'); ++i) {
      directory += (i == 0 ? "" : "/") + std::string(parts[i]);
      directories.insert(directory);
    }
  }
  return directories;
}

/// Whether the pattern of directories can match one inside of the submodule.
bool may_match_below(std::string_view pattern, std::string_view submodule) {
  const auto parts = split(pattern, '/');
  const auto depth = split(submodule, '/').size();
  if (parts.size() <= depth) return false;
  std::string start;
  for (std::size_t i = 0; i < depth; ++i) start += (i == 0 ? "" : "/") + std::string(parts[i]);
  return gotemplate::path_match(start, submodule);
}

}  // namespace

Result<Generators::Sets> Generators::run_git(const yaml::Node& node) {
  if (!items_at(node, {"directories"}).empty()) return run_directories(node);
  if (!items_at(node, {"files"}).empty()) return run_files(node);
  return wrong(node, "a git generator needs directories or files");
}

void Generators::add_path(const yaml::Node& node, const std::string& path, const std::string& file,
                          gotemplate::GoMap& parameters) const {
  const std::string prefix = text_at(node, {"pathParamPrefix"});
  const std::string base(manifest::base_name(path));
  std::vector<std::string> segments;
  for (const std::string_view part : split(path, '/')) segments.emplace_back(part);
  const std::string file_name(manifest::base_name(file));
  if (!style_.go_template) {
    const std::string name = prefix.empty() ? "path" : prefix + ".path";
    auto& entries = parameters.entries;
    entries[name] = path;
    entries[name + ".basename"] = base;
    entries[name + ".basenameNormalized"] = gotemplate::sanitize_name(base);
    if (!file.empty()) {
      entries[name + ".filename"] = file_name;
      entries[name + ".filenameNormalized"] = gotemplate::sanitize_name(file_name);
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!segments[i].empty()) entries[name + "[" + std::to_string(i) + "]"] = segments[i];
    }
    return;
  }
  gotemplate::GoMap of_path;
  of_path.entries = {{"path", path},
                     {"basename", base},
                     {"basenameNormalized", gotemplate::sanitize_name(base)},
                     {"segments", gotemplate::text_list(segments)}};
  if (!file.empty()) {
    of_path.entries["filename"] = file_name;
    of_path.entries["filenameNormalized"] = gotemplate::sanitize_name(file_name);
  }
  if (prefix.empty()) {
    parameters.entries["path"] = std::move(of_path);
  } else {
    gotemplate::GoMap outer;
    outer.entries["path"] = std::move(of_path);
    parameters.entries[prefix] = std::move(outer);
  }
}

/// Comparing every path with the pattern of every item.
Result<void> Generators::take_matching(const std::vector<yaml::Node>& items) const {
  constexpr std::size_t kPatternBytesOfAStep = 32;
  constexpr std::size_t kLongestPattern = 4'096;
  std::size_t each = 1;
  for (const yaml::Node& item : items) {
    const std::size_t bytes = text_at(item, {"path"}).size();
    if (bytes > kLongestPattern) {
      return wrong(item, "the pattern is longer than " + std::to_string(kLongestPattern) + " bytes");
    }
    each += 1 + bytes / kPatternBytesOfAStep;
  }
  return style_.budget->take(index_.below("").size() * each);
}

/// A submodule is checked out, and what is in it is not known here.
Result<void> Generators::check_submodules(const yaml::Node& node) const {
  for (const git::TreeEntry& entry : index_.below("")) {
    if (entry.mode != git::FileMode::submodule) continue;
    for (const yaml::Node& item : items_at(node, {"directories"})) {
      if (flag_at(item, {"exclude"}) || !may_match_below(text_at(item, {"path"}), entry.path)) continue;
      return wrong(item, "the path may match directories of the Git submodule " + entry.path + ", which is not read");
    }
  }
  return {};
}

Result<Generators::Sets> Generators::run_directories(const yaml::Node& node) {
  CHECK_OK(take_matching(items_at(node, {"directories"})));
  CHECK_OK(check_submodules(node));
  Sets sets;
  for (const std::string& directory : visible_directories(index_)) {
    bool included = false;
    bool excluded = false;
    for (const yaml::Node& item : items_at(node, {"directories"})) {
      if (!gotemplate::path_match(text_at(item, {"path"}), directory)) continue;
      (flag_at(item, {"exclude"}) ? excluded : included) = true;
    }
    if (!included || excluded) continue;
    ParameterSet set;
    set.made_from.insert(directory);
    add_path(node, directory, "", set.parameters);
    CHECK_OK(add_values(node, set));
    sets.push_back(std::move(set));
  }
  return sets;
}

/// The file that Argo CD's os.ReadFile reads at a path of `git ls-files`.
Result<TreeIndex::Followed> Generators::target_of(const git::TreeEntry& entry, const yaml::Node& node) const {
  if (git::is_regular(entry.mode)) return TreeIndex::Followed{entry.path, {}};
  if (entry.mode == git::FileMode::submodule) {
    return wrong(node, "cannot read parameters from " + entry.path + ": it is a Git submodule");
  }
  TRY(const auto followed, index_.follow(entry.path));
  if (!followed) {
    return wrong(node, "cannot read parameters from " + entry.path + ": it is a link that leads out of the repository");
  }
  if (!index_.has_file(followed->path)) {
    return wrong(node, "cannot read parameters from " + entry.path + ": it is a link that leads to no file");
  }
  return *followed;
}

Result<void> Generators::read_file(const git::TreeEntry& entry, const yaml::Node& node, Sets& out) const {
  const std::string& file = entry.path;
  TRY(const TreeIndex::Followed target, target_of(entry, node));
  TRY(const std::string text, index_.read(target.path));
  CHECK_OK(style_.budget->take(1 + text.size() / gotemplate::kYamlBytesOfAStep));
  const auto unreadable = [&](const std::string& why) {
    return wrong(node, "cannot read parameters from " + file + ": " + why);
  };
  auto read = gotemplate::read_yaml(text);
  if (!read) return unreadable(read.error().message);
  yaml::Node root = *std::move(read);
  // An empty file is an object without fields.
  if (root.is_null()) root.kind = yaml::NodeKind::mapping;
  std::vector<yaml::Node> objects = root.is_sequence() ? root.items : std::vector<yaml::Node>{root};
  const std::string directory(manifest::parent_directory(file));
  for (const yaml::Node& object : objects) {
    const gotemplate::GoValue value = gotemplate::go_value_of(object);
    if (value.map() == nullptr) return unreadable("it is no mapping, and no list of mappings");
    ParameterSet set;
    set.made_from.insert({file, target.path});
    set.made_from.insert(target.links.begin(), target.links.end());
    if (style_.go_template) {
      set.parameters = *value.map();
    } else {
      TRY(const auto flat, gotemplate::flatten(*value.map()));
      for (const auto& [key, one] : flat) set.parameters.entries[key] = one;
    }
    add_path(node, directory.empty() ? "." : directory, file, set.parameters);
    CHECK_OK(add_values(node, set));
    out.push_back(std::move(set));
  }
  return {};
}

Result<Generators::Sets> Generators::run_files(const yaml::Node& node) {
  const auto& items = items_at(node, {"files"});
  for (const yaml::Node& item : items) {
    if (text_at(item, {"path"}).starts_with(':'))
      return wrong(item, "a path with the magic ':' of git is not supported");
  }
  CHECK_OK(take_matching(items));
  Sets sets;
  for (const git::TreeEntry& entry : index_.below("")) {
    bool included = false;
    bool excluded = false;
    for (const yaml::Node& item : items) {
      if (!gotemplate::pathspec_match(text_at(item, {"path"}), entry.path)) continue;
      (flag_at(item, {"exclude"}) ? excluded : included) = true;
    }
    if (included && !excluded) CHECK_OK(read_file(entry, node, sets));
    CHECK_OK(check_count(node, sets.size()));
  }
  return sets;
}

}  // namespace towline::discovery
