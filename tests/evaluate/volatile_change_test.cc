// Charts that ask for the time or the cluster; with the real helm.
#include "evaluate/volatile_change.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "decide/shown.h"
#include "evaluate/chart_range.h"
#include "generated_world.h"
#include "support/real_tools.h"

namespace towline::evaluate::test {
namespace {

using Texts = std::vector<std::string>;

std::string gated(const std::string& condition) {
  return "{{- if " + condition + " }}\n" + config_map("gated") + "{{- end }}\n";
}

std::vector<git::PathEdit> chart(const std::string& secret) {
  return {{"root.yaml", argo("web", "charts/web")},
          {"charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
          {"charts/web/values.yaml", "size: 1\n"},
          {"charts/web/templates/map.yaml",
           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {size: \"{{ .Values.size }}\"}\n"},
          {"charts/web/templates/secret.yaml", secret}};
}

const std::string kLookup = gated("lookup \"v1\" \"Secret\" \"web\" \"web\"");

struct Pull {
  const char* what;
  std::vector<git::PathEdit> edits;
  Texts problems;
};

const std::vector<Pull> kPulls = {
    {"another value", {{"charts/web/values.yaml", "size: 2\n"}}, {}},
    {"a kind that is not told",
     {{"charts/web/templates/z.yaml", gated(".Capabilities.APIVersions.Has \"example.com/v1/Widget\"")}},
     {"charts/web/templates/z.yaml:1 uses `.Capabilities.APIVersions.Has \"example.com/v1/Widget\"`: what it renders "
      "depends on the cluster, so it cannot be shown"}},
    {"Argo CD's own kind, whose cluster has it",
     {{"charts/web/templates/z.yaml", gated(".Capabilities.APIVersions.Has \"argoproj.io/v1alpha1/Application\"")}},
     {}},
    {"a day in the future",
     {{"charts/web/templates/z.yaml", gated("gt (now | unixEpoch | int64) 4102444800")}},
     {"charts/web/templates/z.yaml:1 uses `now`: what it renders depends on the time, so it cannot be shown"}},
    {"a value that tpl may run",
     {{"charts/web/values.yaml", "size: 1\nmore: '{{ uuidv4 }}'\n"}},
     {"charts/web/values.yaml:2 uses `uuidv4`: what it renders depends on random numbers, so it cannot be shown"}},
    {"another condition beside an old use",
     {{"charts/web/templates/secret.yaml", kLookup + "# changed\n"}},
     {"charts/web/templates/secret.yaml:1 uses `lookup`: what it renders depends on the cluster, so it cannot be "
      "shown"}},
    {"an old use goes",
     {{"charts/web/templates/secret.yaml", std::nullopt}},
     {"at the base: charts/web/templates/secret.yaml:1 uses `lookup`: what it rendered depends on the cluster, so what "
      "goes with it cannot be shown"}},
};

std::size_t errors(const evaluate::Evaluation& evaluation) {
  return static_cast<std::size_t>(
      std::count_if(evaluation.findings.begin(), evaluation.findings.end(),
                    [](const policy::Finding& finding) { return finding.level == policy::Level::error; }));
}

TEST_CASE("what a pull request adds to a chart and nobody can see is an error, what was there a remark") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  world.config.policies = {{"parsable", policy::Severity::off}};
  const CommitId base = world.commit(chart(kLookup));
  for (const Pull& pull : kPulls) {
    CAPTURE(pull.what);
    const auto evaluation = world.pull(base, pull.edits);
    REQUIRE(evaluation.applications.size() == 1);
    CHECK(evaluation.applications[0].problems == pull.problems);
    CHECK(errors(evaluation) == pull.problems.size());
  }
  const auto unchanged = world.pull(base, kPulls[0].edits);
  CHECK(unchanged.applications[0].diff.remarks == Texts{"Depends on the cluster or the time: lookup (1)"});
  const auto shown = world.pull(base, kPulls[2].edits);
  CHECK(told(shown) == Texts{"web: +ConfigMap/gated"});
}

discovery::Application of_chart(const std::string& version) {
  discovery::Application application;
  application.name = "web";
  application.declared_in = "apps/web.yaml";
  discovery::Source& source = application.sources.emplace_back();
  source.origin = discovery::Origin::chart;
  source.repo_url = "https://charts.example.com";
  source.chart = "nginx";
  source.target_revision = version;
  return application;
}

TEST_CASE("a range of chart versions is an error where it is new or changed, and a remark where it was there") {
  const auto noted = [](const std::string& before, const std::string& after) {
    const auto base = of_chart(before);
    const auto head = of_chart(after);
    ApplicationReport report;
    std::vector<policy::Finding> findings;
    note_chart_ranges(before.empty() ? nullptr : &base, after.empty() ? nullptr : &head, report, findings);
    CHECK(findings.size() == report.problems.size());
    for (const auto& finding : findings) CHECK(finding.level == policy::Level::error);
    Texts all = report.problems;
    all.insert(all.end(), report.diff.remarks.begin(), report.diff.remarks.end());
    return all;
  };
  const std::string about =
      "he version '1.*' of the chart 'nginx' is a range; what it resolves to can change without a "
      "pull request";
  CHECK(noted("", "1.*") == Texts{"t" + about});
  CHECK(noted("1.2.3", "1.*") == Texts{"t" + about});
  CHECK(noted("2.*", "1.*") == Texts{"t" + about});
  CHECK(noted("1.*", "1.*") == Texts{"T" + about});
  CHECK(noted("1.*", "").empty());
  CHECK(noted("1.*", "1.2.3").empty());
  for (const char* exact : {"1.2.3", "v1.2.3", "=1.2.3", "1.2.3-rc.1+build-5"}) {
    CAPTURE(exact);
    CHECK(noted("", exact).empty());
  }
  for (const char* range : {"1", "1.2", "1.x", "*", ">=1.0.0", "^1.2.3", "~1.2.3", "1.2.3 - 1.4.0", "1.2.3 || 2.0.0",
                            "1.2.3, 1.2.4", "main", "1.2.3-", ">1.2.2 <1.2.4"}) {
    CAPTURE(range);
    CHECK(noted("", range).size() == 1);
  }
}

TEST_CASE("what cannot be shown of a chart is part of what approvals are bound to") {
  evaluate::Evaluation plain;
  plain.applications.emplace_back();
  evaluate::Evaluation noted = plain;
  const std::vector<render::VolatileUse> uses = {{"templates/z.yaml", 1, "now", "the time", "write it", "x"}};
  note_volatile_uses(uses, uses, true, noted.applications[0], noted.findings);
  CHECK(noted.findings.empty());
  CHECK(decide::shown_digest(noted) != decide::shown_digest(plain));
}

}  // namespace
}  // namespace towline::evaluate::test
