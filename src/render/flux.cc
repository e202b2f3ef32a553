#include "render/flux.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "discovery/fields.h"
#include "manifest/paths.h"
#include "yaml/edit.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

using discovery::NamedText;
using discovery::ValuesReference;

/// The ConfigMap beside the Flux object; nullptr when it is not there.
std::optional<manifest::Resource> find_config_map(const std::vector<LoadedFile>& files, std::string_view directory,
                                                  std::string_view name) {
  for (const LoadedFile& file : files) {
    if (file.link || manifest::parent_directory(file.path) != directory || !manifest::is_manifest_file(file.path)) {
      continue;
    }
    if (file.text.find("ConfigMap") == std::string::npos) continue;
    for (manifest::Resource& resource : manifest::parse_manifests(file.path, file.text, "").resources) {
      if (resource.key.kind == "ConfigMap" && resource.key.name == name) return std::move(resource);
    }
  }
  return std::nullopt;
}

/// Why a reference gives nothing; "" when that is fine.
std::string missing(const ValuesReference& reference, std::string_view what) {
  if (reference.kind == "Secret") {
    return "values come from the Secret '" + reference.name + "', which is not in git, so " + std::string(what);
  }
  if (reference.optional) return "";
  return "values come from the " + reference.kind + " '" + reference.name +
         "', which does not stand beside the object that names it, so " + std::string(what);
}

std::optional<yaml::Node> parse_one(const std::string& text) {
  const auto documents = yaml::parse(text);
  if (!documents || documents->size() > 1) return std::nullopt;
  if (documents->empty()) return yaml::Node();
  auto root = yaml::expand(documents->front().root);
  return root ? std::optional(*std::move(root)) : std::nullopt;
}

bool is_name(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::optional<std::string> value_of(const std::vector<NamedText>& variables, std::string_view name) {
  const auto found = std::find_if(variables.rbegin(), variables.rend(),
                                  [&](const NamedText& variable) { return variable.first == name; });
  return found == variables.rend() ? std::nullopt : std::optional(found->second);
}

/// What stands between the braces.
Result<std::string> evaluate(std::string_view expression, const std::vector<NamedText>& variables) {
  const std::size_t end = expression.find_first_of(":=-#%/^,");
  const std::string_view name = expression.substr(0, end);
  const std::string_view rest = end == std::string_view::npos ? std::string_view() : expression.substr(end);
  const auto value = value_of(variables, name);
  if (is_name(name) && rest.empty()) return value.value_or("");
  for (const std::string_view operation : {":=", ":-", "=", "-"}) {
    if (!is_name(name) || !rest.starts_with(operation)) continue;
    const bool given = value && (operation[0] != ':' || !value->empty());
    return given ? *value : std::string(rest.substr(operation.size()));
  }
  return fail(ErrorKind::invalid, "the variable '${" + printable_utf8(ellipsize(expression, 100)) +
                                      "}' uses an operation that is not supported; ${name} and ${name:=default} are");
}

void add_to(yaml::Node& body, std::string_view field, const std::vector<NamedText>& texts) {
  if (texts.empty()) return;
  const auto scalar = [](std::string_view text) {
    yaml::Node node;
    node.kind = yaml::NodeKind::scalar;
    node.style = yaml::ScalarStyle::double_quoted;
    node.value = text;
    return node;
  };
  yaml::Node added;
  added.kind = yaml::NodeKind::mapping;
  for (const auto& [name, value] : texts) added.entries.emplace_back(scalar(name), scalar(value));
  for (const std::string_view key : {field, std::string_view("metadata")}) {
    yaml::Node outer;
    outer.kind = yaml::NodeKind::mapping;
    outer.entries.emplace_back(scalar(key), std::move(added));
    added = std::move(outer);
  }
  body = discovery::merged(std::move(body), added, discovery::NullMeans::value);
}

bool wants_no_substitution(const yaml::Node& body) {
  constexpr std::string_view kKey = "kustomize.toolkit.fluxcd.io/substitute";
  constexpr std::array<std::string_view, 2> kFields = {"labels", "annotations"};
  return std::any_of(kFields.begin(), kFields.end(), [&](std::string_view field) {
    return discovery::text_at(body, {"metadata", field, kKey}) == "disabled";
  });
}

/// All variables: those of the ConfigMaps, then the object's own, which are stronger.
std::vector<NamedText> variables_of(const Job& job, const std::vector<LoadedFile>& files,
                                    std::vector<std::string>& problems) {
  const discovery::FluxOptions& flux = job.source.flux;
  std::vector<NamedText> variables;
  for (const ValuesReference& reference : flux.substitute_from) {
    const auto map =
        reference.kind == "ConfigMap" ? find_config_map(files, flux.lookup_directory, reference.name) : std::nullopt;
    if (map) {
      for (NamedText& variable : discovery::named_texts_at(map->body, {"data"}))
        variables.push_back(std::move(variable));
    } else if (std::string problem = missing(reference, "what its variables change is not shown"); !problem.empty()) {
      problems.push_back(std::move(problem));
    }
  }
  variables.insert(variables.end(), flux.substitute.begin(), flux.substitute.end());
  return variables;
}

Result<void> substitute_in(manifest::Resource& resource, const std::vector<NamedText>& variables) {
  if (wants_no_substitution(resource.body)) return {};
  const std::string written = yaml::emit(resource.body);
  if (written.find("${") == std::string::npos) return {};
  TRY(std::string text, substitute(written, variables));
  manifest::ParsedManifests parsed = manifest::parse_manifests("", text, resource.key.ns);
  if (parsed.resources.size() != 1 || !parsed.problems.empty()) {
    return fail(ErrorKind::invalid, resource.key.str() + " is no object any more when its variables are replaced");
  }
  resource = std::move(parsed.resources.front());
  return {};
}

}  // namespace

