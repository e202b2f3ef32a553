// `towline diff` against `dyff between` on two manifests of 1.4 MB and 1,400 resources of real repositories, of which
// 5 % differ; and the same with the second one laid out anew, so that no document is byte-equal. In turns; prints
// medians and ratios. Needs the corpus beside the sources, and dyff (tests/support/build-tools.sh).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <set>
#include <stdexcept>

#include "base/files.h"
#include "base/text.h"
#include "manifest/object.h"
#include "program/process.h"
#include "support/paths.h"
#include "support/real_gitea.h"
#include "yaml/edit.h"
#include "yaml/node.h"

using namespace towline;

namespace {

constexpr std::size_t kResources = 1400;
constexpr std::size_t kBytes = 1'400'000;
constexpr std::size_t kEvery = 20;  ///< of so many resources one differs
constexpr int kRounds = 9;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}

struct Sides {
  std::string base;
  std::string head;
  std::string laid_out_anew;
};

/// The document with its last text changed, as a bump would.
std::string changed(const std::string& document) {
  const auto documents = must(yaml::parse(document));
  const yaml::Node* last = nullptr;
  const auto visit = [&](const auto& self, const yaml::Node& node) -> void {
    if (node.is_scalar() && node.style == yaml::ScalarStyle::plain && !node.value.empty()) last = &node;
    for (const auto& item : node.items) self(self, item);
    for (const auto& [key, value] : node.entries) self(self, value);
  };
  visit(visit, documents.front().root);
  if (last == nullptr) throw std::runtime_error("nothing to change in " + document);
  return must(yaml::apply_edits(document, {{last->span, yaml::encode_like(*last, last->value + "9")}}));
}

/// Single resources of the corpus, each key once, as many as wanted and together nearest to the wanted size.
std::vector<std::string> resources_of(const std::filesystem::path& trees) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(trees)) {
    if (entry.is_regular_file() && entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> all;
  std::set<manifest::ResourceKey> keys;
  for (const auto& file : files) {
    std::string text = must(read_file(file));
    const auto parsed = manifest::parse_manifests("", text, "default");
    const bool one = parsed.resources.size() == 1 && parsed.problems.empty() && text.back() == '\n' &&
                     text.find("\n---\n", 1) == std::string::npos;
    if (!one || !keys.insert(parsed.resources[0].key).second) continue;
    if (!text.starts_with("---\n")) text.insert(0, "---\n");
    all.push_back(std::move(text));
  }
  if (all.size() < kResources) throw std::runtime_error("the corpus has only " + std::to_string(all.size()));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kResources; ++i) bytes += all[i].size();
  std::size_t first = 0;
  while (bytes < kBytes && first + kResources < all.size()) {
    bytes += all[first + kResources].size() - all[first].size();
    ++first;
  }
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<std::string> documents(begin, begin + kResources);
  std::sort(documents.begin(), documents.end());
  return documents;
}

Sides sides_of(const std::vector<std::string>& documents) {
  Sides sides;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string head = i % kEvery == 0 ? changed(documents[i]) : documents[i];
    sides.base += documents[i];
    sides.head += head;
    sides.laid_out_anew += "---\n" + yaml::emit(must(yaml::parse(head)).front().root);
  }
  return sides;
}

double milliseconds(const std::vector<std::string>& argv, const std::filesystem::path& directory) {
  ProcessSpec spec;
  spec.argv = argv;
  spec.directory = directory;
  const auto start = std::chrono::steady_clock::now();
  const auto output = must(run_process(spec));
  const auto took = std::chrono::steady_clock::now() - start;
  if (output.exit_code != 0) throw std::runtime_error(join(argv, " ") + ": " + output.standard_error);
  return std::chrono::duration<double, std::milli>(took).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& towline, const std::string& dyff, const std::filesystem::path& directory,
             const std::string& head) {
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < kRounds; ++round) {
    ours.push_back(milliseconds({towline, "diff", "base.yaml", head}, directory));
    theirs.push_back(milliseconds({dyff, "between", "base.yaml", head}, directory));
  }
  std::printf("base.yaml against %s, medians of %d: towline %.0f ms, dyff %.0f ms, ratio %.3f (at most 0.5)\n",
              head.c_str(), kRounds, median(ours), median(theirs), median(ours) / median(theirs));
}

void run_bench() {
  const auto tools = test::RealGitea::tools();
  const auto archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared" / "corpus" / "trees.tar.xz";
  if (!tools || !std::filesystem::exists(*tools / "dyff") || !std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: dyff or the corpus is absent\n";
    return;
  }
  const auto directory = must(TemporaryDirectory::create("towline-bench"));
  ProcessSpec unpack;
  unpack.argv = {"tar", "-xJf", archive.string(), "-C", directory.path().string()};
  unpack.search_path = "/usr/bin:/bin";
  unpack.environment = {{"PATH", "/usr/bin:/bin"}};
  unpack.deadline = std::chrono::minutes(2);
  if (must(run_process(unpack)).exit_code != 0) throw std::runtime_error("cannot unpack the corpus");
  const auto documents = resources_of(directory.path());
  const Sides sides = sides_of(documents);
  for (const auto& [name, text] : {std::pair{"base.yaml", &sides.base}, std::pair{"head.yaml", &sides.head},
                                   std::pair{"laid-out-anew.yaml", &sides.laid_out_anew}}) {
    if (auto written = write_file(directory.path() / name, *text); !written)
      throw std::runtime_error(written.error().message);
  }
  std::printf("%zu resources, %.2f MB, %zu of them differ\n", documents.size(),
              static_cast<double>(sides.base.size()) / 1e6, (documents.size() + kEvery - 1) / kEvery);
  const std::string towline = towline::test::binary_dir() + "/towline";
  for (const std::string head : {"head.yaml", "laid-out-anew.yaml"}) {
    compare(towline, (*tools / "dyff").string(), directory.path(), head);
  }
}

}  // namespace

int main() {
  try {
    run_bench();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "diff_bench: %s\n", problem.what());
    return 1;
  }
}
