#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

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