FluxValues helm_values(const Job& job, const std::vector<LoadedFile>& files) {
  const discovery::FluxOptions& flux = job.source.flux;
  FluxValues values;
  if (flux.values_from.empty()) {
    values.text = job.source.helm.values;
    return values;
  }
  yaml::Node all;
  for (const ValuesReference& reference : flux.values_from) {
    const auto map =
        reference.kind == "ConfigMap" ? find_config_map(files, flux.lookup_directory, reference.name) : std::nullopt;
    const yaml::Node* text = map ? map->body.find_path({"data", reference.key}) : nullptr;
    if (text == nullptr) {
      std::string problem = missing(reference, "what it changes is not shown");
      if (!problem.empty()) values.problems.push_back(std::move(problem));
      continue;
    }
    if (!reference.target_path.empty()) {
      values.parameters.emplace_back(reference.target_path, text->text());
      continue;
    }
    const auto parsed = parse_one(std::string(text->text()));
    if (!parsed) {
      values.problems.push_back("'" + reference.key + "' of the ConfigMap '" + reference.name + "' is not YAML");
      continue;
    }
    if (!parsed->is_null()) all = discovery::merged(std::move(all), *parsed, discovery::NullMeans::value);
  }
  if (const auto own = parse_one(job.source.helm.values); own && !own->is_null()) {
    all = discovery::merged(std::move(all), *own, discovery::NullMeans::value);
  }
  if (!all.is_null()) values.text = yaml::emit(all);
  return values;
}

std::string generated_kustomization(const std::string& directory, const std::vector<LoadedFile>& files) {
  std::set<std::string> kustomized;
  for (const LoadedFile& file : files) {
    const std::string parent(manifest::parent_directory(file.path));
    if (manifest::is_kustomization_file(file.path) && manifest::is_at_or_below(parent, directory)) {
      kustomized.insert(parent);
    }
  }
  const auto covered = [&](std::string_view path) {
    return std::any_of(kustomized.begin(), kustomized.end(), [&](const std::string& covering) {
      return covering != path && manifest::is_at_or_below(path, covering);
    });
  };
  std::set<std::string> resources;
  for (const std::string& found : kustomized) {
    if (!covered(found)) resources.insert(found);
  }
  for (const LoadedFile& file : files) {
    const bool yaml = file.path.ends_with(".yaml") || file.path.ends_with(".yml");
    if (yaml && manifest::is_at_or_below(file.path, directory) && !covered(file.path)) resources.insert(file.path);
  }
  std::string text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:";
  if (resources.empty()) return text + " []\n";
  text += '\n';
  const std::size_t prefix = directory.empty() ? 0 : directory.size() + 1;
  for (const std::string& path : resources) {
    yaml::Node node;
    node.kind = yaml::NodeKind::scalar;
    node.value = path.substr(prefix);
    text += "- " + yaml::encode_like(node, node.value) + "\n";
  }
  return text;
}

std::vector<std::string> finish_flux(const Job& job, const std::vector<LoadedFile>& files,
                                     std::vector<manifest::Resource>& resources) {
  std::vector<std::string> problems;
  const discovery::FluxOptions& flux = job.source.flux;
  if (flux.substitutes) {
    const auto variables = variables_of(job, files, problems);
    for (manifest::Resource& resource : resources) {
      const auto done = substitute_in(resource, variables);
      if (!done) problems.push_back(done.error().message);
    }
  }
  for (manifest::Resource& resource : resources) {
    add_to(resource.body, "labels", flux.labels);
    add_to(resource.body, "annotations", flux.annotations);
  }
  return problems;
}

Result<std::string> substitute(std::string_view text, const std::vector<NamedText>& variables) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t next = text.find("${", at);
    if (next == std::string_view::npos) break;
    if (next > at && text[next - 1] == '$') {  // "$${" is an escaped "${"
      result += text.substr(at, next - at - 1);
      result += "${";
      at = next + 2;
      continue;
    }
    result += text.substr(at, next - at);
    const std::size_t end = text.find('}', next);
    if (end == std::string_view::npos) {
      return fail(ErrorKind::invalid, "a variable that begins with '${' does not end with '}'");
    }
    TRY(const std::string value, evaluate(text.substr(next + 2, end - next - 2), variables));
    result += value;
    at = end + 1;
  }
  return result + std::string(text.substr(at));
}

}  // namespace towline::render
