#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "diff/apply.h"
#include "diff/canonical.h"
#include "diff/diff.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

yaml::Node scalar(std::string value, yaml::ScalarStyle style) {
  yaml::Node node;
  node.kind = yaml::NodeKind::scalar;
  node.style = style;
  node.value = std::move(value);
  return node;
}

rc::Gen<std::string> any_key() {
  return rc::gen::element<std::string>("a", "b", "name", "x.y/z", "say \"hi\"", "tab\there", "");
}

rc::Gen<yaml::Node> any_scalar() {
  const auto text = rc::gen::element<std::string>("1", "1.0", "true", "a", "b", "two words", "null", "", "- x", "k: v",
                                                  "l1\nl2\n", "l1\nl2", " lead", "trail ", "#c", "ünï", "2024-01-01");
  const auto plain = rc::gen::element<std::string>("1", "1.0", "true", "a", "b", "7");
  return rc::gen::oneOf(
      rc::gen::map(text, [](std::string value) { return scalar(std::move(value), yaml::ScalarStyle::double_quoted); }),
      rc::gen::map(plain, [](std::string value) { return scalar(std::move(value), yaml::ScalarStyle::plain); }));
}

yaml::Node sequence(std::vector<yaml::Node> items) {
  yaml::Node node;
  node.kind = yaml::NodeKind::sequence;
  node.items = std::move(items);
  return node;
}

yaml::Node mapping(std::vector<std::pair<std::string, yaml::Node>> entries) {
  yaml::Node node;
  node.kind = yaml::NodeKind::mapping;
  for (auto& [key, value] : entries) {
    node.entries.emplace_back(scalar(key, yaml::ScalarStyle::double_quoted), std::move(value));
  }
  return node;
}

rc::Gen<yaml::Node> any_node(int depth);

/// What Kubernetes has most of: lists whose items have names.
rc::Gen<yaml::Node> any_named_list(int depth) {
  const auto item = rc::gen::pair(rc::gen::element<std::string>("a", "b", "c", "d e", "f]"), any_node(depth - 1));
  const auto items = rc::gen::uniqueBy<std::vector<std::pair<std::string, yaml::Node>>>(
      item, [](const auto& pair) { return pair.first; });
  return rc::gen::map(items, [](const std::vector<std::pair<std::string, yaml::Node>>& pairs) {
    std::vector<yaml::Node> nodes;
    for (const auto& [name, value] : pairs) {
      nodes.push_back(mapping({{"name", scalar(name, yaml::ScalarStyle::double_quoted)}, {"v", value}}));
    }
    return sequence(std::move(nodes));
  });
}

rc::Gen<yaml::Node> any_mapping(int depth) {
  return rc::gen::map(rc::gen::container<std::vector<std::pair<std::string, yaml::Node>>>(
                          rc::gen::pair(any_key(), any_node(depth - 1))),
                      mapping);
}

rc::Gen<yaml::Node> any_node(int depth) {
  if (depth <= 0) return rc::gen::oneOf(any_scalar(), rc::gen::just(yaml::Node{}));
  return rc::gen::resize(
      4, rc::gen::oneOf(any_scalar(), any_mapping(depth), any_named_list(depth),
                        rc::gen::map(rc::gen::container<std::vector<yaml::Node>>(any_node(depth - 1)), sequence)));
}

manifest::Resource resource(std::string name, yaml::Node body) {
  return {{"", "ConfigMap", "pay", std::move(name)}, "v1", std::move(body), "", 0};
}

TEST_CASE("nothing differs from itself") {
  CHECK(rc::check([] {
    const auto body = *any_mapping(3);
    RC_ASSERT(diff_resources({resource("a", body)}, {resource("a", body)}, Secret("key")).empty());
  }));
}

TEST_CASE("applying the reported changes to the base gives the head") {
  CHECK(rc::check([] {
    const auto base = *any_mapping(3);
    const auto head = *any_mapping(3);
    const Diff diff = diff_resources({resource("a", base)}, {resource("a", head)}, Secret("key"));
    const auto fields = diff.empty() ? std::vector<FieldChange>{} : diff.changes.front().fields;
    RC_LOG() << "base\n" << show(canonical(base)) << "\nhead\n" << show(canonical(head)) << "\n" << shown(diff);
    const auto result = canonical(apply_changes(canonical(base), fields));
    RC_LOG() << "result\n" << show(result);
    RC_ASSERT(same(result, canonical(head)));
  }));
}

