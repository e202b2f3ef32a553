#include <array>
#include <map>
#include <string>

#include "base/text.h"
#include "sites/places.h"

namespace towline::sites {
namespace {

/// The last words of a parameter's name that hold an image's version, and those beside it that name the image. The
/// words before them ("a.b.image.") are the same for all.
struct Row {
  std::string_view registry;
  std::string_view name;
  std::string_view tag;
  std::string_view digest;
};
constexpr std::array<Row, 3> kRows = {{
    {"registry", "repository", "tag", "digest"},
    {"registry", "name", "tag", "digest"},
    {"imageRegistry", "imageRepository", "imageTag", "imageDigest"},
}};
/// A parameter that is a whole reference.
constexpr std::string_view kReference = "image";
constexpr std::size_t kMaxParameters = 2'000;

struct Parameter {
  std::string_view name;
  Written value;
};

/// The name without its last word; the dot stays.
std::string_view prefix_of(std::string_view name, std::string_view last) {
  if (!name.ends_with(last)) return {};
  return name.substr(0, name.size() - last.size());
}

bool has_last_word(std::string_view name, std::string_view last) {
  return name == last || (name.ends_with(last) && name[name.size() - last.size() - 1] == '.');
}

class ParameterFinder {
 public:
  ParameterFinder(const yaml::Node& helm, bool in_flow, Collector& found)
      : helm_(helm), in_flow_(in_flow), found_(found) {}

  void find() {
    const yaml::Node* list = found_.aliases().find(helm_, "parameters");
    if (list == nullptr) return;
    for (const yaml::Node& item : found_.aliases().target(*list).items) {
      const yaml::Node& parameter = found_.aliases().target(item);
      const Written name = found_.aliases().find_scalar(parameter, "name");
      const Written value = found_.aliases().find_scalar(parameter, "value");
      if (!name || !value) continue;
      if (parameters_.size() == kMaxParameters) {
        found_.skip(item, "a source with more than " + plural(kMaxParameters, "parameter") + " is not read");
        return;
      }
      // Of two parameters with one name the last one counts, as Helm has it.
      parameters_[name.scalar->value] = value;
    }
    for (const auto& [name, value] : parameters_) add({name, value});
  }

 private:
  void add(const Parameter& parameter) {
    if (has_last_word(parameter.name, kReference)) {
      found_.add_reference(SiteKind::helm_parameter, parameter.value, in_flow_);
    }
    for (const Row& row : kRows) {
      const bool by_digest = has_last_word(parameter.name, row.digest);
      if (!by_digest && !has_last_word(parameter.name, row.tag)) continue;
      const std::string prefix(prefix_of(parameter.name, by_digest ? row.digest : row.tag));
      // A digest beside a tag is part of the tag's site.
      if (by_digest && value_of(prefix, row.tag)) continue;
      const Written name = value_of(prefix, row.name);
      if (!name) continue;
      const Written registry = value_of(prefix, row.registry);
      const std::string written = (registry ? registry.scalar->value + "/" : "") + name.scalar->value;
      found_.add_version(SiteKind::helm_parameter, written, by_digest ? Written{} : parameter.value,
                         value_of(prefix, row.digest), in_flow_);
      return;
    }
    tell_unnamed(parameter);
  }

  /// The image may be named by another parameter, or by the values that the same source has as an object.
  Written value_of(const std::string& prefix, std::string_view last) const {
    const std::string wanted = prefix + std::string(last);
    if (const auto known = parameters_.find(wanted); known != parameters_.end()) return known->second;
    const yaml::Node* node = found_.aliases().find(helm_, "valuesObject");
    for (const std::string_view word : split(wanted, '.')) {
      if (node == nullptr) return {};
      node = found_.aliases().find(found_.aliases().target(*node), word);
    }
    return node == nullptr ? Written{} : found_.aliases().as_scalar(*node);
  }

  void tell_unnamed(const Parameter& parameter) {
    if (!has_last_word(parameter.name, "image.tag") && !has_last_word(parameter.name, "imageTag")) return;
    found_.skip(*parameter.value.place, "nothing here names the image of the parameter " +
                                            printable_utf8(ellipsize(parameter.name, 80)) +
                                            "; say it in a comment behind the value, '# towline: NAME:tag'");
  }

  const yaml::Node& helm_;
  bool in_flow_;
  Collector& found_;
  std::map<std::string_view, Written> parameters_;
};

}  // namespace

void find_helm_parameters(const Place& place, Collector& found) {
  if (place.key == "helm") ParameterFinder(place.mapping, place.in_flow, found).find();
}

}  // namespace towline::sites
