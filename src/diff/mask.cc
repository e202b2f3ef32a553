#include "diff/mask.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/credential_names.h"
#include "base/credential_text.h"
#include "base/crypto.h"
#include "base/text.h"
#include "diff/canonical.h"
#include "diff/executable.h"
#include "image/reference.h"
#include "yaml/node.h"

namespace towline::diff {
namespace {

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::array<std::string_view, 5> kShownFields = {"apiVersion", "kind", "metadata", "type", "immutable"};
/// Texts within texts within texts are masked as wholes.
constexpr int kMostTexts = 2;
constexpr std::size_t kShownHash = 16;
constexpr yaml::Limits kTextLimits = {2u << 20, 64, 200'000, 2'000};

yaml::Node* find(yaml::Node& node, std::string_view key) {
  for (auto& [name, value] : node.entries) {
    if (name.text() == key) return &value;
  }
  return nullptr;
}

std::string mask_for(std::string_view bytes, const Secret& key) {
  return "<masked " + hmac_sha256_hex(key.reveal(), bytes).substr(0, kShownHash) + ">";
}

void mask_value(yaml::Node& node, const Secret& key) { node = string_node(mask_for(yaml::emit(node), key)); }

/// Whether the mapping is, or is like, an object of the core group and of that kind, in whatever case it is written:
/// the API server refuses "secret", but its values were meant to be secret.
bool is_core(const yaml::Node& node, std::string_view expected) {
  const yaml::Node* kind = node.find("kind");
  if (kind == nullptr || to_lower(trim(kind->text())) != to_lower(expected)) return false;
  const yaml::Node* version = node.find("apiVersion");
  return version == nullptr || version->text().find('/') == std::string_view::npos;
}

/// Whether the text may hold a manifest of a Secret; escapes could write the word otherwise, and are no way that
/// programs write it.
bool may_hold_secret(std::string_view text) {
  const bool names_it = text.find("ecret") != std::string_view::npos || text.find("ECRET") != std::string_view::npos;
  return names_it && text.find("kind") != std::string_view::npos;
}

/// Fields with a telling name that hold no credential: the names of keys, and what is encrypted.
constexpr std::pair<std::string_view, std::string_view> kHarmless[] = {
    {"ExternalSecret", "secretKey"}, {"ClusterExternalSecret", "secretKey"}, {"PushSecret", "secretKey"}};
constexpr std::string_view kEncrypted = "encryptedData";  // of a SealedSecret

std::string_view scalar_text(const yaml::Node& node, std::string_view key) {
  const yaml::Node* value = node.find(key);
  return value != nullptr && value->is_scalar() ? value->text() : std::string_view();
}

class Masker {
 public:
  explicit Masker(const Secret& key) : key_(key) {}

  /// Whether anything below the node was masked. `texts`: how many texts it stands within. `kind`: of the object that
  /// it is a part of. `use`: code where a program may run what stands below.
  bool mask(yaml::Node& node, int texts, std::string_view kind = "", TextUse use = TextUse::data) {
    if (node.is_scalar()) return mask_text(node, texts) || mask_parts(node, use);
    std::string own_kind(scalar_text(node, "kind"));
    if (own_kind.empty() || node.find("apiVersion") == nullptr) own_kind = kind;
    bool masked = is_core(node, "Secret") && mask_secret(node);
    if (yaml::Node* items = is_core(node, "SecretList") ? find(node, "items") : nullptr) {
      // The items of a typed list need not say what they are.
      for (yaml::Node& item : items->items) masked = mask_secret(item) || masked;
    }
    masked = mask_named(node, own_kind, use) || masked;
    for (yaml::Node& item : node.items) masked = mask(item, texts, own_kind, use) || masked;
    for (auto& [name, value] : node.entries) {
      if (own_kind == "SealedSecret" && name.text() == kEncrypted) continue;
      if (is_image(name.text(), value)) continue;
      const bool code = use == TextUse::code || is_executable(node, name.text(), value);
      masked = mask(value, texts, own_kind, code ? TextUse::code : TextUse::data) || masked;
    }
    return masked;
  }

 private:
  /// Values that stand under, or beside, or in a list behind, a name that names a credential.
  bool mask_named(yaml::Node& node, std::string_view kind, TextUse use) {
    bool masked = false;
    // An environment variable or a Helm parameter.
    const std::string named(scalar_text(node, "name"));
    for (auto& [name, value] : node.entries) {
      const bool beside = !named.empty() && (name.text() == "value" || name.text() == "string");
      const std::string_view called = beside ? std::string_view(named) : name.text();
      const std::pair<std::string_view, std::string_view> field{kind, called};
      if (std::find(std::begin(kHarmless), std::end(kHarmless), field) != std::end(kHarmless)) continue;
      if (is_image(name.text(), value)) continue;
      masked = mask_if_credential(called, value) || masked;
    }
    if (is_core(node, "ConfigMap")) masked = mask_binary(node) || masked;
    for (std::size_t index = 1; index < node.items.size(); ++index) {
      const yaml::Node& option = node.items[index - 1];
      // args: ["--token", "x"]
      if (!option.is_scalar() || !option.text().starts_with('-') || node.items[index].text().starts_with('-')) continue;
      masked = mask_argument(std::string(option.text()), node.items[index], use) || masked;
    }
    return masked;
  }