rc::Gen<yaml::Node> parsed(rc::Gen<std::string> text) {
  return rc::gen::map(std::move(text), [](const std::string& flow) { return yaml::parse(flow)->front().root; });
}

/// Some of the items, in any order.
std::vector<std::string> chosen(const std::vector<std::string>& items) {
  const auto ranks = *rc::gen::container<std::vector<int>>(items.size(), rc::gen::inRange(-100, 200));
  std::map<std::pair<int, std::size_t>, std::string> sorted;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (ranks[i] >= 0) sorted.emplace(std::pair(ranks[i], i), items[i]);
  }
  std::vector<std::string> result;
  for (const auto& [rank, item] : sorted) result.push_back(item);
  return result;
}

rc::Gen<std::string> some_of(std::vector<std::string> items) {
  return rc::gen::exec([items] { return "[" + join(chosen(items), ", ") + "]"; });
}

/// A Deployment with every kind of list that has a rule of its own.
rc::Gen<yaml::Node> any_deployment() {
  const auto any = rc::gen::elementOf<std::vector<std::string>>;
  const auto field = [](std::string name, rc::Gen<std::string> value) {
    return rc::gen::map(std::move(value), [name](const std::string& text) { return name + ": " + text; });
  };
  const auto mapping_of = [](std::vector<rc::Gen<std::string>> fields) {
    return rc::gen::exec([fields] {
      std::vector<std::string> texts;
      for (const auto& one : fields) texts.push_back(*one);
      return "{" + join(texts, ", ") + "}";
    });
  };
  const auto container = [any, field, mapping_of](std::string name) {
    return mapping_of(
        {rc::gen::just("name: " + name), field("image", any({"pay:1", "pay:2"})),
         field("args", some_of({"--a", "--b", "--c", "--d"})), field("command", any({"[a, b, a]", "[b, a, a]", "[a]"})),
         field("env", some_of({"{name: A, value: x}", "{name: B, value: x}", "{name: C, value: $(A)}"})),
         field("ports", some_of({"{containerPort: 80, name: web}", "{containerPort: 53, protocol: UDP}",
                                 "{containerPort: 53}"})),
         field("volumeMounts", some_of({"{mountPath: /a, name: a}", "{mountPath: /b, name: a}", "{mountPath: /c d}"})),
         field("resources", any({"{limits: {cpu: 1}}", "{limits: {cpu: 1000m}}", "{limits: {cpu: 2}}", "{}"}))});
  };
  const auto containers = rc::gen::exec([container] {
    std::vector<std::string> items;
    for (const std::string& name : chosen({"app", "log", "db"})) {
      items.push_back(*container(name));
    }
    return "[" + join(items, ", ") + "]";
  });
  const auto pod = mapping_of(
      {field("containers", containers), field("initContainers", containers),
       field("tolerations", some_of({"{key: a}", "{key: b, effect: NoSchedule}", "{key: c}", "{operator: Exists}"})),
       field("topologySpreadConstraints",
             some_of({"{topologyKey: zone, whenUnsatisfiable: A, maxSkew: 1}",
                      "{topologyKey: zone, whenUnsatisfiable: B}", "{topologyKey: host, whenUnsatisfiable: A}"}))});
  return parsed(rc::gen::map(pod, [](const std::string& spec) { return "spec: {template: {spec: " + spec + "}}"; }));
}

manifest::Resource deployment(yaml::Node body) {
  return {{"apps", "Deployment", "pay", "pay"}, "apps/v1", std::move(body), "", 0};
}

TEST_CASE("applying the reported changes to a Deployment gives its head, lists in their order") {
  CHECK(rc::check([] {
    const auto base = *any_deployment();
    const auto head = *any_deployment();
    const Diff diff = diff_resources({deployment(base)}, {deployment(head)}, Secret("key"));
    const auto fields = diff.empty() ? std::vector<FieldChange>{} : diff.changes.front().fields;
    const auto result = apply_changes(canonical(base), fields);
    RC_LOG() << "base\n" << show(base) << "\nhead\n" << show(head) << "\nresult\n" << show(result) << shown(diff);
    RC_ASSERT(diff_resources({deployment(result)}, {deployment(head)}, Secret("key")).empty());
    RC_ASSERT(diff_resources({deployment(head)}, {deployment(head)}, Secret("key")).empty());
  }));
}

