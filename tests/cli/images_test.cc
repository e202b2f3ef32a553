#include <catch2/catch.hpp>

#include "base/json.h"
#include "cli/program.h"
#include "support/golden.h"

namespace towline::cli {

TEST_CASE("every image of the sample repository is listed") {
  const std::vector<std::pair<std::string, std::string>> formats = {
      {"text", "cli/images.txt"}, {"json", "cli/images.json"}, {"csv", "cli/images.csv"}};
  for (const auto& [format, golden] : formats) {
    const Ran ran = towline({"images", "--format", format}, sample());
    CAPTURE(format);
    CHECK(ran.exit_code == kDone);
    CHECK(ran.err.empty());
    CHECK(test::golden_difference(golden, ran.out) == "");
  }
}

TEST_CASE("--env keeps the images of that environment's services alone") {
  const Ran ran = towline({"images", "--env", "prod"}, sample());
  CHECK(ran.exit_code == kDone);
  CHECK(test::golden_difference("cli/images-prod.txt", ran.out) == "");
}

TEST_CASE("a path below the root is listed with its environments, services' paths being the root's") {
  const Place place({{".towline.yaml",
                      "version: 1\nenvironments:\n  dev: {services: \"clusters/dev/{service}\"}\n"
                      "  prod: {services: \"clusters/prod/{service}\"}\n"},
                     {"clusters/dev/pay/a.yaml", "image: acme/pay:1.1\n"},
                     {"clusters/prod/pay/a.yaml", "image: acme/pay:1.0\n"}});
  struct Question {
    std::string below;  ///< the directory that the program is started in
    std::string path;
    std::string answer;
  };
  const std::vector<Question> questions = {
      {".", "clusters/dev", "clusters/dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {".", "clusters/dev/", "clusters/dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {".", "./clusters//dev/pay", "clusters/dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {".", "clusters", "clusters/dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {".", "clusters/dev/pay/a.yaml", "clusters/dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {"clusters/dev", ".", "pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {"clusters/prod", "../dev", "../dev/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n"},
      {".", "clusters/prod", ""},
  };
  for (const Question& question : questions) {
    CAPTURE(question.below, question.path);
    CHECK(towline({"images", "--env", "dev", question.path}, place.path() / question.below).out == question.answer);
  }
}

TEST_CASE("the layout is looked for upwards too, no further than the repository's root") {
  const std::string image = "image: acme/pay:1.1\n";
  const Place place({{"apps/dev/services/pay/a.yaml", image},
                     {"other/.git/HEAD", "ref: refs/heads/main\n"},
                     {"other/deep/a.yaml", image}});

  CHECK(towline({"images", "apps/dev/services"}, place.path()).out ==
        "apps/dev/services/pay/a.yaml:1:8  acme/pay  1.1  dev/pay\n");
  const Ran beyond = towline({"images", "--env", "dev", "other/deep"}, place.path());
  CHECK(beyond.exit_code == kWrongUse);
  CHECK(beyond.err == "towline: there is no environment 'dev': neither .towline.yaml nor the layout names any\n");
}

TEST_CASE("a broken configuration above the path is named as it is reached from here") {
  const Place place({{".towline.yaml", "version: 1\nenviroments: {}\n"}, {"apps/a.yaml", "image: acme/pay:1.0\n"}});

  const Ran ran = towline({"images", "."}, place.path() / "apps");

  CHECK(ran.exit_code == kWrongUse);
  CHECK(ran.err == "towline: ../.towline.yaml:2:1: unknown key 'enviroments', did you mean 'environments'?\n");
}

TEST_CASE("an unknown environment is refused with the nearest or all that there are") {
  const Ran near = towline({"images", "--env", "prd"}, sample());
  CHECK(near.exit_code == kWrongUse);
  CHECK(near.out.empty());
  CHECK(near.err == "towline: there is no environment 'prd'; did you mean 'prod'?\n");

  CHECK(towline({"images", "--env", "qa"}, sample()).err ==
        "towline: there is no environment 'qa'; there are dev, prod\n");

  const Place empty;
  CHECK(towline({"images", "--env", "dev"}, empty.path()).err ==
        "towline: there is no environment 'dev': neither .towline.yaml nor the layout names any\n");
}

TEST_CASE("no image at all is the answer no, in every format") {
  const Place place({{"a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: pay}\n"}});
  const std::vector<std::pair<std::string, std::string>> formats = {
      {"text", ""},
      {"json", "[]\n"},
      {"csv", "file,line,column,kind,image,written,tag,digest,environment,service\r\n"}};
  for (const auto& [format, output] : formats) {
    const Ran ran = towline({"images", "--format", format}, place.path());
    CAPTURE(format);
    CHECK(ran.exit_code == kAnswerIsNo);
    CHECK(ran.out == output);
    CHECK(ran.err.empty());
  }
}

TEST_CASE("one file can be asked about, and a path that is not there is refused") {
  const Ran one = towline({"images", "apps/dev/services/pay/deployment.yaml"}, sample());
  CHECK(one.exit_code == kDone);
  CHECK_THAT(one.out, Catch::StartsWith("apps/dev/services/pay/deployment.yaml:"));

  const Ran none = towline({"images", "apps/qa"}, sample());
  CHECK(none.exit_code == kWrongUse);
  CHECK(none.err == "towline: there is no file or directory apps/qa\n");
}

TEST_CASE("names of files cannot write to the terminal or into a spreadsheet's formulas") {
  const Place place({{"a\x1b[31m.yaml", "apiVersion: v1\nkind: Pod\nimage: acme/pay:1.0\n"},
                     {"=cmd,\"x\".yaml", "apiVersion: v1\nkind: Pod\nimage: acme/pay:1.0\n"}});

  CHECK(towline({"images"}, place.path()).out == "=cmd,\"x\".yaml:3:8  acme/pay  1.0\na[31m.yaml:3:8  acme/pay  1.0\n");
  CHECK_THAT(towline({"images", "--format", "csv"}, place.path()).out,
             Catch::Contains("\"'=cmd,\"\"x\"\".yaml\",3,8,image field,docker.io/acme/pay,acme/pay,1.0,,,\r\n"));
}

TEST_CASE("what could not be read is told on standard error") {
  const Place place(
      {{"a.yaml", "apiVersion: v1\nkind: Pod\nimage: acme/pay:1.0\n"}, {"b.yaml", "image: acme/pay:1.0\nx: [\n"}});

  const Ran ran = towline({"images"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(ran.out == "a.yaml:3:8  acme/pay  1.0\n");
  CHECK_THAT(ran.err, Catch::StartsWith("skipped b.yaml: "));
}

TEST_CASE("a broken repository file is refused with its line") {
  const Place place({{".towline.yaml", "version: 1\nenviroments: {}\n"}});

  const Ran ran = towline({"images"}, place.path());

  CHECK(ran.exit_code == kWrongUse);
  CHECK(ran.err == "towline: .towline.yaml:2:1: unknown key 'enviroments', did you mean 'environments'?\n");
}

}  // namespace towline::cli
