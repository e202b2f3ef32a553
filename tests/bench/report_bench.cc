// How long it takes to make the comments of a report of 2.7 MB: 1,400 resources, into parts for GitLab (all of it fits)
// and for GitHub (five parts), against copying the same text once and against reports of half and twice the size, which
// show whether the time is linear. Usage: bench_report [rounds]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "forge/forge.h"
#include "report/report.h"

namespace {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Given {
  towline::decide::PullSnapshot snapshot;
  towline::decide::PullDecision decision;
  std::size_t bytes = 0;  ///< of differences
};

Given report_of(std::size_t resources) {
  Given given;
  given.snapshot.page_url = "https://towline.example/pulls/gitea/acme/infra/1";
  towline::evaluate::ApplicationReport application;
  application.application.name = "pay-prod";
  application.environment = "prod";
  for (std::size_t i = 0; i < resources; ++i) {
    std::string text;
    for (int line = 0; line < 45; ++line) text += "key-" + std::to_string(line) + ": a value of some length, `code`\n";
    towline::diff::Change change;
    change.key = {"", "ConfigMap", "pay", "settings-" + std::to_string(i)};
    change.kind = towline::diff::ChangeKind::added;
    change.fields = {{"", std::nullopt, text, ""}};
    given.bytes += to_text(change).size();
    application.diff.changes.push_back(std::move(change));
  }
  given.snapshot.evaluation = towline::evaluate::Evaluation();
  given.snapshot.evaluation->applications.push_back(std::move(application));
  return given;
}

template <class Work>
double median_of(int rounds, Work work) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Steady::now();
    work();
    times.push_back(Milliseconds(Steady::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  const auto templates = towline::report::Templates::load().value();
  const std::size_t sizes[] = {700, 1'400, 2'800};
  for (const std::string_view kind : {"gitlab", "github"}) {
    const std::size_t limit = towline::forge::comment_limit(kind).usual;
    double half = 0;
    for (const std::size_t resources : sizes) {
      const Given given = report_of(resources);
      std::size_t written = 0;
      std::size_t parts = 0;
      const double time = median_of(rounds, [&] {
        const auto bodies = towline::report::comments(templates, given.snapshot, given.decision, "abc", limit);
        parts = bodies.size();
        written = 0;
        for (const std::string& body : bodies) written += body.size();
      });
      const double copied = median_of(rounds, [&] {
        std::string copy;
        for (const auto& change : given.snapshot.evaluation->applications[0].diff.changes) copy += to_text(change);
        if (copy.size() != given.bytes) std::abort();
      });
      if (half == 0) half = time;
      std::printf(
          "%s: %4.2f MB of differences -> %zu comments of %4.2f MB in %6.2f ms; %5.2f times the smallest; "
          "%4.1f times writing it once (%.2f ms)\n",
          kind.data(), static_cast<double>(given.bytes) / 1e6, parts, static_cast<double>(written) / 1e6, time,
          time / half, time / copied, copied);
    }
  }
}
