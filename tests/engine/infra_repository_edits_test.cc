#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "engine/infra_repository.h"
#include "evaluate/repository_reader.h"
#include "git/repository.h"

namespace towline::engine {
namespace {

/// A reader that hostile content has taken over.
class TakenOver final : public evaluate::RepositoryReader {
 public:
  Result<evaluate::Evaluation> evaluate(const evaluate::EvaluationQuestion& /*question*/,
                                        const std::function<void(std::size_t)>& /*on_affected*/) override {
    return evaluate::Evaluation{};
  }
  Result<std::vector<evaluate::ServiceState>> services(const evaluate::ServicesQuestion& /*question*/) override {
    return std::vector<evaluate::ServiceState>{};
  }
  Result<std::vector<sites::ImageSite>> sites(const evaluate::SitesQuestion& /*question*/) override {
    return std::vector<sites::ImageSite>{};
  }
  Result<std::vector<evaluate::FileEdits>> edits(const evaluate::EditsQuestion& /*question*/) override {
    return answer;
  }
  Counters counters() const override { return {}; }

  std::vector<evaluate::FileEdits> answer;
};

TEST_CASE("edits of a reader that was taken over can change a version in a file of the service, and nothing else") {
  const auto directory = TemporaryDirectory::create("towline-test-").value();
  auto repository = git::Repository::init_bare(directory.path() / "mirror.git", "main").value();
  const CommitId base = repository
                            .write_commit({{},
                                           {{"apps/dev/pay/a.yaml", "image: pay:1.0.0\n"},
                                            {"apps/dev/pay/sub/b.yaml", "x: y\n"},
                                            {".towline.yaml", "version: 1\n"}},
                                           {"Alice", "alice@example.com", TimePoint{}},
                                           "start"})
                            .value();
  TakenOver reader;
  InfraRepository::Parts parts;
  parts.reader = &reader;
  InfraRepository workspace(std::move(parts));
  const auto edit = [&](const std::string& path, yaml::Span span, const std::string& text) {
    reader.answer = {{path, {{span, text}}}};
    return workspace.edits(repository, base, "apps/dev/pay", {});
  };

  const auto made = edit("apps/dev/pay/a.yaml", {11, 16}, "1.1.0");
  REQUIRE(made);
  REQUIRE(made->size() == 1);
  CHECK(made->front().path == "apps/dev/pay/a.yaml");
  CHECK(made->front().content == "image: pay:1.1.0\n");

  struct Case {
    std::string path;
    yaml::Span span;
    std::string text;
    std::string message;
  };
  const Case refused[] = {
      {".towline.yaml", {9, 10}, "2", "the edits of .towline.yaml are refused: it is not in apps/dev/pay"},
      {"apps/dev/pay/../../../.towline.yaml",
       {9, 10},
       "2",
       "the edits of apps/dev/pay/../../../.towline.yaml are refused: it is no file"},
      {"apps/dev/pay/new.yaml", {0, 0}, "a", "the edits of apps/dev/pay/new.yaml are refused: it is no file"},
      {"apps/dev/pay/sub", {0, 0}, "a", "the edits of apps/dev/pay/sub are refused: it is no file"},
      {"apps/dev/pay/a.yaml",
       {0, 1},
       "a\nkind: Secret",
       "the edits of apps/dev/pay/a.yaml are refused: they change more than a version"},
      {"apps/dev/pay/a.yaml",
       {0, 1},
       std::string(2'000, 'a'),
       "the edits of apps/dev/pay/a.yaml are refused: they change more than a version"},
      {"apps/dev/pay/a.yaml",
       {11, 16},
       "{a: b}",
       "the edits of apps/dev/pay/a.yaml are refused: they change more than a version"},
      {"apps/dev/pay/a.yaml",
       {5, 1},
       "a",
       "the edits of apps/dev/pay/a.yaml are refused: they change more than a version"},
  };
  for (const Case& one : refused) {
    INFO(one.path << " " << one.text.substr(0, 20));
    const auto outcome = edit(one.path, one.span, one.text);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().message == one.message);
  }
  CHECK_FALSE(edit("apps/dev/pay/a.yaml", {100, 101}, "a"));
}

}  // namespace
}  // namespace towline::engine