TEST_CASE("the order of entries with equal keys is never noise") {
  CHECK(rc::check([] {
    const auto list =
        *rc::gen::elementOf(std::vector<std::pair<std::string, std::string>>{{"env", "name"},
                                                                             {"volumeMounts", "mountPath"},
                                                                             {"ports", "containerPort"},
                                                                             {"volumes", "name"},
                                                                             {"hostAliases", "ip"},
                                                                             {"imagePullSecrets", "name"},
                                                                             {"initContainers", "name"},
                                                                             {"anything", "name"}});
    using Item = std::pair<int, int>;
    const auto any_item = rc::gen::pair(rc::gen::inRange(1, 3), rc::gen::inRange(1, 4));
    const auto items = *rc::gen::nonEmpty(rc::gen::container<std::vector<Item>>(any_item));
    const auto order = *rc::gen::container<std::vector<int>>(items.size(), rc::gen::inRange(0, 100));
    std::multimap<int, Item> sorted;
    for (std::size_t i = 0; i < items.size(); ++i) sorted.emplace(order[i], items[i]);
    std::vector<Item> shuffled;
    for (const auto& [rank, item] : sorted) shuffled.push_back(item);

    const auto body = [&](const std::vector<Item>& all) {
      std::vector<std::string> texts;
      for (const auto& [key, value] : all) {
        texts.push_back("{" + list.second + ": k" + std::to_string(key) + ", v: " + std::to_string(value) + "}");
      }
      const std::string text = "{" + list.first + ": [" + join(texts, ", ") + "]}";
      const bool in_container = list.first == "env" || list.first == "volumeMounts" || list.first == "ports";
      const std::string pod =
          in_container ? "{containers: [{name: a, " + text.substr(1, text.size() - 2) + "}]}" : text;
      return yaml::parse("spec: {template: {spec: " + pod + "}}")->front().root;
    };
    const auto of_key = [](const std::vector<Item>& all, int key) {
      std::vector<int> values;
      for (const Item& item : all) {
        if (item.first == key) values.push_back(item.second);
      }
      return values;
    };
    const bool moved = of_key(items, 1) != of_key(shuffled, 1) || of_key(items, 2) != of_key(shuffled, 2);
    const Diff diff = diff_resources({deployment(body(items))}, {deployment(body(shuffled))}, Secret("key"));
    RC_LOG() << shown(diff);
    if (!moved) return;
    RC_ASSERT(diff.changes.size() == 1u);
    RC_ASSERT(!diff.changes.front().hidden());
    RC_ASSERT(diff.changes.front().fields.size() > diff.hidden_fields());
  }));
}

TEST_CASE("different heads have different hashes") {
  CHECK(rc::check([] {
    const auto base = *any_mapping(2);
    const auto one = *any_mapping(2);
    const auto two = *any_mapping(2);
    const auto hash = [&](const yaml::Node& head) {
      return diff_hash({{"pay", diff_resources({resource("a", base)}, {resource("a", head)}, Secret("key"))}});
    };
    RC_ASSERT((hash(one) == hash(two)) == same(canonical(one), canonical(two)));
  }));
}

TEST_CASE("the order of documents does not matter") {
  CHECK(rc::check([] {
    std::vector<manifest::Resource> head;
    const auto names = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a", "b", "c"));
    for (const std::string& name : names) head.push_back(resource(name, *any_mapping(1)));
    const std::vector<manifest::Resource> base = {resource("a", *any_mapping(1)), resource("b", *any_mapping(1))};
    auto reversed = head;
    std::reverse(reversed.begin(), reversed.end());
    RC_ASSERT(shown(diff_resources(base, head, Secret("key"))) == shown(diff_resources(base, reversed, Secret("key"))));
  }));
}

}  // namespace
}  // namespace towline::diff::test
