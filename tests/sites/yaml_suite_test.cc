#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "sites/sites.h"
#include "support/real_tools.h"
#include "yaml/json.h"
#include "yaml/node.h"

using namespace towline;

namespace {

/// A case of the YAML test suite (github.com/yaml/yaml-test-suite).
struct Case {
  std::string name;
  std::string text;
  bool is_valid = false;
  std::optional<std::string> json;  ///< the documents that it means, one after the other
};

std::vector<Case> cases_of(const std::filesystem::path& root) {
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().filename() != "in.yaml") continue;
    const auto folder = entry.path().parent_path();
    Case one{folder.lexically_relative(root).string(), read_file(entry.path()).value(),
             !std::filesystem::exists(folder / "error"), std::nullopt};
    if (auto json = read_file(folder / "in.json")) one.json = *std::move(json);
    cases.push_back(std::move(one));
  }
  return cases;
}

/// Empty documents are left out, as yaml::parse does.
std::vector<Json> documents_in_json(const std::string& text) {
  std::istringstream stream(text);
  std::vector<Json> documents;
  while (stream >> std::ws && stream.peek() != std::istringstream::traits_type::eof()) {
    Json document;
    stream >> document;
    if (!document.is_null()) documents.push_back(std::move(document));
  }
  return documents;
}

Result<std::vector<Json>> documents_in_yaml(const std::string& text) {
  TRY(const auto parsed, yaml::parse(text));
  std::vector<Json> documents;
  for (const yaml::Document& document : parsed) {
    TRY(const yaml::Node expanded, yaml::expand(document.root));
    documents.push_back(yaml::to_json(expanded));
  }
  return documents;
}

/// What valid YAML may be refused for: the sentence names what is not supported.
constexpr std::array<std::string_view, 5> kUnsupported = {
    "a key in braces is parted from its colon or value by a line break, which is not supported",
    "is not supported without quotes",
    "tabs in front of a line's text, also of an empty line, are not supported",
    "a block scalar that is a whole document is supported only with its lines indented",
    "a block scalar that is a whole document is not supported where a line of it begins with '%'",
};

std::string_view unsupported_in(const std::string& message) {
  const auto* const found = std::find_if(kUnsupported.begin(), kUnsupported.end(), [&](std::string_view sentence) {
    return message.find(sentence) != std::string::npos;
  });
  return found == kUnsupported.end() ? "not said" : *found;
}

std::string outcome_of(const Case& one) {
  const auto documents = documents_in_yaml(one.text);
  if (!one.is_valid) return documents ? "invalid, read" : "invalid, refused";
  if (!documents) return "valid, refused: " + std::string(unsupported_in(documents.error().message));
  if (!one.json) return "valid, read, of no known JSON";
  return *documents == documents_in_json(*one.json) ? "valid, read as its JSON" : "valid, read as something else";
}

std::vector<Case> cases_of_the_suite() {
  const auto tools = test::real_tools();
  if (!tools) return {};
  return cases_of(std::string(trim(read_file(*tools + "/yaml-test-suite.root").value())));
}

std::string bumped(const std::string& text, const std::string& tag) {
  const image::ImageName name = image::parse_image_name("acme/pay").value();
  return sites::bump_text("a.yaml", text, name, {image::Tag(tag), std::nullopt}).value();
}

}  // namespace

TEST_CASE("every valid document of the YAML test suite is read as what it means, or refused for a feature by name") {
  const auto cases = cases_of_the_suite();
  if (cases.empty()) return;

  std::map<std::string, std::size_t> outcomes;
  for (const Case& one : cases) {
    const std::string outcome = outcome_of(one);
    ++outcomes[outcome];
    INFO(one.name);
    CHECK(outcome != "valid, read as something else");
    CHECK(outcome != "valid, refused: not said");
  }
  for (const auto& [outcome, count] : outcomes) std::cerr << "yaml-test-suite: " << outcome << ": " << count << "\n";

  const std::map<std::string, std::size_t> expected = {
      {"invalid, read", 27},
      {"invalid, refused", 67},
      {"valid, read as its JSON", 261},
      {"valid, read, of no known JSON", 29},
      {"valid, refused: " + std::string(kUnsupported[0]), 11},
      {"valid, refused: " + std::string(kUnsupported[1]), 2},
      {"valid, refused: " + std::string(kUnsupported[2]), 1},
      {"valid, refused: " + std::string(kUnsupported[3]), 2},
      {"valid, refused: " + std::string(kUnsupported[4]), 2},
  };
  CHECK(outcomes == expected);
}

TEST_CASE("no document of the YAML test suite is changed by a bump, whatever stands before and behind it") {
  const std::string site = "image: acme/pay:1.0\n";
  for (const Case& one : cases_of_the_suite()) {
    INFO(one.name);
    CHECK(bumped(one.text, "2.0") == one.text);
    const std::string before = "---\n" + site + "---\n" + one.text;
    const std::string behind = one.text + "\n---\n" + site;
    CHECK(bumped(before, "1.0") == before);
    CHECK(bumped(behind, "1.0") == behind);
    // The site is read, or (with directives, which hold a file together) the file is left alone.
    const std::string first = "---\nimage: acme/pay:2.0\n---\n" + one.text;
    const std::string last = one.text + "\n---\nimage: acme/pay:2.0\n";
    CHECK_THAT(bumped(before, "2.0"), Catch::Equals(first) || Catch::Equals(before));
    CHECK_THAT(bumped(behind, "2.0"), Catch::Equals(last) || Catch::Equals(behind));
    const bool has_directives = one.text.find('%') != std::string::npos;
    if (!has_directives) CHECK(bumped(before, "2.0") == first);
  }
}
