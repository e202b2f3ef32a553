#include "config/keys.h"

#include <map>

#include "image/policies.h"
#include "policy/finding.h"

namespace towline::config {
namespace {

using Keys = std::vector<KeySpec>;

ValueSpec one(ValueKind kind) { return {kind, false, {}, nullptr, false}; }
ValueSpec list_of(ValueKind kind) { return {kind, true, {}, nullptr, false}; }
ValueSpec word_of(std::vector<std::string_view> words) {
  return {ValueKind::word, false, std::move(words), nullptr, false};
}
ValueSpec mapping(const Keys& keys) { return {ValueKind::mapping, false, {}, &keys, false}; }
ValueSpec list_of_mappings(const Keys& keys) { return {ValueKind::mapping, true, {}, &keys, false}; }

/// Kept for as long as the program runs, since the tables above them point to them.
const Keys& keys_of(const image::PolicySpec& policy) {
  static const std::map<image::PolicyKind, Keys> kKeys = [] {
    std::map<image::PolicyKind, Keys> all;
    for (const image::PolicySpec& spec : image::select_policies()) {
      for (const image::PolicyKey& key : spec.keys) {
        const ValueKind kind = key.words.empty() ? ValueKind::text : ValueKind::word;
        all[spec.kind].push_back(
            {key.name, {kind, key.list, {key.words.begin(), key.words.end()}, nullptr, false}, false, key.help});
      }
    }
    return all;
  }();
  return kKeys.at(policy.kind);
}

const Keys& image_keys() {
  static const Keys kKeys = {
      {"match", one(ValueKind::text), true,
       "glob over the image's name, such as \"ghcr.io/acme/*\"; '*' does not cross '/', '**' does"},
      {"select", select_value(), true, "which of its tags to run"},
  };
  return kKeys;
}

const Keys& require_keys() {
  static const Keys kKeys = {
      {"approvals", one(ValueKind::whole_number), false, "how many people must approve; default: 0"},
      {"approvers", list_of(ValueKind::text), false,
       "logins and team:<name> whose approvals count; default: anyone with write access"},
  };
  return kKeys;
}

const Keys& freeze_keys() {
  static const Keys kKeys = {
      {"days",
       {ValueKind::word, true, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, nullptr, false},
       false,
       "days of the week on which it starts; default: every day"},
      {"from", one(ValueKind::clock_time), false, "local time at which it starts; default: midnight"},
      {"to", one(ValueKind::clock_time), false,
       "local time at which it ends, on the next day if before 'from'; default: midnight at the end of the day"},
      {"timezone", one(ValueKind::text), false, "IANA name, such as Asia/Kolkata; default: UTC"},
      {"reason", one(ValueKind::text), false, "shown to those who wait"},
  };
  return kKeys;
}

const Keys& environment_keys() {
  static const Keys kKeys = {
      {"services", one(ValueKind::text), true,
       "where its services are, such as apps/prod/services/{service}; {service} is one directory"},
      {"images", list_of_mappings(image_keys()), false,
       "images that newer tags are bumped of; the first rule that matches counts"},
      {"from", one(ValueKind::text), false, "the environment its images are promoted from"},
      {"soak", one(ValueKind::duration), false, "how long an image must have been in 'from' before it merges here"},
      {"bump", word_of({"manual", "pull-request", "merge"}), false,
       "manual: on command only; pull-request (the default): open pull requests; merge: and merge them once "
       "every gate is open"},
      {"pin", word_of({"as-written", "digest"}), false,
       "as-written (the default): a bump keeps a digest where there is one; digest: every bump writes tag@digest, and "
       "waits until the digest is known"},
      {"require", mapping(require_keys()), false, "what a pull request that affects it needs"},
      {"freeze", list_of_mappings(freeze_keys()), false, "times in which nothing merges"},
  };
  return kKeys;
}

const Keys& policy_keys() {
  static const Keys kKeys = [] {
    Keys rules;
    for (const policy::Rule& rule : policy::native_rules()) {
      rules.push_back({rule.name, word_of({"off", "warn", "fail"}), false, rule.summary});
    }
    return rules;
  }();
  return kKeys;
}

const Keys& cluster_keys() {
  static const Keys kKeys = {
      {"name", one(ValueKind::text), true, "its name in Argo CD"},
      {"server", one(ValueKind::text), true, "its address in Argo CD, such as https://10.0.0.1"},
      {"labels", one(ValueKind::named_texts), false, "labels of its Secret in Argo CD"},
      {"annotations", one(ValueKind::named_texts), false, "annotations of its Secret in Argo CD"},
  };
  return kKeys;
}

const Keys& ignore_keys() {
  static const Keys kKeys = {
      {"group", one(ValueKind::text), false, "API group, a glob; default: the core group"},
      {"kind", one(ValueKind::text), true, "kind, a glob"},
      {"namespace", one(ValueKind::text), false, "namespace, a glob; default: any"},
      {"name", one(ValueKind::text), false, "name, a glob; default: any"},
      {"json-pointers", list_of(ValueKind::text), false, "fields as JSON pointers, such as /spec/replicas"},
      {"jq-paths", list_of(ValueKind::text), false,
       "fields as jq paths, such as .spec.template.spec.containers[] | select(.name == \"app\").image"},
  };
  return kKeys;
}

const Keys& noise_keys() {
  static const Keys kKeys = {
      {"annotations", list_of(ValueKind::text), false,
       "globs over the names of annotations computed from other manifests; in place of the built-in ones, such as "
       "checksum/*"},
      {"labels", list_of(ValueKind::text), false,
       "globs over the names of labels that repeat a chart's version; in place of the built-in ones, such as "
       "helm.sh/chart"},
      {"list-order", word_of({"fold", "show"}), false,
       "the order of lists whose order means nothing to Kubernetes; default: folded"},
      {"ignore", list_of_mappings(ignore_keys()), false,
       "fields to fold in every application, as Argo CD's ignoreDifferences"},
  };
  return kKeys;
}

}  // namespace

const ValueSpec& select_value() {
  static const Keys kKeys = [] {
    Keys policies;
    for (const image::PolicySpec& policy : image::select_policies()) {
      policies.push_back(
          {policy.name, {ValueKind::text_or_mapping, false, {}, &keys_of(policy), false}, false, policy.summary});
    }
    return policies;
  }();
  static const ValueSpec kValue = {ValueKind::mapping, false, {}, &kKeys, true};
  return kValue;
}

const std::vector<KeySpec>& repo_config_keys() {
  static const Keys kKeys = {
      {"version", one(ValueKind::whole_number), true, "of this format: 1"},
      {"environments",
       {ValueKind::named_mappings, false, {}, &environment_keys(), false},
       true,
       "the environments by name, such as dev and prod"},
      {"policies", mapping(policy_keys()), false, "what violations of each rule count as"},
      {"clusters", list_of_mappings(cluster_keys()), false,
       "the clusters that Argo CD knows, for ApplicationSets with a cluster generator"},
      {"noise", mapping(noise_keys()), false,
       "which differences reports fold into one line; they are counted, and shown on request"},
  };
  return kKeys;
}

}  // namespace towline::config
