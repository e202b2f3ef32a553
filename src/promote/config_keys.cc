#include "promote/config_keys.h"

#include "policy/finding.h"

namespace towline::promote {
namespace {

using Keys = std::vector<KeySpec>;

ValueSpec one(ValueKind kind) { return {kind, false, {}, nullptr, false}; }
ValueSpec list_of(ValueKind kind) { return {kind, true, {}, nullptr, false}; }
ValueSpec word_of(std::vector<std::string_view> words) {
  return {ValueKind::word, false, std::move(words), nullptr, false};
}
ValueSpec mapping(const Keys& keys) { return {ValueKind::mapping, false, {}, &keys, false}; }
ValueSpec list_of_mappings(const Keys& keys) { return {ValueKind::mapping, true, {}, &keys, false}; }

const Keys& newest_keys() {
  static const Keys kKeys = {
      {"pattern", one(ValueKind::text), true,
       "regular expression (RE2) a tag must match; ordered by its group 'version', else by the whole tag"},
  };
  return kKeys;
}

const Keys& digest_keys() {
  static const Keys kKeys = {
      {"tag", one(ValueKind::text), true, "the moving tag whose digest is followed, such as latest"},
  };
  return kKeys;
}

const Keys& select_keys() {
  static const Keys kKeys = {
      {"semver", one(ValueKind::text), false, "version range, such as \">=1.2 <2\"; the greatest version in it wins"},
      {"newest", mapping(newest_keys()), false, "the greatest tag that matches a pattern"},
      {"digest", mapping(digest_keys()), false, "the digest that a moving tag has now"},
  };
  return kKeys;
}

const Keys& image_keys() {
  static const Keys kKeys = {
      {"match", one(ValueKind::text), true,
       "glob over the image's name, such as \"ghcr.io/acme/*\"; '*' does not cross '/', '**' does"},
      {"select", {ValueKind::mapping, false, {}, &select_keys(), true}, true, "which of its tags to run"},
  };
  return kKeys;
}

const Keys& require_keys() {
  static const Keys kKeys = {
      {"approvals", one(ValueKind::whole_number), false, "how many people must approve; 0 when absent"},
      {"approvers", list_of(ValueKind::text), false,
       "logins and team:<name> whose approvals count; anyone with write access when absent"},
  };
  return kKeys;
}

const Keys& freeze_keys() {
  static const Keys kKeys = {
      {"days",
       {ValueKind::word, true, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, nullptr, false},
       false,
       "days of the week on which it starts; every day when absent"},
      {"from", one(ValueKind::clock_time), false, "local time it starts at; midnight when absent"},
      {"to", one(ValueKind::clock_time), false,
       "local time it ends at; midnight after the day when absent; before 'from' it is on the next day"},
      {"timezone", one(ValueKind::text), false, "IANA name, such as Asia/Kolkata; UTC when absent"},
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

}  // namespace

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
  };
  return kKeys;
}

}  // namespace towline::promote
