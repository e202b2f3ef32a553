#include "discovery/application_set.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "discovery/application_set_generators.h"
#include "discovery/fields.h"
#include "manifest/positions.h"

namespace towline::discovery {
namespace {

constexpr std::size_t kComparedKeysOfAStep = 16;

yaml::Node text_node(std::string text, std::size_t line) {
  yaml::Node node;
  node.kind = yaml::NodeKind::scalar;
  node.style = yaml::ScalarStyle::double_quoted;
  node.value = std::move(text);
  node.line = line;
  return node;
}

yaml::Node empty_mapping(std::size_t line) {
  yaml::Node node;
  node.kind = yaml::NodeKind::mapping;
  node.line = line;
  return node;
}

void put(yaml::Node& mapping, std::string key, yaml::Node value) {
  const auto same = [&](const auto& entry) { return entry.first.text() == key; };
  const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(), same);
  if (found != mapping.entries.end()) {
    found->second = std::move(value);
  } else {
    mapping.entries.emplace_back(text_node(std::move(key), value.line), std::move(value));
  }
}

bool is_empty(const yaml::Node& node) { return !gotemplate::is_true(gotemplate::go_value_of(node)); }

/// A generator's own template, with what it leaves empty taken from the set's.
Result<yaml::Node> overlaid(yaml::Node own, const yaml::Node& general, ExpansionBudget& budget) {
  if (!own.is_mapping() || !general.is_mapping()) return is_empty(own) ? general : own;
  CHECK_OK(budget.take(1 + own.entries.size() * general.entries.size() / kComparedKeysOfAStep));
  for (const auto& [key, value] : general.entries) {
    const auto same = [name = key.text()](const auto& entry) { return entry.first.text() == name; };
    const auto found = std::find_if(own.entries.begin(), own.entries.end(), same);
    if (found == own.entries.end()) {
      own.entries.emplace_back(key, value);
    } else if (key.text() != "valuesObject") {
      // Typed fields within each other; the values of a chart are one field.
      TRY(found->second, overlaid(std::move(found->second), value, budget));
    }
  }
  return own;
}

/// Directives of a strategic merge patch, which go beyond laying mappings over each other.
bool has_directive(const yaml::Node& node) {
  if (std::any_of(node.items.begin(), node.items.end(), has_directive)) return true;
  return std::any_of(node.entries.begin(), node.entries.end(), [](const auto& entry) {
    return entry.first.text().starts_with('$') || has_directive(entry.second);
  });
}

class Expansion {
 public:
  Expansion(const TreeIndex& index, const yaml::Node& root, const std::vector<Cluster>& clusters,
            ExpansionBudget& budget)
      : index_(index), root_(root), clusters_(clusters) {
    style_.budget = &budget;
  }

  Result<std::vector<GeneratedApplication>> run() {
    CHECK_OK(read_style());
    const yaml::Node* general = root_.find_path({"spec", "template"});
    const yaml::Node none = empty_mapping(root_.line);
    Generators generators(index_, clusters_, style_);
    for (const yaml::Node& item : items_at(root_, {"spec", "generators"})) {
      TRY(const std::vector<Generated> all, generators.run(item));
      for (const Generated& generated : all) {
        const yaml::Node& written = general == nullptr ? none : *general;
        yaml::Node chosen = written;
        if (generated.own_template != nullptr) {
          TRY(chosen, overlaid(*generated.own_template, written, *style_.budget));
        }
        for (const ParameterSet& set : generated.sets) CHECK_OK(add(chosen, set));
      }
    }
    return std::move(applications_);
  }

 private:
  Result<void> read_style() {
    style_.go_template = flag_at(root_, {"spec", "goTemplate"});
    for (const yaml::Node& option : items_at(root_, {"spec", "goTemplateOptions"})) {
      if (option.text() == "missingkey=error") {
        style_.missing_key = gotemplate::MissingKey::error;
      } else if (option.text() == "missingkey=default" || option.text() == "missingkey=invalid" ||
                 option.text() == "missingkey=zero") {
        style_.missing_key = gotemplate::MissingKey::no_value;
      } else {
        return wrong(option, "the goTemplateOption '" + std::string(option.text()) + "' is not supported");
      }
    }
    return {};
  }

