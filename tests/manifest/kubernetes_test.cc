#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "base/text.h"
#include "manifest/candidates.h"
#include "manifest/discovery.h"
#include "manifest/documents.h"
#include "manifest/object.h"
#include "manifest/sites.h"
#include "support/golden.h"
#include "support/kubernetes_decoder.h"
#include "support/paths.h"
#include "support/real_tools.h"
#include "yaml/json.h"
#include "yaml/node.h"

using namespace towline;
using test::KubernetesAnswer;

namespace {

using File = std::pair<std::string, std::string>;  ///< name, content
using Files = std::vector<File>;

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

Outcome outcome_of(const File& file, const KubernetesAnswer& answer) {
  const auto parsed = manifest::parse_manifests(file.first, file.second, "");
  if (!parsed.problems.empty()) {
    return answer.error.empty() ? Outcome::refused_by_towline : Outcome::refused_by_both;
  }
  if (!answer.error.empty()) return Outcome::refused_by_kubernetes;
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
  const manifest::TextHints hints = manifest::hints_of(text);
  for (const Json& object : answer.objects) {
    if (is_declaration(object) && !manifest::declares_applications(text)) return "the screen for declarations";
    const std::string all = dump_json(object);
    const auto says = [&](std::string_view word) { return all.find(word) != std::string::npos; };
    if (says("argoproj.io") && !hints.group) return "the hint of the group";
    if (says("Application") && !hints.kind) return "the hint of the kind";
    if (says("repoURL") && !hints.repository) return "the hint of the repository";
  }
  if (manifest::may_have_sites(text)) return "";
  for (const yaml::Node& root : manifest::parse_documents("a.yaml", text).roots) {
    if (!manifest::find_sites("a.yaml", yaml::emit(root)).sites.empty()) return "the screen for image sites";
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
    const auto problem = manifest::parse_manifests(file.first, file.second, "").problems.front();
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
      const auto parsed = manifest::parse_manifests(files[index].first, files[index].second, "");
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

/// Makes other files of known ones; the same from the same seed.
class Mutator {
 public:
  Mutator(Files bases, std::uint64_t seed) : bases_(std::move(bases)), random_(seed) {}

  File next() {
    File file = bases_[below(bases_.size())];
    for (std::size_t count = 1 + below(3); count > 0; --count) change(file.second);
    return file;
  }

 private:
  using Change = void (Mutator::*)(std::string&);

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit); }

  void change(std::string& text) {
    static constexpr std::array<Change, 14> kChanges = {
        &Mutator::insert_token, &Mutator::insert_token,  &Mutator::insert_token, &Mutator::insert_line,
        &Mutator::insert_line,  &Mutator::remove_range,  &Mutator::replace_byte, &Mutator::escape_letter,
        &Mutator::break_flow,   &Mutator::change_indent, &Mutator::copy_line,    &Mutator::change_value,
        &Mutator::split_line,   &Mutator::encode};
    (this->*kChanges[below(kChanges.size())])(text);
  }

  std::size_t line_begin(const std::string& text) {
    const std::size_t feed = text.find('\n', below(text.size() + 1));
    return feed == std::string::npos ? 0 : feed + 1;
  }

  void insert_token(std::string& text) {
    static const std::vector<std::string> kTokens = {":}",
                                                     ":,",
                                                     ":]",
                                                     "?",
                                                     "{a:}",
                                                     "[a:,b]",
                                                     "\xEF\xBB\xBF",
                                                     "\n\xEF\xBB\xBF",
                                                     "\t",
                                                     "\r",
                                                     std::string(1, '\0'),
                                                     "\xEF\xBB\xBF",
                                                     "\xC2\x85",
                                                     "\xE2\x80\xA8",
                                                     "\xE2\x80\xA9",
                                                     "\xC2\xA0",
                                                     "\\",
                                                     "\\\n",
                                                     "\\\n    ",
                                                     "\\u0061",
                                                     "\\x61",
                                                     "\\U00000061",
                                                     "\\/",
                                                     "\"",
                                                     "'",
                                                     "#",
                                                     " #",
                                                     ":",
                                                     ": ",
                                                     ":\n",
                                                     "\n:",
                                                     "\n : ",
                                                     ", ",
                                                     "[",
                                                     "]",
                                                     "{",
                                                     "}",
                                                     "[]",
                                                     "{}",
                                                     "- ",
                                                     "-",
                                                     "? ",
                                                     "?",
                                                     "&a ",
                                                     "*a",
                                                     "*a ",
                                                     "&a",
                                                     "!",
                                                     "!!str ",
                                                     "!!int ",
                                                     "!!binary ",
                                                     "!own ",
                                                     "!<tag:yaml.org,2002:str> ",
                                                     "|",
                                                     ">",
                                                     "|-\n",
                                                     ">+\n",
                                                     "|2\n",
                                                     "%",
                                                     "@",
                                                     "`",
                                                     "<<: ",
                                                     "<<",
                                                     "~",
                                                     "null",
                                                     "yes",
                                                     "0x1F",
                                                     "1_000",
                                                     "1e3",
                                                     ".inf",
                                                     "0o7",
                                                     "\n",
                                                     "\n\n",
                                                     "\n ",
                                                     "\n  ",
                                                     " ",
                                                     "  ",
                                                     "\x7f",
                                                     "\xff",
                                                     "\xC3\xA9",
                                                     "---",
                                                     "...",
                                                     "\n---\n",
                                                     "\n--- # x\n",
                                                     "\n...\n",
                                                     "\n--- x\n",
                                                     "\n---#\n",
                                                     ",#",
                                                     "\"a\":b",
                                                     "=",
                                                     "\x01"};
    text.insert(below(text.size() + 1), kTokens[below(kTokens.size())]);
  }

  void insert_line(std::string& text) {
    static const std::vector<std::string> kLines = {"a: {b:}\n",
                                                    "a: [b:, c?d]\n",
                                                    "a: {b?: c}\n",
                                                    "a: [?b]\n",
                                                    "\xEF\xBB\xBF"
                                                    "a: b\n",
                                                    "a: {b: c, ? d : e, ? f}\n",
                                                    "? - a\n: b\n",
                                                    "---\n",
                                                    "--- # x\n",
                                                    "---\t\n",
                                                    "--- |\n",
                                                    "---x\n",
                                                    "...\n",
                                                    "... # x\n",
                                                    "%YAML 1.2\n",
                                                    "%YAML 1.1\n",
                                                    "%TAG ! tag:yaml.org,2002:\n",
                                                    "kind: Secret\n",
                                                    "\"k\\u0069nd\": Secret\n",
                                                    "? kind\n: Secret\n",
                                                    "<<: {kind: Secret, extra: 1}\n",
                                                    "  <<: *a\n",
                                                    "items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]\n",
                                                    "items:\n",
                                                    "# comment\n",
                                                    "\t# comment\n",
                                                    "  # comment\n",
                                                    "1: a\n",
                                                    "\"1\": b\n",
                                                    "yes: a\n",
                                                    "~: a\n",
                                                    "  0x10: a\n",
                                                    "  1.0: a\n",
                                                    "- a\n",
                                                    "  - a\n",
                                                    "\t\n",
                                                    "   \n",
                                                    "\xEF\xBB\xBF\n",
                                                    "\xE2\x80\xA8---\n",
                                                    "data: {a\n: b, \"c\"\n: d}\n",
                                                    "data: !!binary aGk=\n",
                                                    "x: &a [1, 2]\n",
                                                    "y: *a\n",
                                                    "z: |\n  a\n   b\n c\n",
                                                    "z: >\n  a\n\n   b\n  c\n",
                                                    "w: \"a\n  b\n\n  c\"\n",
                                                    "v: a\n  b\n\n  c\n",
                                                    "apiVersion: \"\\u0061rgoproj.io/v1alpha1\"\n",
                                                    "kind: \"Applica\\\n  tion\"\n",
                                                    "image: \"acme\\u002fpay:1.0\"\n",
                                                    "\"im\\x61ge\": acme/pay:1.0\n",
                                                    "a: 'it''s'\n",
                                                    "a: \"\\ud83d\\ude00\"\n",
                                                    "a: b: c\n",
                                                    "a: [b, c,]\n",
                                                    "a: [,]\n",
                                                    "a: {b: , c}\n",
                                                    "a: {b:c}\n",
                                                    "a: {\"b\":c}\n",
                                                    "{a: b}\n",
                                                    "[a]\n",
                                                    "\"text\"\n",
                                                    "a: -\n",
                                                    "a: - b\n",
                                                    "a: *b\n"};
    text.insert(line_begin(text), kLines[below(kLines.size())]);
  }

  void remove_range(std::string& text) {
    const std::size_t at = below(text.size());
    text.erase(at, 1 + below(12));
  }

  void replace_byte(std::string& text) {
    if (text.empty()) return;
    static constexpr std::string_view kBytes = "\t\n\r \"'\\#:,[]{}&*!|>%@`-?~=0aZ\x7f\x85\xff";
    text[below(text.size())] = kBytes[below(kBytes.size())];
  }

  /// Writes a letter as an escape, and its word in double quotes.
  void escape_letter(std::string& text) {
    static constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";
    const std::size_t at = text.find_first_of(kWord, below(text.size() + 1));
    if (at == std::string::npos) return;
    const std::size_t before = text.find_last_not_of(kWord, at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::size_t end = std::min(text.find_first_not_of(kWord, at), text.size());
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(text[at]);
    static const std::vector<std::string> kForms = {"\\x", "\\u00", "\\U000000"};
    const std::string escape = kForms[below(3)] + kHex[code >> 4U] + kHex[code & 0xfU];
    const std::string broken = below(4) == 0 ? "\\\n      " : "";
    text.replace(begin, end - begin,
                 "\"" + text.substr(begin, at - begin) + broken + escape + text.substr(at + 1, end - at - 1) + "\"");
  }

  void break_flow(std::string& text) {
    const std::size_t at = text.find_first_of(":,{}[]", below(text.size() + 1));
    if (at != std::string::npos) text.insert(at + below(2), "\n" + std::string(below(6), ' '));
  }

  void change_indent(std::string& text) {
    const std::size_t at = line_begin(text);
    if (at < text.size() && text[at] == ' ' && below(2) == 0) {
      text.erase(at, 1 + below(2));
    } else {
      text.insert(at, below(5) == 0 ? "\t" : std::string(1 + below(3), ' '));
    }
  }

  void copy_line(std::string& text) {
    const std::size_t from = line_begin(text);
    const std::size_t end = std::min(text.find('\n', from), text.size());
    text.insert(line_begin(text), text.substr(from, end - from) + "\n");
  }

  void change_value(std::string& text) {
    static const std::vector<std::string> kValues = {"0o17",
                                                     "017",
                                                     "0x1f",
                                                     "0b11",
                                                     "1_000",
                                                     "1e3",
                                                     "1E400",
                                                     ".5",
                                                     "1.",
                                                     "-0",
                                                     "+1",
                                                     "08",
                                                     "1:30",
                                                     "y",
                                                     "No",
                                                     "ON",
                                                     "~",
                                                     "Null",
                                                     "2024-01-31",
                                                     "18446744073709551615",
                                                     "9223372036854775808",
                                                     "99999999999999999999",
                                                     ".inf",
                                                     ".NaN",
                                                     "\"1\"",
                                                     "'yes'",
                                                     "!!str 1",
                                                     "!!int 0x1",
                                                     "!!float 1",
                                                     "!!bool on",
                                                     "! 1",
                                                     "!x 1",
                                                     "!!binary YQ==",
                                                     "&a 1",
                                                     "*a",
                                                     "|\n      a\n     b",
                                                     ">-\n      a\n\n      b",
                                                     "\"a\\\n      b\"",
                                                     "[a, [b], {c: d}]",
                                                     "{a: 1, 'b': \"2\"}",
                                                     "\"\\/\"",
                                                     "a#b",
                                                     "a #b",
                                                     "#",
                                                     "",
                                                     "0.10",
                                                     "1.0",
                                                     "+.inf",
                                                     "0x",
                                                     "1__0",
                                                     "._1",
                                                     ".1_0",
                                                     "<<",
                                                     "=",
                                                     "-",
                                                     "--",
                                                     "---"};
    const std::size_t colon = text.find(": ", below(text.size() + 1));
    if (colon == std::string::npos) return;
    const std::size_t end = std::min(text.find_first_of(",}\n", colon + 2), text.size());
    text.replace(colon + 2, end - colon - 2, kValues[below(kValues.size())]);
  }

  void split_line(std::string& text) {
    const std::size_t space = text.find(' ', below(text.size() + 1));
    if (space != std::string::npos) text.replace(space, 1, "\n" + std::string(below(8), ' '));
  }

  void encode(std::string& text) {
    const std::size_t how = below(8);
    if (how == 0) text.insert(0, "\xEF\xBB\xBF");
    if (how == 1) text = replace_all(text, "\n", "\r\n");
    if (how == 2) text = replace_all(text, "\n", "\r");
    if (how > 4 || how < 3) return;
    std::string wide = how == 3 ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : text) {
      if (how == 4) wide += '\0';
      wide += c;
      if (how == 3) wide += '\0';
    }
    text = wide;
  }

  Files bases_;
  std::mt19937_64 random_;
};

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
