#pragma once

#include <string_view>
#include <vector>

#include "discovery/application.h"
#include "discovery/application_set.h"
#include "discovery/survey.h"
#include "discovery/tree_index.h"
#include "discovery/tree_reads.h"
#include "git/repository.h"

namespace towline::discovery {

/// `discover_applications`, which also gives what it was answered by: files that declare nothing and listing all files
/// are not among that.
Result<Discovered> discover(const TreeIndex& index, const Survey::Question& question, DeclarationScreen* screen,
                            TreeReads& reads);

/// The applications that the Argo CD objects in what `parent` renders declare, read as if they stood in a file, with
/// the applications that are known already to say which repository this is. Their `declared_in` is the parent's.
Result<Discovered> discover_rendered(const TreeIndex& index, const Application& parent,
                                     const std::vector<const yaml::Node*>& objects,
                                     const std::vector<Application>& known, const std::vector<Cluster>& clusters,
                                     const OwnRepository& own, ExpansionBudget& budget);

/// Whether the file may declare applications, by its name and kind.
bool may_declare(const git::TreeEntry& entry);
/// Whether the text of such a file can declare an application at all.
bool declares_applications(std::string_view text);

}  // namespace towline::discovery