  Result<void> add(const yaml::Node& chosen, const ParameterSet& set) {
    CHECK_OK(check_count(root_, applications_.size() + 1));
    yaml::Node filled = chosen;
    if (!set.parameters.entries.empty()) {
      TRY(filled, fill_node(chosen, set.parameters, style_));
    }
    TRY(filled, patched(std::move(filled), set));
    GeneratedApplication made;
    made.root = empty_mapping(chosen.line);
    put(made.root, "apiVersion", text_node("argoproj.io/v1alpha1", chosen.line));
    put(made.root, "kind", text_node("Application", chosen.line));
    for (const char* part : {"metadata", "spec"}) {
      const yaml::Node* value = filled.find(part);
      put(made.root, part, value == nullptr ? empty_mapping(chosen.line) : *value);
    }
    const std::string name = text_at(made.root, {"metadata", "name"});
    if (name.empty()) return wrong(chosen, "an Application without a name comes of it");
    if (!names_.insert(name).second) return wrong(chosen, "two Applications of the name '" + name + "' come of it");
    made.made_from.assign(set.made_from.begin(), set.made_from.end());
    applications_.push_back(std::move(made));
    return {};
  }

  Result<yaml::Node> patched(yaml::Node filled, const ParameterSet& set) const {
    const yaml::Node* patch = root_.find_path({"spec", "templatePatch"});
    if (patch == nullptr || patch->is_null()) return filled;
    const auto text = fill_text(patch->text(), set.parameters, style_);
    if (!text) return wrong(*patch, "cannot fill in the templatePatch: " + text.error().message);
    CHECK_OK(style_.budget->take(text->size() / gotemplate::kYamlBytesOfAStep));
    const auto changes = gotemplate::read_yaml(*text);
    if (!changes) return wrong(*patch, "what the templatePatch gives is not YAML: " + changes.error().message);
    if (changes->is_null()) return filled;
    if (!changes->is_mapping()) return wrong(*patch, "what the templatePatch gives is no mapping");
    if (has_directive(*changes))
      return wrong(*patch, "a templatePatch with directives ('$patch', ...) is not supported");
    const yaml::Node* project = filled.find_path({"spec", "project"});
    const yaml::Node kept = project == nullptr ? text_node("", patch->line) : *project;
    yaml::Node result = merged(std::move(filled), *changes, NullMeans::removal);
    // Not even a patch may take an Application out of its project.
    const auto is_spec = [](const auto& entry) { return entry.first.text() == "spec"; };
    const auto spec = std::find_if(result.entries.begin(), result.entries.end(), is_spec);
    if (spec != result.entries.end()) put(spec->second, "project", kept);
    return result;
  }

  const TreeIndex& index_;
  const yaml::Node& root_;
  const std::vector<Cluster>& clusters_;
  SetStyle style_;
  std::set<std::string> names_;
  std::vector<GeneratedApplication> applications_;
};

void find_repositories(const yaml::Node& node, std::vector<NamedText>& found) {
  for (const yaml::Node& item : items_at(node, {"generators"})) {
    if (const yaml::Node* git = item.find("git")) {
      found.emplace_back(text_at(*git, {"repoURL"}), text_at(*git, {"revision"}));
    }
    for (const char* kind : {"matrix", "merge"}) {
      if (const yaml::Node* nested = item.find(kind)) find_repositories(*nested, found);
    }
  }
}

}  // namespace

Result<void> ExpansionBudget::take(std::size_t amount) {
  if (amount > left) {
    left = 0;
    return fail(ErrorKind::invalid, "expanding it takes too much work: more than " + std::to_string(kMostOfASet) +
                                        " steps for one ApplicationSet, or " + std::to_string(ExpansionBudget().left) +
                                        " for all of the repository");
  }
  left -= amount;
  return {};
}

ExpandedSet expand_application_set(const TreeIndex& index, const std::string& path, const yaml::Node& root,
                                   const std::vector<Cluster>& clusters, ExpansionBudget& budget) {
  ExpandedSet result;
  ExpansionBudget own{std::min(budget.left, ExpansionBudget::kMostOfASet)};
  const std::size_t given = own.left;
  auto applications = Expansion(index, root, clusters, own).run();
  budget.left -= given - own.left;
  if (applications) {
    result.applications = *std::move(applications);
    return result;
  }
  const std::string& message = applications.error().message;
  const std::size_t colon = message.find(": ");
  const bool has_line = message.starts_with("line ") && colon != std::string::npos;
  result.problems.push_back({path, manifest::line_of(applications.error()),
                             "the ApplicationSet '" + text_at(root, {"metadata", "name"}) +
                                 "' makes no Applications: " + (has_line ? message.substr(colon + 2) : message)});
  return result;
}

std::vector<NamedText> generator_repositories(const yaml::Node& root) {
  std::vector<NamedText> found;
  if (const yaml::Node* spec = root.find("spec")) find_repositories(*spec, found);
  return found;
}

}  // namespace towline::discovery
