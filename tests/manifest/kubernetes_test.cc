#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "discovery/discovery.h"
#include "manifest/documents.h"
#include "manifest/mutator.h"
#include "manifest/object.h"
#include "program/process.h"
#include "sites/candidates.h"
#include "sites/sites.h"
#include "support/golden.h"
#include "support/kubernetes_decoder.h"
#include "support/paths.h"
#include "support/real_tools.h"
#include "yaml/json.h"
#include "yaml/node.h"

using namespace towline;
using test::KubernetesAnswer;

namespace {

using test::File;
using test::Files;
using test::Mutator;

Files files_below(const std::filesystem::path& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    const bool is_manifest = extension == ".yaml" || extension == ".yml" || extension == ".json";
    if (!entry.is_regular_file() || !is_manifest) continue;
    files.emplace_back(entry.path().lexically_relative(folder).string(), read_file(entry.path()).value());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Files fixtures() {
  return files_below(std::filesystem::path(test::source_dir()) / "tests" / "manifest" / "kubernetes");
}

constexpr std::string_view kHead = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

/// The cases of the YAML test suite as they are, and as a part of an object.
Files suite_files() {
  const auto tools = test::real_tools();
  if (!tools) return {};
  Files files;
  for (const auto& [name, text] : files_below(std::string(trim(read_file(*tools + "/yaml-test-suite.root").value())))) {
    if (!name.ends_with("in.yaml")) continue;
    std::string indented;
    for (const std::string_view line : split(text, '\n')) indented.append("  ").append(line).append("\n");
    files.emplace_back(name, text);
    files.emplace_back(name, std::string(kHead) + "data:\n" + indented);
    files.emplace_back(name, std::string(kHead) + "---\n" + text + "\n---\n" + std::string(kHead));
  }
  return files;
}

enum class Outcome {
  same,
  refused_by_both,
  refused_by_towline,
  refused_by_kubernetes,
  different,
};

/// Whether the documents are what Kubernetes reads, also those that are reported for something else than how they are
/// written (no name, no apiVersion). Lists are compared unfolded, as resources.
bool is_read_alike(const File& file, const KubernetesAnswer& answer) {
  const auto parsed = manifest::parse_documents(file.first, file.second);
  const auto is_list = [](const yaml::Node& root) { return root.find("items") != nullptr; };
  if (!parsed.problems.empty() || std::any_of(parsed.roots.begin(), parsed.roots.end(), is_list)) return true;
  return std::equal(parsed.roots.begin(), parsed.roots.end(), answer.objects.begin(), answer.objects.end(),
                    [](const yaml::Node& root, const Json& object) { return yaml::to_json(root) == object; });
}

Outcome outcome_of(const File& file, const KubernetesAnswer& answer) {
  const auto parsed = manifest::parse_manifests(file.first, file.second, "", manifest::NullItems::empty_list);
  if (!answer.error.empty()) return parsed.problems.empty() ? Outcome::refused_by_kubernetes : Outcome::refused_by_both;
  if (!is_read_alike(file, answer)) return Outcome::different;
  if (!parsed.problems.empty()) return Outcome::refused_by_towline;
  const bool same = std::equal(
      parsed.resources.begin(), parsed.resources.end(), answer.objects.begin(), answer.objects.end(),
      [](const manifest::Resource& resource, const Json& object) { return yaml::to_json(resource.body) == object; });
  return same ? Outcome::same : Outcome::different;
}

bool is_declaration(const Json& object) {
  const std::string group = json_string(object, "/apiVersion");
  const std::string kind = json_string(object, "/kind");
  const bool is_of_argo = group.starts_with("argoproj.io/") && (kind == "Application" || kind == "ApplicationSet");
  return is_of_argo || group.find("toolkit.fluxcd.io/") != std::string::npos;
}

/// "" if the screens over the text let pass what decoding shows.
std::string screen_failure(const std::string& text, const KubernetesAnswer& answer) {
  const discovery::TextHints hints = discovery::hints_of(text);
  for (const Json& object : answer.objects) {
    if (is_declaration(object) && !discovery::declares_applications(text)) return "the screen for declarations";
    const std::string all = dump_json(object);
    const auto says = [&](std::string_view word) { return all.find(word) != std::string::npos; };
    if (says("argoproj.io") && !hints.group) return "the hint of the group";
    if (says("Application") && !hints.kind) return "the hint of the kind";
    if (says("repoURL") && !hints.repository) return "the hint of the repository";
  }
  if (sites::may_have_sites(text)) return "";
  for (const yaml::Node& root : manifest::parse_documents("a.yaml", text).roots) {
    if (!sites::find_sites("a.yaml", yaml::emit(root)).sites.empty()) return "the screen for image sites";
  }
  return "";
}

struct Tally {
  std::map<Outcome, std::size_t> outcomes;
  std::size_t screen_failures = 0;

  std::size_t count(Outcome outcome) const {
    const auto found = outcomes.find(outcome);
    return found == outcomes.end() ? 0 : found->second;
  }
};

std::string excerpt(const std::string& text) { return dump_json(Json(ellipsize(text, 1500))); }

void show_refused(const File& file, const KubernetesAnswer& answer, Outcome outcome) {
  if (outcome == Outcome::refused_by_kubernetes) {
    std::cerr << "only Kubernetes: " << answer.error << ": " << file.first << " " << excerpt(file.second) << "\n";
  }
  if (outcome == Outcome::refused_by_towline) {
    const auto problem =
        manifest::parse_manifests(file.first, file.second, "", manifest::NullItems::empty_list).problems.front();
    std::cerr << "only Towline: " << problem.message << ": " << file.first << " " << excerpt(file.second) << "\n";
  }
}

void compare(const Files& files, Tally& tally) {
  const auto answers = test::decode_with_kubernetes(files);
  REQUIRE(answers.has_value());
  for (std::size_t index = 0; index < files.size(); ++index) {
    const Outcome outcome = outcome_of(files[index], (*answers)[index]);
    ++tally.outcomes[outcome];
    if (outcome == Outcome::different) {
      const auto parsed =
          manifest::parse_manifests(files[index].first, files[index].second, "", manifest::NullItems::empty_list);
      std::string ours;
      for (const auto& resource : parsed.resources) ours += dump_json(yaml::to_json(resource.body)) + "\n";
      UNSCOPED_INFO(files[index].first << ": " << excerpt(files[index].second) << "\nKubernetes: "
                                       << ellipsize(dump_json(Json((*answers)[index].objects)), 1500)
                                       << "\nTowline: " << ellipsize(ours, 1500));
      CHECK(outcome != Outcome::different);
    }
    if (std::getenv("TOWLINE_SHOW_REFUSED") != nullptr) show_refused(files[index], (*answers)[index], outcome);
    const std::string failure = screen_failure(files[index].second, (*answers)[index]);
    if (failure.empty()) continue;
    ++tally.screen_failures;
    UNSCOPED_INFO(files[index].first << ": " << excerpt(files[index].second));
    CHECK(failure == "");
  }
}

void report(std::string_view what, const Tally& tally) {
  std::cerr << "kubernetes decoder, " << what << ": " << tally.count(Outcome::same) << " read as Kubernetes does, "
            << tally.count(Outcome::refused_by_both) << " that both refuse, "
            << tally.count(Outcome::refused_by_towline) << " that only Towline reports, "
            << tally.count(Outcome::refused_by_kubernetes) << " that only Kubernetes refuses, "
            << tally.count(Outcome::different) << " read differently, " << tally.screen_failures
            << " passed over by a screen\n";
}

std::size_t mutation_count() {
  const char* wanted = std::getenv("TOWLINE_MUTATIONS");
  return wanted == nullptr ? 20'000 : static_cast<std::size_t>(std::strtoull(wanted, nullptr, 10));
}

std::uint64_t mutation_seed() {
  const char* wanted = std::getenv("TOWLINE_MUTATION_SEED");
  return wanted == nullptr ? 1 : std::strtoull(wanted, nullptr, 10);
}

/// What Kubernetes makes of the fixtures, as it was recorded; with TOWLINE_UPDATE_GOLDEN=1 it is recorded anew.
Json recorded_answers(const Files& files) {
  const auto path = std::filesystem::path(test::source_dir()) / "tests" / "golden" / "kubernetes" / "answers.json";
  if (std::getenv("TOWLINE_UPDATE_GOLDEN") != nullptr) {
    const auto answers = test::decode_with_kubernetes(files);
    REQUIRE(answers.has_value());
    Json all = Json::object();
    for (std::size_t index = 0; index < files.size(); ++index) {
      const KubernetesAnswer& answer = (*answers)[index];
      all[files[index].first] = {{"objects", answer.objects}, {"error", answer.error}, {"ignored", answer.is_ignored}};
    }
    REQUIRE(test::golden_difference("kubernetes/answers.json", dump_json(all, 1) + "\n").empty());
  }
  return parse_json(read_file(path).value(), 400).value();
}

}  // namespace

TEST_CASE("every fixture is read as Kubernetes reads it, as it was recorded, or reported") {
  const Files files = fixtures();
  const Json recorded = recorded_answers(files);
  Tally tally;
  for (const File& file : files) {
    INFO(file.first);
    REQUIRE(recorded.contains(file.first));
    const Json& record = recorded.at(file.first);
    KubernetesAnswer answer;
    for (const Json& object : record.at("objects")) answer.objects.push_back(object);
    answer.error = record.value("error", "");
    const Outcome outcome = outcome_of(file, answer);
    ++tally.outcomes[outcome];
    CHECK(outcome != Outcome::different);
    CHECK(screen_failure(file.second, answer) == "");
  }
  report("recorded fixtures", tally);
  CHECK(tally.count(Outcome::same) >= 45);
}

TEST_CASE("every object that Kubernetes reads of a file, Towline reads with equal content, or it reports the file") {
  const Files files = fixtures();
  if (!test::decode_with_kubernetes({})) return;
  Tally tally;
  compare(files, tally);
  report("fixtures", tally);

  Tally of_suite;
  compare(suite_files(), of_suite);
  report("YAML test suite", of_suite);
}

TEST_CASE("over mutated files too") {
  if (!test::decode_with_kubernetes({})) return;
  Files bases = fixtures();
  std::erase_if(bases, [](const File& file) { return file.second.size() > 2000; });
  const Files own = bases;
  for (const File& file : suite_files()) {
    // As a part of an object: of other documents Kubernetes says only that they have no kind.
    if (file.second.starts_with(kHead)) bases.push_back(file);
  }
  // The fixtures as often as the cases of the suite, which are many.
  while (bases.size() < 1'600) bases.insert(bases.end(), own.begin(), own.end());
  Mutator mutator(bases, mutation_seed());
  constexpr std::size_t kBatch = 5'000;
  Tally tally;
  for (std::size_t left = mutation_count(); left > 0;) {
    Files files;
    for (; left > 0 && files.size() < kBatch; --left) files.push_back(mutator.next());
    compare(files, tally);
  }
  report("mutations", tally);
}

TEST_CASE("over real repositories too") {
  const auto archive = std::filesystem::path(test::source_dir()).parent_path() / "shared" / "corpus" / "trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: no comparison over real repositories, because " << archive << " is absent\n";
    return;
  }
  if (!test::decode_with_kubernetes({})) return;
  const auto folder = TemporaryDirectory::create("towline-trees").value();
  ProcessSpec unpack;
  unpack.argv = {"tar", "-xJf", archive.string(), "-C", folder.path().string()};
  REQUIRE(run_process(unpack).value().exit_code == 0);
  Tally tally;
  compare(files_below(folder.path()), tally);
  report("real repositories", tally);
}
