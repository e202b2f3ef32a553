#include "discovery/checkout_rules.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/text.h"
#include "discovery/application.h"
#include "discovery/flux.h"

namespace towline::discovery {
namespace {

/// "line pattern attribute" of each.
std::vector<std::string> changes_in(const std::string& text) {
  std::vector<std::string> all;
  for (const CheckoutChange& change : checkout_changes(text, checkout_macros({text}))) {
    all.push_back(std::to_string(change.line) + " " + change.pattern + " " + change.attribute);
  }
  return all;
}

using All = std::vector<std::string>;

TEST_CASE("attributes by which a checkout on Linux has other bytes than the blob") {
  struct Row {
    std::string text;
    All changes;
  };
  const std::vector<Row> rows = {
      {"* working-tree-encoding=ASCII//TRANSLIT", {"1 * working-tree-encoding=ASCII//TRANSLIT"}},
      {"* working-tree-encoding", {"1 * working-tree-encoding"}},
      {"* -working-tree-encoding", {"1 * -working-tree-encoding"}},
      {"* working-tree-encoding=UTF-8", {}},
      {"* !working-tree-encoding", {}},
      {"*.yaml text eol=crlf", {"1 *.yaml eol=crlf"}},
      {"*.yaml eol=CRLF", {"1 *.yaml eol=CRLF"}},
      {"*.yaml eol=lf", {}},
      {"\n# a comment\n \t*.yaml\tident\r\n", {"3 *.yaml ident"}},
      {"*.yaml -ident", {}},
      {"*.png filter=lfs diff=lfs merge=lfs -text", {"1 *.png filter=lfs"}},
      {"*.png -filter", {}},
      {"*.png filter", {}},
      {"* text=auto", {}},
      {"* text\n*.sh crlf\n*.bat -crlf\n*.txt crlf=input\n* -text\n*.png binary", {}},
      {"*.go diff=golang linguist-generated export-ignore export-subst whitespace=trailing-space merge=union", {}},
      {"# * ident", {}},
      {"!*.yaml ident", {}},
      {"\xEF\xBB\xBF* ident", {"1 * ident"}},
      {std::string("* ident\0x y\n", 12), {"1 * ident"}},
      {"\"a file\"ident", {"1 \"a file\"ident ident"}},
      {"[attr]worse ident", {"1 [attr]worse ident"}},
      {"*.yaml worse\n[attr]worse bad\n[attr]bad eol=crlf",
       {"1 *.yaml worse", "2 [attr]worse bad", "3 [attr]bad eol=crlf"}},
      {"[attr]text ident\n* text", {"1 [attr]text ident", "2 * text"}},
      {"[attr]fine -ident text\n* fine", {}},
      {"[attr]bad ident\n* -bad\n* !bad", {"1 [attr]bad ident"}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(changes_in(row.text) == row.changes);
  }
}

TEST_CASE("a macro of another file counts") {
  const CheckoutMacros macros = checkout_macros({"* text\n", "[attr]bad filter=x\n"});
  CHECK(checkout_changes("*.yaml bad\n", macros).size() == 1);
  std::string many;
  for (int i = 0; i < 201; ++i) many += "[attr]m" + std::to_string(i) + " text\n";
  CHECK(checkout_macros({many}).contains("m7"));
}

TEST_CASE("a pattern of attributes matches at least what Git matches with it") {
  struct Row {
    std::string pattern;
    std::string path;
    bool matches;
  };
  const std::vector<Row> rows = {
      {"*", "a.yaml", true},
      {"*", "deep/down/a.yaml", true},
      {"*.yaml", "deep/a.yaml", true},
      {"*.yaml", "deep/a.json", false},
      {"a.yaml", "deep/a.yaml", true},
      {"/a.yaml", "a.yaml", true},
      {"/a.yaml", "deep/a.yaml", false},
      {"deep/*.yaml", "deep/a.yaml", true},
      {"deep/*.yaml", "deep/down/a.yaml", false},
      {"deep/**", "deep/down/a.yaml", true},
      {"**/a.yaml", "a.yaml", true},
      {"**/a.yaml", "deep/down/a.yaml", true},
      {"deep/**/a.yaml", "deep/a.yaml", true},
      {"deep/**/a.yaml", "deep/down/a.yaml", true},
      {"deep/**/a.yaml", "other/a.yaml", false},
      {"a.y?ml", "a.yaml", true},
      {"[ab].yaml", "a.yaml", true},
      {"[!x].json", "a.yaml", true},  // not evaluated
      {"\\a.yaml", "a.yaml", true},
      {"deep/", "deep/a.yaml", false},
  };
  for (const Row& row : rows) {
    INFO(row.pattern << " " << row.path);
    CHECK(CheckoutChange{1, row.pattern, "ident", false}.may_match(row.path) == row.matches);
  }
  CHECK(CheckoutChange{1, "\"x\"", "ident", true}.may_match("a.yaml"));
  const auto longer = checkout_changes("x" + std::string(3'000, 'x') + " ident", {});
  REQUIRE(longer.size() == 1);
  CHECK(longer[0].may_match("a.yaml"));
}

TEST_CASE("a .sourceignore concerns what Flux applies in its directory or around it") {
  Application application;
  application.declared_in = "clusters/prod/pay.yaml";
  application.declaration = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n";
  Source source;
  source.kind = SourceKind::kustomize;
  source.path = "apps/pay";
  application.sources = {source};
  for (const char* directory : {"", "apps", "apps/pay", "apps/pay/below", "clusters", "clusters/prod"}) {
    INFO(directory);
    CHECK(is_left_out_by(application, directory));
  }
  CHECK_FALSE(is_left_out_by(application, "apps/other"));
  application.declaration = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n";
  CHECK_FALSE(is_left_out_by(application, ""));
}

}  // namespace
}  // namespace towline::discovery
