#include <catch2/catch.hpp>

#include "cli/program.h"

namespace towline::cli {

namespace {

using Arguments = std::vector<std::string>;

struct WrongUse {
  Arguments arguments;
  std::string sentence;
};

}  // namespace

TEST_CASE("every command explains itself with an example") {
  const std::vector<Arguments> commands = {{},
                                           {"serve"},
                                           {"demo"},
                                           {"reconcile"},
                                           {"bump"},
                                           {"images"},
                                           {"images", "select"},
                                           {"diff"},
                                           {"check"},
                                           {"audit"},
                                           {"config"},
                                           {"audit", "at"},
                                           {"audit", "log"},
                                           {"doctor"},
                                           {"version"},
                                           {"config", "validate"},
                                           {"config", "schema"}};
  for (Arguments arguments : commands) {
    arguments.push_back("--help");
    const Ran ran = towline(arguments);
    CAPTURE(arguments);
    CHECK(ran.exit_code == kDone);
    CHECK_THAT(ran.out, Catch::Contains("Example") && Catch::Contains("  towline "));
    CHECK(ran.err.empty());
  }
}

TEST_CASE("a wrong command line says what is wrong with it and where its help is") {
  const std::vector<WrongUse> cases = {
      {{}, "towline: A subcommand is required\nSee `towline --help`.\n"},
      {{"bumb"}, "towline: there is no command 'bumb'; did you mean 'bump'?\nSee `towline --help`.\n"},
      {{"frobnicate"}, "towline: there is no command 'frobnicate'\nSee `towline --help`.\n"},
      {{"\x1b[31m"}, "towline: there is no command '[31m'\nSee `towline --help`.\n"},
      {{"bmup"}, "towline: there is no command 'bmup'; did you mean 'bump'?\nSee `towline --help`.\n"},
      {{"audit", "lgo"}, "towline: there is no command 'lgo'; did you mean 'log'?\nSee `towline audit --help`.\n"},
      {{"images", "--fromat", "csv"},
       "towline: there is no option '--fromat'; did you mean '--format'?\nSee `towline images --help`.\n"},
      {{"images", "--fromat=csv"},
       "towline: there is no option '--fromat'; did you mean '--format'?\nSee `towline images --help`.\n"},
      {{"images", "--format", "xml"}, "towline: --format: xml not in {text,json,csv}\nSee `towline images --help`.\n"},
      {{"bump", "--to", "1.0", "."}, "towline: --image is required\nSee `towline bump --help`.\n"},
      {{"audit", "at"}, "towline: --time is required\nSee `towline audit at --help`.\n"},
      {{"version", "extra"},
       "towline: The following argument was not expected: extra\nSee `towline version --help`.\n"},
  };
  for (const WrongUse& wrong : cases) {
    const Ran ran = towline(wrong.arguments);
    CAPTURE(wrong.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err == wrong.sentence);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("the version is one line") {
  const Ran ran = towline({"version"});
  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.out, Catch::Matches("towline [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  CHECK(ran.err.empty());
  CHECK_THAT(towline({"version", "--format", "json"}).out,
             Catch::Matches("\\{\n  \"version\": \"[0-9]+\\.[0-9]+\\.[0-9]+\"\n\\}\n"));
}

TEST_CASE("output that cannot be written is a failure, whichever command writes it") {
  for (const std::string command : {"version", "--help", "config schema"}) {
    const Ran ran = shell("$TOWLINE " + command + " > /dev/full");
    CAPTURE(command);
    CHECK(ran.exit_code == kSomethingBroke);
    CHECK_THAT(ran.err, Catch::StartsWith("towline: the output could not be written"));
  }
  CHECK(shell("$TOWLINE version > /dev/full").err ==
        "towline: the output could not be written: No space left on device\n");
}

TEST_CASE("a closed standard output is a failure and nothing is written elsewhere") {
  const Place place({{"a.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: acme/pay:1.0}]}\n"}});

  const Ran ran = shell("$TOWLINE bump --image acme/pay --to 1.1 --write a.yaml >&-", place.path());

  CHECK(ran.exit_code == kSomethingBroke);
  CHECK_THAT(ran.err, Catch::StartsWith("towline: the output could not be written"));
  CHECK(place.read("a.yaml") == "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: acme/pay:1.1}]}\n");
}

TEST_CASE("a reader that leaves early gets no complaint") {
  // A FIFO whose only reader is gone, so that no scheduling decides what happens.
  const Ran ran = shell("exec 3> >(exec 0<&-); wait $!; $TOWLINE config schema >&3; echo $?");
  CHECK(ran.out == "3\n");
  CHECK(ran.err.empty());
}

}  // namespace towline::cli
