// `towline bump` of one image over the 4,070 files of the corpus's largest repository against `yq` on just the files
// that change (an image of 27 of them, the second most written one there): changing them, which takes one yq a file,
// since `yq -i` writes everything into the first file it is given; and printing them, with one yq for all and with one
// a file; and `towline images` over every file of the corpus against a full parse of them by yaml-cpp (yq and Towline
// are processes; yaml-cpp runs in this one). In turns; prints medians and ratios. Needs the corpus beside the sources,
// and yq of the path YQ (go install github.com/mikefarah/yq/v4@v4.47.1).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <type_traits>

#include <yaml-cpp/yaml.h>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "program/process.h"
#include "support/paths.h"

using namespace towline;

namespace {

constexpr int kRounds = 7;
const std::string kTowline = towline::test::binary_dir() + "/towline";

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

std::string output_of(const std::vector<std::string>& argv, const std::filesystem::path& directory) {
  ProcessSpec spec;
  spec.argv = argv;
  spec.directory = directory;
  spec.deadline = std::chrono::minutes(2);
  spec.max_output_bytes = 64u << 20;
  const auto output = must(run_process(spec));
  if (output.exit_code != 0) throw std::runtime_error(join(argv, " ") + ": " + output.standard_error);
  return output.standard_output;
}

double milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// `reset` is done before each, and not measured.
void compare(
    const char* what, const std::function<void()>& ours, const std::function<void()>& theirs, double most,
    const std::function<void()>& reset = [] {}) {
  std::vector<double> our_times;
  std::vector<double> their_times;
  for (int round = 0; round < kRounds; ++round) {
    reset();
    our_times.push_back(milliseconds(ours));
    reset();
    their_times.push_back(milliseconds(theirs));
  }
  const auto median = [](std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  std::printf("%s, medians of %d: towline %.0f ms, peer %.0f ms, ratio %.3f (at most %.2f)\n", what, kRounds,
              median(our_times), median(their_times), median(our_times) / median(their_times), most);
}

std::vector<std::string> yaml_texts(const std::filesystem::path& directory) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".yaml" && extension != ".yml")) continue;
    texts.push_back(must(read_file(entry.path())));
  }
  return texts;
}

void bench_bump(const std::filesystem::path& tree, const std::string& yq) {
  // One that many files write.
  const std::string image = "quay.io/kubearchive/vacuum";
  const std::vector<std::string> argv = {kTowline, "bump", "--image", image, "--to", "9.9.9", "--format", "json", "."};
  const Json changes = must(parse_json(output_of(argv, tree)));
  const std::string sites =
      R"((.. | select(tag == "!!map") | select(has("image")) | .image | select(test("^)" + image + R"(:"))))";
  const std::string change_sites = sites + R"( |= sub(":.*", ":9.9.9"))";
  std::vector<std::string> files;
  for (const Json& change : changes) files.push_back(json_string(change, "/file"));
  std::vector<std::string> one_yq = {yq, change_sites};
  one_yq.insert(one_yq.end(), files.begin(), files.end());
  std::printf("%s is in %zu files of %zu\n", image.c_str(), files.size(), yaml_texts(tree).size());
  std::vector<std::string> texts;
  for (const std::string& file : files) texts.push_back(must(read_file(tree / file)));
  const auto reset = [&] {
    for (std::size_t i = 0; i < files.size(); ++i) must(write_file(tree / files[i], texts[i]));
  };
  const auto each = [&](std::vector<std::string> options) {
    options.insert(options.begin(), yq);
    options.insert(options.end(), {change_sites, ""});
    for (const std::string& file : files) {
      options.back() = file;
      output_of(options, tree);
    }
  };
  std::vector<std::string> writing = argv;
  writing.insert(writing.end() - 1, "--write");
  compare(
      "bump --write, against yq -i of each file", [&] { output_of(writing, tree); }, [&] { each({"-i"}); }, 0.1, reset);
  reset();
  const auto printed = [&] { output_of(argv, tree); };
  compare(
      "bump, against one yq a file", printed, [&] { each({}); }, 0.1);
  compare(
      "bump, against one yq that prints all files", printed, [&] { output_of(one_yq, tree); }, 0.1);
}

void bench_images(const std::filesystem::path& trees) {
  const auto parse_all = [&] {
    for (const std::string& text : yaml_texts(trees)) {
      try {
        YAML::LoadAll(text);
      } catch (const YAML::Exception&) {  // templates
      }
    }
  };
  compare(
      "images",
      [&] {
        output_of({kTowline, "images", "--format", "json", "."}, trees);
      },
      parse_all, 0.25);
}

void run_bench() {
  const auto archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared" / "corpus" / "trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::fprintf(stderr, "SKIPPED: the corpus is absent\n");
    return;
  }
  const auto directory = must(TemporaryDirectory::create("towline-bench"));
  output_of({"tar", "-xJf", archive.string(), "-C", directory.path().string()}, directory.path());
  bench_images(directory.path());
  const char* yq = std::getenv("YQ");
  if (yq == nullptr) {
    std::fprintf(stderr, "SKIPPED: YQ names no yq\n");
    return;
  }
  bench_bump(directory.path() / "trees" / "redhat-appstudio+infra-deployments", yq);
}

}  // namespace

int main() {
  try {
    run_bench();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "sites_bench: %s\n", problem.what());
    return 1;
  }
}
