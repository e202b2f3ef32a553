#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "render/declared.h"
#include "render/helm.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

/// A chart that shows the values that reached helm, as JSON.
const char* const kTemplate =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: got}\ndata:\n  values: {{ .Values | toJson | quote }}\n"
    "  release: {{ .Release.Name | quote }}\n";

struct Charts {
  std::string folder;
  Fixture fixture;

  Rendered render(std::vector<git::PathEdit> files, const Json& helm) {
    files.push_back(
        {"declared.yaml", argo_application("app", "{repoURL: https://x, path: app, helm: " + dump_json(helm) + "}")});
    files.push_back({"app/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"});
    files.push_back({"app/templates/a.yaml", kTemplate});
    const CommitId commit = fixture.commit(files);
    Renderer::Options options;
    options.search_path = folder;
    Renderer renderer(options);
    return render_declared(fixture, commit, "app", renderer);
  }

  /// The values that helm had, or the problems.
  Json values(const std::vector<git::PathEdit>& files, const Json& helm) {
    const Rendered rendered = render(files, helm);
    if (!rendered.problems.empty()) return problems(rendered);
    return Json::parse(text_of(rendered, "ConfigMap shop/got", {"data", "values"}));
  }
};

/// Names of files with what means something to helm's flags, to CSV or to URLs.
rc::Gen<std::string> any_file_name() {
  const auto part = rc::gen::element<std::string>("a", ",", "\\", "=", "\"", "{", "}", "[0]", ".", " ", "'", "\\,",
                                                  "\\\\,", ",x=", "{{", "ü", "#", "?", "-", "\"\"");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(5, part), [](const auto& parts) {
    std::string name = "v";
    for (const std::string& one : parts) name += one;
    return name;
  });
}

TEST_CASE("the real helm reads the value files and files of parameters that were meant, whatever their names") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  CHECK(rc::check([&] {
    Charts charts{*folder, {}};
    const auto names = *rc::gen::unique<std::vector<std::string>>(4, any_file_name());
    std::vector<git::PathEdit> files;
    Json helm = {{"valueFiles", Json::array()}, {"fileParameters", Json::array()}};
    Json expected = Json::object();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string number = std::to_string(i);
      // In a directory of the same name too: what stands behind a comma is a path then.
      for (const std::string& path : {names[i], names[i] + "/etc/" + names[i]}) {
        const std::string key = (path == names[i] ? "shallow" : "deep") + number;
        const std::string place = key + path;
        files.push_back({"app/" + place + ".yaml", key + ": \"" + key + "\"\n"});
        files.push_back({"app/" + place + ".txt", "text of " + key});
        helm["valueFiles"].push_back(place + ".yaml");
        helm["fileParameters"].push_back({{"name", "file." + key}, {"path", place + ".txt"}});
        expected[key] = key;
        expected["file"][key] = "text of " + key;
      }
    }
    const Json got = charts.values(files, helm);
    RC_LOG() << dump_json(helm) << "\n" << dump_json(got) << "\n";
    RC_ASSERT(got == expected);
  }));
}

TEST_CASE("a comma in a path does not lead the real helm to a file of the machine") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Charts charts{*folder, {}};
  const std::string secret = (charts.fixture.directory.path() / "secret.yaml").string();
  REQUIRE(write_file(secret, "token: hunter2\n"));
  // The file is in the repository; its name, taken apart at the comma, is one on the machine.
  const std::string values = "v.yaml," + secret;
  const std::string parameter = "p\\\\,stolen=" + secret;
  const Json got =
      charts.values({{"app/" + values, "a: 1\n"}, {"app/" + parameter, "p"}, {"app/v.yaml", "b: 2\n"}},
                    {{"valueFiles", {values}}, {"fileParameters", {{{"name", "x"}, {"path", parameter}}}}});
  CHECK(got == Json{{"a", 1}, {"x", "p"}});
}

TEST_CASE("the real helm gets parameters as Argo CD gives them") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  const struct {
    std::string value;
    bool force_string;
    Json expected;
  } cases[] = {
      {"a,b", false, "a,b"},
      {"a\\,b", false, "a,b"},
      {"{a,b}", false, {"a", "b"}},
      {"a=b", false, "a=b"},
      {"1", false, 1},
      {"1", true, "1"},
      {"a,,b", false, "a,,b"},
      {"x,y={1}", false, "x,y={1}"},
      {"null", true, "null"},
      {"a\\\\b", false, "a\\b"},
      {"x {{ .X }}", true, "x {{ .X }}"},
      {"-x", false, "-x"},
      {"a b\"c'", false, "a b\"c'"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.value);
    Charts charts{*folder, {}};
    const Json helm = {{"parameters", {{{"name", "p"}, {"value", test.value}, {"forceString", test.force_string}}}}};
    CHECK(charts.values({}, helm) == Json{{"p", test.expected}});
  }
}

TEST_CASE("the real helm gets a release name that begins with a dash as a name") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Charts charts{*folder, {}};
  const Texts said = problems(charts.render({}, {{"releaseName", "--help"}}));
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("invalid release name") != std::string::npos);
  CHECK(text_of(charts.render({}, {{"releaseName", "front"}}), "ConfigMap shop/got", {"data", "release"}) == "front");
}

TEST_CASE("values of a HelmRelease with a target path are what Flux makes of them") {
  const struct {
    std::string value;
    std::vector<std::string> expected;
  } cases[] = {
      {"a,b", {"--set", "p=a,b"}},   {"'1'", {"--set-string", "p=1"}}, {"\"a\"", {"--set-string", "p=a"}},
      {"'", {"--set-string", "p="}}, {"'a", {"--set", "p='a"}},        {"\"'x'\"", {"--set-string", "p=x"}},
      {"", {"--set", "p="}},
  };
  for (const auto& test : cases) {
    CAPTURE(test.value);
    HelmCommand command;
    add_flux_value(command, "p", test.value);
    CHECK(command.arguments == test.expected);
  }
  HelmCommand command;
  add_flux_value(command, "a=1,b", "x");
  CHECK(command.arguments.empty());
  CHECK(command.problems ==
        Texts{"the target path 'a=1,b' is not one key for helm; escape ',' and '=' by a backslash"});
}

}  // namespace
}  // namespace towline::render::test
