#include "evaluate/evaluator/pool.h"

#include <catch2/catch.hpp>

#include <signal.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "evaluate/evaluator/wire_types.h"
#include "evaluate/local_reader.h"
#include "git/repository.h"
#include "support/paths.h"

namespace towline::evaluate {
namespace {

EvaluatorPool::Options options(const std::string& how, std::size_t most = 2) {
  EvaluatorPool::Options options;
  options.program.argv = {towline::test::binary_dir() + "/test_evaluator", how};
  options.limits.memory = std::size_t{1} << 30;
  options.settings.masking_key = "masking";
  options.settings.protocol = kEvaluatorProtocol;
  options.settings.program_memory = std::size_t{1} << 30;
  options.settings.processor_milliseconds = 60'000;
  options.most = most;
  return options;
}

Error lost(const std::string& how, config::EvaluatorLimits limits = {}) {
  auto with = options(how);
  limits.memory = with.limits.memory;
  with.limits = limits;
  EvaluatorPool pool(std::move(with));
  const auto answer = pool.sites({"/mirror", {}, ""});
  REQUIRE_FALSE(answer);
  CHECK(pool.ids().empty());
  return answer.error();
}

TEST_CASE("an evaluator that dies or misbehaves is an error that says what happened") {
  struct Case {
    const char* how;
    std::string message;
  };
  const Case cases[] = {
      {"crash", "the evaluator was lost: it was killed by signal 11 (Segmentation fault)"},
      {"exit", "the evaluator was lost: it ended with exit code 7"},
      {"compute", "the evaluator was lost: it computed for longer than limits.evaluator.processor_time allows"},
#ifndef __SANITIZE_ADDRESS__
      {"allocate", "the evaluator was lost: it was killed by signal 6 (Aborted)"},
#endif
      {"rubbish", "the evaluator was lost: a message of the evaluator cannot be read: its head makes no sense"},
      {"large", "the evaluator was lost: a message of the evaluator cannot be read: its head makes no sense"},
      {"flood", "the evaluator was lost: it wrote what is no answer"},
      {"lie", "a message of the evaluator cannot be read: a count is larger than what follows"},
      {"other-protocol", "the evaluator was lost: it ended with exit code 3"},
  };
  for (const Case& one : cases) {
    INFO(one.how);
    const Error error = lost(one.how);
    CHECK(error.message == one.message);
    CHECK(error.kind == ErrorKind::internal);
  }
}

TEST_CASE("an evaluator that does not answer in time is stopped") {
  const Error error = lost("hang", {0, std::chrono::seconds(1), std::chrono::milliseconds(200)});
  CHECK(error.kind == ErrorKind::timeout);
  CHECK(error.message == "the evaluator was lost: it took longer than limits.evaluator.wall_time allows (200ms)");
}

TEST_CASE("a program that cannot be started is an error") {
  auto with = options("answer");
  with.program.argv = {"/no/such/program"};
  const auto answer = EvaluatorPool(std::move(with)).sites({"/mirror", {}, ""});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::internal);
}

TEST_CASE("an evaluator has no environment and four descriptors") {
  EvaluatorPool pool(options("surroundings"));
  const auto answer = pool.sites({"/mirror", {}, ""});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "environment: ; open: 4");
}

TEST_CASE("an evaluator that writes much into its log is not kept waiting") {
  EvaluatorPool pool(options("shout"));
  CHECK(pool.sites({"/mirror", {}, ""}));
}

TEST_CASE("the same evaluator is asked about a repository again, and a dead one is replaced") {
  EvaluatorPool pool(options("answer"));
  REQUIRE(pool.sites({"/one", {}, ""}));
  const auto first = pool.ids();
  REQUIRE(first.size() == 1);
  REQUIRE(pool.sites({"/one", {}, ""}));
  CHECK(pool.ids() == first);
  REQUIRE(pool.sites({"/two", {}, ""}));
  CHECK(pool.ids().size() == 2);
  REQUIRE(pool.sites({"/three", {}, ""}));
  CHECK(pool.ids().size() == 2);
  CHECK(pool.counters().renders == 2);

  EvaluatorPool dying(options("answer-and-die"));
  REQUIRE(dying.sites({"/one", {}, ""}));
  while (!dying.ids().empty()) std::this_thread::yield();
  CHECK(dying.sites({"/one", {}, ""}));
  CHECK(dying.counters().restarts == 1);
}

