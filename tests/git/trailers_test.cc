#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "base/text.h"
#include "git/fixture.h"

namespace towline::git {
namespace {

using Trailers = std::vector<std::pair<std::string, std::string>>;

struct TrailerCase {
  std::string behaviour;
  std::string message;
  Trailers trailers;
};

TEST_CASE("trailers are read as git reads them") {
  const auto c = GENERATE(values<TrailerCase>({
      {"the last paragraph", "title\n\nbody\n\nA: 1\nB-c: two words\n", {{"A", "1"}, {"B-c", "two words"}}},
      {"repeated, in order", "title\n\nA: 2\nA: 1\n", {{"A", "2"}, {"A", "1"}}},
      {"blank lines at the end do not count", "title\n\nA: 1\n\n\n", {{"A", "1"}}},
      {"windows line ends", "title\r\n\r\nA: 1\r\n", {{"A", "1"}}},
      {"folded lines belong to the one above",
       "title\n\nA: 1\n  and more\n\tstill\nB: 2\n",
       {{"A", "1 and more still"}, {"B", "2"}}},
      {"an empty value", "title\n\nA:\n", {{"A", ""}}},
      {"blanks before the colon", "title\n\nA : 1\n", {{"A", "1"}}},
      {"only the last paragraph", "title\n\nA: 1\n\nB: 2\n", {{"B", "2"}}},
      {"the title is no trailer", "prod: pay 1 -> 2\n", {}},
      {"no trailers", "title\n\nSome words here.\n", {}},
      {"words among them spoil unknown ones", "title\n\nwords\nA: 1\n", {}},
      {"words among them do not spoil our own", "title\n\nwords\nTowline-Service: pay\n", {{"Towline-Service", "pay"}}},
      {"but mostly words do", "title\n\na\nb\nc\nd\nTowline-Service: pay\n", {}},
      {"a colon inside a word with blanks", "title\n\nnot a trailer: 1\n", {}},
      {"a message without a newline", "title\n\nA: 1", {{"A", "1"}}},
      {"an empty message", "", {}},
  }));
  CAPTURE(c.behaviour);
  CHECK(parse_trailers(c.message) == c.trailers);
}

TEST_CASE("git interpret-trailers reads the same") {
  const Fixture fixture;
  CHECK(rc::check([&] {
    const auto lines = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
        "", "A: 1", "Bc-d : 2", " folded", "\tfolded", "some words", "x y: z", ":", "Signed-off-by: Bob <b@c>", "A:"}));
    const std::string message = "title\n\n" + join(lines, "\n") + "\n";

    std::string ours;
    for (const auto& [key, value] : parse_trailers(message)) ours += key + ": " + value + "\n";
    std::string gits = fixture.git({"interpret-trailers", "--parse", "--no-divider"}, message);

    RC_LOG() << message;
    RC_ASSERT(ours == gits);
  }));
}

}  // namespace
}  // namespace towline::git