  bool mask_if_credential(std::string_view name, yaml::Node& value) {
    if (!value.is_scalar() || !names_credential(name) || !is_credential_of(name, value.text())) return false;
    // As where it is a part of a text, so that equal credentials are seen to be equal.
    value = string_node(mask_for(trim(value.text()), key_));
    return true;
  }

  /// What stands behind an option: of code, as far as a shell reads it as one word.
  bool mask_argument(std::string_view name, yaml::Node& value, TextUse use) {
    const std::string text(trim(value.text()));
    const std::string_view word = use == TextUse::code ? shell_word(text) : std::string_view(text);
    if (word.size() == text.size()) return mask_if_credential(name, value);
    if (!names_credential(name) || !is_credential_of(name, word)) return false;
    value = string_node(mask_for(word, key_) + text.substr(word.size()));
    return true;
  }

  /// A reader must see what would run. What is no image reference is masked like anything else.
  static bool is_image(std::string_view name, const yaml::Node& value) {
    return name == "image" && value.is_scalar() && image::parse_reference(value.text()).has_value();
  }

  /// Files of a ConfigMap that are no text are in base64.
  bool mask_binary(yaml::Node& config_map) {
    yaml::Node* files = find(config_map, "binaryData");
    if (files == nullptr) return false;
    bool masked = false;
    for (auto& [name, value] : files->entries) {
      const auto bytes = base64_decode(value.text());
      if (!bytes || find_credentials(*bytes).empty()) continue;
      mask_value(value, key_);
      masked = true;
    }
    return masked;
  }

  bool mask_parts(yaml::Node& scalar, TextUse use) {
    if (find_credentials(scalar.value, use).empty()) return false;
    const auto mask_part = [this](std::string_view part) { return mask_for(part, key_); };
    scalar = string_node(mask_credentials(scalar.value, mask_part, use));
    return true;
  }

  bool mask_secret(yaml::Node& secret) {
    bool masked = false;
    for (auto& [name, value] : secret.entries) {
      if (std::find(kShownFields.begin(), kShownFields.end(), name.text()) != kShownFields.end()) continue;
      masked = mask_leaves(value) || masked;
    }
    yaml::Node* metadata = find(secret, "metadata");
    yaml::Node* annotations = metadata == nullptr ? nullptr : find(*metadata, "annotations");
    yaml::Node* last_applied = annotations == nullptr ? nullptr : find(*annotations, kLastApplied);
    if (last_applied == nullptr) return masked;
    mask_value(*last_applied, key_);
    return true;
  }

  /// `data` and its like: each value of a mapping by itself, anything else as a whole.
  bool mask_leaves(yaml::Node& field) {
    if (!field.is_mapping()) {
      mask_value(field, key_);
      return true;
    }
    for (auto& [name, value] : field.entries) mask_value(value, key_);
    return !field.entries.empty();
  }

  bool mask_text(yaml::Node& scalar, int texts) {
    if (!may_hold_secret(scalar.value)) return false;
    const auto documents = yaml::parse(scalar.value, kTextLimits);
    if (texts == kMostTexts || !documents) return names_a_secret(scalar.value) && mask_whole(scalar);
    bool masked = false;
    std::string shown;
    for (const yaml::Document& document : *documents) {
      const auto root = yaml::expand(document.root, kTextLimits);
      if (!root) return mask_whole(scalar);
      if (root->is_scalar() && root->style == yaml::ScalarStyle::plain) continue;  // prose
      yaml::Node body = canonical(*root);
      masked = mask(body, texts + 1) || masked;
      shown += (shown.empty() ? "" : "---\n") + yaml::emit(body);
    }
    if (!masked) return false;
    // Comments and layout are left out, since people write values there too; that they differ is still told.
    scalar = string_node(shown + "# " + mask_for(scalar.value, key_) + "\n");
    return true;
  }

  /// Templates and broken manifests: "kind: Secret", "\"kind\":\"Secret\"".
  static bool names_a_secret(std::string_view text) {
    constexpr std::string_view kKind = "kind";
    constexpr std::string_view kSecret = "secret";
    constexpr std::string_view kBetween = " \t\"'\\:";
    for (std::size_t at = text.find(kKind); at != std::string_view::npos; at = text.find(kKind, at + 1)) {
      const std::size_t value = text.find_first_not_of(kBetween, at + kKind.size());
      if (value != std::string_view::npos && to_lower(text.substr(value, kSecret.size())) == kSecret) return true;
    }
    return false;
  }

  bool mask_whole(yaml::Node& scalar) {
    mask_value(scalar, key_);
    return true;
  }

  const Secret& key_;
};

}  // namespace

bool mask_secrets(yaml::Node& body, const Secret& key) { return Masker(key).mask(body, 0); }

}  // namespace towline::diff