TEST_CASE("questions wait for one another where there are more of them than evaluators") {
  EvaluatorPool pool(options("answer", 2));
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 20; ++turn) {
        if (pool.sites({"/" + std::to_string(i), {}, ""})) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == 160);
  CHECK(pool.ids().size() <= 2);
}

TEST_CASE("an evaluator says of a repository what this process would") {
  auto directory = TemporaryDirectory::create("towline-test-").value();
  auto repository = git::Repository::init_bare(directory.path() / "mirror.git", "main").value();
  const auto commit = [&](const CommitId& parent, const std::string& tag) {
    return repository
        .write_commit({parent,
                       {{"apps/dev/services/pay/deployment.yaml",
                         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec:\n  template:\n    spec:\n"
                         "      containers: [{name: pay, image: 'ghcr.io/acme/pay:" +
                             tag + "'}]\n"}},
                       {"Alice", "alice@example.com", TimePoint{}},
                       "change"})
        .value();
  };
  const CommitId base = commit({}, "1.0.0");
  const CommitId head = commit(base, "1.1.0");
  const std::string mirror = repository.path().string();

  EvaluatorPool pool(options("real"));
  LocalReader local({}, Secret("masking"), MergedBlobs::in_the_mirror);
  const ConfigSource detected{ConfigSource::Kind::detected, "", base};
  std::size_t affected = 0;
  const auto far = pool.evaluate({mirror, base, head, detected}, [&](std::size_t count) { affected = count; });
  const auto near = local.evaluate({mirror, base, head, detected}, {});
  REQUIRE(far);
  REQUIRE(near);
  CHECK(affected == 1);
  REQUIRE(far->applications.size() == 1);
  CHECK(far->applications[0].images.size() == 1);
  CHECK(encode(*far) == encode(*near));

  const auto far_services = pool.services({mirror, head, detected});
  REQUIRE(far_services);
  CHECK(encode(*far_services) == encode(*local.services({mirror, head, detected})));
  const auto far_sites = pool.sites({mirror, head, "apps/dev"});
  REQUIRE(far_sites);
  CHECK(encode(*far_sites) == encode(*local.sites({mirror, head, "apps/dev"})));
  const EditsQuestion question{mirror, base, "apps/dev/services/pay", far->applications[0].images};
  const auto far_edits = pool.edits(question);
  REQUIRE(far_edits);
  CHECK(far_edits->size() == 1);
  CHECK(encode(*far_edits) == encode(*local.edits(question)));

  const auto missing = pool.evaluate({mirror, base, CommitId(std::string(40, '1')), detected}, {});
  REQUIRE_FALSE(missing);
  CHECK(pool.ids().size() == 1);
}

TEST_CASE("what merging makes is written beside the mirror") {
  auto directory = TemporaryDirectory::create("towline-test-").value();
  auto repository = git::Repository::init_bare(directory.path() / "mirror.git", "main").value();
  const auto commit = [&](const CommitId& parent, const std::string& text) {
    return repository
        .write_commit({parent,
                       {{"apps/dev/services/pay/config.yaml", text}},
                       {"Alice", "alice@example.com", TimePoint{}},
                       "change"})
        .value();
  };
  const std::string begin = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pay}\ndata:\n  a: '1'\n";
  const std::string middle = "  b: '1'\n  c: '1'\n  d: '1'\n  e: '1'\n  f: '1'\n";
  const CommitId start = commit({}, begin + middle + "  g: '1'\n");
  const CommitId tip = commit(start, begin + middle + "  g: '2'\n");
  const CommitId head = commit(start, begin + "  aa: '3'\n" + middle + "  g: '1'\n");
  LocalReader reader({}, Secret("masking"), MergedBlobs::beside_it);
  const auto count = [&] {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(repository.path())) {
      files += entry.is_regular_file() ? 1 : 0;
    }
    return files;
  };
  const std::size_t before = count();
  const auto evaluation =
      reader.evaluate({repository.path().string(), tip, head, {ConfigSource::Kind::detected, "", tip}}, {});
  REQUIRE(evaluation);
  CHECK(evaluation->applications.size() == 1);
  CHECK_FALSE(evaluation->conflicts);
  CHECK(count() == before);
}

}  // namespace
}  // namespace towline::evaluate
